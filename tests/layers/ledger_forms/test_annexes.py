"""The six annexes: their sheets, indicators with parts, cases, blank forms; text stays text."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from geo.analysis import Analysis
from layers.ledger_forms.annexes import ANNEXES, annexes_workbook
from layers.words.catalogue import LOCALES, words_for
from layers.words.definitions import registry
from ledger.cases import TEXT_FIELDS, Case
from ledger.snapshot import LedgerSnapshot

ZH = words_for("zh-CN")


def case(number: str, state: str, layer: str = "clinic", **fields: str) -> Case:
    return Case(number, 1, state, layer=layer, fields=dict.fromkeys(TEXT_FIELDS, "") | fields)


def _rows(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a list below its header."""
    rows = list(sheet.iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[0] == "序号")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


@pytest.mark.parametrize("locale", LOCALES)
def test_there_are_six_sheets_with_or_without_a_ledger(analysis: Analysis, locale: str) -> None:
    for found in (None, LedgerSnapshot([case("1", "open")], "ab")):
        data = annexes_workbook(analysis, found, words_for(locale))
        assert len(openpyxl.load_workbook(BytesIO(data)).sheetnames) == len(ANNEXES) == 6
        assert data == annexes_workbook(analysis, found, words_for(locale))


def test_indicators_and_completion_are_counted(analysis: Analysis) -> None:
    cases = [
        case("1", "closed", measures="新设"),
        case("2", "open", measures="=1+1", kind="限期", lead="民政局"),
        case("3", "waived", measures="不建"),
        case("4", "open", layer="", service="停车场"),
    ]
    book = openpyxl.load_workbook(
        BytesIO(annexes_workbook(analysis, LedgerSnapshot(cases, "ab"), ZH))
    )
    indicators, results, problems, advice, projects, opinions = map(_rows, book.worksheets)
    assert indicators[0]["本年度结果（%）"] == 59.4
    assert "140" in indicators[0]["分子"] and "236" in indicators[0]["分母"]
    assert "设点覆盖率" in indicators[0]["不宜比较的对象"]
    clinic, parking = results
    assert (clinic["列账问题（项）"], clinic["已销号（项）"], clinic["不予整改（项）"]) == (3, 1, 1)
    assert clinic["问题整治完成率（%）"] == 33.3 and parking["列账问题（项）"] == 1
    assert len(problems) == len(advice) == 4 and advice[1]["责任单位"] == "民政局"
    # Only what is still to be built, or was.
    assert [row["建设内容"] for row in projects] == ["新设", "=1+1"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    assert len(opinions) > 5 and not any(row["意见内容"] for row in opinions)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_register_has_every_field_of_every_indicator(analysis: Analysis, locale: str) -> None:
    found = registry(analysis, words_for(locale))
    assert len(found) == 3 * len(analysis.summary["layers"])
    assert len({one.name for one in found}) == len(found)
    for one in found:
        parts = (one.shown, one.definition, one.numerator, one.denominator, one.valid_for)
        assert all(parts) and one.not_with
