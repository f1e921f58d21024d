"""The queue of the server that this process is, and how a job of a page waits for a run in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

from app_pages.shell import person
from geo.base.access import guard
from geo.base.cache import default_cache
from geo.base.errors import MachineError
from geo.base.progress import Progress, ProgressState
from server.access import PersonGuard
from server.config import load_config
from server.runs.queue import RunQueue
from server.runs.task import Task
from server.runs.turns import SERVER

__all__ = ["QUEUED", "close_queue", "in_worker", "kept_results", "run_queue", "session_user"]

# The stage of a run that waits; its total is its place in the queue.
QUEUED = "queued"
_POLL_S = 0.1
_QUEUES: dict[str, RunQueue] = {}
_LOCK = Lock()


def kept_results() -> Path:
    """The folder of the results that outlive the server."""
    return default_cache() / "results"


def run_queue() -> RunQueue | None:
    """The queue of this server; None on a laptop, where heavy work runs in this process.

    Raises
    ------
    StudyError
        server.toml is wrong.
    """
    file = os.environ.get("QUARTERHOUR_SERVER", "")
    if not file:
        return None
    with _LOCK:
        if file not in _QUEUES:
            _QUEUES[file] = RunQueue(load_config(Path(file)).limits, kept_results())
        return _QUEUES[file]


def close_queue() -> None:
    """End all runs and workers, before the server ends."""
    with _LOCK:
        for queue in _QUEUES.values():
            queue.close()
        _QUEUES.clear()


def session_user() -> str:
    """Whose runs those of this session are; to be asked in the thread of the session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return SERVER
    return person.current_person().user


def in_worker(
    queue: RunQueue,
    user: str,
    task: Task,
    progress: Progress,
    *,
    told: Callable[[Any], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Any:
    """Have a task done by a worker, and wait for its result in this thread.

    Parameters
    ----------
    queue, user, task
        As in `RunQueue.submit`.
    progress : Progress
        Gets the place in the queue, then the reports of the work. A cancel cancels the run.
    told : callable, optional
        Called with each value that the work tells.
    stopped : callable, optional
        Says whether the work shall return what it has.

    Raises
    ------
    MachineError
        The queue is full, a limit, a worker that ended (``run_...``).
    """
    # The thread of a job acts for whoever started it; a worker would act for nobody.
    acting = guard.acting()
    if isinstance(acting, PersonGuard):
        task = replace(task, person=acting.person)
    for last in (False, True):
        run = queue.submit(user, task)
        try:
            while not run.wait(_POLL_S):
                place = queue.place(run)
                if place:
                    progress.report(ProgressState(QUEUED, 0, place))
                else:
                    progress.report(run.state if run.state.stage else progress.state)
                if told is not None and run.told:
                    told(run.told[0])
                if stopped is not None and stopped():
                    # One that waits has nothing to return.
                    (queue.cancel if place else queue.stop)(run)
            return run.result()
        except MachineError as error:
            # A kept result may name a file of the cache that has been removed.
            if error.code != "run_result_lost" or last:
                raise
            queue.forget(run)
        except BaseException:
            queue.cancel(run)
            raise
    raise AssertionError
