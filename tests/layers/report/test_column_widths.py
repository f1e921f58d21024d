"""Columns of a report's tables: nothing cut that need not be, rows that stay together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.report.blocks import Table
from layers.report.column_widths import column_widths, kept_together, row_lines
from layers.style.typeface import longest_word, text_width, wrap

SIZE = 9.0


def _table(rows: list[list[str]], *, roomy: bool = False, numeric: tuple[int, ...] = ()) -> Table:
    columns = len(rows[0])
    header = ["序号", "乡镇（街道）", "未覆盖人口（人）", "建议措施"][:columns]
    return Table("t", "caption", header, rows, [1 / columns] * columns, numeric, roomy)


CELLS = st.text("关山街道武昌区 abcdefgh0123456789,.%-", max_size=60)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=6))
def test_widths_add_up_and_hold_the_words_of_the_header(rows: list[list[str]]) -> None:
    table = _table(rows)
    widths = column_widths(table, 440.0, SIZE)
    assert sum(widths) == pytest.approx(440.0)
    assert all(width > 0 for width in widths)
    for title, width in zip(table.header, widths, strict=True):
        assert longest_word(title, SIZE) <= width


def test_what_fits_on_one_line_gets_one() -> None:
    rows = [["1", "武汉江夏经济开发区庙山高新技术产业园", "1,234,567", "89a901298affffff"]]
    table = _table(rows, numeric=(0, 2))
    assert row_lines(table, column_widths(table, 440.0, SIZE), SIZE) == [1]


def test_a_long_text_gives_way_before_a_number_does() -> None:
    rows = [["12,345.6", "很长的名字" * 30, "1,234,567", "另一段很长的说明文字" * 20]]
    table = _table(rows, numeric=(0, 2))
    widths = column_widths(table, 440.0, SIZE)
    for number in (0, 2):
        assert len(wrap(rows[0][number], widths[number], SIZE)) == 1
    assert text_width(rows[0][0], SIZE) <= widths[0] < widths[1]


def test_one_long_name_does_not_take_the_room_of_all_others() -> None:
    rows = [["洪山区", "Medical-insurance stations, on foot", "5", "四新街道办事处"]] * 19
    long = "武汉江夏经济开发区庙山高新技术产业园区管理委员会" * 3
    table = _table([*rows, [long, "Stations", "5", "四新街道办事处"]])
    widths = column_widths(table, 380.0, SIZE)
    lines = row_lines(table, widths, SIZE)
    assert set(lines[:19]) == {1} and lines[19] > 4


def test_a_long_header_over_short_numbers_has_three_lines_at_most() -> None:
    # 未覆盖小区数（个） stood in five lines of one or two letters, a bracket alone in one.
    header = ["位次", "乡镇（街道）", "未覆盖小区数（个）", "最近服务点", "路程中位数（米）"]
    long = "武汉江夏经济开发区庙山高新技术产业园区管理委员会"
    rows = [[str(n), long, "69", long, "2,030"] for n in range(20)]
    table = Table("t", "caption", header, rows, [0.2] * 5, (0, 2, 4), False)
    widths = column_widths(table, 300.0, SIZE)
    for title, width in zip(header, widths, strict=True):
        assert len(wrap(title, width - 0.8 * SIZE, SIZE)) <= 3


def test_columns_to_fill_in_get_the_room_that_is_left() -> None:
    table = _table([["1", "甲", "5", ""], ["2", "乙", "6", ""]], roomy=True)
    widths = column_widths(table, 440.0, SIZE)
    assert widths[3] == max(widths)


def test_a_short_table_stays_whole_and_a_long_one_keeps_its_ends() -> None:
    short = _table([[str(n), "甲", "5", ""] for n in range(8)])
    widths = column_widths(short, 440.0, SIZE)
    assert kept_together(short, widths, SIZE) == [True] * 7 + [False]
    long = _table([[str(n), "甲", "5", ""] for n in range(40)])
    kept = kept_together(long, widths, SIZE)
    # Three rows below the header, and three at the end: none of them alone on a page.
    assert [number for number, keep in enumerate(kept) if keep] == [0, 1, 37, 38]
    assert kept_together(_table([["1", "甲", "5", ""]]), widths, SIZE) == [False]
