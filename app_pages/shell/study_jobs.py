"""The computation of a study: one job a study for all sessions, which gives analysis and explorer.

The study is read and searched once. The analysis is computed first, for the map; the explorer is
prepared for questions after the first map has been sent.
"""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.runs.kept_jobs import KeptJobs
from app_pages.runs.server_queue import in_worker, kept_results, run_queue, session_user
from app_pages.runs.studies import ComputedStudy, study_ref, study_task
from app_pages.shell import state
from app_pages.shell.shared_jobs import SharedJob
from geo.base.cache import default_cache
from geo.base.errors import QuarterhourError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.study.load import load_study
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.page_words import page_error
from server.runs.queue import RunQueue
from server.runs.results import kept_folder, result_bytes

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


# What the process keeps. A laptop holds a study in memory of its own; on a server workers compute
# it, and its arrays are mapped from files.
_MOST_STUDIES, _MOST_ON_SERVER = 3, 12
_MOST_BYTES = 2 * 2**30


# One for all sessions: four planners who open the page together wait for one computation.
@st.cache_resource(show_spinner=False)
def _studies() -> KeptJobs[SharedJob[ComputedStudy]]:
    most = _MOST_STUDIES if run_queue() is None else _MOST_ON_SERVER
    return KeptJobs(most, most_bytes=_MOST_BYTES, size=_size)


def _size(job: SharedJob[ComputedStudy]) -> int:
    try:
        return job.result().size_bytes
    except BaseException:  # kept for its error only
        return 0


def study_job(folder: str, key: str) -> SharedJob[ComputedStudy]:
    """The job that computes a study.

    Parameters
    ----------
    folder : str
        Folder of the study.
    key : str
        State of its files (`app_pages.shell.state.analysis_key`).
    """
    user = session_user()

    def work(progress: Progress) -> ComputedStudy:
        progress.stage("loading")
        queue = run_queue()
        if queue is not None:
            return _computed_by_worker(queue, user, folder, progress)
        # Imported here: the engine takes seconds to load, and the page shows progress meanwhile.
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

    return _studies().of(
        (folder, key), lambda: SharedJob(work, request_lifetime_s=_REQUEST_LIFETIME_S)
    )


def _computed_by_worker(
    queue: RunQueue, user: str, folder: str, progress: Progress
) -> ComputedStudy:
    ref = study_ref(folder)
    analysis, explorer = in_worker(queue, user, study_task(ref), progress)
    size = result_bytes(kept_folder(kept_results(), ref.key))
    return ComputedStudy(analysis, explorer, ref, size)


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
    _studies().forget((folder, key))


@st.cache_resource(show_spinner=False)
def _preparations() -> KeptJobs[Job[Explorer]]:
    return KeptJobs(_MOST_STUDIES if run_queue() is None else _MOST_ON_SERVER)


def _preparation(folder: str, key: str) -> Job[Explorer]:
    """The job that prepares the study's explorer; its result is the explorer."""
    computed = study_job(folder, key)

    def work(progress: Progress) -> Explorer:
        explorer = computed.result().explorer
        explorer.prepare(progress=progress)
        return explorer

    return _preparations().of((folder, key), lambda: Job(work))


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
        _preparations().forget((folder, key))  # so that the next run tries again
        for line in page_error(error, words):
            st.warning(line)
        return None
