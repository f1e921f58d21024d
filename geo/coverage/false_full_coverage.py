"""Detects two situations in which a share of 100 % says nothing.

The first is demand that lies at the sites. The second is units that were drawn around the sites.
The summary lists each detected situation as a warning next to the shares.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates.local_metres import metres_per_degree
from geo.inputs.areas import Areas

__all__ = ["demand_at_sites", "units_built_around_sites"]

_NEAR_M = 50.0
_NEAR_SHARE = 0.2
# In real townships, the nearest office is in the same township for about three quarters of the
# area. In areas drawn around the offices, this holds for nearly the whole area.
_OWN_SHARE = 0.97
# With fewer units than this, the test gives no meaningful result.
_LEAST_UNITS = 10
_SAMPLE = 4_000


def demand_at_sites(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    unit: NDArray[np.int64],
    site_lon: NDArray[np.float64],
    site_lat: NDArray[np.float64],
    site_unit: NDArray[np.int64],
) -> bool:
    """Return whether more than 20 % of the demand points are within 50 m of a site of their unit.

    A village is often represented by the seat of its village committee, and the service counter is
    in the same building.
    """
    if not len(lon) or not len(site_lon):
        return False
    east, north = metres_per_degree(np.asarray(lat))
    # The radius in degrees is computed for the smallest number of metres per degree, so it includes
    # every site within 50 m.
    radius = float(_NEAR_M / np.min(np.minimum(east, north)))
    near = _beside(lon, lat, site_lon, site_lat, radius)
    tree = shapely.STRtree(shapely.points(site_lon, site_lat))
    spots = shapely.points(lon[near], lat[near])
    point, site = tree.query(spots, predicate="dwithin", distance=radius)
    point = near[point]
    dx = (site_lon[site] - lon[point]) * east[point]
    dy = (site_lat[site] - lat[point]) * north[point]
    own = (unit[point] >= 0) & (unit[point] == site_unit[site]) & (np.hypot(dx, dy) <= _NEAR_M)
    return len(np.unique(point[own])) > _NEAR_SHARE * len(lon)


def _beside(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    site_lon: NDArray[np.float64],
    site_lat: NDArray[np.float64],
    radius: float,
) -> NDArray[np.int64]:
    """Return the points in a grid cell that contains a site, or in a neighbouring cell.

    Cells are `radius` degrees wide. Only a few of the million points of a province are selected, so
    the exact distance is computed for these only.
    """
    rows = int(360.0 / radius) + 4

    def cell(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        column, row = np.floor(x / radius), np.floor(y / radius)
        found: NDArray[np.int64] = column.astype(np.int64) * rows + row.astype(np.int64)
        return found

    around = np.array([i * rows + j for i in (-1, 0, 1) for j in (-1, 0, 1)])
    held = np.unique(cell(site_lon, site_lat)[:, None] + around)
    return np.flatnonzero(np.isin(cell(lon, lat), held))


def units_built_around_sites(
    areas: Areas,
    site_lon: NDArray[np.float64],
    site_lat: NDArray[np.float64],
    site_unit: NDArray[np.int64],
) -> bool:
    """Return whether the units were probably drawn around the sites.

    For points on a regular grid over the units, the nearest site (straight line) among the sites of
    the same parent unit is determined. If this site is in the same unit for at least 97 % of the
    points, and every unit contains a site, the share by presence is 100 % by construction and says
    nothing. The result is False for fewer than 10 units and for units without borders.
    """
    inside = site_unit >= 0
    if not areas.has_borders:
        return False
    if len(areas.frame) < _LEAST_UNITS or len(np.unique(site_unit[inside])) < len(areas.frame):
        return False
    parent = areas.levels[min(1, len(areas.levels) - 1)].of_finest
    lon, lat, unit = _spread_points(areas)
    own = np.zeros(len(lon), np.bool_)
    for group in np.unique(parent):
        sites = np.flatnonzero(inside & (parent[site_unit] == group))
        points = np.flatnonzero(parent[unit] == group)
        if len(areas.levels) == 1:
            sites, points = np.flatnonzero(inside), np.arange(len(lon))
        east, north = metres_per_degree(lat[points].mean())
        scale = np.array([float(east), float(north)])
        tree = shapely.STRtree(shapely.points(np.column_stack([site_lon, site_lat])[sites] * scale))
        nearest = tree.nearest(shapely.points(np.column_stack([lon, lat])[points] * scale))
        own[points] = site_unit[sites[nearest]] == unit[points]
        if len(areas.levels) == 1:
            break
    # If a parent contains only one unit, the nearest site is always in that unit. Such units are
    # ignored.
    counts = np.bincount(parent)
    telling = (counts[parent] > 1)[unit] if len(areas.levels) > 1 else np.ones(len(unit), bool)
    return bool(telling.any()) and float(own[telling].mean()) >= _OWN_SHARE


def _spread_points(
    areas: Areas,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of a regular grid that lie in a unit: lon, lat and unit index."""
    west, south, east, north = areas.frame.total_bounds
    step = np.sqrt(max((east - west) * (north - south), 1e-12) / _SAMPLE)
    x, y = np.meshgrid(
        np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
    )
    lon, lat = x.ravel(), y.ravel()
    unit = areas.locate(lon, lat)
    held = unit >= 0
    return lon[held], lat[held], unit[held]
