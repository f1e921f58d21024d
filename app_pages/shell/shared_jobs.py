"""Jobs whose results several sessions use: no session can stop the work of another one."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Condition, Lock
from typing import Generic, TypeVar

from geo.base.jobs import Job
from geo.base.progress import Progress, ProgressState

__all__ = ["SharedJob", "SharedJobs"]

T = TypeVar("T")

# How often a job that waits for its turn checks whether it is still requested.
_POLL_S = 0.1


class _ProgressWhileRequested(Progress):
    """Cancels the work at its next report once it is no longer requested."""

    def __init__(self, requested: Callable[[], bool], lock: Lock) -> None:
        super().__init__()
        self._requested = requested
        self._lock = lock

    def _set(self, state: ProgressState) -> None:
        # Check and cancel in one step: otherwise a request that arrives in between would be given
        # a job that has just been cancelled.
        with self._lock:
            if not self._requested():
                self.cancel()
        super()._set(state)


class SharedJob(Generic[T]):
    """One job that several sessions wait for.

    A session that cancels only stops waiting. The work itself is cancelled when a session has
    cancelled and no other session waits. Without a cancel the work goes on when every session has
    gone: the next one finds the result.

    Parameters
    ----------
    work : callable
        Called with the job's `Progress`.
    request_lifetime_s : float
        How long a session counts as waiting after its last call of `wait`.
    """

    def __init__(self, work: Callable[[Progress], T], *, request_lifetime_s: float) -> None:
        self._lifetime_s = request_lifetime_s
        self._requested_at: dict[str, float] = {}  # session -> monotonic seconds
        self._any_cancelled = False
        self._lock = Lock()
        self._job = Job(work, progress=_ProgressWhileRequested(self._requested, self._lock))

    @property
    def done(self) -> bool:
        """True when the work has ended, in whatever way."""
        return self._job.done

    @property
    def progress(self) -> Progress:
        """The progress of the work."""
        return self._job.progress

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the work and return its value, or raise its error."""
        return self._job.result(timeout_s)

    def wait(self, session: str) -> None:
        """Note that a session waits for the result. To be called again and again."""
        with self._lock:
            self._requested_at[session] = time.monotonic()

    def cancel(self, session: str) -> None:
        """Note that a session no longer waits; cancel the work if nobody else does."""
        with self._lock:
            self._requested_at.pop(session, None)
            self._any_cancelled = True
            if not self._requested():
                self._job.cancel()

    def _requested(self) -> bool:
        since = time.monotonic() - self._lifetime_s
        return not self._any_cancelled or any(at >= since for at in self._requested_at.values())


@dataclass(eq=False)
class _Entry(Generic[T]):
    """A job, and when each session last requested it (monotonic seconds)."""

    requested_at: dict[str, float] = field(default_factory=dict)
    job: Job[T] | None = None


class SharedJobs(Generic[T]):
    """Runs one job at a time in the order of requests, and keeps the latest results.

    Jobs whose work waits in the queue of the server (`in_turn` False) are all begun at once, since
    the queue says whose turn it is.

    A session requests one job at a time: a request for another job withdraws the former one. A
    request that is not renewed expires, so that a session which ends without notice leaves no
    thread behind. A job that no session requests any more is cancelled.

    Parameters
    ----------
    keep : int
        How many results to keep.
    request_lifetime_s : float
        How long a request lasts that is not renewed.
    in_turn : bool
    """

    def __init__(self, *, keep: int, request_lifetime_s: float, in_turn: bool = True) -> None:
        self._keep, self._in_turn = keep, in_turn
        self._lifetime_s = request_lifetime_s
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._lock = Lock()
        # Jobs that have not ended, in the order of their requests. The first one is running.
        self._queue: list[_Entry[T]] = []
        self._queue_changed = Condition()

    def request(self, session: str, name: Hashable, work: Callable[[Progress], T]) -> Job[T]:
        """The job called `name`, started with `work` where there is none."""
        with self._lock:
            self._withdraw(session)
            entry = self._entries.get(name)
            if entry is None or entry.job is None or entry.job.progress.cancelled:
                entry = _Entry({session: time.monotonic()})
                entry.job = self._start(entry, work)
                self._entries[name] = entry
            entry.requested_at[session] = time.monotonic()
            self._entries.move_to_end(name)
            self._drop_oldest()
            return entry.job

    def renew(self, session: str, name: Hashable) -> bool:
        """Renew the request of a session; False where the job no longer exists."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or entry.job is None or entry.job.progress.cancelled:
                return False
            entry.requested_at[session] = time.monotonic()
            return True

    def withdraw(self, session: str) -> None:
        """Withdraw the request of a session."""
        with self._lock:
            self._withdraw(session)

    def forget(self, name: Hashable) -> None:
        """Drop a job, so that the next request starts it again."""
        with self._lock:
            self._entries.pop(name, None)

    def _withdraw(self, session: str) -> None:
        for entry in self._entries.values():
            entry.requested_at.pop(session, None)

    def _drop_oldest(self) -> None:
        """Drop results beyond `keep`, the least recently used first; running jobs stay."""
        done = [name for name, entry in self._entries.items() if entry.job and entry.job.done]
        for name in done[: max(0, len(done) - self._keep)]:
            del self._entries[name]

    def _start(self, entry: _Entry[T], work: Callable[[Progress], T]) -> Job[T]:
        def requested() -> bool:
            since = time.monotonic() - self._lifetime_s
            return any(at >= since for at in entry.requested_at.values())

        def work_in_turn(progress: Progress) -> T:
            try:
                while self._queue[0] is not entry:
                    with self._queue_changed:
                        self._queue_changed.wait(_POLL_S)
                    progress.step(0)
                progress.step(0)
                return work(progress)
            finally:
                with self._queue_changed:
                    self._queue.remove(entry)
                    self._queue_changed.notify_all()

        if not self._in_turn:
            return Job(work, progress=_ProgressWhileRequested(requested, self._lock))
        self._queue.append(entry)
        return Job(work_in_turn, progress=_ProgressWhileRequested(requested, self._lock))
