"""The job that proposes sites: one at a time on the server, stopped with the best choice so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.shell import state
from app_pages.shell.html import plain, show_html
from app_pages.shell.shared_jobs import SharedJobs
from app_pages.siting_page.asked import Asked, candidates_of
from geo.base.errors import CancelledError, QuarterhourError, QuestionError
from geo.base.jobs import Job
from geo.base.progress import Progress
from layers.words.catalogue import Words
from layers.words.lines.siting import standing_text

if TYPE_CHECKING:  # the engine takes seconds to load
    import pandas as pd

    from geo.questions.difference import Difference
    from geo.questions.explorer import Explorer
    from geo.questions.siting.proposals import Proposals
    from geo.siting.watch import Standing, Watch

__all__ = ["Answer", "asked_last", "begin", "running", "show_progress", "withdraw"]

_POLL_S = 0.5
# A browser that has been closed polls no more; one on a busy machine may poll late.
_REQUEST_LIFETIME_S = 30.0
_ASKED, _RUN = "siting_asked", "siting_run"


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes
    ----------
    found : Proposals, optional
        None with an error.
    change : Difference, optional
        Before and after by the layer's own rule and weight, as the Coverage page shows them.
    error : QuarterhourError, optional
    unreachable : pd.DataFrame, optional
        The points that nothing reaches, where a target cannot be reached.
    stopped : bool
        Whether somebody stopped the solver.
    """

    found: Proposals | None = None
    change: Difference | None = None
    error: QuarterhourError | None = None
    unreachable: pd.DataFrame | None = None
    stopped: bool = False


@dataclass
class _Run:
    """A request to stop, and what the solver knows so far."""

    stop: Event = field(default_factory=Event)
    standing: Standing | None = None


def asked_last() -> Asked | None:
    """The question that this session asked last."""
    return st.session_state.get(_ASKED)


def begin(asked: Asked) -> None:
    """Ask a question; an answer that is known already is computed again."""
    _jobs().forget(_name(asked))
    st.session_state[_ASKED], st.session_state[_RUN] = asked, _Run()


def withdraw() -> None:
    """Forget the question: another one is on the form."""
    _jobs().withdraw(state.session_id())
    st.session_state.pop(_ASKED, None)


def running(asked: Asked, explorer: Explorer) -> Job[Answer]:
    """The job of the question that was asked."""
    run: _Run = st.session_state.setdefault(_RUN, _Run())

    def work(progress: Progress) -> Answer:
        return _answer(asked, explorer, run, progress)

    return _jobs().request(state.session_id(), _name(asked), work)


def _name(asked: Asked) -> tuple[str, Asked]:
    # Of one session, so that nobody stops the solver of somebody else.
    return state.session_id(), asked


@st.fragment(run_every=_POLL_S)
def show_progress(asked: Asked, job: Job[Answer], words: Words) -> None:
    """Stage, objective, bound and gap, and a button that keeps the best choice so far."""
    if not _jobs().renew(state.session_id(), _name(asked)) or job.done:
        st.rerun()
    run: _Run = st.session_state[_RUN]
    progress = job.progress.state
    stage = words.get(f"stage.{progress.stage}", progress.stage or words("propose.waiting"))
    share = progress.done / progress.total if progress.total else 0.0
    st.progress(min(share, 1.0), text=words("app.working", stage=stage))
    if run.standing is not None:
        show_html(plain(standing_text(run.standing, asked.method, words)))
    if run.stop.is_set():
        show_html(plain(words("propose.stopping")))
    elif st.button(words("propose.stop"), key="propose_stop"):
        run.stop.set()
        st.rerun(scope="fragment")


def _answer(asked: Asked, explorer: Explorer, run: _Run, progress: Progress) -> Answer:
    from geo.questions.siting.session import SitingSession
    from geo.siting.watch import Watch

    def watch() -> Watch:
        def listen(standing: Standing) -> None:
            run.standing = standing

        return Watch(asked.seconds, listener=listen, stopped=run.stop.is_set)

    try:
        progress.stage("siting_travel")
        base = _weighted(asked, explorer)
        chosen = candidates_of(asked, explorer).marked(must=asked.must, forbidden=asked.forbidden)
        session = SitingSession(base, asked.question(), chosen, progress)
        if run.stop.is_set():
            raise CancelledError()
        return _proposed(asked, explorer, session, watch, run, progress)
    except CancelledError:
        return Answer(stopped=True)
    except QuarterhourError as error:
        return Answer(error=error)


def _proposed(asked, explorer, session, watch, run, progress) -> Answer:  # type: ignore[no-untyped-def]
    from geo.questions.siting.proposals import propose

    curve = (asked.sites or 0) if asked.curve else 0
    try:
        found = propose(session, watch(), curve=curve, progress=progress, new_watch=watch)
    except QuestionError as error:
        if error.code != "siting_target":
            raise
        return Answer(error=error, unreachable=session.unreachable)
    change = found.change
    if asked.weights is not None:
        places = list(zip(found.table["lon"], found.table["lat"], strict=True))
        closed = (*found.summary["closed"], *found.summary["moved"])
        change = explorer.change(asked.layer, added=places, closed=closed)
    return Answer(found=found, change=change, stopped=run.stop.is_set())


def _weighted(asked: Asked, explorer: Explorer) -> Explorer:
    """The explorer with the weights of the question."""
    if asked.weights is None:
        return explorer
    from geo.pipeline import open_explorer
    from geo.questions.siting.question import with_weights

    study = with_weights(explorer.study, asked.layer, asked.weights)
    return open_explorer(study, inputs=explorer.inputs)


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[Answer]:
    return SharedJobs(keep=24, request_lifetime_s=_REQUEST_LIFETIME_S)
