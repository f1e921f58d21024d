"""Sheets as offices make them: one table, with everything that may stand around it.

`office_sheet` draws a layout; `as_xlsx` and `as_csv` write it. Plain helpers, no tests.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["COLUMNS", "Layout", "OfficeSheet", "as_csv", "as_xlsx", "data_rows", "office_sheet"]

COLUMNS = ("编号", "小区名称", "经度", "纬度", "人口")
# Headers of two and three rows over the same five columns; None is a cell that a group covers.
_HEADERS: dict[int, tuple[tuple[str | None, ...], ...]] = {
    1: (COLUMNS,),
    2: (("编号", "小区名称", "坐标", None, "人口"), (None, None, "经度", "纬度", None)),
    3: (
        ("编号", "基本情况", None, None, "人口"),
        (None, "小区名称", "坐标", None, None),
        (None, None, "经度", "纬度", "（人）"),
    ),
}
_TITLES = (
    ("某街道小区人口统计表",),
    ("填报单位：某街道办事处", None, None, None, "单位：人"),
    ("统计时点：2024年6月30日",),
    ("表号：民统3表", None, "制定机关：某市民政局"),
    ("2024年6月", None, None, None, "某市民政局"),
    ("附件2",),
)
_NUMBERS = (
    ("甲", "乙", "1", "2", "3"),
    ("栏次", "1", "2", "3", "4"),
    ("1", "2", "3", "4", "5"),
    ("（1）", "（2）", "（3）", "（4）", "（5）"),
    ("A", "B", "1", "2", "3"),
)
_NOTES = (
    ("注：含开发区代管社区",),
    ("备注：", "人口为常住人口"),
    ("说明：1. 数据来自各社区；2. 空缺的未列入。",),
    ("填表人：张三", None, "审核人：李四", None, "填报日期：2024年7月1日"),
    ("资料来源：某市公安局",),
)
_TOTALS = ("合计", "合 计", "总计", "江区小计", "合计（8个小区）", "共计：")


@dataclass(frozen=True)
class Layout:
    """What stands around the rows of a table."""

    titles: int = 0
    depth: int = 1
    merged: bool = False
    numbers: int | None = None
    notes: int = 0
    total: str | None = None
    subtotal: bool = False
    blank_row: int | None = None
    blank_column: int | None = None
    second: str | None = None
    header_again: bool = False
    seed: int = 0


@dataclass
class OfficeSheet:
    """Rows of cells, merged ranges (first row, last row, first column, last column; from 0)."""

    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    data: int = 0


def data_rows(count: int = 8) -> list[list[Any]]:
    """The rows that every layout means."""
    names = "甲乙丙丁戊己庚辛"
    return [
        [
            f"A{n:02}",
            f"{names[n % 8]}小区",
            round(114.3 + n / 999, 6),
            round(30.5 + n / 777, 6),
            100 * n + 7,
        ]
        for n in range(1, count + 1)
    ]


def office_sheet(layout: Layout, rows: list[list[Any]] | None = None) -> OfficeSheet:
    """The cells of a layout."""
    chance = random.Random(layout.seed)
    sheet = OfficeSheet()
    body = data_rows() if rows is None else rows
    for title in chance.sample(_TITLES, layout.titles):
        _add(sheet, title)
        if layout.merged and len(title) == 1:
            sheet.merged.append((len(sheet.rows) - 1, len(sheet.rows) - 1, 0, 4))
    if layout.titles and chance.random() < 0.3:
        _add(sheet, ())
    header_at = len(sheet.rows)
    for level in _HEADERS[layout.depth]:
        _add(sheet, level)
    if layout.merged:
        sheet.merged += _header_merges(layout.depth, header_at)
    if layout.numbers is not None:
        _add(sheet, _NUMBERS[layout.numbers])
    for place, row in enumerate(body):
        if layout.blank_row == place and place:
            _add(sheet, ())
        if layout.header_again and place == len(body) // 2:
            _add(sheet, COLUMNS)
        if layout.subtotal and place == len(body) // 2:
            _add(sheet, ("江区小计", None, None, None, 999))
        _add(sheet, row)
    sheet.data = len(body)
    if layout.total is not None:
        shape = ((layout.total, None, None, None, 3656), (None, layout.total, None, None, 3656))
        _add(sheet, chance.choice(shape))
    if layout.notes and chance.random() < 0.5:
        _add(sheet, ())
    for note in chance.sample(_NOTES, layout.notes):
        _add(sheet, note)
    if layout.second is not None:
        _add_second(sheet, layout.second)
    if layout.blank_column is not None:
        _insert_column(sheet, layout.blank_column)
    return sheet


def _add_second(sheet: OfficeSheet, kind: str) -> None:
    _add(sheet, ())
    if kind == "titled":
        _add(sheet, ("各街道人口汇总",))
    _add(sheet, ("街道名称", "小区数", "人口"))
    _add(sheet, ("一街道", 5, 1600))
    _add(sheet, ("二街道", 3, 2056))


def _add(sheet: OfficeSheet, cells: Any) -> None:
    sheet.rows.append([*cells, *[None] * (5 - len(cells))])


def _header_merges(depth: int, top: int) -> list[tuple[int, int, int, int]]:
    if depth == 2:
        groups = [(0, 1, 0, 0), (0, 1, 1, 1), (0, 0, 2, 3), (0, 1, 4, 4)]
    elif depth == 3:
        groups = [(0, 2, 0, 0), (0, 0, 1, 3), (1, 2, 1, 1), (1, 1, 2, 3), (0, 1, 4, 4)]
    else:
        groups = []
    return [(top + first, top + last, left, right) for first, last, left, right in groups]


def _insert_column(sheet: OfficeSheet, at: int) -> None:
    for row in sheet.rows:
        row.insert(at, None)
    sheet.merged = [
        (top, bottom, left + (left >= at), right + (right >= at))
        for top, bottom, left, right in sheet.merged
    ]


def as_xlsx(sheet: OfficeSheet, path: Path, *, hidden: tuple[int, ...] = ()) -> Path:
    """Write the sheet as a workbook; `hidden` are rows, from 0."""
    book = openpyxl.Workbook()
    page = book.active
    for row in sheet.rows:
        page.append(row)
    for top, bottom, left, right in sheet.merged:
        page.merge_cells(
            start_row=top + 1, end_row=bottom + 1, start_column=left + 1, end_column=right + 1
        )
    for row in hidden:
        page.row_dimensions[row + 1].hidden = True
    book.save(path)
    return path


def as_csv(
    sheet: OfficeSheet,
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    separator_line: bool = False,
) -> Path:
    """Write the sheet as text, as Excel saves it: every row with all its delimiters."""
    target = io.StringIO()
    if separator_line:
        target.write(f"sep={delimiter}\r\n")
    csv.writer(target, delimiter=delimiter).writerows(
        [["" if cell is None else cell for cell in row] for row in sheet.rows]
    )
    path.write_bytes(target.getvalue().encode(encoding))
    return path


def random_layout(chance: random.Random) -> Layout:
    """A layout by chance."""
    return Layout(
        titles=chance.randint(0, 3),
        depth=chance.randint(1, 3),
        merged=chance.random() < 0.5,
        numbers=chance.choice([None, None, 0, 1, 2, 3, 4]),
        notes=chance.randint(0, 3),
        total=chance.choice([None, *_TOTALS]),
        subtotal=chance.random() < 0.3,
        blank_row=chance.choice([None, None, 3, 6]),
        blank_column=chance.choice([None, None, 0, 2, 4]),
        second=chance.choice([None, None, "titled", "plain"]),
        header_again=chance.random() < 0.2,
        seed=chance.randint(0, 10**6),
    )
