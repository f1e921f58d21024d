"""Page: Ledger 整改台账. Cases: list, fields, moves, recomputation, signature, board, files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.board import show_board
from app_pages.ledger_page.case_list import show_list
from app_pages.ledger_page.case_view import show_case
from app_pages.ledger_page.files_view import show_files, show_restore
from app_pages.ledger_page.filters import filter_query, filters, restore_filters
from app_pages.ledger_page.import_view import show_import
from app_pages.ledger_page.levels import LEVEL, show_levels
from app_pages.ledger_page.trend_view import show_trend
from app_pages.ledger_page.verify_job import show_verification, verify_button
from app_pages.rights.buttons import guarded_button
from app_pages.shell import address, state
from app_pages.shell.html import plain, problems, show_html
from app_pages.shell.keep_scenario import copy_folder, own_copy
from geo.base.errors import QuarterhourError, StudyError
from geo.study.model import Study
from geo.workspace.folder import studies_folder
from layers.words.catalogue import Words
from ledger.ledger import Ledger

__all__: list[str] = []

_STYLE = (Path(__file__).parent / "ledger_page" / "style.css").read_text("utf-8")
_VIEWS = ("list", "board", "levels", "trend", "files")
_VIEW = "ledger_view"


def show(words: Words) -> None:
    """The whole page."""
    st.html(f"<style>{_STYLE}</style>")
    try:
        study = state.open_study()
    except StudyError as error:
        show_html(problems(error, words))
        if error.code == "study_unfinished":
            st.page_link("app_pages/start.py", label=words("start.to_start"))
        return
    if state.is_sample():
        _copy_first(study, words)
        return
    folder = state.study_folder()
    if not session.has_ledger(folder):
        session.said()
        _introduce(words)
        return
    try:
        with session.opened() as ledger:
            _show(ledger, study, words)
    except QuarterhourError as error:
        show_html(session.error_html(error, words))
        if error.code in ("ledger_lost", "ledger_broken"):
            session.ask_name(words)
            show_restore(words)


def _show(ledger: Ledger, study: Study, words: Words) -> None:
    tallies = ledger.store.tallies(date.today())
    restore_filters(ledger, tallies)
    address.restore("view", _VIEW, _VIEWS)
    for level in address.taken("level").values():
        st.session_state[LEVEL] = level
    st.session_state.setdefault(_VIEW, _VIEWS[0])
    for case in address.taken("case").values():
        session.open_case(case)
    case = str(st.session_state.get(session.CASE) or "")
    with st.container(key="casebar", horizontal=True, vertical_alignment="bottom", gap="small"):
        session.ask_name(words)
        verify_button(study, words)
    session.said()
    show_verification(words)
    if case:
        show_case(case, ledger, study, words)
        view = st.session_state[_VIEW]
    else:
        view = _show_view(ledger, study, tallies, words)
    address.keep_address(
        case=case,
        view=view if view != _VIEWS[0] else "",
        level=str(st.session_state.get(LEVEL) or "") if view == "levels" else "",
        **filter_query(),
    )


def _show_view(ledger: Ledger, study: Study, tallies: pd.DataFrame, words: Words) -> str:
    view = str(
        st.segmented_control(
            words("cases.view"),
            _VIEWS,
            required=True,
            format_func=lambda name: words(f"cases.view.{name}"),
            key=_VIEW,
            label_visibility="collapsed",
        )
    )
    if view in ("list", "board", "levels"):
        filters(tallies, study, words, only=("service",) if view == "levels" else None)
    if view == "board":
        show_board(ledger, words)
    elif view == "levels":
        show_levels(ledger, tallies, words)
    elif view == "trend":
        show_trend(ledger, study, tallies, words)
    elif view == "files":
        show_files(ledger, study, words)
    else:
        show_list(ledger, words)
    return view


def _introduce(words: Words) -> None:
    """There is no ledger yet: how one begins."""
    show_html(plain(words("cases.none"), words("cases.none_how")))
    st.page_link("app_pages/gaps.py", label=words("cases.to_gaps"))
    session.ask_name(words)
    show_import(words)


def _copy_first(study: Study, words: Words) -> None:
    """The sample keeps no ledger: offer a copy of it."""
    session.said()
    show_html(plain(words("cases.sample", folder=str(studies_folder()))))
    guarded_button(
        words("scenario.copy_sample"),
        words=words, action="create", folder=copy_folder(study, words),
        key="cases_copy_sample", type="primary",
        on_click=_copy_sample, args=(study, words),
    )  # fmt: skip


def _copy_sample(study: Study, words: Words) -> None:
    try:
        folder = own_copy(study, words)
        state.open_folder(folder)
    except QuarterhourError as error:
        session.say(problems(error, words))


_words = state.words()
show(_words)
