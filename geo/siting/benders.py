"""Bounds for large coverage problems by Benders cuts (Cordeau, Furini and Ljubić 2019)."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from geo.siting.columns import Columns
from geo.siting.coverage_sets import CoverClasses
from geo.siting.greedy import CoverSearch
from geo.siting.highs import quiet_solver
from geo.siting.watch import Watch

__all__ = ["bounded"]


@numba.njit(cache=True, nogil=True)
def _cut(y, first, column, weight, group, groups, free):  # type: ignore[no-untyped-def]
    """Tangents at `y` of the covered weight of each group: constants, slopes, values."""
    constant = np.zeros(groups)
    slope = np.zeros((groups, free))
    value = np.zeros(groups)
    for c in range(len(weight)):
        reached = 0.0
        for at in range(first[c], first[c + 1]):
            reached += y[column[at]]
        g = group[c]
        if reached >= 1.0:
            constant[g] += weight[c]
            value[g] += weight[c]
        else:
            value[g] += weight[c] * reached
            for at in range(first[c], first[c + 1]):
                slope[g, column[at]] += weight[c]
    return constant, slope, value


def bounded(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    search: CoverSearch,
    watch: Watch,
    *,
    seconds: float,
    groups: int = 64,
    tolerance: float = 2e-4,
) -> tuple[float, NDArray[np.bool_]]:
    """Bound the weight that any choice covers, by cuts in the space of the columns alone.

    Parameters
    ----------
    seconds : float
        Time for this.
    groups : int
        Parts of the weight with cuts of their own. More of them need fewer rounds, and each round
        takes longer.
    tolerance : float
        Stop when the bound is that close to the relaxation, relative.

    Returns
    -------
    bound : float
        Every solution of a master problem bounds the covered weight from above; this is the
        lowest of them. The choice in `search` is improved from rounded solutions.
    possible : bool (free)
        Columns that may be open in a better choice than the best of `search`.
    """
    import highspy

    free = len(columns.free)
    high = keep.astype(np.float64)
    master = quiet_solver()
    _add_columns(master, high, classes, groups)
    _add_conditions(master, columns)
    group = _groups(classes, free, groups)
    inner = search.best.astype(np.float64) if search.best is not None else high * 0
    bound, lower = search.bound, search.best_weight
    scale = 1.0 / max(float(classes.weight.max()), 1e-300)
    ends = watch.seconds + seconds
    possible = keep.copy()
    while not watch.over and watch.seconds < ends:
        left_s = max(0.01, min(watch.left_s, ends - watch.seconds))
        master.setOptionValue("time_limit", master.getRunTime() + left_s)
        master.run()
        if master.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        solution = np.asarray(master.getSolution().col_value)
        outer, estimate = solution[:free], solution[free:] / scale
        bound = min(bound, float(estimate.sum()))
        reduced = np.asarray(master.getSolution().col_dual)[:free] / scale
        hopeless = float(estimate.sum()) - reduced < search.best_weight * (1 - 1e-9)
        possible &= ~hopeless | (outer > 1e-9)
        watch.report(bound=classes.covered + bound)
        if bound - lower <= tolerance * bound or bound <= search.best_weight * (1 + 1e-9):
            break
        added = False
        # The cut is taken between the master's solution and the best fractional one (in-out);
        # where it does not cut off the master's solution, at that solution itself.
        for at in (0.6 * inner + 0.4 * outer, outer):
            constant, slope, value = _cut(
                at, classes.first, classes.column, classes.weight, group, groups, free
            )
            if value.sum() > lower:
                inner, lower = at, float(value.sum())
            for g in range(groups):
                if constant[g] + slope[g] @ outer < estimate[g] * (1 - 1e-9):
                    _add_row(master, g, free, constant[g] * scale, slope[g] * scale)
                    added = True
            if added:
                break
        if not added:
            break
        _rounded(outer, columns, search)
    if search.best is not None:
        possible |= search.best
    return bound, possible


def _groups(classes: CoverClasses, free: int, groups: int) -> NDArray[np.int64]:
    """Groups of equal weight whose classes are near each other, so that cuts have few entries.

    Columns are put in an order in which those with common classes are neighbours (reverse
    Cuthill-McKee); a class stands where its middle column stands.
    """
    ones = np.ones(len(classes.of_column), np.float32)
    shape = (free, len(classes.weight))
    matrix = sparse.csr_array((ones, classes.of_column, classes.of_column_first), shape=shape)
    order = reverse_cuthill_mckee(sparse.csr_matrix(matrix @ matrix.T), symmetric_mode=True)
    rank = np.empty(free)
    rank[order] = np.arange(free)
    place = np.add.reduceat(rank[classes.column], classes.first[:-1]) / classes.sizes
    by_place = np.argsort(place, kind="stable")
    share = np.cumsum(classes.weight[by_place]) / classes.weight.sum()
    group = np.empty(len(place), np.int64)
    group[by_place] = np.minimum((share * groups).astype(np.int64), groups - 1)
    return group


def _add_columns(
    master: Any, high: NDArray[np.float64], classes: CoverClasses, groups: int
) -> None:
    free = len(high)
    total = float(classes.weight.sum()) / max(float(classes.weight.max()), 1e-300)
    none = np.zeros(0, np.int32)
    cost = np.concatenate([np.zeros(free), -np.ones(groups)])
    upper = np.concatenate([high, np.full(groups, total)])
    count = free + groups
    master.addCols(count, cost, np.zeros(count), upper, 0, none, none, np.zeros(0))


def _add_conditions(master: Any, columns: Columns) -> None:
    for members, amounts, least, most in columns.rows():
        master.addRow(least, most, len(members), members.astype(np.int32), amounts)


def _add_row(
    master: Any, group: int, free: int, constant: float, slope: NDArray[np.float64]
) -> None:
    used = np.flatnonzero(slope).astype(np.int32)
    index = np.append(used, np.int32(free + group)).astype(np.int32)
    master.addRow(-np.inf, constant, len(index), index, np.append(-slope[used], 1.0))


def _rounded(y: NDArray[np.float64], columns: Columns, search: CoverSearch) -> None:
    """Try the columns with the highest values as a choice."""
    opened = np.zeros(len(y), np.bool_)
    opened[np.argsort(-y, kind="stable")[: columns.limit]] = True
    before = search.best_weight
    if search.take(opened) and search.best_weight > before:
        search.swap()
