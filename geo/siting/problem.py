"""A siting problem with all its conditions, as the solvers take it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.base.errors import QuestionError
from geo.siting.columns import Columns
from geo.siting.coverage_sets import Pairs, covered_points

__all__ = ["Problem"]


@dataclass(frozen=True)
class Problem:
    """A siting problem with all conditions; see `solve_matrix` for the others.

    Attributes
    ----------
    time : float64 (demand, columns), optional
        For p-median and p-center, and for coverage where there are no `pairs`.
    pairs : Pairs, optional
        The points within the limit of every column, for coverage.
    movable : int64
        Existing columns that may close.
    moves : int
        How many of them; as many candidates may open beyond `sites`.
    unit : int64 (columns), optional
        Each unit that is not -1 and holds a column that may be open must hold an open one.
    """

    method: str
    weight: NDArray[np.float64]
    time: NDArray[np.float64] | None = None
    pairs: Pairs | None = None
    sites: int | None = None
    target: float | None = None
    limit: float | None = None
    existing: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    must: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    forbidden: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    cost: NDArray[np.float64] | None = None
    budget: float | None = None
    at_least: int = 1
    movable: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    moves: int = 0
    unit: NDArray[np.int64] | None = None
    fast: bool = False

    @property
    def count(self) -> int:
        """Number of columns."""
        if self.time is not None:
            return int(self.time.shape[1])
        return 0 if self.pairs is None else len(self.pairs.first) - 1

    @property
    def covers(self) -> bool:
        """Whether the method counts covered weight."""
        return self.method in ("mclp", "lscp")

    def pairs_within(self) -> Pairs:
        """The points within the limit of every column."""
        if self.pairs is not None:
            return self.pairs
        if self.time is None or self.limit is None:
            raise QuestionError("siting_argument", argument="limit", reason="missing")
        return Pairs.of_matrix(self.time, self.limit)

    @property
    def total_weight(self) -> float:
        """Weight of all demand."""
        return math.fsum(self.weight.tolist())

    def objective(self, opened: NDArray[np.int64], new: NDArray[np.int64]) -> float:
        """The exact objective of the open columns, of which some are new."""
        if self.method == "lscp":
            return math.fsum(self.price()[new].tolist())
        if self.method == "mclp":
            covered = covered_points(self.pairs_within(), opened, self.at_least)
            return math.fsum(self.weight[covered].tolist())
        assert self.time is not None
        use = self.weight > 0
        if not use.any():
            return 0.0
        times = self.time[np.ix_(use, opened)]
        if self.at_least == 1:
            nearest = times.min(axis=1)
        else:
            nearest = np.partition(times, self.at_least - 1, axis=1)[:, self.at_least - 1]
        if self.method == "p-center":
            return float(nearest.max())
        return math.fsum((nearest * self.weight[use]).tolist())

    def price(self) -> NDArray[np.float64]:
        """What lscp adds up for each column."""
        price = np.ones(self.count) if self.cost is None else self.cost.copy()
        price[self.existing] = 0.0
        return price

    def columns(self) -> Columns | None:
        """The conditions of the solvers; None where the columns that must open break them."""
        none_movable = np.zeros(self.count, np.bool_)
        none_movable[self.movable] = True
        cost = np.zeros(self.count) if self.cost is None else self.cost.copy()
        cost[self.existing] = 0.0
        fixed = np.union1d(np.setdiff1d(self.existing, self.movable), self.must)
        closed = np.union1d(self.forbidden, fixed)
        free = np.setdiff1d(np.arange(self.count), closed)
        budget = math.inf
        if self.budget is not None:
            budget = self.budget - float(cost[self.must].sum())
        limit = len(free)
        if self.sites is not None:
            limit = min(limit, self.sites - len(self.must) + len(self.movable))
        if budget < -1e-9 * max(1.0, abs(self.budget or 0.0)) or limit < 0:
            return None
        unit = np.full(self.count, -1, np.int64) if self.unit is None else self.unit
        held = np.unique(unit[fixed])
        needed = np.setdiff1d(np.unique(unit[free]), np.append(held, -1))
        return Columns(
            count=self.count,
            fixed=fixed,
            free=free,
            movable=none_movable,
            limit=limit,
            moves=self.moves,
            cost=cost,
            budget=max(budget, 0.0),
            unit=unit,
            needed=needed,
        )
