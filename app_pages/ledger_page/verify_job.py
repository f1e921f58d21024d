"""The recomputation of all cases in the background, with progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ledger_page import session
from app_pages.rights.buttons import guarded_button
from app_pages.runs.server_queue import run_queue, session_user
from app_pages.runs.studies import on_study
from app_pages.shell import state
from app_pages.shell.frame import show_stage
from app_pages.shell.html import notice, plain, show_html, status
from app_pages.shell.shared_jobs import SharedJobs
from app_pages.shell.study_jobs import study_job
from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuarterhourError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.study.model import Study
from layers.words.catalogue import Words, words_for
from layers.words.lines.ledger import share_text, verified_lines
from ledger.ledger import open_ledger

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer
    from ledger.cases import Case
    from ledger.evidence.verify import Verified

__all__ = ["recomputed", "show_verification", "verify_button"]

_POLL_S = 0.5
_REQUEST_LIFETIME_S = 60.0
_TURN, _ASKED, _BUILT = "verify_turn", "verify_asked", "verify_roads_built"
# Lines that are shown; the list has the filters for the others.
_MOST_LINES = 30


@dataclass(frozen=True)
class _Asked:
    """One request for a recomputation."""

    session: str
    turn: int
    folder: str
    key: str
    inputs: str
    by: str
    roads_built: bool


@dataclass(frozen=True)
class _Answer:
    """What came of it."""

    found: Verified | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    period: str = ""
    error: QuarterhourError | None = None


def verify_button(study: Study, words: Words) -> None:
    """The button that begins a recomputation."""
    guarded_button(
        words("cases.verify"),
        words=words, key="cases_verify", type="primary", help=words("cases.verify_help"),
        on_click=_begin, args=(study, words),
    )  # fmt: skip
    st.checkbox(words("cases.roads_built"), key=_BUILT, help=words("cases.roads_built_help"))


def _begin(study: Study, words: Words) -> None:
    if not session.acting():
        session.say(notice(words("page.error.ledger_name_missing")))
        return
    turn = st.session_state.get(_TURN, 0) + 1
    st.session_state[_TURN] = turn
    folder, key = str(state.study_folder()), state.analysis_key(study)
    try:
        inputs = session.inputs_now(folder, key)
    except QuarterhourError as error:
        session.say(session.error_html(error, words))
        return
    st.session_state[_ASKED] = _Asked(
        state.session_id(), turn, folder, key, inputs, session.acting(),
        bool(st.session_state.get(_BUILT)),
    )  # fmt: skip


def show_verification(words: Words) -> None:
    """Progress of the recomputation, or what it found."""
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is None:
        return
    if asked.folder != str(state.study_folder()):
        st.session_state.pop(_ASKED)
        return
    job = _running(asked, words)
    if not job.done:
        _show_progress(asked, job, words)
        return
    try:
        answer = job.result()
    except CancelledError:
        show_html(notice(words("app.cancelled")))
        st.session_state.pop(_ASKED)
        return
    if answer.error is not None:
        show_html(session.error_html(answer.error, words))
    elif answer.found is not None:
        lines = verified_lines(answer.found, answer.cases, words)
        period = words("cli.ledger.period", period=answer.period) if answer.period else ""
        more = len(lines) - 1 - _MOST_LINES
        show_html(
            status(lines[-1], good=True),
            plain(period, *lines[:-1][:_MOST_LINES]),
            plain(words("panel.more", count=words.number(more))) if more > 0 else "",
        )
    st.button(words("tour.done"), key="cases_verified", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _running(asked: _Asked, words: Words) -> Job[_Answer]:
    computed = study_job(asked.folder, asked.key)  # in this thread, which has the session

    user = session_user()

    def work(progress: Progress) -> _Answer:
        try:
            answer: _Answer = on_study(
                computed.result(), recomputed, progress, user=user, asked=asked, locale=words.locale
            )
        except CancelledError:
            raise
        except QuarterhourError as error:
            return _Answer(error=error)
        return answer

    return _jobs().request(asked.session, asked, work)


@st.fragment(run_every=_POLL_S)
def _show_progress(asked: _Asked, job: Job[_Answer], words: Words) -> None:
    if not _jobs().renew(asked.session, asked) or job.done:
        st.rerun()
    progress = job.progress.state
    show_stage(progress, words, first=words("propose.waiting"))
    st.button(words("app.cancel"), key="cases_verify_cancel", on_click=job.cancel)


def recomputed(
    progress: Progress, analysis: Analysis, explorer: Explorer, *, asked: _Asked, locale: str
) -> _Answer:
    """Recompute the cases of a study, as work on it."""
    from ledger.evidence.verify import verify

    with open_ledger(Path(asked.folder), create=False) as ledger:
        found = verify(
            ledger,
            explorer,
            partial(share_text, words_for(locale)),
            by=asked.by,
            roads_built=asked.roads_built,
            inputs=asked.inputs,
            progress=progress,
        )
        changed = {
            case
            for kind in ("eligible", "fell_back", "reopened", "corrected", "unchecked")
            for case in getattr(found, kind)
        }
        cases = {case: ledger.store.case(case) for case in changed}
        period, _ = ledger.store.period()
    return _Answer(found, cases, period)


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[_Answer]:
    return SharedJobs(keep=12, request_lifetime_s=_REQUEST_LIFETIME_S, in_turn=run_queue() is None)
