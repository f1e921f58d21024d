"""The one job runner: long work in a thread, with progress (rate, remaining time) and cancel.

The engine's stages report to a `Progress`; who listens (a terminal, a page, nobody) is not their
concern. A stage that can take long calls `Progress.step` now and then; that is also where a cancel
takes effect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Generic, TypeVar

from geo.base.progress import Progress, S

__all__ = ["Job", "two_at_a_time"]

T = TypeVar("T")


def two_at_a_time(work: Callable[[S], T], items: Iterable[S], progress: Progress) -> list[T]:
    """``work(item)`` of each, two beside each other in threads; a step for each that is done.

    Returns
    -------
    list
        In the order of `items`. The first error, or a cancel, drops what has not begun.
    """
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(work, item) for item in items]
        try:
            for done in as_completed(running):
                done.result()
                progress.step()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [done.result() for done in running]


class Job(Generic[T]):
    """Runs ``work(progress)`` in a thread that survives a page's rerun.

    A page keeps the job in its session, polls `done` and `progress.state`, and reads `result`,
    which raises what the work raised.
    """

    def __init__(self, work: Callable[[Progress], T], *, progress: Progress | None = None) -> None:
        self.progress = progress or Progress()
        self._work = work
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="quarterhour-job", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._work(self.progress)
        except BaseException as error:  # handed to whoever asks for the result
            self._error = error

    @property
    def done(self) -> bool:
        """True when the work has ended, in whatever way."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.progress.cancel()

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the work and return its value, or raise its error."""
        self._thread.join(timeout_s)
        if self._error is not None:
            raise self._error
        if not self.done:
            raise TimeoutError
        return self._value  # type: ignore[return-value]
