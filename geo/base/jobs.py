"""The one job runner: long work in a thread, with progress (rate, remaining time) and cancel.

The engine's stages report to a `Progress`; a terminal, a page or nobody listens to it. A stage that
can take long calls `Progress.step` now and then; a cancel takes effect there, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Generic, TypeVar

from geo.base.access.guard import acting, acting_as
from geo.base.errors import MachineError
from geo.base.progress import Progress, S

__all__ = ["CORES", "Job", "in_threads"]

T = TypeVar("T")

# Threads that compute at the same time. No more than two, whatever the machine has: each thread of
# a search holds arrays as large as the whole network.
CORES = 2


def in_threads(
    work: Callable[[S], T],
    items: Iterable[S],
    progress: Progress | None = None,
    *,
    threads: int = CORES,
) -> list[T]:
    """``work(item)`` of each item, on several threads.

    Parameters
    ----------
    work : callable
        Worth a thread only where it leaves the interpreter (compiled code, numpy, files).
    items : iterable
    progress : Progress, optional
        Gets a step for each item that is done.
    threads : int
        With 1, no thread is started; nor for one item without progress.

    Returns
    -------
    list
        In the order of `items`. After the first error, or a cancel, no further item is begun.
    """
    items = list(items)
    # A thread costs more than a few points to snap.
    if progress is None and (threads == 1 or len(items) <= 1):
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        # Each thread acts for the person for whom this one acts.
        running = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            for done in as_completed(running):
                done.result()
                if progress is not None:
                    progress.step()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [done.result() for done in running]


class Job(Generic[T]):
    """Runs ``work(progress)`` in a thread that survives a page's rerun.

    A page keeps the job in its session, polls `done` and `progress.state`, and reads `result`,
    which raises what the work raised. The work is done for the person who has started it
    (`geo.base.access.guard`).
    """

    def __init__(self, work: Callable[[Progress], T], *, progress: Progress | None = None) -> None:
        self.progress = progress or Progress()
        self._work = work
        self._guard = acting()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="quarterhour-job", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with acting_as(self._guard):
                self._value = self._work(self.progress)
        except MemoryError as error:
            self._error = MachineError("memory_short")
            self._error.__cause__ = error
        except BaseException as error:  # raised again by `result`
            self._error = error

    @property
    def done(self) -> bool:
        """True when the work has ended, in whatever way."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.progress.cancel()

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the work and return its value, or raise its error.

        Raises
        ------
        MachineError
            ``memory_short``, where the work ran out of memory.
        """
        self._thread.join(timeout_s)
        if self._error is not None:
            raise self._error
        if not self.done:
            raise TimeoutError
        return self._value  # type: ignore[return-value]
