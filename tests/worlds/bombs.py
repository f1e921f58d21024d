"""Small files that become large or never end, and a process that measures how each is refused.

``python -m tests.worlds.bombs FOLDER write`` writes the files. With ``read`` each is read as the
program would, and code, seconds and the peak memory (MB) of this process and of its largest child
until then are printed as a line of JSON.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from docx import Document

from geo.base.errors import QuarterhourError
from geo.base.quality_log import QualityLog

__all__ = ["BOMBS"]

_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
_TEXTS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def _workbook(**members: Callable[[], Iterator[bytes]]) -> Callable[[Path], None]:
    """A workbook of one sheet, in which members are replaced by pieces of bytes."""

    def write(path: Path) -> None:
        plain = io.BytesIO()
        with xlsxwriter.Workbook(plain) as book:  # with a list of shared texts, as Excel has it
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["id", "name", "lon", "lat"])
            sheet.write_row(1, 0, ["1", "甲", 114.3, 30.5])
        names = {"sheet": "xl/worksheets/sheet1.xml", "texts": "xl/sharedStrings.xml"}
        names |= {"styles": "xl/styles.xml"}
        replaced = {names[key]: pieces for key, pieces in members.items()}
        with zipfile.ZipFile(plain) as given, zipfile.ZipFile(path, "w") as taken:
            for info in given.infolist():
                entry = zipfile.ZipInfo(info.filename)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with taken.open(entry, "w") as target:
                    pieces = replaced.get(info.filename)
                    for piece in pieces() if pieces else [given.read(info)]:
                        target.write(piece)

    return write


_RANDOM = np.random.default_rng(1)


def _noise(count: int) -> bytes:
    """Text that hardly compresses, so that a member stays under the ratio of a zip bomb."""
    return _RANDOM.integers(97, 122, count, dtype=np.uint8).tobytes()


def _cells(cell: bytes, rows: int, columns: int) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield _SHEET + b"<sheetData>"
        for _ in range(rows):
            # A comment keeps the ratio below 100:1, as a maker of such files would.
            hidden = b"<!--" + _noise(1 + len(cell) * columns // 60) + b"-->"
            yield b"<row>" + hidden + cell * columns + b"</row>"
        yield b"</sheetData></worksheet>"

    return pieces


def _sheet(data: bytes, after: bytes = b"") -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield _SHEET + b"<sheetData>" + data + b"</sheetData>" + after + b"</worksheet>"

    return pieces


def _long_text() -> Iterator[bytes]:
    yield _TEXTS + b"<si><t>" + _noise(32_000) + b"</t></si></sst>"


def _many_texts() -> Iterator[bytes]:
    yield _TEXTS
    for _ in range(400):
        yield b"<!--" + _noise(6_000) + b"-->" + b"<si/>" * 50_000
    yield b"</sst>"


def _many_styles() -> Iterator[bytes]:
    yield b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
    for _ in range(400):
        yield b"<!--" + _noise(4_000) + b"-->" + b"<xf/>" * 50_000
    yield b"</cellXfs></styleSheet>"


_ONE = b'<row r="1"><c r="A1"><v>1</v></c></row>'
_FAR = _ONE + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_MERGED = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
_LINKED = b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks>'
_SHARED = b'<c t="s"><v>0</v></c>'

_VIEW = """CREATE VIEW bomb AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT i AS id, 'x' AS name FROM n"""
_VIEW_PLAIN = _VIEW.replace("RECURSIVE ", "")
_VIEW_BUSY = """CREATE VIEW bomb AS SELECT count(*) AS id FROM d a, d b, d c, d e, d f"""
_VIEW_MANY = """CREATE VIEW bomb AS SELECT a.i AS id FROM d a, d b, d c"""
_VIEW_WIDE = """CREATE VIEW bomb AS SELECT hex(zeroblob(900000000)) AS id"""


def _gpkg(view: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA application_id = 1196444487")
            database.execute(
                "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, identifier TEXT)"
            )
            database.execute(
                "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INT)"
            )
            database.execute("CREATE TABLE d (i INT)")
            database.executemany("INSERT INTO d VALUES (?)", [(n,) for n in range(1_000)])
            database.execute(view)
            database.execute("INSERT INTO gpkg_contents VALUES ('bomb', 'attributes', 'bomb')")
        database.close()

    return write


def _generated(path: Path) -> None:
    """A table, no view, whose column computes a huge value."""
    _gpkg("CREATE TABLE bomb (a INT, b TEXT AS (hex(zeroblob(a))))")(path)
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO bomb (a) VALUES (400000000)")
    database.close()


def _template(part: str, pieces: Callable[[], Iterator[bytes]]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        plain = io.BytesIO()
        Document().save(plain)
        with zipfile.ZipFile(plain) as given, zipfile.ZipFile(path, "w") as taken:
            for info in given.infolist():
                entry = zipfile.ZipInfo(info.filename)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with taken.open(entry, "w") as target:
                    if info.filename == part:
                        for piece in pieces():
                            target.write(piece)
                    else:
                        target.write(given.read(info))

    return write


def _word(step: bytes, count: int) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        yield f'<w:document xmlns:w="{space}"><w:body>'.encode()
        for _ in range(count):
            yield b"<!--" + _noise(4_000) + b"-->" + step * (250_000 // len(step))
        yield b"</w:body></w:document>"

    return pieces


def _png(width: int, height: int) -> Callable[[Path], None]:
    """A PNG of one colour, which packs a thousand to one."""

    def write(path: Path) -> None:
        def chunk(kind: bytes, data: bytes) -> bytes:
            checksum = zlib.crc32(kind + data)
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

        # Each row is packed by itself, so that all are the same bytes and one is packed.
        row = bytes(1 + width * 4)
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(row) + packer.flush(zlib.Z_FULL_FLUSH)
        checksum_of_zeros = (len(row) * height % 65_521) << 16 | 1
        body = b"\x78\xda" + packed * height + b"\x03\0" + struct.pack(">I", checksum_of_zeros)
        head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
        )

    return write


_EMPTY_CELLS = _cells(b"<c/>", 15_000, 14_000)
_DOCUMENT, _STYLES = "word/document.xml", "word/styles.xml"

# Name → suffix, writer, and the codes by which it may be refused.
BOMBS: dict[str, tuple[str, Callable[[Path], None], set[str]]] = {
    name: (suffix, write, set(codes.split()))
    for name, suffix, write, codes in (
        ("cells without content", "xlsx", _workbook(sheet=_EMPTY_CELLS), "xlsx_cells"),
        (
            "cells of one text",
            "xlsx",
            _workbook(sheet=_cells(_SHARED, 1_000, 10_000), texts=_long_text),
            "xlsx_cells",
        ),
        (
            "few cells of a long text",
            "xlsx",
            _workbook(sheet=_cells(_SHARED, 100, 1_000), texts=_long_text),
            "xlsx_cells",
        ),
        ("a far cell", "xlsx", _workbook(sheet=_sheet(_FAR)), "xlsx_cells"),
        ("a merged sheet", "xlsx", _workbook(sheet=_sheet(_ONE, _MERGED)), "xlsx_cells"),
        ("a linked sheet", "xlsx", _workbook(sheet=_sheet(_ONE, _LINKED)), "xlsx_cells"),
        ("texts without content", "xlsx", _workbook(texts=_many_texts), "xlsx_cells"),
        ("styles", "xlsx", _workbook(styles=_many_styles), "xlsx_cells"),
        ("recursive view", "gpkg", _gpkg(_VIEW), "gpkg_view"),
        ("recursive view without the word", "gpkg", _gpkg(_VIEW_PLAIN), "gpkg_view"),
        ("view that counts long", "gpkg", _gpkg(_VIEW_BUSY), "gpkg_view"),
        ("view of a billion rows", "gpkg", _gpkg(_VIEW_MANY), "gpkg_view"),
        ("view of a huge value", "gpkg", _gpkg(_VIEW_WIDE), "gpkg_view gpkg_broken"),
        ("computed column of a huge value", "gpkg", _generated, "gpkg_view gpkg_broken"),
        ("paragraphs", "docx", _template(_DOCUMENT, _word(b"<w:p/>", 500)), "template_large"),
        ("styles of Word", "docx", _template(_STYLES, _word(b"<w:s/>", 500)), "template_large"),
        ("blanks", "docx", _template(_DOCUMENT, _word(b" ", 600)), "template_large zip_ratio"),
        ("logo of 20,000 pixels", "png", _png(20_000, 20_000), "logo_broken"),
        ("logo of a long line", "png", _png(40_000_000, 1), "logo_broken"),
    )
}


def _reader(suffix: str) -> Callable[[Path], object]:
    """What reads the file; everything is imported, so that only reading is measured."""
    if suffix in ("xlsx", "gpkg"):
        from geo.readers.formats.detect import read_table

        return lambda path: read_table(path, path.name, QualityLog())
    from layers.report.chapters import build_report
    from layers.report.office.files import docx_on_template, safe_logo
    from layers.report.options import ReportOptions
    from layers.words.catalogue import words_for
    from tests.worlds.made_analysis import made_analysis

    if suffix == "png":
        return lambda path: safe_logo(path.read_bytes())
    words = words_for("en")
    options = ReportOptions(sections=("data",), made_on=date(2026, 3, 1))
    document = build_report(made_analysis(), words, options)
    return lambda path: docx_on_template(
        document, words, pages={}, template=path.read_bytes(), made_on=None
    )


def main() -> None:
    """Write the files, or read each, measure and print."""
    folder, step = Path(sys.argv[1]), sys.argv[2]
    for number, (name, (suffix, write, _)) in enumerate(BOMBS.items()):
        path = folder / f"bomb{number}.{suffix}"
        if step == "write":  # in a process of its own, whose memory is not counted
            write(path)
        else:
            print(json.dumps({"name": name} | _measured(path, suffix)))


def _measured(path: Path, suffix: str) -> dict[str, Any]:
    import resource

    read = _reader(suffix)
    before = time.perf_counter()
    try:
        read(path)
        code = "read"
    except QuarterhourError as error:
        code = error.code
    return {
        "code": code,
        "seconds": round(time.perf_counter() - before, 2),
        "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "file_kb": path.stat().st_size // 1024,
    }


if __name__ == "__main__":
    main()
