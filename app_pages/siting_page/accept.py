"""Proposals become a scenario of the study, which the Coverage page then shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.coverage_map.view import MOST_TRIALS
from app_pages.panel.kept_trials import show_on_coverage
from app_pages.shell.html import notice, problems, show_html, status
from app_pages.shell.keep_scenario import KeepForm, show_keep_form
from app_pages.shell.scenario_actions import default_name
from app_pages.siting_page.jobs import Answer
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.scenarios.store import load_scenario, save_scenario
from geo.scenarios.trials import trial_of
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
    """Name and button that keep the proposals."""
    assert answer.found is not None

    def save(folder: Path, name: str) -> Scenario:
        return save_scenario(folder, _scenario(answer, analysis, name, words))

    def saved(folder: Path, scenario: Scenario, copied: bool) -> None:
        st.session_state.pop(_NAME, None)  # the next one gets another name
        word = "propose.accepted_in_copy" if copied else "propose.accepted"
        st.session_state[_DONE] = _accepted(answer, folder, scenario.name, word, words)

    form = KeepForm(
        title=words("propose.accept_title"),
        button=words("propose.accept"),
        name_key=_NAME,
        button_key="propose_accept",
        name=default_name(Path(analysis.study.folder), words),
        layer=str(answer.found.summary["layer"]),
        save=save,
        saved=saved,
        attempt=_attempt,
    )
    show_keep_form(form, analysis.study, words)


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


def _attempt(work: Callable[[], None]) -> None:
    try:
        work()
    except QuarterhourError as error:
        st.session_state[_DONE] = error
