"""Takes the gaps of the list, as it is filtered, into the ledger as cases."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages.ledger_page.session import act, acting, ask_name
from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import plain, show_html
from app_pages.shell.study_jobs import study_job
from geo.analysis import Analysis
from layers.words.catalogue import Words
from ledger.ledger import Ledger

__all__ = ["open_cases_of_list"]


def open_cases_of_list(analysis: Analysis, table: pd.DataFrame, words: Words) -> None:
    """A button that asks who acts, and opens a case for each gap of the list.

    Parameters
    ----------
    table : pd.DataFrame
        The rows of the list: units or demand points, with layer_key and unit_id.
    """
    units = {
        str(layer): frozenset(rows["unit_id"].fillna(""))
        for layer, rows in table.groupby("layer_key", sort=False)
    }
    count = sum(len(named) for named in units.values())
    with st.popover(words("cases.open_gaps", count=words.number(count))):
        if state.is_sample():
            show_html(plain(words("cases.sample_gaps")))
            st.page_link("app_pages/ledger.py", label=words("cases.to_ledger"))
            return
        show_html(plain(words("cases.open_gaps_help")))
        ask_name(words)
        guarded_button(
            words("cases.open_gaps", count=words.number(count)),
            words=words, unit=next((u for named in units.values() for u in named), ""),
            key="cases_open", type="primary",
            on_click=_open, args=(analysis, units, words),
        )  # fmt: skip


def _open(analysis: Analysis, units: dict[str, frozenset[str]], words: Words) -> None:
    from layers.words.lines.ledger import gap_texts
    from ledger.evidence.open_cases import open_cases

    key = state.analysis_key(analysis.study)
    explorer = study_job(str(state.study_folder()), key).result().explorer
    texts = gap_texts(analysis.study, words)

    def opened(ledger: Ledger) -> str:
        found = [
            open_cases(ledger, explorer, layer, texts, by=acting(), units=named)
            for layer, named in units.items()
        ]
        return words(
            "cases.opened",
            count=words.number(sum(len(one.cases) for one in found)),
            held=words.number(sum(one.held for one in found)),
            doubt=words.number(sum(one.in_doubt for one in found)),
        )

    act(words, opened, create=True)
