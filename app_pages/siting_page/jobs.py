"""The job that proposes sites: one at a time on the server, stopped with the best choice so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.runs.server_queue import run_queue, session_user
from app_pages.runs.studies import ComputedStudy, on_study
from app_pages.shell import state
from app_pages.shell.frame import show_stage
from app_pages.shell.html import plain, show_html
from app_pages.shell.shared_jobs import SharedJobs
from app_pages.siting_page.asked import Asked, candidates_of
from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuarterhourError, QuestionError
from geo.base.jobs import Job
from geo.base.progress import Progress
from layers.words.catalogue import Words
from layers.words.lines.siting import standing_text
from server.runs.task import RunProgress

if TYPE_CHECKING:  # the engine takes seconds to load
    import pandas as pd

    from geo.questions.difference import Difference
    from geo.questions.explorer import Explorer
    from geo.questions.siting.proposals import Proposals
    from geo.siting.watch import Standing, Watch

__all__ = ["Answer", "asked_last", "begin", "proposed", "running", "show_progress", "withdraw"]

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


def running(asked: Asked, computed: ComputedStudy) -> Job[Answer]:
    """The job of the question that was asked."""
    run: _Run = st.session_state.setdefault(_RUN, _Run())
    user = session_user()

    def listen(standing: Standing) -> None:
        run.standing = standing

    def work(progress: Progress) -> Answer:
        if computed.ref is None:
            return _answer(asked, computed.explorer, progress, listen, run.stop.is_set)
        try:
            answer: Answer = on_study(
                computed, proposed, progress, user=user, told=listen, stopped=run.stop.is_set,
                asked=asked,
            )  # fmt: skip
        except CancelledError:
            return Answer(stopped=True)
        except QuarterhourError as error:
            return Answer(error=error)
        return answer

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
    show_stage(progress, words, first=words("propose.waiting"))
    if run.standing is not None:
        show_html(plain(standing_text(run.standing, asked.method, words)))
    if run.stop.is_set():
        show_html(plain(words("propose.stopping")))
    else:
        # Not a rerun after the click, which fails where the whole page runs with it.
        st.button(words("propose.stop"), key="propose_stop", on_click=run.stop.set)


def proposed(
    progress: RunProgress, analysis: Analysis, explorer: Explorer, *, asked: Asked
) -> Answer:
    """The answer of a question, in a worker."""
    return _answer(asked, explorer, progress, progress.tell, lambda: progress.stopped)


def _answer(
    asked: Asked,
    explorer: Explorer,
    progress: Progress,
    listen: Callable[[Standing], None],
    stopped: Callable[[], bool],
) -> Answer:
    from geo.questions.siting.session import SitingSession
    from geo.siting.watch import Watch

    def watch() -> Watch:
        return Watch(asked.seconds, listener=listen, stopped=stopped)

    try:
        progress.stage("siting_travel")
        base = _weighted(asked, explorer)
        chosen = candidates_of(asked, explorer).marked(must=asked.must, forbidden=asked.forbidden)
        session = SitingSession(base, asked.question(), chosen, progress)
        if stopped():
            raise CancelledError()
        return _proposed(asked, explorer, session, watch, stopped, progress)
    except CancelledError:
        return Answer(stopped=True)
    except QuarterhourError as error:
        return Answer(error=error)


def _proposed(asked, explorer, session, watch, stopped, progress) -> Answer:  # type: ignore[no-untyped-def]
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
    return Answer(found=found, change=change, stopped=stopped())


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
    return SharedJobs(keep=24, request_lifetime_s=_REQUEST_LIFETIME_S, in_turn=run_queue() is None)
