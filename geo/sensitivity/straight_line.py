"""The share within the limit in a straight line: what a circle around each site would give."""

from __future__ import annotations

import numpy as np
import pyproj
from numpy.typing import NDArray
from scipy.spatial import KDTree

from geo.coverage.layer_run import LayerRun, demand_of_rows
from geo.inputs.demand import DemandPoints
from geo.network.profiles import Profile
from geo.search.served_units import ServedUnits

__all__ = ["straight_line_covered", "straight_line_metres"]

_GEOD = pyproj.Geod(ellps="WGS84")
_ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
# Twice the smallest radius of curvature of WGS-84 (6,335 km), less some hundred metres.
_DIAMETER_M = 12_670_000.0


def straight_line_metres(run: LayerRun, profile: Profile) -> float | None:
    """The limit as a distance: metres, or minutes at the profile's speed.

    None for a limit in minutes by car, as the speed depends on the road.
    """
    limit = run.layer.limit
    if limit.metres is not None:
        return limit.metres
    if profile.mode == "drive":
        return None
    return limit.value * profile.kmh * 1000.0 / 60.0


def straight_line_covered(run: LayerRun, points: DemandPoints, metres: float) -> NDArray[np.bool_]:
    """Whether a site is within `metres` of the ellipsoid, bool (rows of `run.demand`).

    All accepted sites count that serve the point's unit, on or off the network.
    """
    covered = np.zeros(len(run.demand), np.bool_)
    of_row = demand_of_rows(run.demand, points)
    rows = np.flatnonzero(of_row >= 0)
    lon, lat = run.sites["lon"].to_numpy(float), run.sites["lat"].to_numpy(float)
    if not len(rows) or not len(lon):
        return covered
    if run.served is None:
        groups = [(np.arange(len(lon)), rows)]
    else:
        zone = run.served.zones(points.unit[points.point_of_row[rows]])
        groups = _by_zone(run.served, rows, zone)
    for sites, some in groups:
        if len(sites):
            near = _any_within(points.lon[some], points.lat[some], lon[sites], lat[sites], metres)
            covered[of_row[some[near]]] = True
    return covered


def _by_zone(
    served: ServedUnits, rows: NDArray[np.int64], zone: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The sites that serve each zone, and the zone's rows; `zone` is that of each row."""
    rows = rows[np.argsort(zone, kind="stable")]
    zone = np.sort(zone)
    order = np.argsort(served.zone, kind="stable")
    sites, of_site = served.site[order], served.zone[order]
    found = []
    for one in np.unique(zone[zone >= 0]):
        mine = slice(*np.searchsorted(zone, [one, one + 1]))
        found.append((sites[slice(*np.searchsorted(of_site, [one, one + 1]))], rows[mine]))
    return found


def _any_within(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    site_lon: NDArray[np.float64],
    site_lat: NDArray[np.float64],
    metres: float,
) -> NDArray[np.bool_]:
    """Whether any site is within a geodesic distance of each place, bool (n)."""
    tree = KDTree(_ecef(site_lon, site_lat))
    place = _ecef(lon, lat)
    chord, _ = tree.query(place)
    # A chord is shorter than its arc, by less than that of the tightest circle of the ellipsoid.
    ratio = min(metres / _DIAMETER_M, 1.0)
    near: NDArray[np.bool_] = chord <= _DIAMETER_M * np.sin(ratio) - 1e-3
    for at in np.flatnonzero(~near & (chord <= metres + 1e-3)):
        some = np.array(tree.query_ball_point(place[at], metres + 1e-3), np.int64)
        here = np.full(len(some), lon[at]), np.full(len(some), lat[at])
        _, _, distance = _GEOD.inv(*here, site_lon[some], site_lat[some])
        near[at] = bool(np.any(distance <= metres))
    return near


def _ecef(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(_ECEF.transform(lon, lat, np.zeros(len(lon))))
