"""Progress of a long computation, and the request to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from geo.base.errors import CancelledError

__all__ = ["Progress", "ProgressState"]

S = TypeVar("S")


@dataclass(frozen=True)
class ProgressState:
    """How much of the work is done.

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
    note : str
        What the work says about itself, ready to be shown; "" where it says nothing.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    rate_per_s: float = float("nan")
    remaining_s: float = float("nan")
    note: str = ""


class Progress:
    """Takes reports from the stages and passes them on to a listener; also stops the work.

    Parameters
    ----------
    listener : callable, optional
        Called with every new state, in the thread that does the work.
    """

    def __init__(self, listener: Callable[[ProgressState], None] | None = None) -> None:
        self._listener = listener
        self._cancelled = threading.Event()
        self._started = time.monotonic()
        self.state = ProgressState()

    def stage(self, code: str, total: int = 0) -> None:
        """Begin a stage of `total` steps (0: unknown).

        Raises
        ------
        CancelledError
            The work has been asked to stop.
        """
        self._started = time.monotonic()
        self._set(ProgressState(stage=code, total=total))

    def step(self, count: int = 1) -> None:
        """Report `count` finished steps of the current stage; raises as `stage` does."""
        done = self.state.done + count
        elapsed = time.monotonic() - self._started
        rate = done / elapsed if elapsed > 0 else float("nan")
        left = self.state.total - done
        remaining = left / rate if self.state.total and rate > 0 else float("nan")
        self._set(ProgressState(self.state.stage, done, self.state.total, rate, remaining))

    def note(self, text: str) -> None:
        """Report a text instead of steps; raises as `stage` does."""
        self._set(replace(self.state, note=text))

    def report(self, state: ProgressState) -> None:
        """Take over the state of work that is done elsewhere; raises as `stage` does."""
        self._set(state)

    @property
    def cancelled(self) -> bool:
        """True once the work has been asked to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; it stops at its next report."""
        self._cancelled.set()

    def _set(self, state: ProgressState) -> None:
        if self._cancelled.is_set():
            raise CancelledError()
        self.state = state
        if self._listener is not None:
            self._listener(state)
