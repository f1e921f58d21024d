"""Cases by level: sums, the rate of closed ones (问题整治完成率), and the step down a level."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.ledger_page.filters import conditions_of, show_area
from app_pages.shell.html import Figure, figures, label_text, plain, row, show_html, table
from geo.inputs.areas import parent_chain, parent_name
from layers.words.catalogue import Words
from layers.words.lines.ledger import state_name
from ledger.ledger import Ledger
from ledger.roll_up import Tally, roll_up, tally_of
from ledger.states import STATES

__all__ = ["LEVEL", "show_levels"]

LEVEL = "ledger_level"  # the parent whose units are shown; "" for the whole
_OPEN = "level-open-row"
_MOST_ROWS = 500


def show_levels(ledger: Ledger, tallies: pd.DataFrame, words: Words) -> None:
    """The units below the chosen one, each with its numbers."""
    tallies = _of_service(tallies)
    parent = str(st.session_state.get(LEVEL) or "")
    inside = _inside(tallies, parent)
    if inside.empty and parent:
        st.session_state[LEVEL] = parent = ""
        inside = tallies
    _path(parent, words)
    _figures(tally_of(inside), words)
    units = _of_service(ledger.store.tallies(date.today(), units_in=parent))
    found = roll_up(tallies, units, parent=parent)
    if not found:
        st.info(words("cases.nothing"))
        return
    _table(found, words)


def _of_service(tallies: pd.DataFrame) -> pd.DataFrame:
    conditions = conditions_of()
    for name in ("layer", "service"):
        value = conditions.get(name)
        if value is not None:
            tallies = tallies[tallies[name] == value]
    return tallies


def _inside(tallies: pd.DataFrame, parent: str) -> pd.DataFrame:
    if not parent:
        return tallies
    chains = tallies["parents"]
    return tallies[(chains == parent) | chains.str.startswith(parent + "/")]


def _path(parent: str, words: Words) -> None:
    """The way back up."""
    with st.container(key="levelpath", horizontal=True, vertical_alignment="center", gap="small"):
        for at, chain in enumerate(["", *(parent_chain(parent) if parent else [])]):
            name = label_text(parent_name(chain)) if chain else words("cases.whole")
            st.button(
                name, key=f"level-up-{at}", type="tertiary", on_click=_go, args=(chain,),
                disabled=chain == parent,
            )  # fmt: skip


def _go(chain: str) -> None:
    st.session_state[LEVEL] = chain


def _figures(whole: Tally, words: Words) -> None:
    number = words.number
    shown = [
        Figure(words("cases.number_of"), number(whole.cases), words("cases.number_basis")),
        Figure(
            words("cases.completion"), words.share(whole.completion),
            words("cases.completion_basis", closed=number(whole.closed), cases=number(whole.cases)),
        ),
        Figure(
            words("cases.flag.eligible"), number(whole.eligible - whole.closed),
            words("cases.eligible_basis"),
        ),
        Figure(words("cases.flag.overdue"), number(whole.overdue), words("cases.overdue_basis")),
        Figure(
            words("cases.flag.corrected"), number(whole.corrected), words("cases.corrected_basis")
        ),
    ]  # fmt: skip
    show_html(figures(shown, words, css_class="qh-measures"))


def _table(found: list[Tally], words: Words) -> None:
    states = [name for name in STATES if any(tally.by_state.get(name) for tally in found)]
    rows = pd.DataFrame(
        [
            [tally.name or words("ledger.case.outside"), tally.cases, 100 * tally.completion,
             tally.overdue, *(tally.by_state.get(name, 0) for name in states)]
            for tally in found[:_MOST_ROWS]
        ],
        columns=["name", "cases", "completion", "overdue", *states],
    )  # fmt: skip
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "step": st.column_config.ButtonColumn(
            words("cases.column_open"), type="tertiary", width=90, key=_OPEN, on_click=_keep_click
        ),
        "name": st.column_config.TextColumn(words("ledger.unit"), width=180),
        "cases": number(words("cases.number_of")),
        "completion": number(words("cases.completion"), format="%.1f%%"),
        "overdue": number(words("cases.flag.overdue")),
    } | {name: number(state_name(name, words)) for name in states}
    below = words("cases.level_below"), words("cases.level_cases")
    rows["step"] = [below[tally.kind != "parent"] for tally in found[:_MOST_ROWS]]
    st.dataframe(
        rows, hide_index=True, column_order=list(columns), column_config=columns,
        key=f"levels-{words.locale}-{st.session_state.get(LEVEL)}-{conditions_of()}",
    )  # fmt: skip
    if len(found) > _MOST_ROWS:
        show_html(plain(words("panel.more", count=words.number(len(found) - _MOST_ROWS))))
    headers = [
        words("ledger.unit"), words("cases.number_of"), words("cases.completion"),
        words("cases.flag.overdue"), *(state_name(name, words) for name in states),
    ]  # fmt: skip
    lines = [
        row([name, words.number(cases), words.share(rate / 100), *map(words.number, rest)])
        for name, cases, rate, *rest in rows[
            ["name", "cases", "completion", "overdue", *states]
        ].itertuples(index=False, name=None)
    ]
    show_html(f'<div class="qh-print">{table(headers, lines)}</div>')
    click = st.session_state.get(_OPEN)
    if click is not None and 0 <= click["row"] < len(found):
        step_into(found[click["row"]])
        st.rerun()


def _keep_click() -> None:
    """The click is in the session; the run that follows takes the step."""


def step_into(tally: Tally) -> None:
    """Show what lies below a unit: units below a parent, else its cases in the list."""
    if tally.kind == "parent":
        _go(tally.key)
        return
    show_area("area" if tally.kind == "area" else "unit", tally.key)
    st.session_state["ledger_view"] = "list"
