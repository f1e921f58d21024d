"""Parents of units in Chinese lists, where some counties have no city above them."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np

from geo.base.quality_log import QualityLog

__all__ = ["with_direct_counties"]

# The statistical division codes have these in the place of a city (codes xx90).
_NO_CITY = ("", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位", "省直管")


def with_direct_counties(
    units: gpd.GeoDataFrame, parents: tuple[str, ...], quality: QualityLog, *, file: str
) -> gpd.GeoDataFrame:
    """Units with the county in the place of a missing city, as yearbooks list it.

    Otherwise a level would have a unit without a name, or one that joins distant counties.

    Parameters
    ----------
    units : GeoDataFrame
        With ``parent:<column>`` for each parent.
    parents : tuple of str
        Columns, finest first.
    quality : QualityLog
        Receives ``parent_direct``: the number of these units.
    """
    filled = units.copy()
    concerned = np.zeros(len(units), dtype=bool)
    for below, above in pairwise(parents):
        own, upper = filled[f"parent:{below}"], filled[f"parent:{above}"]
        direct = upper.isin(_NO_CITY) & ~own.isin(_NO_CITY)
        filled[f"parent:{above}"] = upper.where(~direct, own)
        concerned |= direct.to_numpy(dtype=bool)
    if concerned.any():
        count = int(concerned.sum())
        quality.add("info", "parent_direct", file=file, action="repaired", value=count)
    return filled
