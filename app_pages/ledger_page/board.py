"""The board: cases by state."""

from __future__ import annotations

import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.case_list import marks_of
from app_pages.ledger_page.filters import conditions_of, show_state
from app_pages.shell.html import head, label_text, plain, show_html
from layers.words.catalogue import Words
from layers.words.lines.ledger import state_name
from ledger.cases import Case
from ledger.ledger import Ledger
from ledger.states import CLOSED, STATES, WORKING

__all__ = ["show_board"]

_MOST_CARDS = 6


def show_board(ledger: Ledger, words: Words) -> None:
    """One column for each state, with its first cases."""
    chosen = conditions_of().get("state")
    counts = {name: ledger.store.count(**conditions_of(name)) for name in STATES}
    states = [name for name in STATES if name in (*WORKING, CLOSED) or counts[name]]
    if chosen:
        states = [chosen]
    with st.container(key="caseboard"):
        columns = st.columns(len(states), gap="small")
    for column, name in zip(columns, states, strict=True):
        with column:
            _column(name, counts[name], ledger, words)


def _column(name: str, count: int, ledger: Ledger, words: Words) -> None:
    show_html(head(words("cases.board_head", state=state_name(name, words),
                         count=words.number(count))))  # fmt: skip
    for case in ledger.store.cases(limit=_MOST_CARDS, **conditions_of(name)):
        _card(case, words)
    if count > _MOST_CARDS:
        st.button(
            words("panel.more", count=words.number(count - _MOST_CARDS)), key=f"board-more-{name}",
            type="tertiary", on_click=show_state, args=(name,),
        )  # fmt: skip
    if not count:
        show_html(plain("—"))


def _card(case: Case, words: Words) -> None:
    with st.container(border=True, gap="xxsmall"):
        st.button(
            label_text(case.fields["number"] or case.id), key=f"board-{case.id}", type="tertiary",
            on_click=session.open_case, args=(case.id,),
        )  # fmt: skip
        show_html(plain(case.fields["area"], case.fields["service"], marks_of(case, words)))
