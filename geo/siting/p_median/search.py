"""Local search for p-median: greedy, exchanges, and iterated exchanges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.watch import Watch

__all__ = ["Search"]


@numba.njit(cache=True, nogil=True)
def _nearest(cost, base, opened, first, second, d1, d2):  # type: ignore[no-untyped-def]
    """Nearest and second nearest open column of each point; -1 is what is open in any case."""
    points = cost.shape[1]
    for i in range(points):
        first[i], second[i] = -1, -1
        d1[i], d2[i] = base[i], base[i]
    for j in range(len(opened)):
        if not opened[j]:
            continue
        for i in range(points):
            c = cost[j, i]
            if c < d1[i]:
                second[i], d2[i] = first[i], d1[i]
                first[i], d1[i] = j, c
            elif c < d2[i]:
                second[i], d2[i] = j, c


@numba.njit(cache=True, nogil=True)
def _best_swap(  # type: ignore[no-untyped-def]
    cost, opened, first, d1, d2, least, price, slack, unit, required, unit_count, movable, closable
):
    """The exchange that lowers the total most (Whitaker 1983): column in, column out, gain."""
    columns, points = cost.shape
    best_in, best_out, best = -1, -1, least
    loss = np.empty(columns)
    for j in range(columns):
        if opened[j]:
            continue
        gain = 0.0
        loss[:] = 0.0
        for i in range(points):
            c = cost[j, i]
            if c < d1[i]:
                gain += d1[i] - c
            elif first[i] >= 0:
                loss[first[i]] += min(c, d2[i]) - d1[i]
        if gain <= best:
            continue
        for r in range(columns):
            if not opened[r] or gain - loss[r] <= best:
                continue
            if movable[r] and closable <= 0 and not movable[j]:
                continue
            if price[j] > slack + price[r]:
                continue
            if required[unit[r]] and unit_count[unit[r]] == 1 and unit[j] != unit[r]:
                continue
            best_in, best_out, best = j, r, gain - loss[r]
    return best_in, best_out, best


@numba.njit(cache=True, nogil=True)
def _local(cost, base, opened, least, price, slack, unit, required, unit_count, movable, closable):  # type: ignore[no-untyped-def]
    """Exchange columns until no exchange helps; `opened` is changed. Returns the total."""
    points = cost.shape[1]
    first, second = np.empty(points, np.int64), np.empty(points, np.int64)
    d1, d2 = np.empty(points), np.empty(points)
    while True:
        _nearest(cost, base, opened, first, second, d1, d2)
        j, r, _ = _best_swap(
            cost,
            opened,
            first,
            d1,
            d2,
            least,
            price,
            slack,
            unit,
            required,
            unit_count,
            movable,
            closable,
        )
        if j < 0:
            return d1.sum()
        opened[j], opened[r] = True, False
        slack += price[r] - price[j]
        unit_count[unit[r]] -= 1
        unit_count[unit[j]] += 1
        closable += int(movable[j]) - int(movable[r])


@numba.njit(cache=True, nogil=True)
def _gains(cost, d1, gain):  # type: ignore[no-untyped-def]
    """How much opening each column lowers the total."""
    columns, points = cost.shape
    for j in range(columns):
        total = 0.0
        for i in range(points):
            if cost[j, i] < d1[i]:
                total += d1[i] - cost[j, i]
        gain[j] = total


@dataclass
class Search:
    """The best choice found, with what the compiled functions need."""

    cost: NDArray[np.float64]
    base: NDArray[np.float64]
    columns: Columns

    def __post_init__(self) -> None:
        free = self.columns.free
        self.price = self.columns.cost[free]
        group = self.columns.unit[free]
        self.unit = np.where(group < 0, len(self.columns.required) - 1, group)
        self.movable = self.columns.movable[free]
        self.total = math.inf
        self.opened: NDArray[np.bool_] | None = None
        self.least = 1e-10 * max(1e-300, float(self.cost.min(axis=0, initial=0.0).sum()))
        self.least = max(self.least, 1e-12 * float(np.abs(self.cost).max(initial=1.0)))

    def total_of(self, opened: NDArray[np.bool_]) -> float:
        nearest = np.minimum(self.base, self.cost[opened].min(axis=0, initial=np.inf))
        return float(nearest.sum())

    def keep(self, opened: NDArray[np.bool_]) -> bool:
        if not self.columns.allows(opened):
            return False
        total = self.total_of(opened)
        if total < self.total - self.least:
            self.total, self.opened = total, opened.copy()
            return True
        return False

    def improve(self, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
        opened = opened.copy()
        unit_count = np.bincount(self.unit[opened], minlength=len(self.columns.required))
        closed = int((self.movable & ~opened).sum())
        _local(
            self.cost, self.base, opened, self.least, self.price,
            self.columns.budget * (1 + 1e-9) - self.price[opened].sum(),
            self.unit, self.columns.required, unit_count.astype(np.int64), self.movable,
            self.columns.moves - closed,
        )  # fmt: skip
        return opened

    def filled(self, opened: NDArray[np.bool_], noise: np.random.Generator | None = None):  # type: ignore[no-untyped-def]
        """Open columns of the highest gain until no more may open."""
        columns = self.columns
        opened = opened.copy()
        gain = np.empty(len(opened))
        d1 = np.minimum(self.base, self.cost[opened].min(axis=0, initial=np.inf))
        large = float(self.cost.max(initial=0.0)) * 1.0
        d1 = np.where(np.isfinite(d1), d1, large)
        groups = [g for g in columns.needed.tolist() if g not in set(self.unit[opened].tolist())]
        slack = columns.budget * (1 + 1e-9) - self.price[opened].sum()
        while opened.sum() < columns.limit:
            _gains(self.cost, d1, gain)
            if noise is not None:
                gain *= noise.uniform(0.8, 1.0, len(gain))
            can = ~opened & (self.price <= slack)
            if groups:
                can &= self.unit == groups.pop(0)
            if not can.any():
                break
            j = int(np.argmax(np.where(can, gain, -1.0)))
            opened[j] = True
            slack -= self.price[j]
            d1 = np.minimum(d1, self.cost[j])
        return opened

    def start(self) -> None:
        opened = self.filled(self.movable)
        self.keep(opened)
        if self.opened is not None:
            self.keep(self.improve(self.opened))

    def iterate(self, watch: Watch, *, rounds: int, seconds: float, bound: float) -> None:
        """Iterated local search, always with the same random numbers."""
        random = np.random.default_rng(11)
        ends = watch.seconds + seconds
        for _ in range(rounds):
            if self.opened is None or watch.over or watch.seconds > ends or self.total <= bound:
                return
            opened = self.opened.copy()
            inside = np.flatnonzero(opened & ~self.movable)
            if not len(inside):
                return
            size = min(len(inside), 2 + int(random.integers(0, 2 + len(inside) // 8)))
            opened[random.choice(inside, size, replace=False)] = False
            opened = self.filled(opened, random)
            if self.columns.allows(opened):
                self.keep(self.improve(opened))
            watch.report(objective=self.total)
