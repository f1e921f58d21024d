"""Coverage sets made small: demand with the same candidates in reach is merged into classes."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.siting.columns import Columns

__all__ = ["CoverClasses", "Pairs", "classes_of", "covered_points", "undominated"]

# Beyond, comparing every pair of candidates costs more than it saves.
_MOST_PRODUCTS = 400_000_000


@dataclass(frozen=True)
class Pairs:
    """The demand points within the limit of every column: ``point[first[j]:first[j + 1]]``."""

    first: NDArray[np.int64]
    point: NDArray[np.int32]
    points: int

    @staticmethod
    def of_matrix(time: NDArray[np.float64], limit: float) -> Pairs:
        """Pairs of a matrix (demand, columns), limit inclusive."""
        column, point = np.nonzero(limit >= time.T)
        counts = np.bincount(column, minlength=time.shape[1])
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Pairs(first, point.astype(np.int32), time.shape[0])


@dataclass(frozen=True)
class CoverClasses:
    """Classes of demand points that the same free columns reach and that need as many of them.

    Attributes
    ----------
    weight : float64 (classes)
    need : int32 (classes)
        How many further open columns cover the class.
    first, column : int64 (classes + 1), int32
        The free columns (positions in `Columns.free`) that reach each class.
    of_column_first, of_column : int64 (free + 1), int32
        The classes that each free column reaches.
    covered : float
        Weight that the fixed columns cover.
    coverable : float
        Weight that can be covered at most, `covered` included.
    """

    weight: NDArray[np.float64]
    need: NDArray[np.int32]
    first: NDArray[np.int64]
    column: NDArray[np.int32]
    of_column_first: NDArray[np.int64]
    of_column: NDArray[np.int32]
    covered: float
    coverable: float

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of free columns that reach each class."""
        return np.diff(self.first)

    def weight_of(self, opened: NDArray[np.bool_]) -> float:
        """Weight covered in the classes when these free columns are open."""
        return float(self.weight[self.reached(opened) >= self.need].sum())

    def reached(self, opened: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many open columns reach each class."""
        before = np.concatenate([[0], np.cumsum(opened[self.column])])
        counts: NDArray[np.int64] = before[self.first[1:]] - before[self.first[:-1]]
        return counts


@numba.njit(cache=True, nogil=True)
def _hashed(first, point, columns, code, low, high, count):  # type: ignore[no-untyped-def]
    """Add up the codes of the columns that reach each point; the sums tell the sets apart."""
    for k in range(len(columns)):
        j = columns[k]
        for at in range(first[j], first[j + 1]):
            p = point[at]
            low[p] += code[k, 0]
            high[p] += code[k, 1]
            count[p] += 1


@numba.njit(cache=True, nogil=True)
def _listed(first, point, columns, class_of, class_count):  # type: ignore[no-untyped-def]
    """The classes of every column, where `class_of` names one representative of each class."""
    starts = np.zeros(len(columns) + 1, np.int64)
    sizes = np.zeros(class_count + 1, np.int64)
    for k in range(len(columns)):
        found = 0
        for at in range(first[columns[k]], first[columns[k] + 1]):
            c = class_of[point[at]]
            if c >= 0:
                found += 1
                sizes[c + 1] += 1
        starts[k + 1] = starts[k] + found
    listed = np.empty(starts[-1], np.int32)
    class_first = np.cumsum(sizes)
    filled = class_first[:-1].copy()
    column = np.empty(starts[-1], np.int32)
    for k in range(len(columns)):
        at_list = starts[k]
        for at in range(first[columns[k]], first[columns[k] + 1]):
            c = class_of[point[at]]
            if c >= 0:
                listed[at_list] = c
                at_list += 1
                column[filled[c]] = k
                filled[c] += 1
    return starts, listed, class_first, column


def classes_of(
    pairs: Pairs, weight: NDArray[np.float64], columns: Columns, at_least: int
) -> CoverClasses:
    """Merge demand points into classes.

    100,000 points become about 2,400 classes of 100 columns; without this, little can be proven.

    Parameters
    ----------
    weight : float64 (points)
    at_least : int
        How many open columns within the limit cover a point.
    """
    have = np.zeros(pairs.points, np.int64)
    for j in columns.fixed.tolist():
        have[pairs.point[pairs.first[j] : pairs.first[j + 1]]] += 1
    need = np.maximum(at_least - have, 0)
    # Random codes, always the same: the two sums of 64 bits tell different sets apart.
    code = np.random.default_rng(20).integers(0, 2**63, (len(columns.free), 2), np.uint64)
    low, high = np.zeros(pairs.points, np.uint64), np.zeros(pairs.points, np.uint64)
    count = np.zeros(pairs.points, np.int64)
    _hashed(pairs.first, pairs.point, columns.free, code, low, high, count)
    live = np.flatnonzero((need > 0) & (count >= need) & (weight > 0))
    # Stable and by (hashes, need): classes do not depend on the machine; numbered by first point.
    order = live[np.lexsort((need[live], high[live], low[live]))]
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0) | (np.diff(need[order]) != 0)
    number = np.cumsum(new) - 1
    representative = order[new]
    class_of = np.full(pairs.points, -1, np.int32)
    class_of[representative] = np.arange(len(representative), dtype=np.int32)
    starts, listed, class_first, column = _listed(
        pairs.first, pairs.point, columns.free, class_of, len(representative)
    )
    summed = np.bincount(number, weights=weight[order], minlength=len(representative))
    covered = float(weight[need == 0].sum())
    return CoverClasses(
        weight=summed.astype(np.float64),
        need=need[representative].astype(np.int32),
        first=class_first,
        column=column,
        of_column_first=starts,
        of_column=listed,
        covered=covered,
        coverable=covered + float(weight[live].sum()),
    )


def covered_points(pairs: Pairs, opened: NDArray[np.int64], at_least: int) -> NDArray[np.bool_]:
    """Which points at least so many of these columns reach, bool (points)."""
    have = np.zeros(pairs.points, np.int64)
    for j in opened.tolist():
        have[pairs.point[pairs.first[j] : pairs.first[j + 1]]] += 1
    return have >= at_least


def undominated(classes: CoverClasses, columns: Columns, *, priced: bool) -> NDArray[np.bool_]:
    """Free columns that no other replaces at no loss, bool (free).

    A column is replaced by one that reaches all its classes, costs no more and stands in the same
    needed unit. Of equal columns the smaller one stays. Only where one open column covers.

    Parameters
    ----------
    priced : bool
        Whether costs count.
    """
    free = len(columns.free)
    keep = np.ones(free, np.bool_)
    sizes = np.diff(classes.of_column_first)
    if free < 2 or (classes.need > 1).any():
        return keep
    if float((classes.sizes.astype(np.float64) ** 2).sum()) > _MOST_PRODUCTS:
        return keep
    shape = (free, len(classes.weight))
    ones = np.ones(len(classes.of_column), np.int32)
    matrix = sparse.csr_array((ones, classes.of_column, classes.of_column_first), shape=shape)
    common = sparse.coo_array(matrix @ matrix.T)
    small, large, shared = common.coords[0], common.coords[1], common.data
    cost = columns.cost[columns.free] if priced else np.zeros(free)
    unit = columns.unit[columns.free]
    needed = columns.required[unit]
    better = (
        (small != large)
        & (shared == sizes[small])
        & (cost[large] <= cost[small])
        & (~needed[small] | (unit[small] == unit[large]))
    )
    equal = (
        (sizes[small] == sizes[large])
        & (cost[small] == cost[large])
        & (needed[small] | ~needed[large])
    )
    better &= ~equal | (large < small)
    movable = columns.movable[columns.free]
    better &= ~movable[small] & ~movable[large]
    keep[small[better]] = False
    keep[(sizes == 0) & ~needed & ~movable] = False
    return keep
