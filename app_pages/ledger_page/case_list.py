"""The list of cases; the button of a row opens its case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.filters import conditions_of
from app_pages.shell.html import plain, row, sentence, show_html, table
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, state_name
from ledger.cases import Case
from ledger.ledger import Ledger

__all__ = ["OPEN", "marks_of", "show_list"]

OPEN = "case-open-row"  # the click on a row's button
# The browser gets so many rows; filters lead to the others, the exported lists hold all.
_MOST_ROWS = 1_000
_ON_PAPER = 300
# Field, and its width in pixels.
_COLUMNS = {
    "number": 100, "state": 95, "marks": 150, "area": 170, "service": 150, "people": 126,
    "lead": 120, "due": 95, "shares": 156, "progress": 120,
}  # fmt: skip


def show_list(ledger: Ledger, words: Words) -> None:
    """The cases that the filters leave."""
    conditions = conditions_of()
    count = ledger.store.count(**conditions)
    if not count:
        st.info(words("cases.nothing"))
        return
    cases = ledger.store.cases(limit=_MOST_ROWS, **conditions)
    shown = {"shown": words.number(len(cases)), "total": words.number(count)}
    text = "cases.count" if len(cases) == count else "cases.count_first"
    show_html(plain(words(text, **shown)))
    rows = _rows(cases, words)
    text_column = st.column_config.TextColumn
    columns: dict[str, Any] = {
        "open": st.column_config.ButtonColumn(
            words("cases.column_open"),
            type="tertiary",
            alignment="left",
            width=64,
            key=OPEN,
            on_click=_keep_click,
        )
    }
    for name, width in _COLUMNS.items():
        columns[name] = text_column(_header(name, words), width=width)
    with st.container(key="caselist"):
        st.dataframe(
            rows.assign(open=words("cases.open")),
            hide_index=True,
            column_order=list(columns),
            column_config=columns,
            height="stretch",
            key=f"cases-{words.locale}-{conditions}",
        )
    headers = [_header(name, words) for name in _COLUMNS]
    lines = [row(list(line)) for line in rows.head(_ON_PAPER).itertuples(index=False)]
    show_html(f'<div class="qh-print">{table(headers, lines)}</div>')
    click = st.session_state.get(OPEN)
    if click is not None and 0 <= click["row"] < len(cases):
        session.open_case(cases[click["row"]].id)
        st.rerun()


def _keep_click() -> None:
    """The click is in the session; the run that follows opens the case."""


def _header(name: str, words: Words) -> str:
    return words("cases.marks") if name == "marks" else sentence(field_name(name, words))


def _rows(cases: Sequence[Case], words: Words) -> pd.DataFrame:
    own = [name for name in _COLUMNS if name not in ("state", "marks")]
    found = pd.DataFrame([[case.fields[name] for name in own] for case in cases], columns=own)
    found["state"] = [state_name(case.state, words) for case in cases]
    found["marks"] = [marks_of(case, words) for case in cases]
    return found[[*_COLUMNS]]


def marks_of(case: Case, words: Words) -> str:
    """What stands out about a case: eligible, overdue, corrected data, a conflict."""
    found = {
        "eligible": case.eligible and case.state != "closed",
        "overdue": case.is_overdue(date.today()),
        "corrected": case.corrected,
        "conflict": case.had_conflict,
    }
    marks = [words(f"cases.flag.{name}") for name, holds in found.items() if holds]
    return words("lead.places_join").join(marks)
