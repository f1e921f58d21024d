"""Rule `radius`: demand is covered if a site is within the service radius, in a straight line.

This is an official measure of its own, which never replaces the share by time. All accepted sites
count, on or off the network, and demand has no cause that depends on roads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.inputs.demand import DemandPoints
from geo.rules.layer_demand import LayerDemand
from geo.rules.reach import Reach
from geo.search.straight_line import nearest_lines
from geo.study.model import Layer

__all__ = ["Radius", "demand_in_radius"]


@dataclass(frozen=True)
class Radius(Reach):
    """Any site within the radius covers (implements `geo.rules.base.Rule`)."""

    key: str = "radius"
    causes: tuple[str, ...] = ("too_far",)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: str = "rule.radius"


def demand_in_radius(layer: Layer, points: DemandPoints, sites: pd.DataFrame) -> LayerDemand:
    """Return the demand of a layer with its distance to the nearest site.

    The nearest row of a group counts; of equally near rows that of the smaller site, then the
    first.

    Parameters
    ----------
    sites : pd.DataFrame
        All accepted sites, ordered by id.
    """
    chosen = points.chosen(layer.only)
    count = len(points.point_of_row)
    site, metres = np.full(count, -1, np.int64), np.full(count, np.nan)
    if len(sites):
        at = (sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64))
        found = nearest_lines(points.lon, points.lat, *at)
        site, metres = found.site, found.metres
    order = np.lexsort((np.arange(count), site, metres, points.point_of_row))
    row = order[np.searchsorted(points.point_of_row[order], np.arange(len(points)))][chosen]
    covered: NDArray[np.bool_] = metres[row] <= layer.limit.value
    cause = np.full(len(row), "too_far" if len(sites) else "no_site", dtype=object)
    cause[covered] = ""
    column = "weight" if layer.demand is None else f"band:{layer.demand}"
    return LayerDemand(
        point=chosen,
        unit=points.unit[chosen],
        weight=points.frame[column].to_numpy(np.float64)[chosen],
        time_ms=np.full(len(row), -1, np.int64),
        metres=metres[row],
        rank=site[row],
        covered=covered,
        cause=cause,
        access_m=np.full(len(row), np.nan),
        lon=points.lon[row],
        lat=points.lat[row],
        sites_within=np.full(len(row), -1, np.int64),
    )
