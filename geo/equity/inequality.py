"""Measures of inequality and of shortfall for weighted travel times (rule 26).

They are written here because PySAL's `inequality` (1.1) takes no weights and has neither the Palma
ratio, nor the concentration index, nor the Foster-Greer-Thorbecke measures. The tests compare them
with published values.

All functions take the values of demand points and their weights. Points of weight 0 change
nothing. Where a measure is not defined it is NaN. The order of the points changes no more than the
last bits; points that are in the order of their times already are handled fastest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.base.exact import exact_sum

__all__ = ["Lorenz", "concentration", "fgt", "lorenz", "mean"]

Floats = NDArray[np.float64]
_NAN = float("nan")
# The Palma ratio compares the slowest tenth with the quickest four tenths.
_QUICKEST, _SLOWEST = 0.4, 0.1
_TRACE = 1e-12


@dataclass(frozen=True)
class Lorenz:
    """The Lorenz curve of travel times, from the quickest people to the slowest.

    Attributes
    ----------
    people : float64 (n + 1)
        Cumulative share of the people, from 0 to 1.
    time : float64 (n + 1)
        Share of all their travel time, from 0 to 1. It is empty, like `people`, if nobody travels
        or all times are 0.
    """

    people: Floats
    time: Floats

    def at(self, share: float) -> float:
        """The share of all travel time of the quickest `share` (0-1) of the people.

        A demand point at the boundary is divided.
        """
        return float(np.interp(share, self.people, self.time)) if len(self.people) else _NAN

    @property
    def gini(self) -> float:
        """The Gini index: twice the area between the curve and the line of equal times."""
        if not len(self.people):
            return _NAN
        widths, heights = np.diff(self.people), self.time[1:] + self.time[:-1]
        return 1.0 - float(np.sum(widths * heights))

    @property
    def palma(self) -> float:
        """The time of the slowest tenth divided by that of the quickest four tenths.

        Equal times give 0.25. It is NaN if the quickest four tenths need no time.
        """
        quickest = self.at(_QUICKEST)
        # Shares are rounded: where the quickest four tenths need no time, a trace may be left.
        return (1.0 - self.at(1.0 - _SLOWEST)) / quickest if quickest > _TRACE else _NAN


def lorenz(time: Floats, weight: Floats) -> Lorenz:
    """Compute the Lorenz curve.

    Parameters
    ----------
    time : float64 (n)
        At least 0, in any unit.
    weight : float64 (n)

    Examples
    --------
    >>> curve = lorenz(np.array([10.0, 30.0]), np.array([1.0, 1.0]))
    >>> curve.people.tolist(), curve.time.tolist(), curve.gini
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0], 0.25)
    """
    order = np.argsort(time, kind="stable")
    order = order[weight[order] > 0]
    people, times = np.cumsum(weight[order]), np.cumsum(weight[order] * time[order])
    if not len(people) or times[-1] <= 0:
        return Lorenz(np.empty(0), np.empty(0))
    start = np.zeros(1)
    return Lorenz(
        np.concatenate([start, people / people[-1]]), np.concatenate([start, times / times[-1]])
    )


def mean(value: Floats, weight: Floats) -> float:
    """The weighted mean; NaN without weight."""
    total = exact_sum(weight)
    return exact_sum(weight * value) / total if total > 0 else _NAN


def concentration(time: Floats, weight: Floats, rank: Floats) -> float:
    """The concentration index of travel times over people ordered by a rank.

    It is twice the covariance of time and fractional rank, divided by the mean time: -1 to 1,
    negative where people of low rank travel longer, 0 without a difference. People of equal rank
    share the mean of their fractional ranks. People without a rank are left out.

    Parameters
    ----------
    time, weight : float64 (n)
    rank : float64 (n)
        For example income; NaN if unknown.
    """
    known = ~np.isnan(rank) & (weight > 0)
    time, weight, rank = time[known], weight[known], rank[known]
    order = np.argsort(rank, kind="stable")
    time, weight, rank = time[order], weight[order], rank[order]
    product = weight * time
    total, times = float(np.sum(weight)), float(np.sum(product))
    if total <= 0 or times <= 0:
        return _NAN
    first = np.flatnonzero(np.concatenate([[True], rank[1:] != rank[:-1]]))
    after = np.concatenate([[0.0], np.cumsum(np.add.reduceat(weight, first))])
    fractional = (after[1:] + after[:-1]) / 2 / total
    same = np.repeat(fractional, np.diff(np.append(first, len(rank))))
    return 2.0 * float(np.sum(product * same)) / times - 1.0


def fgt(time: Floats, weight: Floats, limit: float, power: int) -> float:
    """The Foster-Greer-Thorbecke measure with the limit as the poverty line.

    It is the mean of ((time - limit) / limit) to a power, where people within the limit count 0.

    Parameters
    ----------
    time, weight : float64 (n)
    limit : float
        Above 0, in the unit of `time`.
    power : int
        1: how far beyond the limit people are on average. 2: the same, with more weight on those
        who are far.

    Examples
    --------
    >>> fgt(np.array([10.0, 30.0]), np.array([3.0, 1.0]), 15.0, 1)
    0.25
    """
    total = float(np.sum(weight))
    if total <= 0:
        return _NAN
    beyond = np.maximum(time - limit, 0.0) / limit
    return float(np.sum(weight * beyond**power)) / total
