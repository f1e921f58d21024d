"""gaps.xlsx as openpyxl reads it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pandas as pd
import pytest
from made_analysis import HOSTILE, made_analysis

from geo.analysis import Analysis
from layers.export_xlsx import gaps_workbook
from layers.wording import words_for


def _open(analysis: Analysis, locale: str = "zh-CN", **options: Any) -> Any:
    content = gaps_workbook(analysis, words_for(locale), **options)
    return openpyxl.load_workbook(BytesIO(content))


def _table(sheet: Any) -> pd.DataFrame:
    header, *rows = sheet.iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=header)


def test_sheets_and_headers_in_both_languages(analysis: Analysis) -> None:
    book = _open(analysis)
    assert book.sheetnames == ["盲区清单", "盲区居民点", "口径说明"]
    header = [cell.value for cell in book["盲区清单"][1]]
    assert header[:8] == [
        "序号", "服务类别", "出行方式与限值", "市(州)", "县(市、区)", "乡镇(街道)",
        "人口(人)", "未覆盖人口(人)",
    ]  # fmt: skip
    assert "其中：路网待核实(人)" in header
    english = _open(analysis, "en")
    assert english.sheetnames == ["Gaps", "Gap points", "Definitions"]
    assert "Uncovered people" in [cell.value for cell in english["Gaps"][1]]


@pytest.mark.parametrize(("unit", "header"), [("户", "未覆盖户数(户)"), ("个", "未覆盖小区数(个)")])
def test_the_weight_decides_the_header(unit: str, header: str) -> None:
    sheet = _open(made_analysis(weight_unit=unit))["盲区清单"]
    assert header in [cell.value for cell in sheet[1]]


def test_numbers_equal_the_tables(analysis: Analysis) -> None:
    book = _open(analysis)
    gaps = _table(book["盲区清单"])
    pairs = {
        "序号": "rank", "人口(人)": "demand_total", "未覆盖人口(人)": "uncovered",
        "未覆盖率": "uncovered_share", "至最近服务点时间中位数(分钟)": "nearest_minutes_p50",
        "其中：路程超限(人)": "uncovered_too_far", "经度": "lon", "纬度": "lat",
    }  # fmt: skip
    for header, field in pairs.items():
        found = gaps[header].astype(float).to_list()
        assert found == pytest.approx(analysis.gaps[field].to_list(), abs=0, nan_ok=True)
    points = _table(book["盲区居民点"])
    for header, field in {"时间(分钟)": "minutes", "路程(米)": "metres"}.items():
        found = points[header].astype(float).to_list()
        assert found == pytest.approx(analysis.gap_points[field].to_list(), abs=0, nan_ok=True)


def test_formats_header_and_filter(analysis: Analysis) -> None:
    sheet = _open(analysis)["盲区清单"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:S{len(analysis.gaps) + 1}"
    formats = {cell.value: sheet.cell(2, cell.column).number_format for cell in sheet[1]}
    assert formats["未覆盖率"] == "0.0%"
    assert formats["至最近服务点时间中位数(分钟)"] == "0.0"
    assert formats["未覆盖人口(人)"] == "#,##0.0"  # 140.5 people
    assert formats["序号"] == "#,##0"
    for cell in sheet[1]:
        assert sheet.column_dimensions[cell.column_letter].width >= 7


def test_demand_outside_every_unit_is_named(analysis: Analysis) -> None:
    assert "评价单元以外" in set(_table(_open(analysis)["盲区清单"])["乡镇(街道)"])


def test_the_largest_points_and_where_the_rest_is(analysis: Analysis) -> None:
    book = _open(analysis, point_rows=3)
    sheet = book["盲区居民点"]
    assert sheet.max_row == 5
    assert sheet.auto_filter.ref.endswith("4")
    assert "gap_points.csv" in sheet.cell(5, 1).value
    weights = [cell.value for cell in sheet["G"][1:4]]
    largest = analysis.gap_points["weight"].sort_values(ascending=False).head(3)
    assert sorted(weights, reverse=True) == largest.to_list()
    assert "gap_points.csv" in str([cell.value for cell in book["口径说明"]["C"]])


def test_definitions_say_what_was_counted(analysis: Analysis) -> None:
    for locale, words in (
        ("zh-CN", ["步行", "4 公里/小时", "15分钟", "居民前往服务点", "未经审图，仅限内部使用",
                   "范围为近似", "路网为样例", "代用名单", "两项指标口径不同，不宜直接比较。"]),
        ("en", ["walk", "4 km/h", "15 min", "people travel to the site", "internal use only",
                "should not be compared directly"]),
    ):  # fmt: skip
        sheet = _open(analysis, locale).worksheets[2]
        text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
        for word in [*words, "ab" * 32, "cd" * 32]:
            assert word in text, word


def test_approval_number_takes_the_place_of_the_notice() -> None:
    sheet = _open(made_analysis(approval="GS(2024)0001号"))["口径说明"]
    text = str([cell.value for cell in sheet["C"]])
    assert "审图号：GS(2024)0001号。底图无修改，界线不作划界依据。" in text
    assert "未经审图" not in text


def test_formulas_and_links_are_strings(hostile: Analysis) -> None:
    book = _open(hostile)
    seen = set()
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), (cell.coordinate, cell.value)
                assert cell.hyperlink is None
                seen.add(cell.value)
    assert set(HOSTILE) <= seen  # as they are, not cut and not run


def test_a_gap_of_a_cell_too_long_for_excel_is_cut(analysis: Analysis) -> None:
    gaps = analysis.gaps.assign(unit_name="长" * 40_000)
    sheet = _open(Analysis(**{**vars(analysis), "gaps": gaps}))["盲区清单"]
    assert len(sheet.cell(2, 6).value) == 32_767
