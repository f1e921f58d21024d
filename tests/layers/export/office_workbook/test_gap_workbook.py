"""gaps.xlsx as openpyxl reads it, and its filled-in results as they come back."""

from __future__ import annotations

import math
import re
import zipfile
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from layers.export.field_check import field_check_lines, read_field_check
from layers.export.office_workbook import gap_workbook as workbook
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.export.office_workbook.sheet import sheet_name
from layers.words.catalogue import words_for
from layers.words.numbers import per_cent, up_to_tenths
from tests.worlds.made_analysis import HOSTILE, made_analysis

ZH, EN = words_for("zh-CN"), words_for("en")
SHEETS = [
    "单元汇总",
    "医保服务站",
    "停车场",
    "路网核实表",
    "代码与坐标",
    "口径登记表",
    "quarterhour",
    "口径说明",
]
RESULT = "核实结果（属实/数据有误）"


def _open(analysis: Analysis, locale: str = "zh-CN", **options: Any) -> Any:
    content = gaps_workbook(analysis, words_for(locale), **options)
    return openpyxl.load_workbook(BytesIO(content))


def _header_row(sheet: Any, number: str = "序号") -> int:
    for row in range(1, 12):
        if number in [cell.value for cell in sheet[row]]:
            return row
    raise AssertionError(f"{sheet.title}: no header")


def _table(sheet: Any, number: str = "序号") -> pd.DataFrame:
    """The rows below the totals, without footer lines."""
    header = _header_row(sheet, number)
    names = [cell.value for cell in sheet[header]]
    rows = [
        [cell.value for cell in row]
        for row in sheet.iter_rows(min_row=header + 1)
        if isinstance(row[names.index(number)].value, int | float)
    ]
    return pd.DataFrame(rows, columns=names)


def test_sheets_in_both_languages(analysis: Analysis) -> None:
    assert _open(analysis).sheetnames == SHEETS
    assert _open(analysis, "en").sheetnames == [
        "Units", "Stations", "Parking", "Field check", "Codes and coordinates",
        "Register of definitions", "quarterhour", "Definitions",
    ]  # fmt: skip


def test_the_list_has_the_columns_of_the_form(analysis: Analysis) -> None:
    sheet = _open(analysis)["医保服务站"]
    header = _header_row(sheet)
    assert [cell.value for cell in sheet[header]] == [
        "序号", "市（州）", "县（市、区）", "乡镇（街道）", "居民点（小区/自然湾）", "服务类别",
        "未覆盖人口（人）", "所在单元未覆盖率（%）", "最近服务点", "路程（米）", "时间（分钟）",
        "成因", RESULT, "建议措施", "建议责任单位", "备注",
    ]  # fmt: skip
    assert sheet["A1"].value == "示例医保服务站15分钟可达盲区清单"
    assert "统计时点" in sheet["A2"].value and "盖章" in sheet["A2"].value
    assert sheet["A3"].value.startswith("口径：计入人口236.5人") or "15分钟" in sheet["A3"].value
    last = [sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1)][-1]
    assert all(word in last for word in ("填表人", "审核人", "负责人", "电话", "日期"))


def test_the_title_names_place_service_and_limit(analysis: Analysis) -> None:
    titles = [sheet["A1"].value for sheet in _open(analysis, "en").worksheets]
    assert "Gaps in Sample: Stations, 15 min" in titles
    assert "Gaps in Sample: Parking, 300 m" in titles
    layer = analysis.study.layers[1]
    named = layer.model_copy(update={"title": {"zh-CN": "停车场·步行300米", "en": "Parking"}})
    study = analysis.study.model_copy(update={"layers": [analysis.study.layers[0], named]})
    titles = [sheet["A1"].value for sheet in _open(replace(analysis, study=study)).worksheets]
    assert "示例停车场·步行300米可达盲区清单" in titles  # not 300米300米


def test_totals_come_first_and_stay_out_of_the_filter(analysis: Analysis) -> None:
    sheet = _open(analysis)["医保服务站"]
    header = _header_row(sheet)
    total = {a.value: b.value for a, b in zip(sheet[header], sheet[header + 1], strict=True)}
    entry = analysis.summary["layers"]["clinic"]
    assert total["序号"] == "合计"
    assert total["未覆盖人口（人）"] == entry["demand_total"] - entry["demand_covered"]
    assert total["所在单元未覆盖率（%）"] == round(100 * (1 - entry["share_by_time"]), 1)
    first, _ = sheet.auto_filter.ref.split(":")
    assert first == f"A{header + 1}"  # sorting leaves the total where it is
    assert sheet.freeze_panes == f"A{header + 2}"


def test_the_page_is_a3_landscape_with_its_header_repeated(analysis: Analysis) -> None:
    for sheet in _open(analysis).worksheets[:4]:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (8, "landscape")
        header = _header_row(sheet)
        assert sheet.print_title_rows == f"${header}:${header}"
        assert sheet.print_area


def test_every_sheet_is_one_page_wide_and_numbered(analysis: Analysis) -> None:
    for locale, pages in (("zh-CN", "第 &amp;P 页，共 &amp;N 页"), ("en", "Page &amp;P of &amp;N")):
        content = gaps_workbook(analysis, words_for(locale))
        with zipfile.ZipFile(BytesIO(content)) as package:
            names = [name for name in package.namelist() if "worksheets/sheet" in name]
            sheets = [package.read(name).decode() for name in names]
        assert len(sheets) == len(SHEETS)
        for xml in sheets:
            assert pages in re.search(r"<oddFooter>(.*)</oddFooter>", xml)[1]  # type: ignore[index]
            assert "<pageSetUpPr fitToPage=" in xml and 'fitToHeight="0"' in xml


def _before_and_after(sheet: Any, column: str) -> list[tuple[Any, Any]]:
    """The values of a column on both sides of every page break."""
    header = _header_row(sheet)
    at = [cell.value for cell in sheet[header]].index(column) + 1
    return [
        (sheet.cell(mark.id, at).value, sheet.cell(mark.id + 1, at).value)
        for mark in sheet.row_breaks.brk
    ]


def test_a_new_page_begins_with_each_county_and_layer(analysis: Analysis) -> None:
    book = _open(analysis)
    for name in ("医保服务站", "停车场", "路网核实表"):
        found = _table(book[name])["县（市、区）"]
        counties = [county if isinstance(county, str) else None for county in found]
        changes = [(a, b) for a, b in pairwise(counties) if a != b]
        assert _before_and_after(book[name], "县（市、区）") == changes
        assert len(changes) == len(set(counties)) - 1, "each county stands together"
    layers = _table(book["单元汇总"])["服务类别"].to_list()
    changes = [(a, b) for a, b in pairwise(layers) if a != b]
    assert changes and _before_and_after(book["单元汇总"], "服务类别") == changes


def test_a_long_list_is_not_printed_whole_and_says_so(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(sheet: Any) -> int:
        return int(sheet.print_area.rpartition("$")[2])

    sheet = _open(analysis)["医保服务站"]
    assert last(sheet) == sheet.max_row  # the signatures included
    assert not any("取消打印区域" in str(row[0].value) for row in sheet.iter_rows())
    monkeypatch.setattr(workbook, "PRINTED_ROWS", 2)
    book = _open(analysis)
    sheet = book["医保服务站"]
    first = _header_row(sheet) + 2  # a row of totals
    assert last(sheet) == first + 1
    texts = [str(sheet.cell(row, 1).value) for row in range(1, first)]
    assert any("只打印前2行" in text for text in texts)
    assert any("审核人" in text for text in texts), "the signatures are printed"
    codes = book["代码与坐标"]
    assert last(codes) == _header_row(codes) and codes.max_row > last(codes)


def test_results_are_chosen_from_a_list(analysis: Analysis) -> None:
    sheet = _open(analysis)["路网核实表"]
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"属实,数据有误"']


def test_numbers_are_those_of_the_tables(analysis: Analysis) -> None:
    book = _open(analysis)
    units = _table(book["单元汇总"])
    assert units["位次"].to_list() == analysis.gaps["rank"].to_list()
    assert units["未覆盖人口（人）"].to_list() == analysis.gaps["uncovered"].to_list()
    wanted = (analysis.gaps["uncovered_share"] * 100).round(1).to_list()
    assert units["未覆盖率（%）"].to_list() == pytest.approx(wanted)
    for layer, name in (("clinic", "医保服务站"), ("parking", "停车场")):
        points = analysis.gap_points[analysis.gap_points["layer"] == layer]
        found = _table(book[name])
        assert sorted(found["未覆盖人口（人）"]) == sorted(points["weight"])
        pairs = zip(found["时间（分钟）"].dropna(), found["路程（米）"].dropna(), strict=True)
        for minutes, metres in pairs:
            assert minutes == round(minutes, 1) and metres == math.ceil(metres)


def test_rounding_never_says_covered() -> None:
    assert up_to_tenths(pd.Series([15.001, 15.0, 7.04])).to_list() == [15.1, 15.0, 7.1]
    shares = pd.Series([0.99996, 1.0, 0.0001, 0.0])
    assert per_cent(shares).to_list() == [99.9, 100.0, 0.1, 0.0]


@pytest.mark.parametrize(
    ("unit", "header"), [("户", "未覆盖户数（户）"), ("个", "未覆盖小区数（个）")]
)
def test_the_weight_decides_the_header(unit: str, header: str) -> None:
    sheet = _open(made_analysis(weight_unit=unit))["单元汇总"]
    assert header in [cell.value for cell in sheet[_header_row(sheet)]]


def test_columns_without_data_are_left_out(analysis: Analysis) -> None:
    sheet = _open(analysis)["医保服务站"]
    assert "城乡类别" not in [cell.value for cell in sheet[_header_row(sheet)]]
    demand = analysis.demand.assign(**{"class": "rural"})
    classed = _open(Analysis(**{**vars(analysis), "demand": demand}))["医保服务站"]
    assert set(_table(classed)["城乡类别"]) == {"rural"}


def test_without_doubts_there_is_no_field_check(analysis: Analysis) -> None:
    points = analysis.gap_points[analysis.gap_points["cause"] != "data_doubt"]
    book = _open(Analysis(**{**vars(analysis), "gap_points": points}))
    assert "路网核实表" not in book.sheetnames


def test_codes_and_coordinates_stand_apart(analysis: Analysis) -> None:
    book = _open(analysis)
    codes = _table(book["代码与坐标"])
    assert set(codes["工作表"]) == set(SHEETS[:4])
    assert set(codes["居民点编号"].dropna()) == set(analysis.gap_points["demand_id"])
    for sheet in book.worksheets[:4]:
        header = [cell.value for cell in sheet[_header_row(sheet)]]
        assert not {"居民点编号", "单元代码", "经度"} & set(header)


def test_demand_outside_every_unit_is_named(analysis: Analysis) -> None:
    assert "评价单元以外" in set(_table(_open(analysis)["单元汇总"])["乡镇（街道）"])


def test_the_largest_points_and_where_the_rest_is(analysis: Analysis) -> None:
    book = _open(analysis, point_rows=3)
    kept = [_table(book[name]) for name in ("医保服务站", "停车场")]
    weights = [weight for table in kept for weight in table["未覆盖人口（人）"]]
    largest = analysis.gap_points["weight"].sort_values(ascending=False).head(3)
    assert sorted(weights, reverse=True) == largest.to_list()
    texts = [str(cell.value) for sheet in book.worksheets for row in sheet for cell in row]
    assert any("gap_points.csv" in text for text in texts)
    assert "gap_points.csv" in str([cell.value for cell in book["口径说明"]["C"]])


def test_definitions_say_what_was_counted(analysis: Analysis) -> None:
    for locale, words in (
        ("zh-CN", ["步行", "4 公里/小时", "15分钟", "居民前往服务点", "未经审图，仅限内部使用",
                   "范围为近似", "路网为样例", "代用名单", "两项指标口径不同，不宜直接比较。"]),
        ("en", ["walk", "4 km/h", "15 min", "people travel to the site", "internal use only",
                "should not be compared directly"]),
    ):  # fmt: skip
        sheet = _open(analysis, locale).worksheets[-1]
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
        assert not set("[]:*?/\\") & set(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), (cell.coordinate, cell.value)
                assert cell.hyperlink is None
                seen.add(cell.value)
    assert set(HOSTILE) <= seen  # as they are, not cut and not run


def test_sheet_names_fit_excel() -> None:
    taken: set[str] = set()
    for wanted in ("a/b:c?*[]\\", "长" * 40, "长" * 40, "", "'quoted'", "History", "x\x01y"):
        name = sheet_name(wanted, taken)
        assert 0 < len(name) <= 31 and not set("[]:*?/\\") & set(name)
        assert not name.startswith("'") and name.lower() != "history"
    assert len(taken) == 7


def test_a_name_too_long_for_excel_is_cut(analysis: Analysis) -> None:
    gaps = analysis.gaps.assign(unit_name="长" * 40_000)
    sheet = _open(Analysis(**{**vars(analysis), "gaps": gaps}))["单元汇总"]
    assert len(_table(sheet)["乡镇（街道）"][0]) == 32_767


def _filled(analysis: Analysis, path: Path, locale: str, results: dict[str, list[str]]) -> Path:
    """The workbook with these results, from the top, in these sheets; sorted upside down."""
    words = words_for(locale)
    book = _open(analysis, locale)
    for name, values in results.items():
        sheet = book[name]
        header = _header_row(sheet, words("export.header.number"))
        at = [cell.value for cell in sheet[header]].index(words("export.header.result")) + 1
        for number, value in enumerate(values):
            sheet.cell(header + 2 + number, at).value = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("locale", "sheet", "answers"),
    [("zh-CN", "医保服务站", ["属实", "数据有误", "也许"]),
     ("en", "Stations", ["Confirmed", "data wrong", "maybe"])],
)  # fmt: skip
def test_results_come_back(
    analysis: Analysis, tmp_path: Path, locale: str, sheet: str, answers: list[str]
) -> None:
    doubts = words_for(locale)("export.sheet.doubts")
    path = _filled(analysis, tmp_path / "b.xlsx", locale, {sheet: answers, doubts: answers[:1]})
    found = read_field_check(path)
    assert found.rows["result"].to_list() == ["confirmed", "data_wrong", "confirmed"]
    assert found.rows["layer"].to_list() == ["clinic", "clinic", ""]
    assert found.rows["demand_id"].iloc[2] == "D5"  # the one off the network
    assert [value for _, _, value in found.unread] == answers[2:]
    assert len(field_check_lines(found, words_for(locale))) == 2


def test_an_unfilled_workbook_has_no_results(analysis: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(gaps_workbook(analysis, ZH))
    found = read_field_check(path)
    assert found.rows.empty and not found.unread


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    (tmp_path / "text.xlsx").write_text("no workbook")
    for name, code in (("other.xlsx", "field_check_sheets"), ("text.xlsx", "zip_broken")):
        with pytest.raises(StudyError) as caught:
            read_field_check(tmp_path / name)
        assert caught.value.code == code


def test_points_without_names_are_known_by_their_ids(analysis: Analysis) -> None:
    bare = replace(analysis, gap_points=analysis.gap_points.assign(name=""))
    book = openpyxl.load_workbook(BytesIO(gaps_workbook(bare, words_for("en"))))
    sheet = book[book.sheetnames[1]]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(row for row in rows if row[0] == "No.")
    column = header.index("Demand point")
    shown = [row[column] for row in rows if isinstance(row[0], int | float)]
    assert shown and set(shown) <= set(analysis.gap_points["demand_id"])


def test_a_time_beyond_the_horizon_is_written_as_such(analysis: Analysis) -> None:
    points, gaps = analysis.gap_points, analysis.gaps
    far = points["cause"] == "too_far"
    made = replace(
        analysis,
        gap_points=points.assign(minutes=points["minutes"].mask(far)),
        gaps=gaps.assign(nearest_minutes_p50=float("nan")),
    )
    book = _open(made)
    minutes = _table(book["医保服务站"]).set_index("成因")["时间（分钟）"]
    assert set(minutes["超出时限"]) == {">120"}
    assert pd.isna(minutes["路网待核实"])
    summary = _table(book["单元汇总"])
    header = ZH("export.header.nearest_minutes_p50")
    late = summary["主要成因"].str.startswith("超出")
    assert late.any()
    assert summary.loc[late, header].eq(">120").all()
    assert summary.loc[summary["主要成因"] == "路网待核实", header].isna().all()
