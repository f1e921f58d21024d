"""The chapter of measures: counts, order, overdue cases, no telephones, the head in the footer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import pytest

from geo.analysis import Analysis
from layers.report.blocks import Heading, Paragraph, Table
from layers.report.chapters import build_report
from layers.report.options import ReportOptions
from layers.report.write import report_files
from layers.words.catalogue import LOCALES, words_for
from ledger.cases import TEXT_FIELDS, Case
from ledger.ledger import open_ledger
from ledger.snapshot import LedgerSnapshot, read_snapshot

DAY = date(2026, 3, 1)
HEAD = "ab" * 32
SECTIONS = ("actions", "tables")


def case(number: int, state: str, due: str = "", unit: str = "U1", **fields: str) -> Case:
    given = dict.fromkeys(TEXT_FIELDS, "") | {"number": f"N{number}", "due": due, **fields}
    return Case(str(number), 1, state, unit_id=unit, fields=given)


CASES = [
    case(1, "open", "2026-12-31", measures="新设站点", contact="李四 13800138000"),
    case(2, "closed", "2026-01-01"),
    case(3, "assigned", "2026-02-01", unit="U2", measures="增设班次"),
    case(4, "waived"),
    case(5, "open"),
]
FOUND = LedgerSnapshot(CASES, HEAD)
OPTIONS = ReportOptions(made_on=DAY, dpi=50, sections=SECTIONS, ledger=FOUND)


def _texts(
    analysis: Analysis, options: ReportOptions, locale: str = "zh-CN"
) -> Mapping[str, object]:
    blocks = build_report(analysis, words_for("zh-CN"), options).blocks
    tables = {block.key: block for block in blocks if isinstance(block, Table)}
    text = "".join(
        part
        for block in blocks
        if isinstance(block, Paragraph)
        for part in block.parts
        if isinstance(part, str)
    )
    return {"text": text, **tables}


def test_the_chapter_counts_cases_and_orders_them_by_deadline(analysis: Analysis) -> None:
    found = _texts(analysis, OPTIONS)
    assert "共列问题5项，已销号1项，占20.0%；逾期1项，具备销号条件0项" in str(found["text"])
    states, measures = found["states"], found["measures"]
    assert isinstance(states, Table) and isinstance(measures, Table)
    assert [row[:3] for row in states.rows] == [
        ["待交办", "2", "0"], ["已交办", "1", "1"], ["已销号", "1", "0"], ["不予整改", "1", "0"],
    ]  # fmt: skip
    assert [row[0] for row in measures.rows] == ["N3", "N1", "N5"]
    assert measures.rows[0][-1] == "已交办（逾期）"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_head_is_in_every_format_and_no_telephone_is(analysis: Analysis, locale: str) -> None:
    made = report_files(analysis, words_for(locale), ("docx", "html"), OPTIONS)
    footer = docx.Document(BytesIO(made["docx"])).sections[0].footer
    assert any(HEAD in paragraph.text for paragraph in footer.paragraphs)
    page = made["html"].decode()
    assert HEAD in page and "13800138000" not in page and "新设站点" in page


def test_without_a_ledger_nothing_of_it_is_shown(analysis: Analysis) -> None:
    blocks = build_report(analysis, words_for("zh-CN"), replace(OPTIONS, ledger=None)).blocks
    keys = {block.key for block in blocks if isinstance(block, Table)}
    assert "work" in keys and not keys & {"states", "measures", "ledger-problems"}
    assert "actions" not in ReportOptions().chosen
    assert "actions" in ReportOptions(ledger=FOUND).chosen
    titles = [block.text for block in blocks if isinstance(block, Heading)]
    assert "一、整改安排" in titles


def test_a_county_has_the_cases_of_its_units(analysis: Analysis) -> None:
    within = OPTIONS.within({"U2"})
    assert within.ledger is not None
    assert [one.id for one in within.ledger.cases] == ["3"] and within.ledger.head == HEAD


def test_a_long_ledger_says_where_the_rest_is(analysis: Analysis) -> None:
    many = LedgerSnapshot([case(n, "open") for n in range(400)], HEAD)
    found = _texts(analysis, replace(OPTIONS, ledger=many))
    measures, problems = found["measures"], found["ledger-problems"]
    assert isinstance(measures, Table) and isinstance(problems, Table)
    assert (len(measures.rows), len(problems.rows)) == (50, 300)
    assert "前50项" in measures.caption and "前300项" in problems.caption


def test_a_ledger_is_read_as_it_is(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path) is None
    with open_ledger(tmp_path) as ledger:
        assert read_snapshot(tmp_path) is None  # no case in it
        ledger.add({"problem": "甲"}, by="张三")
        head = ledger.store.head()
    found = read_snapshot(tmp_path)
    assert found is not None and found.head == head and found.cases[0].fields["problem"] == "甲"
