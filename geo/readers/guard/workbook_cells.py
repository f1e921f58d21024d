"""What an Excel workbook (.xlsx) expands to, found out before it is expanded.

A cell takes four bytes in the file, a thousandth of that when compressed, and 400 bytes and more
once openpyxl has read it. A text that all cells share is stored once in the file and once a cell in
a table. A merged range or a link over a whole sheet is one line of the file and 17 billion cells.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from geo.base.errors import StudyError
from geo.base.messages import one_line

__all__ = ["check_workbook"]

# Cells of all sheets together, with those of merged ranges. 200,000 rows of 25 columns, for which
# openpyxl takes 2 GB.
_CELLS_AT_MOST = 5_000_000
# The rectangle around the cells of a sheet, which is what becomes a table.
_AREA_AT_MOST = 50_000_000
# Characters of texts, each counted for every cell that shows it.
_TEXT_AT_MOST = 256 * 2**20
# Of styles, comments and everything else that is no sheet and no list of texts.
_OTHER_BYTES = 64 * 2**20
_AT_A_TIME = 2**20
_LONGEST_TAG = 4096

_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_RANGE = re.compile(
    rb"""<(?:\w+:)?(?:mergeCell|hyperlink)\b[^>]*?\sref\s*=\s*"""
    rb"""["']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})["']"""
)
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\sr\s*=\s*["'](\d{1,7})["']""")
_SHARED = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})\s*<"""
)
# As nearly all programs write them; `_CELL` and `_ITEM` find the others.
_TAGS = (b"<c ", b"<c>", b"<c/>", b"<si>", b"<si/>")
_ITEM = re.compile(rb"<(?:\w+:)?si\b")
_TAG = re.compile(rb"<[^>]*>")


def check_workbook(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], file: str
) -> None:
    """Refuse a workbook that would take much more memory than a large office table.

    Takes one pass of decompression, a small part of the time of reading.

    Parameters
    ----------
    archive : zipfile.ZipFile
    members : mapping
        Of `geo.readers.guard.zip_members.checked_members`.
    file : str
        Its name for messages.

    Raises
    ------
    StudyError
        ``xlsx_cells`` (too many cells, or too much text), ``zip_broken``.
    """
    sheets = [info for name, info in members.items() if _is_sheet(name)]
    texts = [info for name, info in members.items() if name.lower().endswith("sharedstrings.xml")]
    read = {info.filename for info in (*sheets, *texts)}
    other = sum(
        info.file_size
        for name, info in members.items()
        if info.filename not in read and name.lower().endswith((".xml", ".vml", ".rels"))
    )
    if other > _OTHER_BYTES:
        raise StudyError("xlsx_cells", file=file, count=other // 16, most=_CELLS_AT_MOST)
    budget = _Budget(file)
    try:
        _count_cells(archive, [*sheets, *texts], file)
        lengths = (length for info in texts for length in _text_lengths(archive, info, budget))
        shown = np.fromiter(lengths, dtype=np.int64)
        for info in sheets:
            _check_sheet(archive, info, shown, budget)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
        raise StudyError("zip_broken", file=file, reason=one_line(error)) from error


def _count_cells(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], file: str) -> None:
    """Refuse what has far too many cells or texts, at the speed of decompression."""
    budget = _Budget(file)
    for info in infos:
        for piece in _pieces(archive, info):
            budget.cells(sum(piece.count(tag) for tag in _TAGS))


class _Budget:
    """How many cells and characters have been seen."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._cells = 0
        self._text = 0

    def cells(self, count: int) -> None:
        self._cells += count
        if self._cells > _CELLS_AT_MOST:
            self.refuse(self._cells)

    def text(self, characters: int) -> None:
        self._text += characters
        if self._text > _TEXT_AT_MOST:
            self.refuse(self._text)

    def area(self, count: int) -> None:
        if count > _AREA_AT_MOST:
            self.refuse(count)

    def refuse(self, count: int) -> None:
        raise StudyError("xlsx_cells", file=self._file, count=count, most=_CELLS_AT_MOST)


def _is_sheet(name: str) -> bool:
    lowered = name.lower()
    return lowered.endswith(".xml") and ("worksheets/" in lowered or "sheet" in lowered)


def _check_sheet(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    shown: np.ndarray[tuple[int], np.dtype[np.int64]],
    budget: _Budget,
) -> None:
    rows = columns = 0
    longest = int(shown.max(initial=0))
    for piece in _pieces(archive, info):
        cells = len(_CELL.findall(piece))
        budget.cells(cells)
        places = _PLACE.findall(piece)
        columns = max([columns, *(_column(name) for name in {name for name, _ in places})])
        rows = max([rows, *map(int, {row for _, row in places})])
        if len(places) < cells:
            # Cells without a place are in the row around them.
            rows = max([rows, *map(int, _ROW.findall(piece))])
        for left, top, right, bottom in _RANGE.findall(piece):
            width = abs(_column(right) - _column(left)) + 1
            budget.cells(width * (abs(int(bottom) - int(top)) + 1))
        if cells * longest > _TEXT_AT_MOST // 1024:
            used = np.array(_SHARED.findall(piece), dtype=np.int64)
            budget.text(int(shown[used[used < len(shown)]].sum()))
        budget.area(rows * columns)


def _text_lengths(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget
) -> Iterator[int]:
    """The characters of each shared text; those that begin in a piece are counted with it."""
    length = -1
    for piece in _pieces(archive, info):
        first, *items = _ITEM.split(piece)
        if length >= 0:
            length += _characters(first)
        budget.cells(len(items))
        for item in items:
            if length >= 0:
                budget.text(length)
                yield length
            length = _characters(item)
    if length >= 0:
        budget.text(length)
        yield length


def _characters(xml: bytes) -> int:
    return len(_TAG.sub(b"", xml))


def _column(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member in pieces that end before a tag of a cell or item, so that none is cut."""
    rest = b""
    with archive.open(info) as stream:
        while more := stream.read(_AT_A_TIME):
            whole = rest + more
            # From the last end of a cell, or of anything where a text is endless.
            cut = max(whole.rfind(b"</c>"), whole.rfind(b"/>"), whole.rfind(b"</si>"))
            cut = whole.index(b">", cut) + 1 if cut >= 0 else max(len(whole) - _LONGEST_TAG, 0)
            yield whole[:cut]
            rest = whole[cut:]
            if len(rest) > 8 * _AT_A_TIME:
                yield rest
                rest = b""
    yield rest
