"""p-center: the least worst time, by binary search over the times with set covering.

Whether sites reach every point within a radius is decided on few points (Contardo, Iori and Kramer
2019): a choice for these is sought, and the points that it leaves out are added. 5 of 900 sites:
17 points instead of 900, and 0.1 s instead of 20 s.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage.model import with_conditions
from geo.siting.coverage.search import CoverSearch
from geo.siting.coverage_sets import Pairs, classes_of
from geo.siting.highs import Model, solved
from geo.siting.watch import Watch

__all__ = ["least_worst"]


def least_worst(
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Open columns so that the longest time to the nearest (or k-th nearest) is least.

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        No choice has a shorter longest time.

    None where no choice meets the conditions.
    """
    question = _Question(time[weight > 0], columns, at_least)
    radii = question.radii()
    if not len(radii):
        return None
    status, best = question.reached(float(radii[-1]), watch, fast=fast)
    if status == "no":
        return None
    # Radii before `low` are proven too short; `high` is reached.
    low, high, proven = 0, len(radii) - 1, float(radii[0])
    if best is not None:
        high = int(np.searchsorted(radii, question.worst(best)))
    unknown = status == "unknown"
    while low < high and not unknown and not watch.over:
        middle = (low + high) // 2
        status, found = question.reached(float(radii[middle]), watch, fast=fast)
        if found is not None:
            best = found
            high = min(middle, int(np.searchsorted(radii, question.worst(found))))
        elif status == "no":
            low, proven = middle + 1, float(radii[middle + 1])
        elif fast:
            low = middle + 1  # not reached by the greedy choice, which proves nothing
        else:
            unknown = True
        watch.report(float(radii[high]) if best is not None else None, proven)
    if best is None:
        return np.zeros(0, np.int64), proven
    if not unknown and not fast and low >= high:
        proven = float(radii[high])
    return columns.free[best], proven


@dataclass
class _Question:
    """Whether some choice reaches every point within a radius.

    Attributes
    ----------
    time : float64 (points, columns)
    hard : list of int
        Points that choices for the others left out; they serve for every radius.
    """

    time: NDArray[np.float64]
    columns: Columns
    at_least: int
    hard: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = self.time[:, self.columns.free]
        self.fixed = self.time[:, self.columns.fixed]

    def radii(self) -> NDArray[np.float64]:
        """The times that the longest one can be, ascending; none where columns are too few."""
        every = np.concatenate([self.free, self.fixed], axis=1)
        if every.shape[1] < self.at_least:
            return np.zeros(0)
        # No choice beats the k-th nearest of all columns.
        lowest = np.partition(every, self.at_least - 1, axis=1)[:, self.at_least - 1].max()
        return np.unique(every[every >= lowest])

    def worst(self, opened: NDArray[np.bool_]) -> float:
        """The longest time of a choice."""
        times = np.concatenate([self.free[:, opened], self.fixed], axis=1)
        return float(np.partition(times, self.at_least - 1, axis=1)[:, self.at_least - 1].max())

    def reached(
        self, radius: float, watch: Watch, *, fast: bool
    ) -> tuple[str, NDArray[np.bool_] | None]:
        """Whether some choice reaches all: "yes" (with the choice), "no" or "unknown"."""
        need = self.at_least - (self.fixed <= radius).sum(axis=1)
        rows = np.flatnonzero(need > 0)
        within = self.free[rows] <= radius
        need, sizes = need[rows], within.sum(axis=1)
        if (sizes < need).any():
            return "no", None
        search = self._search(radius, rows, sizes)
        search.greedy()
        search.swap()
        if self._covers(search, within, need):
            return "yes", search.best
        if fast:
            return "unknown", None
        of_row = np.full(len(self.time), -1, np.int64)
        of_row[rows] = np.arange(len(rows))
        chosen = of_row[self.hard][of_row[self.hard] >= 0].tolist()
        chosen = self._spread(rows, chosen)
        while not watch.over:
            status, opened = self._on_rows(within[chosen], need[chosen], watch)
            if opened is None:
                return status, None
            search.best_weight = -np.inf  # improve this choice, not the best of all
            search.take(opened)
            search.swap()
            for choice in (opened, search.best):
                if choice is not None and (within[:, choice].sum(axis=1) >= need).all():
                    return "yes", choice
            # A few, or where these do not settle it, a part of what there is: so rounds stay few.
            wanted = max(2, self.columns.limit // 2, len(chosen) // 5)
            added = self._left_out(rows, within, need, opened, wanted)
            self.hard += rows[added].tolist()
            chosen += added
        return "unknown", None

    def _search(
        self, radius: float, rows: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> CoverSearch:
        """Search for a covering choice; points with few columns weigh more."""
        weight = np.zeros(len(self.time))
        weight[rows] = 1.0 / sizes
        pairs = Pairs.of_matrix(self.time, radius)
        return CoverSearch(classes_of(pairs, weight, self.columns, self.at_least), self.columns)

    @staticmethod
    def _covers(search: CoverSearch, within: NDArray[np.bool_], need: NDArray[np.int64]) -> bool:
        if search.best is None:
            return False
        return bool((within[:, search.best].sum(axis=1) >= need).all())

    def _spread(self, rows: NDArray[np.int64], chosen: list[int]) -> list[int]:
        """At least twice as many points as sites: always the one farthest from the others.

        Two points are as near as the least sum of their times to one column.
        """
        wanted = min(len(rows), 2 * self.columns.limit + 5)
        chosen = list(chosen)
        if len(chosen) >= wanted:
            return chosen
        free = self.free[rows]
        if not chosen:
            chosen.append(int(free.min(axis=1).argmax()))
        gap = np.full(len(rows), np.inf)
        for k in range(wanted):
            if k >= len(chosen):
                chosen.append(int(gap.argmax()))
            gap = np.minimum(gap, (free + free[chosen[k]]).min(axis=1))
            gap[chosen[k]] = -np.inf
        return chosen

    def _left_out(
        self,
        rows: NDArray[np.int64],
        within: NDArray[np.bool_],
        need: NDArray[np.int64],
        opened: NDArray[np.bool_],
        wanted: int,
    ) -> list[int]:
        """So many of the points that a choice leaves out.

        The farthest come first; of these, those without common columns.
        """
        left = np.flatnonzero(within[:, opened].sum(axis=1) < need)
        time = self.free[rows[left]][:, opened].min(axis=1, initial=np.inf)
        apart: list[int] = []
        others: list[int] = []
        taken = np.zeros(within.shape[1], np.bool_)
        for i in left[np.argsort(-time, kind="stable")].tolist():
            if (within[i] & taken).any():
                others.append(i)
            else:
                apart.append(i)
                taken |= within[i]
        return (apart + others)[:wanted]

    def _on_rows(
        self, within: NDArray[np.bool_], need: NDArray[np.int64], watch: Watch
    ) -> tuple[str, NDArray[np.bool_] | None]:
        """A choice that reaches these points, by HiGHS."""
        keep = np.ones(within.shape[1], np.bool_)
        if self.at_least == 1:
            within = within[_needed_rows(within)]
            need = np.ones(len(within), np.int64)
            if self.columns.plain:
                keep = _needed_columns(within)
        position = np.flatnonzero(keep)
        number = np.full(len(keep), -1, np.int64)
        number[position] = np.arange(len(position))
        row, column = np.nonzero(within[:, keep])
        sizes = np.bincount(row, minlength=len(within))
        count = len(position)
        model = Model(
            cost=np.ones(count),
            high=np.ones(count),
            integer=np.ones(count, np.bool_),
            first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            index=column.astype(np.int64),
            value=np.ones(len(column)),
            row_low=need.astype(np.float64),
            row_high=np.full(len(within), np.inf),
        )
        # Any choice will do, so the search stops at the first one that meets the conditions.
        limit = float(self.columns.limit)
        outcome = solved(
            with_conditions(model, self.columns, number), watch, target=limit, quiet=True
        )
        if outcome.x is not None:
            opened = np.zeros(len(keep), np.bool_)
            opened[position] = outcome.x[:count] > 0.5
            return "yes", opened
        return ("no" if outcome.status == "infeasible" else "unknown"), None


def _needed_rows(within: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Points whose columns hold no other point's: covering these covers all."""
    _, first = np.unique(np.packbits(within, axis=1), axis=0, return_index=True)
    first = np.sort(first)
    ones = within[first].astype(np.float32)
    sizes = ones.sum(axis=1)
    holds = (ones @ ones.T) >= sizes[None, :]  # row a holds all columns of row b
    np.fill_diagonal(holds, False)
    needed: NDArray[np.int64] = first[~holds.any(axis=1)]
    return needed


def _needed_columns(within: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Columns that no other column replaces; of equal ones the first."""
    ones = within.T.astype(np.float32)
    sizes = ones.sum(axis=1)
    common = ones @ ones.T
    inside = common >= sizes[:, None]  # column a reaches nothing that b does not
    equal = inside & inside.T
    earlier = np.tri(len(ones), k=-1, dtype=np.bool_)  # b < a
    replaced = (inside & ~equal) | (equal & earlier)
    np.fill_diagonal(replaced, False)
    keep: NDArray[np.bool_] = ~replaced.any(axis=1) & (sizes > 0)
    return keep
