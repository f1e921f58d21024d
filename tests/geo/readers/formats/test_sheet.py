"""Which sheet of a workbook is meant, and rows that show how a form is filled in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlwt

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.table.raw_table import Choice

TABLE = [["编号", "名称", "经度", "纬度"], ["1", "一号", "114.3", "30.5"]]
NOTES = [["本表由各街道填报，截至六月底。"], ["联系人：张三"]]


def _xlsx(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _xls(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(at, column, cell)
    book.save(str(path))
    return path


@pytest.mark.parametrize("write", [_xlsx, _xls])
@pytest.mark.parametrize("order", [("名单", "说明"), ("说明", "名单")])
def test_a_sheet_of_sentences_is_no_choice(tmp_path: Path, write, order) -> None:
    contents = {"名单": TABLE, "说明": NOTES}
    quality = QualityLog()
    path = write(tmp_path / "book.bin", {name: contents[name] for name in order})
    table = read_table(path, "诊所.xlsx", quality, Choice())
    assert table.frame["名称"].tolist() == ["一号"]
    assert [(row.problem, row.value) for row in quality.rows] == [("sheet_notes", "说明")]
    # Who names it still gets it.
    assert read_table(path, "x", QualityLog(), Choice(sheet="说明")).rows_in >= 0


def test_two_tables_still_ask(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "b.xlsx", {"a": TABLE, "b": TABLE, "c": NOTES})
    with pytest.raises(StudyError, match="sheets_several") as error:
        read_table(path, "b.xlsx", QualityLog(), Choice())
    assert error.value.params["sheets"] == "a, b"


def test_a_workbook_of_one_column_is_read(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "b.xlsx", {"a": [["名称"], ["一号"], ["二号"]]})
    assert len(read_table(path, "b.xlsx", QualityLog(), Choice())) == 2


@pytest.mark.parametrize("first", ["示例", "（示例）", "例如：", "Example", "示例1"])
def test_an_example_row_is_left_out(tmp_path: Path, first: str) -> None:
    rows = [TABLE[0], [first, "某某站", "114.1", "30.1"], TABLE[1]]
    quality = QualityLog()
    table = read_table(_xlsx(tmp_path / "b.xlsx", {"a": rows}), "b.xlsx", quality, Choice())
    assert table.frame["编号"].tolist() == ["1"] and table.rows_in == 2
    assert [(row.problem, row.row) for row in quality.rows] == [("row_example", 2)]


@pytest.mark.parametrize("first", ["示例小学", "Exampleton", "例行村"])
def test_a_name_that_begins_so_is_data(tmp_path: Path, first: str) -> None:
    rows = [["名称", "经度", "纬度"], [first, "114.1", "30.1"], ["二号", "114.3", "30.5"]]
    table = read_table(_xlsx(tmp_path / "b.xlsx", {"a": rows}), "b.xlsx", QualityLog(), Choice())
    assert len(table) == 2
