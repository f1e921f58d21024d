"""Which columns of a siting problem may open: number, budget, units, and sites that may move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns"]


@dataclass(frozen=True)
class Columns:
    """The columns (candidates and existing sites) and the conditions on those that open.

    Attributes
    ----------
    count : int
    fixed : int64
        Columns that are open in any case: existing sites that stay, and candidates that must open.
    free : int64
        Columns that the solver decides about, ascending; movable sites are among them.
    movable : bool (count)
        Existing sites that may close.
    limit : int
        How many of `free` may be open, movable sites included.
    moves : int
        How many movable sites may close.
    cost : float64 (count)
        Of opening; 0 for existing sites.
    budget : float
        For the open columns of `free`; infinite where there is none.
    unit : int64 (count)
        Group of each column, -1 for none.
    needed : int64
        Groups in which at least one column of `free` must be open.
    """

    count: int
    fixed: NDArray[np.int64]
    free: NDArray[np.int64]
    movable: NDArray[np.bool_]
    limit: int
    moves: int
    cost: NDArray[np.float64]
    budget: float
    unit: NDArray[np.int64]
    needed: NDArray[np.int64]

    @cached_property
    def plain(self) -> bool:
        """Whether the number of open columns is the only condition."""
        return not len(self.needed) and not self.movable.any() and np.isinf(self.budget)

    @cached_property
    def required(self) -> NDArray[np.bool_]:
        """Whether a group needs an open column, bool (groups, and one for none at the end)."""
        required = np.zeros(int(self.unit.max(initial=-1)) + 2, np.bool_)
        required[self.needed] = True
        return required

    def allows(self, opened: NDArray[np.bool_]) -> bool:
        """Whether the conditions hold; `opened` is over `free`."""
        columns = self.free[opened]
        if len(columns) > self.limit:
            return False
        if int((self.movable[self.free] & ~opened).sum()) > self.moves:
            return False
        if self.cost[columns].sum() > self.budget * (1 + 1e-9):
            return False
        return bool(np.isin(self.needed, self.unit[columns]).all())

    def rows(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64], float, float]]:
        """The conditions as linear rows over `free`: positions, values, lowest, highest."""
        everything = np.arange(len(self.free))
        rows = [(everything, np.ones(len(everything)), 0.0, float(self.limit))]
        if np.isfinite(self.budget):
            rows.append((everything, self.cost[self.free], 0.0, self.budget))
        movable = np.flatnonzero(self.movable[self.free])
        if len(movable):
            least = float(max(0, len(movable) - self.moves))
            rows.append((movable, np.ones(len(movable)), least, float(len(movable))))
        unit = self.unit[self.free]
        for group in self.needed.tolist():
            members = np.flatnonzero(unit == group)
            rows.append((members, np.ones(len(members)), 1.0, float(len(members))))
        return rows
