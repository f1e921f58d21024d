"""Checks of points: repeated places, sites outside the units or without capacity, and more."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.coverage.false_full_coverage import demand_at_sites
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.study.model import Layer

__all__ = ["report_capacity", "report_demand", "report_sites"]

Floats = NDArray[np.float64]
# Places that agree to this many decimals of a degree are one (1 cm).
_DECIMALS = 7


def report_demand(points: DemandPoints, quality: QualityLog, *, file: str) -> None:
    """Report the number of demand points at the place of another one (``points_same_place``).

    Rows of one group belong to one place and do not count.
    """
    doubled = _doubled(points.lon, points.lat, points.point_of_row)
    if doubled:
        quality.add("info", "points_same_place", file=file, field="lon,lat", value=doubled)


def report_sites(
    layer: str,
    sites: pd.DataFrame,
    points: DemandPoints,
    areas: Areas,
    quality: QualityLog,
    *,
    file: str,
    demand_file: str,
) -> None:
    """Report sites at one place, sites outside every unit, and demand that lies at the sites.

    Parameters
    ----------
    layer : str
        The layer's key.
    sites : pd.DataFrame
        The layer's sites: lon, lat, and unit_id where the study names a column for it.
    quality : QualityLog
        Receives ``points_same_place``, ``sites_outside_units`` and ``demand_at_sites`` (over 20 %
        of the demand points lie within 50 m of a site of their own unit).
    file, demand_file : str
        Names of both files.
    """
    lon, lat = sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64)
    doubled = _doubled(lon, lat, np.arange(len(sites)))
    if doubled:
        quality.add("info", "points_same_place", file=file, field=layer, value=doubled)
    unit = areas.locate(lon, lat, sites.get("unit_id"))
    outside = int((unit < 0).sum())
    if outside:
        quality.add("info", "sites_outside_units", file=file, field=layer, value=outside)
    row_unit = points.unit[points.point_of_row]
    if demand_at_sites(points.lon, points.lat, row_unit, lon, lat, unit):
        quality.add("warning", "demand_at_sites", file=demand_file, field=layer)


def report_capacity(layer: Layer, sites: pd.DataFrame, quality: QualityLog, *, file: str) -> None:
    """Report the sites of a layer with capacities that have none; they serve nobody.

    Parameters
    ----------
    layer : Layer
    sites : pd.DataFrame
        The layer's sites: capacity, NaN where none is given.
    quality : QualityLog
        Receives ``capacity_missing`` with the number of these sites.
    file : str
    """
    missing = int(sites["capacity"].isna().sum())
    if layer.capacity and missing:
        quality.add("info", "capacity_missing", file=file, field=layer.capacity, value=missing)


def _doubled(lon: Floats, lat: Floats, owner: NDArray[np.integer]) -> int:
    """The number of owners at exactly the place of an earlier one."""
    frame = pd.DataFrame(
        {"lon": np.round(lon, _DECIMALS), "lat": np.round(lat, _DECIMALS), "owner": owner}
    ).drop_duplicates()
    return int(frame.duplicated(["lon", "lat"]).sum())
