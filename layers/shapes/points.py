"""Sites and uncovered demand as maps draw them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.analysis import Analysis

__all__ = ["gap_rows", "site_rows"]


def site_rows(analysis: Analysis, key: str) -> pd.DataFrame:
    """The layer's sites."""
    return analysis.sites[analysis.sites["layer"] == key]


def gap_rows(analysis: Analysis, key: str, *, most: int | None = None) -> pd.DataFrame:
    """The layer's uncovered demand points, the heaviest last, so that they are drawn on top.

    Objects without a place are left out.

    Parameters
    ----------
    most : int, optional
        At most so many points, the heaviest.
    """
    points = analysis.gap_points
    rows = np.flatnonzero(((points["layer"] == key) & points["lon"].notna()).to_numpy())
    # Row numbers first: a province has a million rows, and taking their texts is slow.
    rows = rows[np.argsort(points["weight"].to_numpy(np.float64)[rows], kind="stable")]
    return points.iloc[rows if most is None else rows[max(len(rows) - most, 0) :]]
