"""p-median: the least sum of weight × time, with Lagrangian bounds and HiGHS on what they leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.highs import solved
from geo.siting.p_median.branching import Branching
from geo.siting.p_median.radius_model import kth_nearest, radius_model
from geo.siting.watch import Watch

__all__ = ["least_total"]

# Up to so many sites, branch and bound is quicker than the integer model: few sites leave a wide
# gap between the relaxation and the optimum, and shallow trees. 5 of 200 sites: 0.6 s, 25 s.
_FEW = 24


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
class _Search:
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


def least_total(
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Open columns so that Σ weight × time to the nearest (or k-th nearest) is least.

    Parameters
    ----------
    time : float64 (points, columns)

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        No choice has a lower sum.

    None where no choice meets the conditions.
    """
    use = weight > 0
    w = weight[use]
    cost = np.ascontiguousarray((time[np.ix_(use, columns.free)] * w[:, None]).T)
    if at_least > 1:
        return kth_nearest(time[use], w, columns, at_least, watch)
    base = np.full(len(w), np.inf)
    if len(columns.fixed):
        base = time[np.ix_(use, columns.fixed)].min(axis=1) * w
    search = _Search(cost, base, columns)
    search.start()
    watch.report(objective=search.total if search.opened is not None else None)
    if columns.plain and not columns.limit and not len(columns.fixed):
        return None
    dual = _Dual(cost, base, columns, search, whole=_whole(cost, base))
    dual.ascend(watch, rounds=60 if fast else 600)
    if not fast and not dual.closed:
        search.iterate(watch, rounds=300, seconds=0.15 * watch.left_s, bound=dual.best_possible)
        dual.ascend(watch, rounds=600)
    if not fast and not dual.closed and columns.plain and columns.limit <= _FEW:
        _branched(dual, watch)
    bound = dual.best_possible
    if (not fast and not dual.closed) or search.opened is None:
        status, found = _reduced_mip(dual, watch)
        if search.opened is None and status == "infeasible":
            return None
        bound = max(bound, min(found, search.total))
    if search.opened is None:
        return np.zeros(0, np.int64), bound
    return columns.free[search.opened], min(bound, search.total)


def _whole(cost: NDArray[np.float64], base: NDArray[np.float64]) -> bool:
    """Whether all totals are whole numbers, so that bounds may be rounded up."""
    finite = base[np.isfinite(base)]
    return bool((cost == np.rint(cost)).all() and (finite == np.rint(finite)).all())


class _Dual:
    """Lagrangian bounds: each point pays `u`, each column serves whom it serves for less."""

    def __init__(
        self,
        cost: NDArray[np.float64],
        base: NDArray[np.float64],
        columns: Columns,
        search: _Search,
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
        _, value, opened = self.evaluate(self.best_u)
        goal = self.search.total - (1.0 - 1e-6 if self.whole else 0.0)
        goal += 1e-9 * abs(goal)
        may = np.ones(len(value), np.bool_)
        must = np.zeros(len(value), np.bool_)
        inside = np.zeros(len(value), np.bool_)
        inside[opened] = True
        if not math.isfinite(goal):
            return may, must
        last = value[opened[-1]] if len(opened) == limit and limit else 0.0
        may = inside | (self.bound + value - last <= goal)
        next_value = value[~inside].min(initial=0.0)
        must = inside & (self.bound - value + min(next_value, 0.0) > goal)
        return may, must


def _branched(dual: _Dual, watch: Watch) -> None:
    """Branch and bound on the columns that are left; raises the bound of `dual`."""
    search = dual.search
    may, _ = dual.fixed()
    left = np.flatnonzero(may)
    tree = Branching(dual.cost[left], dual.base, dual.columns.limit, whole=dual.whole)
    tree.run(dual.best_u, search.total, watch, seconds=0.7 * watch.left_s)
    if tree.opened is not None:
        opened = np.zeros(len(may), np.bool_)
        opened[left[tree.opened]] = True
        search.keep(opened)
    dual.bound = max(dual.bound, min(tree.bound, search.total))


def _reduced_mip(dual: _Dual, watch: Watch) -> tuple[str, float]:
    """Solve what the Lagrangian bounds leave; improves the choice of the search."""
    search = dual.search
    may, must = dual.fixed()
    if search.opened is not None:
        may |= search.opened
    most = np.full(len(dual.base), np.inf)
    slack = search.total - dual.bound
    if math.isfinite(slack) and dual.columns.plain:
        # Serving a point for more than u + slack raises the bound above what is known.
        most = dual.best_u + slack * (1 + 1e-9) + 1e-9
    model, position, z_levels, constant = radius_model(
        dual.cost, dual.base, dual.columns, may, must, most
    )
    start = None
    if search.opened is not None:
        opened = search.opened[position].astype(np.float64)
        start = np.concatenate([opened, z_levels.values(search.opened)])
    gap = (1.0 - 1e-4) if dual.whole else 0.0
    outcome = solved(model, watch, start=start, offset=constant, gap=gap)
    if outcome.status == "infeasible":
        return "infeasible", search.total
    if outcome.x is not None:
        opened_now = np.zeros(len(may), np.bool_)
        opened_now[position] = outcome.x[: len(position)] > 0.5
        search.keep(opened_now)
    bound = outcome.bound + constant
    if dual.whole and math.isfinite(bound):
        bound = math.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3))
    if outcome.status == "optimal":
        bound = max(bound, search.total)
    return outcome.status, bound
