"""Time limit, request to stop, and reports of a running solver."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Standing", "Watch"]


@dataclass(frozen=True)
class Standing:
    """What a solver knows so far.

    Attributes
    ----------
    objective, bound : float
        Of the best choice found, and of any choice; NaN where unknown.
    seconds : float
    """

    objective: float
    bound: float
    seconds: float


class Watch:
    """Tells solvers when to stop, and passes their reports on.

    Parameters
    ----------
    time_limit_s : float
    listener : callable, optional
        Called with a `Standing` at most four times a second.
    stopped : callable, optional
        Whether the user wants to stop and keep the best choice so far.
    """

    def __init__(
        self,
        time_limit_s: float,
        *,
        listener: Callable[[Standing], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> None:
        self._began = time.monotonic()
        self._limit_s = time_limit_s
        self._listener = listener
        self._stopped = stopped
        self._told = -math.inf
        self.objective = math.nan
        self.bound = math.nan

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time within does not count."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._began += time.monotonic() - began

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self._began

    @property
    def left_s(self) -> float:
        """Time that is left, at least 0."""
        return max(0.0, self._limit_s - self.seconds)

    @property
    def stopped(self) -> bool:
        """Whether the user has asked to stop."""
        return self._stopped is not None and self._stopped()

    @property
    def over(self) -> bool:
        """Whether solvers must stop now."""
        return self.seconds >= self._limit_s or self.stopped

    def report(self, objective: float | None = None, bound: float | None = None) -> None:
        """Pass on a new objective or bound; None keeps the last one."""
        if objective is not None:
            self.objective = objective
        if bound is not None:
            self.bound = bound
        now = self.seconds
        if self._listener is not None and now - self._told >= 0.25:
            self._told = now
            self._listener(Standing(self.objective, self.bound, now))
