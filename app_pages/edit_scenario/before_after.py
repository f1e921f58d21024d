"""Before and after: two states compared in a job, as tables, as a map and as a zip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.shell import state
from app_pages.shell.frame import remaining_text
from app_pages.shell.html import head, plain, problems, show_html, text_table
from app_pages.shell.shared_jobs import SharedJobs
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.base.file_names import file_name
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.scenarios.changes import Scenario
from geo.scenarios.store import load_scenario, scenario_bytes
from layers.words.catalogue import Words, words_for

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer

__all__ = ["AFTER", "BEFORE", "compared", "show_before_after"]

BEFORE, AFTER = "scenario_before", "scenario_after"
# The study without a scenario.
_AS_IT_IS = ""
_REQUEST_LIFETIME_S = 90.0
_WAIT_S = 0.6
_HEIGHT = 760
_MAP = "compare.html"


@dataclass(frozen=True)
class ComparedStates:
    """What the page shows of a comparison.

    Attributes
    ----------
    rows : list of list of str
        Headers, then a row a layer.
    lines : list of str
    page : str
        compare.html.
    archive : bytes
        compare.zip.
    """

    rows: list[list[str]]
    lines: list[str]
    page: str
    archive: bytes


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[ComparedStates]:
    return SharedJobs(keep=6, request_lifetime_s=_REQUEST_LIFETIME_S)


def show_before_after(
    analysis: Analysis, explorer: Explorer, names: list[str], words: Words
) -> None:
    """Choose two states, and show what differs."""
    folder = Path(analysis.study.folder)
    states = [_AS_IT_IS, *names]
    with st.container(key="plan-states", horizontal=True, gap="small"):
        for key, default in ((BEFORE, _AS_IT_IS), (AFTER, names[0])):
            if st.session_state.get(key) not in states:
                st.session_state[key] = default
            st.selectbox(
                words("compare.page.before" if key == BEFORE else "compare.page.after"), states,
                key=key, format_func=lambda name: name or words("compare.as_it_is"),
            )  # fmt: skip
    before, after = str(st.session_state[BEFORE]), str(st.session_state[AFTER])
    if before == after:
        show_html(plain(words("scenario.same_states")))
        return
    contents = [scenario_bytes(folder, name) if name else b"" for name in (before, after)]
    name = (
        state.analysis_key(analysis.study), before, after, *contents, words.locale,
    )  # fmt: skip

    def work(progress: Progress) -> ComparedStates:
        return compared(explorer, before, after, words.locale, progress)

    job = _jobs().request(state.session_id(), name, work)
    try:
        found = job.result(_WAIT_S)
    except TimeoutError:
        _show_progress(job, name)
        return
    except QuarterhourError as error:
        _jobs().forget(name)  # so that the next run tries again
        show_html(problems(error, words))
        return
    _show(found, before, after, words)


def compared(
    explorer: Explorer, before: str, after: str, locale: str, progress: Progress
) -> ComparedStates:
    """Compare two states of the explorer's study, named by their scenarios; "" is the study."""
    from geo.scenarios.compare import compare, state_of
    from layers.export.difference import comparison_parts, comparison_zip
    from layers.words.lines.comparison import comparison_lines, comparison_rows, state_names

    folder, words = Path(explorer.study.folder), words_for(locale)
    old, new = (
        state_of(explorer, load_scenario(folder, name) if name else Scenario(""))
        for name in (before, after)
    )
    found = compare(old, new, explorer=explorer, progress=progress)
    names = state_names(old, new, words)
    parts = comparison_parts(found, before=names[0], after=names[1], locale=locale)
    return ComparedStates(
        comparison_rows(found, new.study, words),
        comparison_lines(found, words),
        parts[_MAP].decode(),
        comparison_zip(parts),
    )


@st.fragment(run_every=0.5)
def _show_progress(job: Job[ComparedStates], name: tuple[object, ...]) -> None:
    """The progress of a comparison; the page runs again once it is there."""
    words = state.words()
    if job.done or not _jobs().renew(state.session_id(), name):
        st.rerun()
    progress = job.progress.state
    share = progress.done / progress.total if progress.total else 0.0
    st.progress(min(share, 1.0), text=words("scenario.comparing"))
    show_html(plain(remaining_text(progress, words)))


def _show(found: ComparedStates, before: str, after: str, words: Words) -> None:
    show_html(head(words("scenario.by_layer")))
    show_html(text_table(found.rows[0], found.rows[1:]), plain(*found.lines))
    labels = [name or words("compare.as_it_is") for name in (before, after)]
    st.download_button(
        words("scenario.download"),
        found.archive,
        file_name=file_name(f"{labels[0]} - {labels[1]}.zip"),
        mime="application/zip",
        key="plan-download",
        on_click="ignore",
    )
    show_html(head(words("scenario.map_title")))
    # Text of files is text there, and its policy lets no script run but its own.
    st.iframe(found.page, height=_HEIGHT)
