"""The one job runner: long work in a thread, with progress (rate, remaining time) and cancel.

The engine's stages report to a `Progress`; who listens (a terminal, a page, nobody) is not their
concern. A stage that can take long calls `Progress.step` now and then; that is also where a cancel
takes effect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Generic, TypeVar

from geo.errors import CancelledError

__all__ = ["Job", "Progress", "ProgressState", "two_at_a_time"]

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class ProgressState:
    """Where the work stands.

    Attributes
    ----------
    stage : str
        Code of the stage (``stage.<code>`` in the wording catalogues).
    done, total : int
        Steps within the stage; ``total`` is 0 where it is not known.
    rate_per_s : float
        Steps per second in this stage, NaN before the first.
    remaining_s : float
        Estimated seconds left in this stage, NaN where unknown.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    rate_per_s: float = float("nan")
    remaining_s: float = float("nan")


class Progress:
    """Takes reports from the stages, hands states to a listener, and carries the wish to stop."""

    def __init__(self, listener: Callable[[ProgressState], None] | None = None) -> None:
        self._listener = listener
        self._cancelled = threading.Event()
        self._started = time.monotonic()
        self.state = ProgressState()

    def stage(self, code: str, total: int = 0) -> None:
        """Begin a stage of `total` steps (0: unknown)."""
        self._started = time.monotonic()
        self._set(ProgressState(stage=code, total=total))

    def step(self, count: int = 1) -> None:
        """Report `count` finished steps of the current stage."""
        done = self.state.done + count
        elapsed = time.monotonic() - self._started
        rate = done / elapsed if elapsed > 0 else float("nan")
        left = self.state.total - done
        remaining = left / rate if self.state.total and rate > 0 else float("nan")
        self._set(ProgressState(self.state.stage, done, self.state.total, rate, remaining))

    @property
    def cancelled(self) -> bool:
        """True once the work has been asked to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; it does at its next report."""
        self._cancelled.set()

    def _set(self, state: ProgressState) -> None:
        if self._cancelled.is_set():
            raise CancelledError()
        self.state = state
        if self._listener is not None:
            self._listener(state)


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
