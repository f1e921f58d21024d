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

    With `most`, only so many, the heaviest.
    """
    points = analysis.gap_points
    rows = np.flatnonzero((points["layer"] == key).to_numpy())
    # Positions first: a province has a million rows, whose texts are taken once.
    rows = rows[np.argsort(points["weight"].to_numpy(np.float64)[rows], kind="stable")]
    return points.iloc[rows if most is None else rows[max(len(rows) - most, 0) :]]
