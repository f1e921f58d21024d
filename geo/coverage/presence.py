"""Which units count for the share by presence, read from the table of units."""

from __future__ import annotations

import pandas as pd

__all__ = ["is_present"]


def is_present(units: pd.DataFrame) -> pd.Series:
    """Units that hold a site or, under the rule `assigned`, are named by one; bool.

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
