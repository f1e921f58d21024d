"""Determines from the table of units which units count for the share by presence."""

from __future__ import annotations

import pandas as pd

__all__ = ["is_present"]


def is_present(units: pd.DataFrame) -> pd.Series:
    """Return whether each unit contains a site or is named by one, bool (rows).

    Only the rule `assigned` has sites that name units.

    Parameters
    ----------
    units : pd.DataFrame
        Rows of `Analysis.units` of the finest level.

    Examples
    --------
    >>> table = pd.DataFrame({"has_site": [True, False, False], "named_by": [None, 2, 0]})
    >>> is_present(table).tolist()
    [True, True, False]
    """
    held = units["has_site"].astype(bool)
    if "named_by" not in units:
        return held
    return held | (pd.to_numeric(units["named_by"]).fillna(0) > 0)
