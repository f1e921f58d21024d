"""What stands around every page: style, title, language, progress, problems."""

from __future__ import annotations

import json
import math
import time
from contextlib import ExitStack
from types import TracebackType

import streamlit as st

from app_pages.shell import state
from app_pages.shell.widget_words import speak_widgets
from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuarterhourError, StudyError
from geo.base.jobs import Job
from geo.base.progress import ProgressState
from layers.style.escape import escape
from layers.words.catalogue import LOCALES, Words
from layers.words.languages import LANGUAGES

__all__ = ["FaultsInWords", "analysis", "header", "remaining_text"]

_NO_BOX = "<style>.stException { display: none; }</style>"
_WATCH = ("cancelling", "watching_since")
_ENDONYMS = {locale: language.endonym for locale, language in LANGUAGES.items()}

_STYLE = """<style>
.stMainBlockContainer { padding: 4.1rem 1.5rem 0.4rem; max-width: none; }
.stMainBlockContainer > .stVerticalBlock { gap: .45rem; }
[data-testid="stElementToolbar"], [data-testid="stStatusWidget"] { display: none; }
/* The menus of a table's header are English and cannot be set; a click on it still sorts. */
[data-testid="stDataFrameColumnMenu"], [data-testid="stDataFrameColumnFormattingMenu"],
[data-testid="stDataFrameColumnVisibilityMenu"], [data-testid="stDataFrameStatisticsMenu"],
[data-testid="stDataFrameButtonActionMenu"] { display: none; }
h1.qh-title { font-size: 1.3rem; font-weight: 650; padding: 0; margin: 0; line-height: 1.5; }
h1.qh-title small { font-size: .85rem; font-weight: 400; color: #5a6068; margin-left: .6rem; }
.st-key-spoken, [data-testid="stLayoutWrapper"]:has(> .st-key-spoken) { display: none; }
/* Who comes by keyboard sees where they are, whatever lies below. */
[data-testid="stTopNavLink"]:focus-visible { outline: 2px solid #1f5f8b !important; }
a:focus-visible, button:focus-visible, summary:focus-visible, input:focus-visible,
[data-testid="stMain"] [role="radio"]:focus-visible { outline: 2px solid #1f5f8b;
  outline-offset: 1px; }
input[type="text"]:focus-visible, input[type="search"]:focus-visible { outline: none; }
.react-aria-ComboBox [role="group"]:focus-within,
[data-testid="stTextInputRootElement"]:focus-within,
[data-testid="stNumberInputContainer"]:focus-within { box-shadow: 0 0 0 2px #1f5f8b; }
label:has(> span input:focus-visible), label:has(> input:focus-visible) {
  outline: 2px solid #1f5f8b; outline-offset: 2px; border-radius: 4px; }
.st-key-switch button { min-height: 1.9rem; height: 1.9rem; padding: 0 .7rem; }
.st-key-switch button p { font-size: .86rem; }
.qh-problem { border-left: 4px solid #b3261e; background: #fcefee; padding: .5rem .8rem;
  margin: .3rem 0; }
.qh-problem, .qh-notice { overflow-wrap: anywhere; }
.qh-notice { border-left: 4px solid #8a6d1a; background: #faf5e6; padding: .4rem .7rem;
  margin: .35rem 0; font-size: .84rem; line-height: 1.5; }
.qh-plain { font-size: .84rem; line-height: 1.5; color: #474d55; margin: .3rem 0; }
.qh-pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
.qh-figure { border: 1px solid #d9d7cf; border-radius: 6px; padding: .5rem .6rem; }
.qh-figure .qh-label { font-size: .84rem; font-weight: 600; }
.qh-figure .qh-value { font-size: 1.75rem; font-weight: 650; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
.qh-figure .qh-basis { font-size: .8rem; line-height: 1.5; color: #474d55; }
h2.qh-head { font-size: .95rem; font-weight: 650; padding: 0; margin: .7rem 0 .2rem; }
h3.qh-head { font-size: 1.1rem; font-weight: 650; padding: 0; margin: .2rem 0; }
h3.qh-head small { font-size: .84rem; font-weight: 400; color: #5a6068; margin-left: .4rem; }
table.qh-table { width: 100%; border-collapse: collapse; font-size: .84rem; }
table.qh-table th { text-align: left; font-weight: 600; color: #474d55; }
table.qh-table th, table.qh-table td { padding: .2rem .35rem; vertical-align: top;
  border: 0; border-bottom: 1px solid #e4e2db; overflow-wrap: anywhere; }
table.qh-table td:first-child { min-width: 6.9em; }
table.qh-table .n small { white-space: normal; }
table.qh-table .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.qh-table tr.on td { background: #eef4f8; font-weight: 600; }
table.qh-table tr.apart td { color: #474d55; font-style: normal; border-top: 1px dashed #a5a39b; }
</style>"""

# The upload widget's own words are English and cannot be set; they give way to ours.
_UPLOADS = """<style>
[data-testid="stFileUploaderDropzoneInstructions"] > * { display: none; }
[data-testid="stFileUploaderDropzoneInstructions"]::before { content: %(drop)s;
  font-size: .84rem; color: #474d55; }
[data-testid="stFileUploaderDropzone"] button[data-testid="stBaseButton-secondary"] {
  font-size: 0; gap: 0; }
[data-testid="stFileUploaderDropzone"] button[data-testid="stBaseButton-secondary"] *
  { display: none; }
[data-testid="stFileUploaderDropzone"]
  button[data-testid="stBaseButton-secondary"]::after { content: %(choose)s; font-size: .9rem; }
[data-testid="stFileUploaderPagination"] { display: none; }
</style>"""


def header(words: Words) -> None:
    """Style, the study's name and the language switch: the first line of every page."""
    st.html(_STYLE)
    texts = {"drop": _css(words("data.drop")), "choose": _css(words("data.choose"))}
    st.html(_UPLOADS % texts)
    speak_widgets(words)
    title = f'<h1 class="qh-title">{_study_name(words)}</h1>'
    if st.context.is_embedded:
        st.html(title)  # in a portal's page, whose address says the language
        return
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.html(title)
    other = next(locale for locale in LOCALES if locale != words.locale)
    with right.container(horizontal=True, horizontal_alignment="right"):
        # A button, not a choice of two: named in the language that it leads to.
        st.button(_ENDONYMS[other], key="switch", on_click=state.speak, args=(other,))


def _css(text: str) -> str:
    """A text of ours as a string of CSS."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\3c ")


def _study_name(words: Words) -> str:
    try:
        name = words.text(state.open_study().study.name)
    except StudyError:
        name = state.study_folder().name
    question = words("app.question")
    return f"{escape(name)}<small>{escape(question)}</small>"


def analysis(words: Words) -> Analysis | None:
    """The study's analysis; until there is one, the page shows progress or what is wrong.

    Returns
    -------
    Analysis or None
        None where the page has nothing more to show in this run.
    """
    folder = str(state.study_folder())
    try:
        key = state.analysis_key(state.open_study())
    except StudyError as error:
        _show_problems(error, words)
        return None
    job = state.analysis_job(folder, key)
    if not job.done:
        _watch(job)
        return None
    with ExitStack() as at_fault:
        at_fault.callback(state.forget_job, folder, key)  # so that a reload tries again
        outcome = _outcome(job)
        at_fault.pop_all()
    if isinstance(outcome, Analysis):
        return outcome
    if isinstance(outcome, CancelledError):
        st.info(words("app.cancelled"))
    else:
        _show_problems(outcome, words)
    if st.button(words("app.start_again"), type="primary"):
        state.forget_job(folder, key)
        st.rerun()
    return None


def _outcome(job: Job[Analysis]) -> Analysis | QuarterhourError:
    try:
        return job.result()
    except QuarterhourError as error:
        return error


class FaultsInWords:
    """Says a fault of ours in the user's language; the fault itself goes on into the log.

    Streamlit's own box is English and offers to ask the internet, so it is hidden beside ours.
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
    ) -> None:
        # Streamlit steers reruns by exceptions that are none of these.
        if isinstance(error, Exception):
            text = escape(self._words("app.fault", kind=type(error).__name__))
            st.html(f'{_NO_BOX}<div class="qh-problem" role="alert">{text}</div>')


def _show_problems(error: QuarterhourError, words: Words) -> None:
    """One line a problem, in the user's language."""
    st.html(f'<h2 class="qh-head">{escape(words("app.problems"))}</h2>')
    for line in words.error(error):
        st.html(f'<div class="qh-problem" role="alert">{escape(line)}</div>')
    st.html(f'<p class="qh-plain">{escape(words("app.problems_remedy"))}</p>')


@st.fragment(run_every=0.5)
def _watch(job: Job[Analysis]) -> None:
    """Stage, rate, time left, and the wish to stop; shows the result as soon as there is one."""
    if job.done:
        for key in _WATCH:
            st.session_state.pop(key, None)
        st.rerun()
    words = state.words()
    started = st.session_state.setdefault("watching_since", time.monotonic())
    progress = job.progress.state
    stage = words.get(f"stage.{progress.stage}", progress.stage)
    share = progress.done / progress.total if progress.total else 0.0
    st.progress(min(share, 1.0), text=words("app.working", stage=stage))
    elapsed = words("app.elapsed", seconds=words.number(int(time.monotonic() - started)))
    known = remaining_text(progress, words)
    text = " · ".join(part for part in (known, elapsed) if part)
    st.html(f'<p class="qh-plain">{escape(text)}</p>')
    if st.button(words("app.cancel"), key="cancel"):
        job.cancel()
        st.session_state["cancelling"] = True
    if st.session_state.get("cancelling"):
        st.html(f'<p class="qh-plain">{escape(words("app.cancelling"))}</p>')


def remaining_text(progress: ProgressState, words: Words) -> str:
    """Steps, rate and seconds left of a stage, as far as they are known."""
    parts = []
    if progress.total:
        done, total = words.number(progress.done), words.number(progress.total)
        parts.append(words("app.steps", done=done, total=total))
    if math.isfinite(progress.rate_per_s):
        decimals = 0 if progress.rate_per_s >= 10 else 1
        parts.append(words("app.rate", rate=words.number(progress.rate_per_s, decimals)))
    if math.isfinite(progress.remaining_s):
        parts.append(words("app.remaining", seconds=words.number(math.ceil(progress.remaining_s))))
    return " · ".join(parts)
