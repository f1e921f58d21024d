"""The relaxed model of maximal coverage: a bound, and fractions that guide the search.

Primal-dual hybrid gradient with restarts (Chambolle and Pock 2011; Applegate and others 2021).
Every iterate proves a bound. 27,000 points × 2,000 candidates: within 0.1 % of the relaxation after
1 s, where interior point takes 11 s and Benders cuts 36 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage_sets import CoverClasses
from geo.siting.watch import Watch

__all__ = ["Relaxation"]

_BLOCK = 40  # rounds between two looks at the bound


# The compiled functions stand in one file: a changed callee elsewhere leaves stale cached code.


@numba.njit(cache=True, nogil=True)
def _projected(moved, step, limit, high, out):  # type: ignore[no-untyped-def]
    """The point of {0 ≤ y ≤ high, Σ y ≤ limit} next to `moved`, distances weighted by 1 ÷ step."""
    total, most = 0.0, 0.0
    for j in range(len(moved)):
        out[j] = min(max(moved[j], 0.0), high[j])
        total += out[j]
        if step[j] > 0.0:
            most = max(most, moved[j] / step[j])
    if total <= limit:
        return
    least = 0.0
    for _ in range(50):
        middle = 0.5 * (least + most)
        total = 0.0
        for j in range(len(moved)):
            total += min(max(moved[j] - middle * step[j], 0.0), high[j])
        if total > limit:
            least = middle
        else:
            most = middle
    for j in range(len(moved)):
        out[j] = min(max(moved[j] - most * step[j], 0.0), high[j])


@numba.njit(cache=True, nogil=True)
def _values(first, column, amount, v, row_first, row_column, row_value, scale, rows, out):  # type: ignore[no-untyped-def]
    """What opening each column earns: its classes' multipliers less those of the conditions."""
    out[:] = 0.0
    for c in range(len(v)):
        x = amount[c] * v[c]
        if x > 0.0:
            for at in range(first[c], first[c + 1]):
                out[column[at]] += x
    for g in range(len(rows)):
        if rows[g] > 0.0:
            for at in range(row_first[g], row_first[g + 1]):
                out[row_column[at]] -= scale * rows[g] * row_value[at]


@numba.njit(cache=True, nogil=True)
def _bound(weight, v, value, high, limit, row_most, scale, rows):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(len(weight)):
        total += weight[c] * (1.0 - v[c])
    for g in range(len(rows)):
        total += scale * rows[g] * row_most[g]
    ordered = np.sort(value * high)[::-1]
    for k in range(min(limit, len(ordered))):
        if ordered[k] <= 0.0:
            break
        total += ordered[k]
    return total


@numba.njit(cache=True, nogil=True)
def _covered(weight, need, first, column, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for c in range(len(weight)):
        reached = 0.0
        for at in range(first[c], first[c + 1]):
            reached += y[column[at]]
        total += weight[c] * min(1.0, reached / need[c])
    return total


@numba.njit(cache=True, nogil=True)
def _advance(  # type: ignore[no-untyped-def]
    weight, need, first, column, high, limit, step,
    row_first, row_column, row_value, row_most, row_size, scale,
    y, v, rows, y_sum, v_sum, rows_sum, omega, rounds,
):  # fmt: skip
    """Some rounds from (y, v, rows), which are changed; the sums follow for the averages."""
    amount = weight / need
    value = np.empty(len(y))
    moved = np.empty(len(y))
    new = np.empty(len(y))
    _values(first, column, amount, v, row_first, row_column, row_value, scale, rows, value)
    for _ in range(rounds):
        for j in range(len(y)):
            moved[j] = y[j] + omega * step[j] * value[j]
        _projected(moved, step, limit, high, new)
        for j in range(len(y)):
            moved[j] = 2.0 * new[j] - y[j]
            y[j] = new[j]
            y_sum[j] += new[j]
        value[:] = 0.0
        for c in range(len(v)):
            reached = 0.0
            for at in range(first[c], first[c + 1]):
                reached += moved[column[at]]
            size = first[c + 1] - first[c]
            x = v[c] - (reached - need[c]) / (omega * size)
            x = min(max(x, 0.0), 1.0)
            v[c] = x
            v_sum[c] += x
            if x > 0.0:
                x *= amount[c]
                for at in range(first[c], first[c + 1]):
                    value[column[at]] += x
        for g in range(len(rows)):
            used = -row_most[g]
            for at in range(row_first[g], row_first[g + 1]):
                used += row_value[at] * moved[row_column[at]]
            rows[g] = max(0.0, rows[g] + used / (omega * row_size[g]))
            rows_sum[g] += rows[g]
            if rows[g] > 0.0:
                for at in range(row_first[g], row_first[g + 1]):
                    value[row_column[at]] -= scale * rows[g] * row_value[at]


@dataclass
class _Point:
    """Fractions of the columns, multipliers of the classes (0-1) and of the conditions."""

    y: NDArray[np.float64]
    v: NDArray[np.float64]
    rows: NDArray[np.float64]

    def copy(self) -> _Point:
        return _Point(self.y.copy(), self.v.copy(), self.rows.copy())


class Relaxation:
    """The relaxed model, solved step by step.

    Parameters
    ----------
    classes : CoverClasses
    columns : Columns
    keep : bool (free)
        Columns that may open.
    opened : bool (free), optional
        A choice to start from.

    Attributes
    ----------
    bound : float
        No choice covers more weight of the classes.
    y : float64 (free)
        How far each column is open in the best solution found.
    value : float64 (free)
        What each column earns at the multipliers that prove `bound`.
    """

    def __init__(
        self,
        classes: CoverClasses,
        columns: Columns,
        keep: NDArray[np.bool_],
        opened: NDArray[np.bool_] | None,
    ) -> None:
        self._classes, self._columns = classes, columns
        self._weight = classes.weight
        self._need = classes.need.astype(np.float64)
        self._high = keep.astype(np.float64)
        self._limit = columns.limit
        amount = self._weight / self._need
        own = np.bincount(
            classes.column, weights=np.repeat(amount, classes.sizes), minlength=len(keep)
        )
        self._scale = max(float(own.mean()), 1e-300) if len(own) else 1.0
        self._rows(columns)
        size = np.bincount(self._row_column, weights=np.abs(self._row_value), minlength=len(keep))
        weight = own + self._scale * size
        self._step = np.where(weight > 0, 1.0 / np.where(weight > 0, weight, 1.0), 0.0)
        even = min(1.0, self._limit / max(1, int(keep.sum()))) * self._high
        self._at = _Point(even, np.full(len(self._weight), 0.5), np.zeros(len(self._row_most)))
        if opened is not None:
            self._at.y = 0.5 * (even + opened)
            lacking = 1.0 - classes.reached(opened) / self._need
            self._at.v = 0.25 + 0.5 * np.clip(lacking, 0.0, 1.0)
        self._omega = 0.5
        self.y, self.covered = self._at.y, -np.inf
        self.bound, self.value = np.inf, np.zeros(len(keep))
        self._last = np.inf

    def _rows(self, columns: Columns) -> None:
        """The conditions but for the number, as rows ``value @ y <= most``, scaled."""
        first, index, value, most = [0], [np.zeros(0, np.int64)], [np.zeros(0)], []
        for members, amounts, least, highest in columns.rows()[1:]:
            for sign, end in ((1.0, highest), (-1.0, -least)):
                slack = float((np.maximum(sign * amounts, 0.0)).sum())
                if not len(members) or slack <= end:  # holds in any case
                    continue
                scale = float(np.abs(amounts).max(initial=0.0))
                index.append(members)
                value.append(sign * amounts / scale)
                most.append(end / scale)
                first.append(first[-1] + len(members))
        self._row_first = np.array(first, np.int64)
        self._row_column = np.concatenate(index).astype(np.int64)
        self._row_value = np.concatenate(value)
        self._row_most = np.array(most, np.float64)
        sums = np.add.reduceat(np.append(np.abs(self._row_value), 0.0), self._row_first[:-1])
        self._row_size = np.maximum(sums, 1e-12) if len(most) else np.zeros(0)

    def advance(
        self, watch: Watch, *, rounds: int, seconds: float, tolerance: float, enough: float
    ) -> None:
        """Lower the bound.

        Parameters
        ----------
        tolerance : float
            Relative distance from the relaxation at which to stop.
        enough : float
            Stop when the bound is no higher.
        """
        ends = watch.seconds + seconds
        self._restart(self._at.copy())
        done = since = 0
        first_gap = gap_before = np.inf
        while done < rounds and not watch.over and watch.seconds < ends:
            self._block()
            done, since = done + _BLOCK, since + _BLOCK
            mean = _Point(*(part / since for part in (self._sum.y, self._sum.v, self._sum.rows)))
            gaps = [self._judged(point) for point in (self._at, mean)]
            gap = min(gaps)
            watch.report(bound=self._classes.covered + self.bound)
            if self.bound <= enough or self.bound - self.covered <= tolerance * abs(self.bound):
                return
            worse = gap < 0.8 * first_gap and gap > gap_before
            if gap < 0.3 * first_gap or worse or since > 0.4 * done:
                self._restart(mean if gaps[1] < gaps[0] else self._at)
                since, first_gap, gap_before = 0, gap, np.inf
            else:
                gap_before = gap

    def _block(self) -> None:
        at, total = self._at, self._sum
        classes = self._classes
        _advance(
            self._weight, self._need, classes.first, classes.column, self._high, self._limit,
            self._step, self._row_first, self._row_column, self._row_value, self._row_most,
            self._row_size, self._scale, at.y, at.v, at.rows, total.y, total.v, total.rows,
            self._omega, _BLOCK,
        )  # fmt: skip

    def _judged(self, point: _Point) -> float:
        """The distance between bound and covered weight of a point; keeps the best of both."""
        classes = self._classes
        value = np.empty(len(point.y))
        _values(
            classes.first, classes.column, self._weight / self._need, point.v, self._row_first,
            self._row_column, self._row_value, self._scale, point.rows, value,
        )  # fmt: skip
        bound = _bound(
            self._weight, point.v, value, self._high, self._limit, self._row_most, self._scale,
            point.rows,
        )  # fmt: skip
        if bound < self.bound:
            self.bound, self.value = float(bound), value
        covered = _covered(self._weight, self._need, classes.first, classes.column, point.y)
        if len(self._row_most):  # a penalty where conditions do not hold
            ends = self._row_first[1:]
            used = np.concatenate([[0.0], np.cumsum(self._row_value * point.y[self._row_column])])
            over = np.maximum(used[ends] - used[self._row_first[:-1]] - self._row_most, 0.0)
            covered -= 2.0 * self._scale * float(over.sum())
        if covered > self.covered:
            self.covered, self.y = float(covered), point.y.copy()
        return float(bound - covered)

    def _restart(self, point: _Point) -> None:
        """Go on from a point; the weight of the steps follows the ways that both parts went."""
        start = getattr(self, "_start", None)
        if start is not None:
            used = self._step > 0
            way_y = float((((point.y - start.y) ** 2)[used] / self._step[used]).sum())
            sizes = self._classes.sizes / self._need
            way_v = float(((point.v - start.v) ** 2 * self._weight * sizes).sum())
            way_v += self._scale * float(((point.rows - start.rows) ** 2 * self._row_size).sum())
            if way_y > 0 and way_v > 0:
                self._omega = float(np.sqrt(self._omega * np.sqrt(way_y / way_v)))
        self._at, self._start = point.copy(), point.copy()
        self._sum = _Point(*(np.zeros(len(part)) for part in (point.y, point.v, point.rows)))

    def hopeless(self, least: float) -> NDArray[np.bool_]:
        """Columns that no choice which covers at least so much opens, bool (free)."""
        free = len(self.value)
        inside = np.sort(np.where(self._high > 0, self.value, -np.inf))[::-1]
        if self._limit == 0 or free == 0:
            return np.zeros(free, np.bool_)
        last = max(0.0, float(inside[min(self._limit, free) - 1]))
        return self.bound - (last - self.value) < least
