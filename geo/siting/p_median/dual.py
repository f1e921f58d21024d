"""Lagrangian bounds for p-median, by subgradient steps."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.p_median.search import Search
from geo.siting.watch import Watch

__all__ = ["Dual"]


@numba.njit(cache=True, nogil=True)
def _reduced(cost, u, value):  # type: ignore[no-untyped-def]
    """Value of opening each column at multipliers `u`: Σ min(0, cost − u)."""
    columns, points = cost.shape
    for j in range(columns):
        total = 0.0
        for i in range(points):
            d = cost[j, i] - u[i]
            if d < 0.0:
                total += d
        value[j] = total


@numba.njit(cache=True, nogil=True)
def _served(cost, u, opened, count):  # type: ignore[no-untyped-def]
    """How many of the open columns want to serve each point at multipliers `u`."""
    for i in range(len(count)):
        count[i] = 0
    for k in range(len(opened)):
        j = opened[k]
        for i in range(len(count)):
            if cost[j, i] < u[i]:
                count[i] += 1


class Dual:
    """Lagrangian bounds: each point pays `u`, each column serves whom it serves for less."""

    def __init__(
        self,
        cost: NDArray[np.float64],
        base: NDArray[np.float64],
        columns: Columns,
        search: Search,
        *,
        whole: bool,
    ) -> None:
        self.cost, self.base, self.columns = cost, base, columns
        self.search, self.whole = search, whole
        self.bound = -math.inf
        if search.opened is not None:
            self.u = np.minimum(base, cost[search.opened].min(axis=0, initial=np.inf))
        else:
            mean = float(cost.mean()) if cost.size else 0.0
            self.u = np.minimum(base, cost.min(axis=0, initial=np.inf) + mean)
        self.best_u = self.u.copy()
        self.value = np.zeros(len(cost))
        self.live = np.arange(len(cost))
        self.step = 1.5

    @property
    def best_possible(self) -> float:
        """The bound; rounded up where all totals are whole."""
        if self.whole and math.isfinite(self.bound):
            return math.ceil(self.bound - 1e-6)
        return self.bound

    @property
    def closed(self) -> bool:
        return self.best_possible >= self.search.total - self.search.least

    def evaluate(
        self, u: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.int64]]:
        """Bound, value of each column, columns of the relaxed solution."""
        value = np.zeros(len(self.cost))
        _reduced(self.cost, u, value)
        if len(self.live) < len(value):
            dead = np.ones(len(value), np.bool_)
            dead[self.live] = False
            value[dead] = 0.0
        order = np.argsort(value, kind="stable")[: self.columns.limit]
        order = order[value[order] < 0]
        constant = np.minimum(u, self.base).sum()
        return float(constant + value[order].sum()), value, order

    def ascend(self, watch: Watch, *, rounds: int) -> None:
        """Raise the bound by subgradient steps (with a memory of directions)."""
        search = self.search
        count = np.zeros(len(self.u), np.int64)
        self.u = self.best_u.copy()
        self.step, stale = (1.5 if not math.isfinite(self.bound) else 0.5), 0
        memory = np.zeros(len(self.u))
        for number in range(rounds):
            if watch.over or self.closed or self.step < 1e-4:
                break
            bound, value, opened = self.evaluate(self.u)
            if bound > self.bound:
                if bound > self.bound + 1e-5 * abs(bound):
                    stale = 0
                self.bound, self.best_u, self.value = bound, self.u.copy(), value
                watch.report(bound=self.best_possible)
            else:
                stale += 1
            if stale > 12:
                self.step, stale = self.step / 2, 0
                self.u = self.best_u.copy()
                memory[:] = 0
                continue
            self._try(opened, number)
            _served(self.cost, self.u, opened, count)
            slope = 1.0 - count - (self.base < self.u)
            memory = slope + 0.6 * memory
            norm = float(memory @ memory)
            if norm == 0.0:
                break
            goal = search.total if math.isfinite(search.total) else bound * 1.05 + 1.0
            size = self.step * max(goal - bound, 1e-9 * abs(goal)) / norm
            self.u = np.maximum(self.u + size * memory, 0.0)

    def _try(self, opened: NDArray[np.int64], number: int) -> None:
        """Use the relaxed solution as a choice; now and then also improve it."""
        search = self.search
        if len(opened) < self.columns.limit and not self.columns.plain:
            return
        chosen = np.zeros(len(self.cost), np.bool_)
        chosen[opened] = True
        if not self.columns.allows(chosen):
            return
        if search.total_of(chosen) < search.total * 1.01 and number % 20 == 0:
            chosen = search.improve(chosen)
        search.keep(chosen)

    def fixed(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Columns that may be open in a better choice, and those that are open in all of them.

        A better choice must beat the known one; where totals are whole, by one.
        """
        limit = self.columns.limit
        # `self.bound` may come from elsewhere (a search tree), and would close too much here.
        bound, value, opened = self.evaluate(self.best_u)
        goal = self.search.total - (1.0 - 1e-6 if self.whole else 0.0)
        goal += 1e-9 * abs(goal)
        may = np.ones(len(value), np.bool_)
        must = np.zeros(len(value), np.bool_)
        inside = np.zeros(len(value), np.bool_)
        inside[opened] = True
        if not math.isfinite(goal):
            return may, must
        last = value[opened[-1]] if len(opened) == limit and limit else 0.0
        may = inside | (bound + value - last <= goal)
        next_value = value[~inside].min(initial=0.0)
        must = inside & (bound - value + min(next_value, 0.0) > goal)
        return may, must
