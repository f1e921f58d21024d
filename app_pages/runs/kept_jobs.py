"""Jobs that all sessions share, kept within a number and a size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar

__all__ = ["KeptJobs"]


class _Job(Protocol):
    @property
    def done(self) -> bool: ...


J = TypeVar("J", bound=_Job)


class KeptJobs(Generic[J]):
    """One job a name for all sessions.

    Those requested longest ago are dropped beyond the bounds, but none that is still at work: its
    sessions would start it again, and never see its end.

    Parameters
    ----------
    most : int
        How many jobs that have ended are kept.
    most_bytes : int
        How much their results may take together; the one requested last is kept in any case.
    size : callable, optional
        The bytes of a job that has ended.
    """

    def __init__(
        self, most: int, *, most_bytes: int = 0, size: Callable[[J], int] | None = None
    ) -> None:
        self._most, self._most_bytes, self._size = most, most_bytes, size
        self._jobs: OrderedDict[Hashable, J] = OrderedDict()
        self._lock = Lock()

    def of(self, name: Hashable, start: Callable[[], J]) -> J:
        """The job called `name`; where there is none, ``start()``."""
        with self._lock:
            if name not in self._jobs:
                self._jobs[name] = start()
            self._jobs.move_to_end(name)
            self._drop()
            return self._jobs[name]

    def forget(self, name: Hashable) -> None:
        """Drop a job, so that the next request starts it again."""
        with self._lock:
            self._jobs.pop(name, None)

    def _drop(self) -> None:
        count, total = 0, 0
        for name, job in reversed(list(self._jobs.items())):
            if not job.done:
                continue
            count += 1
            total += self._size(job) if self._size is not None else 0
            if count > self._most or (count > 1 and total > self._most_bytes > 0):
                del self._jobs[name]
