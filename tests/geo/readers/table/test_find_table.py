"""Where the table is: fifty office sheets that mean the same, and each kind of row alone."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.table.find_table import find_table
from geo.readers.table.grid import Grid
from geo.readers.table.raw_table import RawTable
from tests.worlds.office_sheets import (
    COLUMNS,
    Layout,
    OfficeSheet,
    as_csv,
    as_xlsx,
    data_rows,
    office_sheet,
    random_layout,
)

SEED = 20261130


def _read(path: Path) -> tuple[RawTable, QualityLog]:
    quality = QualityLog()
    return read_table(path, path.name, quality), quality


def _reasons(quality: QualityLog) -> dict[int, str]:
    return {
        row.row: row.problem
        for row in quality.rows
        if row.row is not None and row.action == "set_aside"
    }


def _check(path: Path, sheet: OfficeSheet, layout: Layout) -> None:
    table, quality = _read(path)
    expected = [[str(cell) for cell in row] for row in data_rows()]
    assert list(table.frame.columns) == list(COLUMNS), layout
    assert table.frame.to_numpy().tolist() == expected, layout
    # Rows in = rows used + rows set aside, and every row is told of once.
    set_aside = [row.row for row in quality.rows if row.action == "set_aside"]
    assert table.rows_in == len(table) + len(set_aside), layout
    assert len(set(set_aside)) == len(set_aside), layout
    # The rows are numbered as a spreadsheet shows them.
    filled = {n for n, row in enumerate(sheet.rows, start=1) if any(c is not None for c in row)}
    header = filled - set(set_aside) - set(table.rows.tolist())
    assert len(header) == layout.depth, layout
    assert sheet.rows[int(table.rows[0]) - 1][int(layout.blank_column == 0)] == "A01"


def test_fifty_office_sheets_give_the_same_rows(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    layouts = [random_layout(chance) for _ in range(50)]
    for number, layout in enumerate(layouts):
        sheet = office_sheet(layout)
        text = as_csv(
            sheet,
            tmp_path / f"{number}.csv",
            delimiter=chance.choice(",;\t"),
            encoding=chance.choice(["utf-8-sig", "gb18030", "utf-16"]),
        )
        _check(text, sheet, layout)
        if number % 5 == 0:  # a child process each
            _check(as_xlsx(sheet, tmp_path / f"{number}.xlsx"), sheet, layout)


def _found(text: str) -> tuple[list[str], list[int], dict[int, str], str]:
    """Names, numbers of the rows of data, reasons of the others, and the stated unit.

    Rows are parted by ``|``, cells by blanks; ``-`` is an empty cell.
    """
    quality = QualityLog()
    cells = [[cell.replace("-", "") for cell in row.split()] for row in text.split("|")]
    found = find_table(Grid.of_rows(cells), "t", quality)
    reasons = {row + 1: problem for row, problem in found.skipped.items()}
    assert {row.row: row.problem for row in quality.rows} == reasons
    names = [name for name in found.names if name]
    return names, (found.rows + 1).tolist(), reasons, found.unit


POINTS = "编号 名称 经度 纬度"
P1, P2 = "a 甲 114.1 30.2", "b 乙 114.2 30.3"
WAITING = "c 丙 待核实 待核实"


@pytest.mark.parametrize(
    ("text", "names", "used"),
    [
        # The header: titles of one or several cells, groups, units, years.
        ("某街道 - 2024年6月 | 编号 名称 人口 | 1 甲 3", "编号 名称 人口", [3]),
        (f"填表说明：每月5日前报送 | {POINTS} | {P1} | {P2}", POINTS, [3, 4]),
        (f" | - - 某表 | - - {POINTS} | - - {P1}", POINTS, [4]),
        (
            "编号 常住 - 户籍 - | - 人数 户数 人数 户数 | 1 1 2 3 4",
            "编号 常住+人数 常住+户数 户籍+人数 户籍+户数",
            [3],
        ),
        ("编号 人口 其中 | - - 60岁以上 | 1 5 2", "编号 人口 60岁以上", [3]),
        ("编号 名称 人口 | - - （万人） | 1 甲 0.5", "编号 名称 人口（万人）", [3]),
        ("编号 名称 2020 2021 | 1 甲 5 6", "编号 名称 2020 2021", [2]),
        ("街道名单 | 代码 | 4201 | 4202", "代码", [3, 4]),
        # Rows that look like a header, a total or a note, and are data.
        (f"{POINTS} | {WAITING} | {P1} | {P2}", POINTS, [2, 3, 4]),
        (f"{POINTS} | {P1} | | {WAITING} | {P2}", POINTS, [2, 4, 5]),
        (f"{POINTS} | a 注溪村 114.1 30.2 | b 来源村 114.1 30.3", POINTS, [2, 3]),
        (f"id name lon lat | a Total 114.1 30.2 | {P2}", "id name lon lat", [2, 3]),
        ("id lon lat | 1 2 3 | 4 5 6", "id lon lat", [2, 3]),
        ("编号 名称 人数 | 甲 乙 1 | 丙 丁 2", "编号 名称 人数", [2, 3]),
        ("类别 人数 | 甲 1 | 乙 2", "类别 人数", [2, 3]),
        (POINTS, POINTS, []),
        ("edge profile allowed | 12 walk no", "edge profile allowed", [2]),
    ],
)
def test_header_and_data(text: str, names: str, used: list[int]) -> None:
    assert _found(text)[:2] == ([name.replace("+", " ") for name in names.split()], used)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (f"{POINTS} | - 总计 - 9 | {P1} | {P2}", {2: "total"}),
        (f"{POINTS} | {P1} | {P2} | - 全市 | - 其中：城镇", {4: "total", 5: "total"}),
        (f"id name lon lat | {P1} | {P2} | Total - - 7", {4: "total"}),
        ("No. Name Count | Total - 5 | 1 A 5", {2: "total"}),
        (
            "代码 名称 区县 | 一、中心城区 | 4201 一社区 江区 | 小计 1个 | 二、新城区"
            " | 4203 三社区 河区 | 合计 2个社区 | 注：含代管",
            {2: "note", 4: "total", 5: "note", 7: "total", 8: "note"},
        ),
        ("名称 区县 | 一社区 江区 | 合计 1个 | 注：含代管", {3: "total", 4: "note"}),
        (f"{POINTS} | 甲 乙 1 2 | {P1} | {P2}", {2: "column_numbers"}),
        (f"{POINTS} | {P1} | {POINTS} | {P2}", {3: "header_again"}),
        (
            f"街道 人口 | 一街 3 | | 明细表 | {POINTS} | {P1} | {P2}",
            {1: "other_table", 2: "other_table", 4: "title"},
        ),
    ],
)
def test_rows_that_are_no_data(text: str, reasons: dict[int, str]) -> None:
    _, used, found, _ = _found(text)
    assert found == {row: f"row_{reason}" for row, reason in reasons.items()}
    assert not set(used) & set(reasons)


def test_the_unit_that_a_line_states() -> None:
    table = "编号 名称 人口 | 1 甲 5.2"
    assert _found(f"某表 | 单位：万人 | {table}")[3] == "万人"
    assert _found(f"某表（单位：万户、平方公里） | {table}")[3].startswith("万户")
    assert _found(f"填报单位：某街道 | {table}")[3] == ""


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(StudyError, match="column_twice"):
        _found("某表 | 编号 经度 纬度 经度 | 1 114.1 30.2 114.1")


def test_a_table_typed_by_hand_without_all_its_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "某街道小区表\n单位：人\nid,name,lon,lat\na,甲,114.1,30.2\n合计,1个\n注：无\n",
        encoding="utf-8",
    )
    table, quality = _read(path)
    assert table.frame.to_numpy().tolist() == [["a", "甲", "114.1", "30.2"]]
    assert _reasons(quality) == {1: "row_title", 2: "row_title", 5: "row_total", 6: "row_note"}
    assert table.rows_in == 5


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_a_line_that_names_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    sheet = office_sheet(Layout(titles=1))
    path = as_csv(sheet, tmp_path / "t.csv", delimiter=delimiter, separator_line=True)
    table, _ = _read(path)
    assert len(table) == len(data_rows())
    assert table.rows[0] == 3  # as Excel counts, which does not show the line


def test_hidden_rows_are_used_and_reported(tmp_path: Path) -> None:
    sheet = office_sheet(Layout(titles=1, total="合计"))
    # A hidden title or total is none of the data.
    table, quality = _read(as_xlsx(sheet, tmp_path / "t.xlsx", hidden=(0, 3, 5, 6, 10)))
    assert len(table) == len(data_rows())
    hidden = [row.value for row in quality.rows if row.problem == "rows_hidden"]
    assert hidden == ["3 (4, 6, 7)"]


def test_a_long_table_with_a_total(tmp_path: Path) -> None:
    lines = [
        "编号,名称,经度,纬度",
        *(f"{n},小区{n},114.{n:06},30.5" for n in range(60_000)),
        "合计,,,",
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table, quality = _read(path)
    assert len(table) == 60_000
    assert Counter(row.problem for row in quality.rows) == {"row_total": 1}
