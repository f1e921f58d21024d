"""Coverage and times of a study while new sites open one after the other."""

from __future__ import annotations

import math
from copy import copy

import numpy as np
from numpy.typing import NDArray

from geo.base.exact import exact_sum, mean_minutes_up
from geo.questions.siting.question import travel_of
from geo.questions.siting.session import SitingSession
from geo.study.limit import whole_ms

__all__ = ["SitingSteps"]


class SitingSteps:
    """Coverage and times while sites open one after the other.

    Parameters
    ----------
    columns : int64
        All columns that may open, ascending.
    """

    def __init__(self, session: SitingSession, columns: NDArray[np.int64]) -> None:
        self._pairs, self._need = session.pairs, session.question.at_least
        self._weight = session.run.demand.weight
        # Times count for all that has a path to some column, farther points with the limit.
        lost = ("off_network", "no_path") if session.question.covers else ("too_far",)
        counts = ~np.isin(session.reasons, [*lost, "off_network", "no_path"])
        self._timed = np.where(counts, self._weight, 0.0)
        cap = whole_ms(session.question.access_minutes or 0.0)
        self._at = {int(column): i for i, column in enumerate(columns)}
        self._travel = travel_of(
            session.run,
            session.places.some(columns),
            session.explorer.inputs.points,
            session.rows,
            limit_ms=cap,
            limit_m=None,
        )
        self.have = np.zeros(self._pairs.points, np.int64)
        self.ms = np.full(self._pairs.points, float(cap))

    def copy(self) -> SitingSteps:
        """The same state, to open other sites."""
        other = copy(self)
        other.have, other.ms = self.have.copy(), self.ms.copy()
        return other

    def _points(self, column: int) -> NDArray[np.int32]:
        pairs = self._pairs
        return pairs.point[pairs.first[column] : pairs.first[column + 1]]

    def _times(self, column: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        at, travel = self._at[column], self._travel
        part = slice(int(travel.first[at]), int(travel.first[at + 1]))
        return travel.point[part], travel.time_ms[part]

    def open(self, column: int) -> NDArray[np.int32]:
        """Open a column; returns the points of positive weight that are newly covered."""
        at = self._points(column)
        new = at[(self.have[at] == self._need - 1) & (self._weight[at] > 0)]
        self.have[at] += 1
        point, ms = self._times(column)
        self.ms[point] = np.minimum(self.ms[point], ms)
        return new

    def gain(self, column: int) -> tuple[float, float]:
        """Newly covered weight, and the fall of Σ weight × time."""
        at = self._points(column)
        covered = self._weight[at][self.have[at] == self._need - 1].sum()
        point, ms = self._times(column)
        saved = (self._timed[point] * np.maximum(self.ms[point] - ms, 0.0)).sum()
        return float(covered), float(saved)

    @property
    def covered_weight(self) -> float:
        """Weight that is covered now."""
        return exact_sum(self._weight[self.have >= self._need])

    @property
    def mean_minutes(self) -> float:
        """Mean minutes by weight."""
        total = exact_sum(self._timed)
        return mean_minutes_up(exact_sum(self._timed * self.ms) / total) if total else math.nan

    @property
    def worst_minutes(self) -> float:
        """The longest time of a point of positive weight."""
        use = self._timed > 0
        return mean_minutes_up(float(self.ms[use].max())) if use.any() else math.nan
