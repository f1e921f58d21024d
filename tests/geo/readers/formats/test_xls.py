"""Old Excel files, written by another library: the same table as the new ones."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import xlwt

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.table.raw_table import Choice, RawTable
from tests.worlds.office_sheets import COLUMNS, Layout, OfficeSheet, data_rows, office_sheet


def _write(sheet: OfficeSheet, path: Path, *, hidden: tuple[int, ...] = ()) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("小区")
    starts = {(top, left): (bottom, right) for top, bottom, left, right in sheet.merged}
    for at, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if (at, column) in starts:
                bottom, right = starts[at, column]
                page.write_merge(at, bottom, column, right, cell)
            elif cell is not None:
                page.write(at, column, cell)
    for row in hidden:
        page.row(row).hidden = True
    book.save(str(path))
    return path


def _read(path: Path, **choice: str) -> tuple[RawTable, QualityLog]:
    quality = QualityLog()
    return read_table(path, path.name, quality, Choice(**choice)), quality


@pytest.mark.parametrize("name", ["t.xls", "t.et"])
@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(titles=2, depth=3, merged=True, numbers=0, notes=2, total="合计"),
        Layout(titles=1, depth=2, blank_column=2, second="titled", seed=4),
    ],
)
def test_office_sheets(tmp_path: Path, name: str, layout: Layout) -> None:
    table, quality = _read(_write(office_sheet(layout), tmp_path / name))
    assert list(table.frame.columns) == list(COLUMNS)
    assert table.frame.to_numpy().tolist() == [[str(c) for c in row] for row in data_rows()]
    set_aside = [row for row in quality.rows if row.action == "set_aside"]
    assert table.rows_in == len(table) + len(set_aside)


def test_values_hidden_rows_and_merged_cells(tmp_path: Path) -> None:
    rows: list[list[object]] = [["编号", "名称", "人数", "日期"]]
    rows += [[420102001001, "甲", 12.5, datetime.date(2026, 1, 2)], [420102001002, None, True, ""]]
    sheet = OfficeSheet(rows, [(1, 2, 1, 1)])
    table, quality = _read(_write(sheet, tmp_path / "t.xls", hidden=(2,)))
    assert table.frame["编号"].tolist() == ["420102001001", "420102001002"]
    assert table.frame["名称"].tolist() == ["甲", "甲"]
    assert table.frame["人数"].tolist() == ["12.5", "TRUE"]
    found = {row.problem: row.value for row in quality.rows}
    assert found["rows_hidden"] == "1 (3)"
    assert "cell_merged" in found


def test_sheets_are_chosen_by_name(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    for name in ("a", "b"):
        page = book.add_sheet(name)
        page.write(0, 0, "id")
        page.write(1, 0, name)
    path = tmp_path / "t.xls"
    book.save(str(path))
    assert _read(path, sheet="b")[0].frame["id"].tolist() == ["b"]
    for sheet, code in ((None, "sheets_several"), ("c", "sheet_missing")):
        with pytest.raises(StudyError) as caught:
            _read(path, **({"sheet": sheet} if sheet else {}))
        assert caught.value.code == code


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OLE + bytes(504), "xls_broken"),
        (OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "workbook_locked"),
        (b"\x00\x00\x27\x0a" + bytes(96), "format_shp"),
        (b"\x03\x7e\x0b\x1d\x02\x00\x00\x00\x81\x00e" + bytes(60), "format_shp"),
        (b'PROJCS["CGCS2000"]', "format_shp"),
        (b"Rar!\x1a\x07\x00" + bytes(40), "format_archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "format_archive"),
        (bytes(257) + b"ustar" + bytes(40), "format_archive"),
        (b"%PDF-1.7\n", "format_picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "format_picture"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "format_picture"),
        (b"AC1027" + bytes(40), "format_drawing"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "format_resave"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', "format_resave"),
    ],
)
def test_what_is_no_table_says_what_helps(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "t.xls"
    path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        read_table(path, "t.xls", QualityLog())
    assert caught.value.code == code


def test_a_damaged_workbook_ends_in_one_line(tmp_path: Path) -> None:
    raw = _write(office_sheet(Layout()), tmp_path / "t.xls").read_bytes()
    for cut in (600, 1500, len(raw) // 2):
        path = tmp_path / "cut.xls"
        path.write_bytes(raw[:cut])
        assert detect_format(path) == "xls"
        with pytest.raises(StudyError) as caught:
            read_table(path, "cut.xls", QualityLog())
        assert caught.value.code in ("xls_broken", "not_a_workbook")
