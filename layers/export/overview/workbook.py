"""overview.xlsx: the overview, and the summary of indicators as a city hands it in."""

from __future__ import annotations

import pandas as pd

from geo.analysis import Analysis
from geo.questions.composites import composites
from layers.export.list_workbook import list_workbook
from layers.export.office_workbook.sheet import Column
from layers.words.catalogue import Words
from layers.words.phrases import as_of_text, note_line, notices, place_name
from layers.words.programmes.composites import composite_header, composite_lead, composite_rows
from layers.words.programmes.overview import COLUMNS, OverviewRow, overview_rows

__all__ = ["OVERVIEW_XLSX", "overview_workbook"]

OVERVIEW_XLSX = "overview.xlsx"
_WIDTHS = {"title": 26, "basis": 22, "share": 22, "source": 46, "presence": 18, "left": 16}
# The columns of 指标汇总表; their headers are ``overview.sheet.<name>``.
_SUMMARY = (
    "number", "indicator", "authority", "basis", "value", "pass", "holds", "left", "source", "note",
)  # fmt: skip
_SUMMARY_WIDTHS = {"indicator": 30, "authority": 18, "basis": 24, "source": 46, "note": 30}


def overview_workbook(analysis: Analysis, words: Words) -> bytes:
    """The workbook as bytes, the same ones every time."""
    rows = overview_rows(analysis, words)
    place = place_name(analysis.study, words)
    lines = [words("export.not_comparable"), note_line(*notices(analysis.study, words)[0], words)]
    if as_of := as_of_text(analysis.study, words):
        lines.insert(0, words("report.as_of", as_of=as_of))
    overview = pd.DataFrame([row.cells(words) for row in rows], columns=list(COLUMNS), dtype=str)
    columns = [
        Column(name, words(f"overview.column.{name}"), width=_WIDTHS.get(name, 12))
        for name in COLUMNS
    ]
    summary = pd.DataFrame(
        [_summary_row(analysis, row, number, words) for number, row in enumerate(rows, start=1)],
        columns=list(_SUMMARY),
        dtype=str,
    )
    forms = [
        Column(name, words(f"overview.sheet.{name}"), width=_SUMMARY_WIDTHS.get(name, 12))
        for name in _SUMMARY
    ]
    sheets = [
        (words("overview.sheet_overview"), overview, columns),
        (words("overview.sheet_summary"), summary, forms),
    ]
    if circles := _circles(analysis, words):
        header = [words("overview.column.title"), *composite_header(analysis, words)]
        names = ("title", "count", "weight", "part")
        frame = pd.DataFrame(circles, columns=list(names), dtype=str)
        widths = dict(zip(names, (50, 18, 18, 12), strict=True))
        of_circles = [
            Column(name, text, width=widths[name]) for name, text in zip(names, header, strict=True)
        ]
        sheets.append((words("composite.sheet"), frame, of_circles))
    return list_workbook(words("overview.title", place=place), lines, sheets, words)


def _circles(analysis: Analysis, words: Words) -> list[list[str]]:
    """The composites: what is counted, and the demand by the number of services reached."""
    return [
        [composite_lead(found, analysis, words) if not number else "", *cells]
        for found in composites(analysis)
        for number, cells in enumerate(composite_rows(found, analysis, words))
    ]


def _summary_row(analysis: Analysis, row: OverviewRow, number: int, words: Words) -> list[str]:
    indicator = analysis.study.layer(row.key).indicator
    clause = "" if indicator is None else words.text(indicator.clause)
    authority = "" if indicator is None else words.text(indicator.authority)
    office = words("overview.office") if indicator is not None and not authority else authority
    notes = words("overview.twin_join").join(text for text in (row.needs, row.twins) if text)
    named = clause if indicator is not None and indicator.verified != "office" else ""
    return [
        words.number(number),
        named or row.title,
        office,
        row.basis,
        row.share,
        row.pass_line,
        row.holds,
        row.left,
        row.source,
        notes,
    ]
