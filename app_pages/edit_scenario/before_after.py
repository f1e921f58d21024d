"""Before and after: two states compared in a job, as tables, as a map and as a zip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.rights.on_download import on_download
from app_pages.runs.server_queue import QUEUED, run_queue, session_user
from app_pages.runs.studies import ComputedStudy, on_study
from app_pages.shell import state
from app_pages.shell.frame import remaining_text, show_stage
from app_pages.shell.html import head, plain, problems, sentence, show_html, text_table
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

__all__ = ["AFTER", "BEFORE", "compared", "show_before_after", "states_compared"]

BEFORE, AFTER = "scenario_before", "scenario_after"
# The study without a scenario.
_AS_IT_IS = ""
_REQUEST_LIFETIME_S = 90.0
_WAIT_S = 0.6
_HEIGHT = 760
_MAP, _BOOK = "compare.html", "compare.xlsx"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    workbook : bytes
        compare.xlsx.
    archive : bytes
        compare.zip.
    """

    rows: list[list[str]]
    lines: list[str]
    page: str
    workbook: bytes
    archive: bytes


@st.cache_resource(show_spinner=False)
def _jobs() -> SharedJobs[ComparedStates]:
    return SharedJobs(keep=6, request_lifetime_s=_REQUEST_LIFETIME_S, in_turn=run_queue() is None)


def show_before_after(computed: ComputedStudy, names: list[str], words: Words) -> None:
    """Choose two states, and show what differs."""
    analysis = computed.analysis
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

    user = session_user()

    def work(progress: Progress) -> ComparedStates:
        found: ComparedStates = on_study(
            computed, states_compared, progress, user=user,
            before=before, after=after, locale=words.locale,
        )  # fmt: skip
        return found

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


def states_compared(
    progress: Progress, analysis: Analysis, explorer: Explorer, **named: str
) -> ComparedStates:
    """`compared`, as work on a study."""
    return compared(explorer, named["before"], named["after"], named["locale"], progress)


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
        parts[_BOOK],
        comparison_zip(parts),
    )


@st.fragment(run_every=0.5)
def _show_progress(job: Job[ComparedStates], name: tuple[object, ...]) -> None:
    """The progress of a comparison; the page runs again once it is there."""
    words = state.words()
    if job.done or not _jobs().renew(state.session_id(), name):
        st.rerun()
    progress = job.progress.state
    if progress.stage == QUEUED:
        show_stage(progress, words)
        return
    share = progress.done / progress.total if progress.total else 0.0
    st.progress(min(share, 1.0), text=words("scenario.comparing"))
    show_html(plain(remaining_text(progress, words)))


def _show(found: ComparedStates, before: str, after: str, words: Words) -> None:
    show_html(head(words("scenario.by_layer")))
    show_html(
        text_table([sentence(name) for name in found.rows[0]], found.rows[1:]), plain(*found.lines)
    )
    labels = [name or words("compare.as_it_is") for name in (before, after)]
    with st.container(key="plan-downloads", horizontal=True, gap="small"):
        for key, word, content, ending, mime in (
            ("plan-download", "scenario.download", found.archive, "zip", "application/zip"),
            ("plan-download-xlsx", "scenario.download_xlsx", found.workbook, "xlsx", _XLSX),
        ):
            st.download_button(
                words(word),
                content,
                file_name=file_name(f"{labels[0]} - {labels[1]}.{ending}"),
                mime=mime,
                key=key,
                on_click=on_download(),
            )
    show_html(head(words("scenario.map_title")))
    # Text of files is text there, and its policy lets no script run but its own.
    st.iframe(found.page, height=_HEIGHT)
