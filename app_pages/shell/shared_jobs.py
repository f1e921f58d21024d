"""Jobs that several sessions may want; what nobody wants any more ends by itself.

A session wants one thing at a time: whoever asks for another limit has done with the former one.
Asking again and again (a page that looks how far the work is) keeps the wish alive, so that a
session which has gone, without a word, leaves no thread behind.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Condition, Lock
from typing import Generic, TypeVar

from geo.base.jobs import Job
from geo.base.progress import Progress, ProgressState

__all__ = ["SharedJobs"]

T = TypeVar("T")

# How often a job that waits for its turn looks whether it is still wanted.
_LOOK_S = 0.1


class _WhileWanted(Progress):
    """Cancels the work at the next report once nobody wants it."""

    def __init__(self, wanted: Callable[[], bool], lock: Lock) -> None:
        super().__init__()
        self._wanted = wanted
        self._lock = lock

    def _set(self, state: ProgressState) -> None:
        # In one step, or a wish that comes in between would be given a job that has just ended.
        with self._lock:
            if not self._wanted():
                self.cancel()
        super()._set(state)


@dataclass(eq=False)
class _Entry(Generic[T]):
    """A job, and who wanted it when last (monotonic seconds)."""

    asked: dict[str, float] = field(default_factory=dict)
    job: Job[T] | None = None


class SharedJobs(Generic[T]):
    """Runs one job at a time, the earliest wish first, and keeps the latest results.

    Parameters
    ----------
    keep : int
        How many results.
    patience_s : float
        How long a wish lasts that is not repeated.
    """

    def __init__(self, *, keep: int, patience_s: float) -> None:
        self._keep = keep
        self._patience_s = patience_s
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._lock = Lock()
        # Whose work is not done, by when it was first wished for: the first one's is under way.
        self._line: list[_Entry[T]] = []
        self._moved = Condition()

    def want(self, who: str, name: Hashable, work: Callable[[Progress], T]) -> Job[T]:
        """The job called `name`, begun with `work` where there is none; it is all `who` wants."""
        with self._lock:
            self._leave(who)
            entry = self._entries.get(name)
            if entry is None or entry.job is None or entry.job.progress.cancelled:
                entry = _Entry({who: time.monotonic()})
                entry.job = self._begin(entry, work)
                self._entries[name] = entry
            entry.asked[who] = time.monotonic()
            self._entries.move_to_end(name)
            self._forget()
            return entry.job

    def renew(self, who: str, name: Hashable) -> bool:
        """`who` still wants `name`; False where there is no such job any more."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or entry.job is None or entry.job.progress.cancelled:
                return False
            entry.asked[who] = time.monotonic()
            return True

    def leave(self, who: str) -> None:
        """`who` wants nothing any more."""
        with self._lock:
            self._leave(who)

    def forget(self, name: Hashable) -> None:
        """Let the next wish begin the job anew."""
        with self._lock:
            self._entries.pop(name, None)

    def _leave(self, who: str) -> None:
        for entry in self._entries.values():
            entry.asked.pop(who, None)

    def _forget(self) -> None:
        """Results beyond `keep`, the longest unused first; work that is under way stays."""
        done = [name for name, entry in self._entries.items() if entry.job and entry.job.done]
        for name in done[: max(0, len(done) - self._keep)]:
            del self._entries[name]

    def _begin(self, entry: _Entry[T], work: Callable[[Progress], T]) -> Job[T]:
        def wanted() -> bool:
            since = time.monotonic() - self._patience_s
            return any(asked >= since for asked in entry.asked.values())

        def in_turn(progress: Progress) -> T:
            try:
                while self._line[0] is not entry:
                    with self._moved:
                        self._moved.wait(_LOOK_S)
                    progress.step(0)
                progress.step(0)
                return work(progress)
            finally:
                with self._moved:
                    self._line.remove(entry)
                    self._moved.notify_all()

        self._line.append(entry)
        return Job(in_turn, progress=_WhileWanted(wanted, self._lock))
