"""Branch and bound for p-median with Lagrangian bounds, on the columns that are left."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.watch import Watch

__all__ = ["Branching"]

_FREE, _IN, _OUT = 0, 1, 2


@numba.njit(cache=True, nogil=True)
def _ascended(cost, base, state, limit, u, rounds, goal, step):  # type: ignore[no-untyped-def]
    """Subgradient steps at one node.

    Returns the bound, its multipliers and column values, the least total seen and its columns.
    """
    columns, points = cost.shape
    value = np.empty(columns)
    best_value = np.zeros(columns)
    best_u = u.copy()
    best = -np.inf
    chosen = np.zeros(columns, np.bool_)
    count = np.empty(points, np.int64)
    memory = np.zeros(points)
    lowest = np.inf
    lowest_chosen = np.zeros(columns, np.bool_)
    inside = 0
    for j in range(columns):
        inside += int(state[j] == 1)
    stale = 0
    nearest = np.empty(points)
    for _ in range(rounds):
        bound = 0.0
        for i in range(points):
            bound += min(u[i], base[i])
        for j in range(columns):
            value[j] = 0.0
            if state[j] != 2:
                total = 0.0
                for i in range(points):
                    d = cost[j, i] - u[i]
                    if d < 0.0:
                        total += d
                value[j] = total
        chosen[:] = False
        for j in range(columns):
            if state[j] == 1:
                chosen[j] = True
                bound += value[j]
        order = np.argsort(value)
        taken = inside
        for k in range(columns):
            j = order[k]
            if taken == limit or value[j] >= 0.0:
                break
            if state[j] == 0:
                chosen[j] = True
                bound += value[j]
                taken += 1
        if bound > best:
            if bound > best + 1e-5 * abs(best) or best == -np.inf:
                stale = 0
            else:
                stale += 1
            best = bound
            best_u[:] = u
            best_value[:] = value
            if best > goal:
                break
        else:
            stale += 1
        for i in range(points):
            count[i] = int(base[i] < u[i])
            nearest[i] = base[i]
        for j in range(columns):
            if chosen[j]:
                for i in range(points):
                    c = cost[j, i]
                    if c < u[i]:
                        count[i] += 1
                    if c < nearest[i]:
                        nearest[i] = c
        total = nearest.sum()
        if total < lowest:
            lowest = total
            lowest_chosen[:] = chosen
        if stale > 6:
            step *= 0.5
            stale = 0
            u[:] = best_u
            memory[:] = 0.0
            if step < 1e-3:
                break
            continue
        norm = 0.0
        for i in range(points):
            memory[i] = (1.0 - count[i]) + 0.6 * memory[i]
            norm += memory[i] * memory[i]
        if norm == 0.0:
            break
        size = step * max(goal - bound, 1e-6 * abs(goal)) / norm
        for i in range(points):
            u[i] = max(0.0, u[i] + size * memory[i])
    return best, best_u, best_value, lowest, lowest_chosen


@dataclass(frozen=True)
class _Node:
    bound: float
    u: NDArray[np.float64]
    value: NDArray[np.float64]
    state: NDArray[np.int8]


class Branching:
    """Best-first search: the node with the lowest bound is divided next.

    Parameters
    ----------
    cost : float64 (columns, points)
        Of the columns that are left.
    base : float64 (points)
        What each point costs without any of them.
    limit : int
        How many columns may open.
    whole : bool
        Whether all totals are whole numbers.
    """

    def __init__(
        self, cost: NDArray[np.float64], base: NDArray[np.float64], limit: int, *, whole: bool
    ) -> None:
        self._cost, self._base, self._limit = np.ascontiguousarray(cost), base, limit
        self._step_down = 1.0 - 1e-6 if whole else 0.0
        self.total = math.inf
        self.opened: NDArray[np.bool_] | None = None
        self.bound = -math.inf
        self.nodes = 0

    def run(self, u: NDArray[np.float64], total: float, watch: Watch, *, seconds: float) -> None:
        """Search for a total below `total`; `bound` and `opened` hold what was found.

        Parameters
        ----------
        u : float64 (points)
            Multipliers of the root.
        """
        self.total = total
        ends = watch.seconds + seconds
        heap: list[tuple[float, int, _Node]] = []
        self._add(heap, np.zeros(len(self._cost), np.int8), u, rounds=200)
        self.bound = min(self.total, heap[0][0] if heap else self.total)
        while heap:
            if watch.over or watch.seconds > ends:
                return
            self.bound = max(self.bound, min(self.total, heap[0][0]))
            watch.report(self.total, self.bound)
            _, _, node = heapq.heappop(heap)
            if node.bound > self._goal:
                continue
            branch = self._branch(node)
            if branch < 0:
                continue
            for side in (_IN, _OUT):
                state = node.state.copy()
                state[branch] = side
                self._add(heap, state, node.u, rounds=60)
        self.bound = self.total

    @property
    def _goal(self) -> float:
        """A better choice has no higher total than this."""
        return self.total - self._step_down - 1e-9 * abs(self.total)

    def _add(
        self,
        heap: list[tuple[float, int, _Node]],
        state: NDArray[np.int8],
        u: NDArray[np.float64],
        *,
        rounds: int,
    ) -> None:
        inside = int((state == _IN).sum())
        if inside > self._limit:
            return
        if inside == self._limit:
            self._complete(state == _IN)
            return
        step = 0.4
        bound, best_u, value, lowest, chosen = _ascended(
            self._cost, self._base, state, self._limit, u.copy(), rounds, self._goal, step
        )
        self.nodes += 1
        if lowest < self.total:
            self._complete(chosen)
        if bound > self._goal:
            return
        self._fix(bound, value, state)
        heapq.heappush(heap, (bound, self.nodes, _Node(bound, best_u, value, state)))

    def _complete(self, opened: NDArray[np.bool_]) -> None:
        total = float(np.minimum(self._base, self._cost[opened].min(axis=0, initial=np.inf)).sum())
        if total < self.total * (1 - 1e-12):
            self.total, self.opened = total, opened.copy()

    def _fix(self, bound: float, value: NDArray[np.float64], state: NDArray[np.int8]) -> None:
        """Close columns that no better choice opens below this node."""
        free = np.flatnonzero(state == _FREE)
        left = self._limit - int((state == _IN).sum())
        ordered = np.sort(value[free])
        if len(ordered) <= left:
            return
        last = min(0.0, float(ordered[left - 1]))
        state[free[bound + value[free] - last > self._goal]] = _OUT
        following = min(0.0, float(ordered[left]))
        state[free[bound - value[free] + following > self._goal]] = _IN

    def _branch(self, node: _Node) -> int:
        """The free column of the best value: closing it raises the bound most."""
        free = np.flatnonzero(node.state == _FREE)
        inside = int((node.state == _IN).sum())
        if not len(free) or inside >= self._limit:
            if inside <= self._limit:
                self._complete(node.state == _IN)
            return -1
        return int(free[np.argmin(node.value[free])])
