"""Figures of gaps.xlsx against results; an office's edits are made by openpyxl."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.coverage.county import series_parts
from layers.export.by_county import worded_county
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.export.results import write_results
from layers.report.verify.compare import Finding, Verified, verify_document
from layers.words.catalogue import LOCALES, words_for
from tests.worlds.renamed_counties import four_counties

ZH = words_for("zh-CN")


@pytest.fixture
def edited(out: Path, tmp_path: Path) -> Callable[[Callable[[Any], None]], Verified]:
    def check(edit: Callable[[Any], None]) -> Verified:
        book = openpyxl.load_workbook(out / "gaps.xlsx")
        edit(book)
        book.save(tmp_path / "edited.xlsx")
        return verify_document(tmp_path / "edited.xlsx", out)

    return check


def _cell(sheet: Any, header: str, row: int) -> Any:
    """The cell of a list under a header, `row` rows below the header."""
    for cells in sheet.iter_rows():
        for cell in cells:
            if cell.value == header:
                return sheet.cell(cell.row + row, cell.column)
    raise AssertionError(header)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_workbook_as_it_was_written_is_clean(
    analysis: Analysis, out: Path, tmp_path: Path, locale: str
) -> None:
    (tmp_path / "g.xlsx").write_bytes(gaps_workbook(analysis, words_for(locale)))
    found = verify_document(tmp_path / "g.xlsx", out)
    assert found.clean and found.figures > 100 and found.without_source == 0


def test_the_sheet_of_keys_is_hidden(out: Path) -> None:
    book = openpyxl.load_workbook(out / "gaps.xlsx")
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"]
    assert hidden == ["quarterhour"]


def test_rows_that_were_added_or_sorted_are_no_change(edited: Any) -> None:
    def edit(book: Any) -> None:
        sheet = book.worksheets[0]
        listed = [row for row in sheet.iter_rows() if isinstance(row[0].value, int)]
        rows = [[cell.value for cell in row] for row in listed]
        assert len(rows) > 3
        for row, values in zip(listed, reversed(rows), strict=True):
            for cell, value in zip(row, values, strict=True):
                cell.value = value
        book["口径登记表"].insert_rows(1)
        for name in book.defined_names.values():  # Excel moves names with their cells
            if "口径登记表" in name.attr_text:
                head, _, row = name.attr_text.rpartition("$")
                name.attr_text = f"{head}${int(row) + 1}"

    assert edited(edit).clean


def test_every_kind_of_cell_that_is_changed_is_found(edited: Any) -> None:
    def edit(book: Any) -> None:
        units, points = book.worksheets[0], book.worksheets[1]
        _cell(units, "未覆盖人口（人）", 3).value = 5555  # two rows of totals above
        total = _cell(units, "未覆盖人口（人）", 1)
        total.value = total.value + 1
        _cell(points, "路程（米）", 2).value = 77
        register = book["口径登记表"]
        register["B2"].value = "95.4%"

    found = edited(edit).findings
    changed = {(f.place.split("!")[0], f.new) for f in found if f.kind == "changed"}
    assert changed == {("单元汇总", "5555"), ("单元汇总", "97"), ("医保服务站", "77"),
                       ("口径登记表", "95.4%")}  # fmt: skip
    one = next(f for f in found if f.new == "5555")
    assert one.key.startswith("gaps.U") and one.key.endswith(".uncovered") and one.old != "5555"


def test_cells_that_are_gone_are_counted(edited: Any) -> None:
    def edit(book: Any) -> None:
        del book["口径登记表"]

    found = edited(edit)
    assert found.missing > 10 and found.findings == [] and not found.clean


def test_figures_of_older_results_are_listed(analysis: Analysis, out: Path, tmp_path: Path) -> None:
    gaps = analysis.gaps.assign(uncovered=analysis.gaps["uncovered"] + 1)
    summary = {**analysis.summary, "analysis_id": "f" * 64}
    write_results(replace(analysis, gaps=gaps, summary=summary), tmp_path)
    found = verify_document(out / "gaps.xlsx", tmp_path).findings
    assert {f.kind for f in found} == {"outdated"}
    assert [f.key.endswith(".uncovered") for f in found] == [True] * len(gaps)
    assert all(float(f.new) == float(f.old) + 1 for f in found)


def test_a_county_s_workbook_is_compared_with_the_county(tmp_path: Path) -> None:
    analysis = four_counties(("甲县", "乙县", "丙县", "丁县"))
    write_results(analysis, tmp_path / "out")
    part = series_parts(analysis)[1]
    (tmp_path / "g.xlsx").write_bytes(gaps_workbook(worded_county(analysis, part), ZH))
    found: list[Finding] = verify_document(tmp_path / "g.xlsx", tmp_path / "out").findings
    assert found == []


def test_another_workbook_has_no_keys(tmp_path: Path, out: Path) -> None:
    (tmp_path / "g.xlsx").write_bytes(list_workbook("a", [], [], ZH))
    with pytest.raises(StudyError) as raised:
        verify_document(tmp_path / "g.xlsx", out)
    assert raised.value.code == "verify_no_keys"
