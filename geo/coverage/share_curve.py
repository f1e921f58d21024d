"""Cumulative share of a layer's demand by travel time or distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.study.limit import Limit

__all__ = ["ShareCurve", "curve_end", "share_curve"]


@dataclass(frozen=True)
class ShareCurve:
    """Step function with one step for each reached demand point.

    Attributes
    ----------
    x : float64 (n)
        Minutes or metres of the reached points, ascending.
    share : float64 (n)
        Share (0 to 1) of the total demand, including unreached demand, within each `x`.
    """

    x: NDArray[np.float64]
    share: NDArray[np.float64]

    def at(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share within each value."""
        found: NDArray[np.float64] = np.concatenate([[0.0], self.share])[
            np.searchsorted(self.x, values, side="right")
        ]
        return found

    def quantile(self, q: float) -> float:
        """Return the smallest x within which a share `q` of the demand is; NaN if none is."""
        # The running sum has rounding errors.
        place = int(np.searchsorted(self.share, q * (1 - 1e-9), side="left"))
        return float(self.x[place]) if q > 0 and place < len(self.x) else float("nan")


def curve_end(limit: Limit, horizon_minutes: float) -> float:
    """Where a curve ends: at three times the limit, and not before 30 minutes or 1,000 metres.

    Minutes end at the horizon, as nothing is searched beyond.
    """
    most = max(3 * limit.value, limit.of(30.0, 1000.0))
    return most if limit.in_metres else min(most, horizon_minutes)


def share_curve(demand: pd.DataFrame, column: str) -> ShareCurve:
    """Compute the curve of some rows of `Analysis.demand`.

    All shares are zero if the total weight is zero.

    Parameters
    ----------
    demand : pd.DataFrame
        Rows of one layer with the columns ``weight`` and `column`.
    column : str
        ``minutes`` or ``metres``; NaN if no site is reached.
    """
    total = float(demand["weight"].sum())
    reached = demand.dropna(subset=[column]).sort_values(column, kind="stable")
    x = reached[column].to_numpy(float)
    sums = np.cumsum(reached["weight"].to_numpy(float))
    return ShareCurve(x, sums / total if total > 0 else sums * 0.0)
