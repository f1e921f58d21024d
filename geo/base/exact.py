"""Exactly rounded sums, shares and quantiles."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "exact_sum",
    "exact_sums",
    "mean_minutes_up",
    "minutes_up",
    "share_of",
    "weighted_quantile_ms",
]


# Up to so many values, fsum is faster than looking whether they are whole.
_FEW = 200


def exact_sum(values: NDArray[np.float64]) -> float:
    """Exactly rounded sum."""
    if len(values) > _FEW and _are_whole(values):
        return float(values.sum())
    return math.fsum(values.tolist())


def _are_whole(values: NDArray[np.float64]) -> bool:
    """Whether all are whole numbers that add up to less than 2**53: no sum of them is rounded."""
    return bool(np.all(values == np.floor(values)) and np.abs(values).sum() < 2**53)


def share_of(part: float, whole: float) -> float:
    """A share with six places; NaN where the whole is 0."""
    return round(part / whole, 6) if whole > 0 else float("nan")


def minutes_up(ms: NDArray[np.int64]) -> NDArray[np.float64]:
    """Minutes rounded **up** to three places (NaN where ms is negative).

    Rounding up keeps ``minutes <= limit`` and `covered` in agreement.
    """
    thousandths = -(-ms // 60)
    return np.where(ms < 0, np.nan, thousandths / 1000.0)


def mean_minutes_up(ms: float) -> float:
    """A mean time as minutes, rounded up to three places like `minutes_up`; NaN stays NaN."""
    if math.isnan(ms):
        return ms
    # The mean has rounding errors.
    return math.ceil(ms / 60.0 - 1e-9) / 1000.0


def weighted_quantile_ms(time_ms: NDArray[np.int64], weight: NDArray[np.float64], q: float) -> int:
    """The smallest time within which a share `q` of all demand is reached; -1 where none is.

    Parameters
    ----------
    time_ms : int64 (n)
        -1 where unreached; such demand comes last.
    weight : float64 (n)
    q : float
        0-1.
    """
    total = exact_sum(weight)
    if total <= 0:
        return -1
    key = np.where(time_ms < 0, np.iinfo(np.int64).max, time_ms)
    order = np.argsort(key, kind="stable")
    ordered = weight[order]
    cumulative = np.cumsum(ordered)
    # The running sum has rounding errors: where it is close to the mark, exact sums decide.
    low = int(np.searchsorted(cumulative, q * total * (1 - 1e-9), "left"))
    high = int(np.searchsorted(cumulative, q * total * (1 + 1e-9), "right"))
    high = min(high, len(order) - 1)
    while low < high:
        middle = (low + high) // 2
        if exact_sum(ordered[: middle + 1]) >= q * total:
            high = middle
        else:
            low = middle + 1
    return int(time_ms[order[low]])


def exact_sums(values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exactly rounded sums of ``values[first[i]:first[i + 1]]``."""
    if not len(values):
        return np.zeros(len(first) - 1)
    if _are_whole(values):
        running = np.concatenate([[0.0], np.cumsum(values)])
        return running[first[1:]] - running[first[:-1]]
    return np.array([exact_sum(values[a:b]) for a, b in pairwise(first)])
