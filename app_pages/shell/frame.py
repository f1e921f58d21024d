"""The parts around every page: styles, header, language, progress, error messages."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import streamlit as st

from app_pages.help_page.link import help_link
from app_pages.runs.server_queue import QUEUED
from app_pages.shell import person, state, study_jobs
from app_pages.shell.browser.connection import watch_connection
from app_pages.shell.browser.leave_page import keep_typed
from app_pages.shell.browser.widget_words import translate_widgets
from app_pages.shell.html import css_string, head, plain, problems, show_html
from app_pages.shell.shared_jobs import SharedJob
from app_pages.shell.study_jobs import ComputedStudy
from geo.analysis import Analysis
from geo.base.access.guard import AccessError, is_allowed
from geo.base.errors import CancelledError, MachineError, QuarterhourError, StudyError
from geo.base.progress import ProgressState
from layers.style.escape import escape
from layers.words.catalogue import LOCALES, Words

__all__ = [
    "ENDONYMS",
    "ErrorBoundary",
    "analysis",
    "header",
    "may_show",
    "remaining_text",
    "show_stage",
]

ENDONYMS = {"zh-CN": "中文", "en": "English"}
_STYLE = Path(__file__).with_name("style.css").read_text("utf-8")
_NO_STREAMLIT_BOX = "<style>.stException { display: none; }</style>"
# A lower rate would be shown as none.
_SLOWEST_SHOWN = 0.1
_WAITING_FOR, _WAITING_SINCE, _CANCELLING = "waiting_for", "waiting_since", "cancelling"
_START = "start"  # the page that needs no study
_CANCELLED = "cancelled_key"  # key of the analysis that this session has cancelled


def header(words: Words, page: str) -> None:
    """The first line of every page: study, help and language switch. Adds the styles.

    Parameters
    ----------
    page : str
        Its part of the address; "" for the default page.
    """
    texts = {
        "upload-drop": words("data.drop"),
        "upload-choose": words("data.choose"),
        "menu": words("widget.pages"),
    }
    properties = "".join(f"--qh-{key}: {css_string(text)};" for key, text in texts.items())
    st.html(f"<style>:root {{ {properties} }}\n{_STYLE}</style>")
    translate_widgets(words)
    watch_connection(words)
    keep_typed()
    title = f'<h1 class="qh-title">{_study_name(words)}</h1>'
    if st.context.is_embedded:
        st.html(title)  # the address of the embedding page sets the language
        return
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.html(title)
    other = next(locale for locale in LOCALES if locale != words.locale)
    line = right.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    )
    with line:
        help_link(page, words)
        # A button whose text names the language that it switches to.
        st.button(ENDONYMS[other], key="switch", on_click=state.set_language, args=(other,))
        if person.signs_in():
            st.html(
                f'<span class="qh-person">{escape(person.current_person().user)}</span>',
                width="content",
            )
        if person.signs_out():
            st.button(words("web.sign_out"), key="sign_out", on_click=st.logout)


def _study_name(words: Words) -> str:
    name = state.study_title(words)
    question = words("app.question")
    return f"{escape(name)}<small>{escape(question)}</small>"


def analysis(words: Words) -> Analysis | None:
    """The analysis of this session's study; until it is there, the page shows progress or errors.

    Returns
    -------
    Analysis or None
        None where the page has nothing more to show in this run.
    """
    folder = str(state.study_folder())
    try:
        key = state.analysis_key(state.open_study())
    except StudyError as error:
        show = _show_unfinished if error.code == "study_unfinished" else _show_problems
        show(error, words)
        return None
    job = study_jobs.study_job(folder, key)
    if not job.done:
        if st.session_state.get(_CANCELLED) == key:
            _show_cancelled(folder, key, words)  # the job goes on for other sessions
        else:
            _show_progress(job, key)
        return None
    for name in (_WAITING_FOR, _WAITING_SINCE, _CANCELLING, _CANCELLED):
        st.session_state.pop(name, None)
    with ExitStack() as on_fault:
        on_fault.callback(study_jobs.forget_job, folder, key)  # so that a reload tries again
        outcome = _outcome(job)
        on_fault.pop_all()
    if isinstance(outcome, ComputedStudy):
        return outcome.analysis
    if isinstance(outcome, CancelledError):
        _show_cancelled(folder, key, words)
    else:
        _show_problems(outcome, words)
        _offer_restart(folder, key, words)
    return None


def _outcome(job: SharedJob[ComputedStudy]) -> ComputedStudy | QuarterhourError:
    try:
        return job.result()
    except QuarterhourError as error:
        return error


def _show_cancelled(folder: str, key: str, words: Words) -> None:
    st.info(words("app.cancelled"))
    _offer_restart(folder, key, words)


def _offer_restart(folder: str, key: str, words: Words) -> None:
    if st.button(words("app.start_again"), type="primary"):
        st.session_state.pop(_CANCELLED, None)
        if study_jobs.study_job(folder, key).done:
            study_jobs.forget_job(folder, key)
        st.rerun()


def may_show(page: str, words: Words) -> bool:
    """Show why a study is not opened; whether the page at `page` can be shown nevertheless."""
    refused = state.study_refused(page or "home")
    if refused is not None:
        show_html(problems(refused, words))
    if page == _START or is_allowed("open", state.study_folder()):
        return True
    st.page_link("app_pages/start.py", label=words("start.to_start"))
    return False


class ErrorBoundary:
    """Shows an unexpected error in the user's language; the error itself goes on into the log.

    A refusal is no fault of the program, and goes no further.

    Streamlit's own message is in English and offers to search the internet, so it is hidden.
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, AccessError):
            show_html(problems(error, self._words))
            return True
        # The exceptions by which Streamlit stops and reruns a script are not of this class.
        if isinstance(error, Exception):
            text = escape(self._words("app.fault", kind=type(error).__name__))
            st.html(f'{_NO_STREAMLIT_BOX}<div class="qh-problem" role="alert">{text}</div>')
        return False


def _show_problems(error: QuarterhourError, words: Words) -> None:
    """One line a problem, in the user's language."""
    if isinstance(error, MachineError):  # not of the study's files
        show_html(problems(error, words))
        return
    show_html(
        head(words("app.problems")), problems(error, words), plain(words("app.problems_remedy"))
    )


def _show_unfinished(error: QuarterhourError, words: Words) -> None:
    show_html(problems(error, words))
    st.page_link("app_pages/start.py", label=words("start.to_start"))


@st.fragment(run_every=0.5)
def _show_progress(job: SharedJob[ComputedStudy], key: str) -> None:
    """Stage, rate, time left and a cancel button; reruns the page once the job has ended."""
    session = state.session_id()
    if job.done:
        st.rerun()
    words = state.words()
    if st.session_state.get(_WAITING_FOR) != key:  # another study may still be under way
        st.session_state[_WAITING_FOR], st.session_state[_WAITING_SINCE] = key, time.monotonic()
    started = st.session_state[_WAITING_SINCE]
    progress = job.progress.state
    show_stage(progress, words)
    elapsed = words("app.elapsed", seconds=words.number(int(time.monotonic() - started)))
    known = remaining_text(progress, words)
    first = words("app.first_start") if study_jobs.is_compiling() else ""
    show_html(plain(" · ".join(part for part in (known, elapsed) if part), first))
    if st.button(words("app.cancel"), key="cancel"):
        st.session_state[_CANCELLING] = True
        job.cancel(session)
    if not st.session_state.get(_CANCELLING):
        job.wait(session)
    elif job.progress.cancelled:  # it ends at its next report
        show_html(plain(words("app.cancelling")))
    else:
        st.session_state.pop(_CANCELLING)
        st.session_state.pop(_WAITING_FOR, None)
        st.session_state[_CANCELLED] = key
        st.rerun()


def show_stage(progress: ProgressState, words: Words, *, first: str = "") -> None:
    """A bar with the stage of a job, or with its place in the queue of the server.

    Parameters
    ----------
    first : str
        Stands for the stage until the job reports one.
    """
    if progress.stage == QUEUED:
        st.progress(0.0, text=words("app.queued", place=words.number(progress.total)))
        return
    stage = words.get(f"stage.{progress.stage}", progress.stage or first)
    share = progress.done / progress.total if progress.total else 0.0
    st.progress(min(share, 1.0), text=words("app.working", stage=stage))


def remaining_text(progress: ProgressState, words: Words) -> str:
    """Steps, rate and seconds left of a stage, as far as they are known."""
    parts: list[str] = []
    if progress.stage == QUEUED:
        return ""
    if progress.total:
        done, total = words.number(progress.done), words.number(progress.total)
        parts.append(words("app.steps", done=done, total=total))
    if math.isfinite(progress.rate_per_s) and progress.rate_per_s >= _SLOWEST_SHOWN:
        decimals = 0 if progress.rate_per_s >= 10 else 1
        parts.append(words("app.rate", rate=words.number(progress.rate_per_s, decimals)))
    if math.isfinite(progress.remaining_s):
        parts.append(words("app.remaining", seconds=words.number(math.ceil(progress.remaining_s))))
    return " · ".join(parts)
