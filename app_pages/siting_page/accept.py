"""Proposals become a scenario of the study, which the Coverage page then shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.coverage_map.view import MOST_TRIALS
from app_pages.panel.kept_trials import show_on_coverage
from app_pages.shell import state
from app_pages.shell.html import head, notice, plain, problems, show_html, status
from app_pages.shell.own_copy import own_copy
from app_pages.shell.scenario_actions import default_name
from app_pages.siting_page.jobs import Answer
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.scenarios.store import load_scenario, save_scenario
from geo.scenarios.trials import trial_of
from geo.workspace.folder import studies_folder
from layers.words.catalogue import Words
from layers.words.lines.siting import scenario_note

if TYPE_CHECKING:
    from geo.scenarios.changes import Scenario

__all__ = ["show_accept", "show_accepted"]

_NAME, _DONE = "siting_name", "accepted_proposals"
_COVERAGE = "app_pages/coverage.py"


@dataclass(frozen=True)
class _Accepted:
    """What was kept: the study's folder, the scenario, the predicted share, and a message."""

    folder: Path
    name: str
    share: float
    text: str


def show_accept(answer: Answer, analysis: Analysis, words: Words) -> None:
    """Name and button; the sample itself keeps none."""
    show_html(head(words("propose.accept_title")))
    if state.is_sample():
        show_html(plain(words("kept.sample", folder=str(studies_folder()))))
        st.button(
            words("kept.copy_sample"),
            key="propose_accept",
            type="primary",
            on_click=_keep_in_copy,
            args=(answer, analysis, words),
        )
        return
    folder = Path(analysis.study.folder)
    st.session_state.setdefault(_NAME, default_name(folder, words))
    with st.container(key="proposesave", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(words("kept.name"), key=_NAME, max_chars=60)
        st.button(
            words("propose.accept"),
            key="propose_accept",
            type="primary",
            on_click=_keep,
            args=(answer, analysis, words),
        )


def show_accepted(analysis: Analysis, words: Words) -> None:
    """What was kept last in this study, and the way to the Coverage page."""
    done = st.session_state.get(_DONE)
    if isinstance(done, QuarterhourError):
        show_html(problems(done, words))
        st.session_state.pop(_DONE)
        return
    if done is None or done.folder != Path(analysis.study.folder):
        return
    with st.container(key="accepted"):
        show_html(status(done.text, good=True))
        if st.button(words("propose.to_coverage"), key="propose_to_coverage"):
            _open(done, analysis, words)


def _open(done: _Accepted, analysis: Analysis, words: Words) -> None:
    try:
        trial = trial_of(load_scenario(done.folder, done.name))
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    if trial is None or len(trial.put) > MOST_TRIALS:
        show_html(
            notice(
                words("kept.not_on_page", name=done.name, folder=done.folder.name, most=MOST_TRIALS)
            )
        )
        return
    show_on_coverage(trial, analysis.study, done.name)
    st.switch_page(_COVERAGE)


def _keep(answer: Answer, analysis: Analysis, words: Words) -> None:
    folder = Path(analysis.study.folder)
    name = str(st.session_state.get(_NAME, "")).strip()

    def kept() -> _Accepted:
        found = save_scenario(folder, _scenario(answer, analysis, name, words))
        st.session_state.pop(_NAME, None)  # the next one gets another name
        return _accepted(answer, folder, found.name, "propose.accepted", words)

    _do(kept)


def _keep_in_copy(answer: Answer, analysis: Analysis, words: Words) -> None:
    """Copy the sample, which is not changed, and keep the proposals there."""

    def kept() -> _Accepted:
        folder = own_copy(analysis.study, words)
        scenario = _scenario(answer, analysis, words("kept.default_name", number=1), words)
        save_scenario(folder, scenario)
        assert answer.found is not None
        state.open_folder(folder, layer=str(answer.found.summary["layer"]))
        return _accepted(answer, folder, scenario.name, "propose.accepted_in_copy", words)

    _do(kept)


def _scenario(answer: Answer, analysis: Analysis, name: str, words: Words) -> Scenario:
    from geo.scenarios.proposed import scenario_of

    assert answer.found is not None
    return scenario_of(
        answer.found,
        name,
        note=scenario_note(answer.found.summary, analysis.study, words),
        named=lambda order: words("siting.site_name", order=order),
    )


def _accepted(answer: Answer, folder: Path, name: str, word: str, words: Words) -> _Accepted:
    assert answer.change is not None
    share = answer.change.share_after
    text = words(word, name=name, study=folder.name, share=words.share(share))
    return _Accepted(folder, name, share, text)


def _do(work) -> None:  # type: ignore[no-untyped-def]
    try:
        st.session_state[_DONE] = work()
    except QuarterhourError as error:
        st.session_state[_DONE] = error
