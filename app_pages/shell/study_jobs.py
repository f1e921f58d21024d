"""The computation of a study: one job a study for all sessions, which gives analysis and explorer.

The study is read and searched once. The analysis is computed first, for the map; the explorer is
prepared for questions after the first map has been sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.shell import state
from app_pages.shell.shared_jobs import SharedJob
from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.errors import QuarterhourError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.study.load import load_study
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.page_words import page_error

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer

__all__ = [
    "ComputedStudy",
    "forget_job",
    "is_compiling",
    "prepare_explorer",
    "prepared_explorer",
    "study_job",
]

# Browsers let a page in the background ask only once a minute.
_REQUEST_LIFETIME_S = 90.0
_COMPILING = Event()


@dataclass(frozen=True)
class ComputedStudy:
    """A study's analysis, and the explorer that answers questions about it."""

    analysis: Analysis
    explorer: Explorer


# One for all sessions: four planners who open the page together wait for one computation.
@st.cache_resource(show_spinner=False, max_entries=3)
def study_job(folder: str, key: str) -> SharedJob[ComputedStudy]:
    """The job that computes a study.

    Parameters
    ----------
    folder : str
        Folder of the study.
    key : str
        State of its files (`app_pages.shell.state.analysis_key`).
    """
    del key  # part of the cache's key only

    def work(progress: Progress) -> ComputedStudy:
        # Imported here: the engine takes seconds to load, and the page shows progress meanwhile.
        progress.stage("loading")
        from geo import pipeline

        if not _is_compiled():
            _COMPILING.set()
        try:
            explorer = pipeline.open_explorer(
                load_study(folder), cache=default_cache(), progress=progress
            )
            return ComputedStudy(explorer.analysis(progress), explorer)
        finally:
            _COMPILING.clear()

    return SharedJob(work, request_lifetime_s=_REQUEST_LIFETIME_S)


def is_compiling() -> bool:
    """Whether the running job must compile the engine, as the first one of an installation does."""
    return _COMPILING.is_set()


def _is_compiled() -> bool:
    """Whether numba keeps the compiled code of the search and of the isochrones."""
    from geo.isochrones import outline_tiles
    from geo.search import kernel

    for module in (kernel, outline_tiles):
        source = Path(str(module.__file__))
        stats = [
            item.stats for item in vars(module).values() if hasattr(item, "nopython_signatures")
        ]
        changed = source.stat().st_mtime
        kept = [path for item in stats for path in _kept_code(item.cache_path, source.stem)]
        if not any(path.stat().st_mtime >= changed for path in kept):
            return False
    return True


def _kept_code(folder: str | None, stem: str) -> list[Path]:
    return list(Path(folder).glob(f"{stem}.*.nbi")) if folder else []


def forget_job(folder: str, key: str) -> None:
    """Drop the job of a study, so that the next request starts it again."""
    study_job.clear(folder, key)


@st.cache_resource(show_spinner=False, max_entries=3)
def _preparation(folder: str, key: str) -> Job[Explorer]:
    """The job that prepares the study's explorer; its result is the explorer."""
    computed = study_job(folder, key)

    def work(progress: Progress) -> Explorer:
        explorer = computed.result().explorer
        explorer.prepare(progress=progress)
        return explorer

    return Job(work)


def prepare_explorer(study: Study) -> None:
    """Start to prepare the explorer of this session's study, unless this has been done."""
    _preparation(str(state.study_folder()), state.analysis_key(study))


def prepared_explorer(study: Study, words: Words) -> Explorer | None:
    """The explorer of this session's study; waits until it is prepared.

    Returns
    -------
    Explorer or None
        None where it could not be prepared; the page then shows the reason.
    """
    folder, key = str(state.study_folder()), state.analysis_key(study)
    job = _preparation(folder, key)
    try:
        if job.done:
            return job.result()
        with st.spinner(words("explore.preparing")):
            return job.result()
    except QuarterhourError as error:
        _preparation.clear(folder, key)  # so that the next run tries again
        for line in page_error(error, words):
            st.warning(line)
        return None
