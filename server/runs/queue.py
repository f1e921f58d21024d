"""The queue of heavy runs: worker processes that take turns between users, within limits."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Condition, Thread

from geo.base.errors import CancelledError, MachineError, QuarterhourError
from geo.base.scratch import ScratchFolder
from server.config import Limits
from server.runs.memory import GIGABYTE
from server.runs.process import ENDED, Worker, WorkerProcess
from server.runs.results import has_result, kept_folder, prune_results
from server.runs.run import Run
from server.runs.task import Task
from server.runs.turns import Turns

__all__ = ["RunQueue"]

_POLL_S = 0.1
# A worker that has nothing to do gives its memory back after this time.
_IDLE_S = 600.0
# One that grew beyond this share of the limit is replaced after its run.
_KEPT_SHARE = 0.25
_KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)


class RunQueue:
    """Runs tasks in worker processes. Several threads may use it.

    A worker is started when it is first needed. One that crashes, or that exceeds a limit, costs
    the run that it had, and is replaced.

    Parameters
    ----------
    limits : Limits
        Of server.toml: `workers`, `queue`, `runs_per_user`, `run_minutes`, `run_memory_gb`.
    kept : Path
        The folder of the results that are kept (`Task.keep`), also for the next server.
    kept_bytes : int
        How much they may take; those used longest ago are removed.
    start : callable, optional
        Starts a worker.
    grace_s : float
        How long a cancelled run may take to its next report before its worker is killed.
    """

    def __init__(
        self,
        limits: Limits,
        kept: Path,
        *,
        kept_bytes: int = 10 * GIGABYTE,
        start: Callable[[], Worker] | None = None,
        grace_s: float = 10.0,
    ) -> None:
        self._limits, self._grace_s = limits, grace_s
        self._memory_bytes = int(limits.run_memory_gb * GIGABYTE)
        self._start = start or partial(WorkerProcess, self._memory_bytes)
        self._kept, self._kept_bytes = kept, kept_bytes
        self._turns: Turns[Run] = Turns(
            most_waiting=limits.queue, most_of_user=limits.runs_per_user
        )
        self._changed = Condition()
        self._closed = False
        self._number = 0
        self._scratch = ScratchFolder("quarterhour-runs-")
        self._threads = [
            Thread(target=self._serve, name=f"run-worker-{number}", daemon=True)
            for number in range(limits.workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, user: str, task: Task) -> Run:
        """Let a task wait for its turn; one whose result is kept has ended at once.

        Raises
        ------
        MachineError
            ``run_queue_full``, ``run_user_full``; ``run_server_ends`` once it is closed.
        """
        known = bool(task.keep) and has_result(kept_folder(self._kept, task.keep), task.keep)
        with self._changed:
            if self._closed:
                raise MachineError("run_server_ends")
            self._number += 1
            own = Path(self._scratch.path) / str(self._number)
            folder = kept_folder(self._kept, task.keep) if task.keep else own
            run = Run(user, task, folder, task.keep or str(self._number))
            if not task.keep:
                # Processes that have mapped the files keep them; Windows removes them later.
                run._on_load.append(partial(shutil.rmtree, own, ignore_errors=True))
            if known:
                run.end()
                return run
            free = self._limits.workers - len(self._turns.running)
            self._turns.submit(user, run, ahead=max(free, 0))
            self._changed.notify_all()
        return run

    def place(self, run: Run) -> int:
        """How many runs are taken before this one, plus one; 0 once it has been taken."""
        with self._changed:
            waiting = self._turns.waiting
            return waiting.index(run) + 1 if run in waiting else 0

    def counts(self) -> tuple[int, int]:
        """How many runs wait, and how many are worked on."""
        with self._changed:
            return len(self._turns.waiting), len(self._turns.running)

    def cancel(self, run: Run) -> None:
        """Cancel a run: one that waits ends at once, another one at its next report."""
        with self._changed:
            run.asked.add("cancel")
            if self._turns.withdraw(run):
                run.end(CancelledError())
                self._changed.notify_all()

    def stop(self, run: Run) -> None:
        """Ask a run to return the best that it has."""
        run.asked.add("stop")

    def forget(self, run: Run) -> None:
        """Remove the result of a run that has ended, so that it is computed again."""
        shutil.rmtree(run.folder, ignore_errors=True)

    def close(self) -> None:
        """End all runs and workers."""
        with self._changed:
            self._closed = True
            for run in self._turns.waiting:
                self._turns.withdraw(run)
                run.end(MachineError("run_server_ends"))
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._scratch.cleanup()

    # -- the thread of a worker ------------------------------------------------------------------

    def _serve(self) -> None:
        """Take runs and have them done by one worker after the other."""
        worker: Worker | None = None
        while True:
            run = self._next(_IDLE_S)
            if run is None or worker is None or not worker.alive:
                if worker is not None:
                    worker.end()
                worker = None
            if run is None:
                if self._closed:
                    return
                continue
            try:
                worker = self._done_by(worker, run)
            except BaseException as error:
                run.end(error if isinstance(error, QuarterhourError) else _crash(None, error))
                worker = None
            finally:
                with self._changed:
                    self._turns.ended(run)
                    self._changed.notify_all()

    def _next(self, wait_s: float) -> Run | None:
        """The run whose turn it is; None after `wait_s`, or when the queue is closed."""
        until = time.monotonic() + wait_s
        with self._changed:
            while not self._closed:
                run = self._turns.next()
                if run is not None:
                    return run
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
        return None

    def _done_by(self, worker: Worker | None, run: Run) -> Worker | None:
        """Have a run done; the worker for the next one, None where it cannot be used again."""
        for last in (False, True):
            worker = worker or self._start()
            worker.begin(run.task, run.folder, run.key)
            watched = _Watched(self._limits, self._memory_bytes, self._grace_s)
            error = watched.follow(worker, run, lambda: self._closed)
            if not (watched.usable and worker.alive):
                worker.end()
                # The system may have ended it while it was idle: once more, by a new one.
                if not watched.begun and not last and not run.asked:
                    worker = None
                    continue
            if error is None and run.task.keep:
                prune_results(self._kept, most_bytes=self._kept_bytes, spare=run.folder)
            run.end(error)
            break
        assert worker is not None
        if worker.alive and (worker.memory() or 0) <= _KEPT_SHARE * self._memory_bytes:
            return worker
        worker.end()
        return None


class _Watched:
    """A run that a worker does: its reports, its limits, its cancel."""

    def __init__(self, limits: Limits, memory_bytes: int, grace_s: float) -> None:
        self._limits, self._memory_bytes, self._grace_s = limits, memory_bytes, grace_s
        self._began = time.monotonic()
        self._cancelled_at: float | None = None
        self._sent: set[str] = set()
        self._memory = 0
        self._checked_at = 0.0
        # Whether the worker began at all, and whether it said itself how the run ended.
        self.begun = self.usable = False

    def follow(self, worker: Worker, run: Run, closed: Callable[[], bool]) -> BaseException | None:
        """Follow a run until it ends; the error with which it ended, if any."""
        while True:
            report = worker.report(_POLL_S)
            if report is not None:
                name, *details = report
                if name == "state":
                    run.state = details[0]
                elif name == "told":
                    run.told[:] = details
                elif name in ("done", "failed"):
                    self.begun = self.usable = True
                    return self._named(details[0]) if details else None
                elif name == ENDED:
                    return self._lost(worker)
                self.begun = True
            if closed():
                return MachineError("run_server_ends")
            error = self._over(worker, run)
            if error is not None:
                return error

    def _over(self, worker: Worker, run: Run) -> BaseException | None:
        """The error of a run that must end now."""
        now = time.monotonic()
        for request in run.asked - self._sent:
            worker.send(request)
            self._sent.add(request)
            if request == "cancel":
                self._cancelled_at = now
        if self._cancelled_at is not None and now - self._cancelled_at > self._grace_s:
            return CancelledError()
        if now - self._began > 60 * self._limits.run_minutes:
            return MachineError("run_time", minutes=f"{self._limits.run_minutes:g}")
        if now - self._checked_at >= _POLL_S:
            self._checked_at = now
            self._memory = worker.memory() or self._memory
            if self._memory > self._memory_bytes:
                return self._too_large()
        return None

    def _named(self, error: BaseException) -> BaseException:
        short = isinstance(error, MachineError) and error.code == "memory_short"
        return self._too_large() if short else error

    def _lost(self, worker: Worker) -> BaseException:
        """Why a worker ended by itself."""
        if self._cancelled_at is not None:
            return CancelledError()
        # Compiled code that gets no memory ends the process.
        near = self._memory > 0.9 * self._memory_bytes
        return self._too_large() if near else _crash(worker.status, None)

    def _too_large(self) -> MachineError:
        return MachineError("run_memory", gigabytes=f"{self._limits.run_memory_gb:g}")


def _crash(status: int | None, error: BaseException | None) -> MachineError:
    if status == _KILLED:
        # By nobody of ours: the system ends the largest process when memory runs out.
        return MachineError("run_killed")
    how = type(error).__name__ if error is not None else "?" if status is None else str(status)
    return MachineError("run_crashed", status=how)
