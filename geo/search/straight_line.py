"""Geodesic straight lines between places and sites: who is within a radius, and the nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from scipy.spatial import KDTree

__all__ = ["NearestLine", "lines_within", "nearest_lines"]

_GEOD = pyproj.Geod(ellps="WGS84")
_ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
# Chords are shorter than their arcs; among so many nearest chords is the nearest arc.
_NEAREST = 4
_SLACK_M = 1e-3
# Pairs that are measured at a time.
_BLOCK = 200_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NearestLine:
    """The nearest site of each place: site int64 (n), metres float64 (n)."""

    site: Ints
    metres: Floats


def nearest_lines(lon: Floats, lat: Floats, site_lon: Floats, site_lat: Floats) -> NearestLine:
    """Return the nearest site of each place; of equally near sites the first.

    Parameters
    ----------
    lon, lat : float64 (n)
    site_lon, site_lat : float64 (s)
        At least one site.
    """
    count = min(_NEAREST, len(site_lon))
    _, near = KDTree(_ecef(site_lon, site_lat)).query(_ecef(lon, lat), k=list(range(1, count + 1)))
    site = np.asarray(near, np.int64).reshape(len(lon), count)
    site.sort(axis=1)
    metres = np.column_stack(
        [_metres(lon, lat, site_lon[site[:, k]], site_lat[site[:, k]]) for k in range(count)]
    ).reshape(len(lon), count)
    best = np.argmin(metres, axis=1)
    rows = np.arange(len(lon))
    return NearestLine(site[rows, best], metres[rows, best])


def lines_within(
    lon: Floats, lat: Floats, site_lon: Floats, site_lat: Floats, metres: float
) -> tuple[Ints, Ints]:
    """Return all pairs of a site and a place within a geodesic distance, inclusive.

    Returns
    -------
    site, place : int64 (pairs)
        Ordered by site, then by place.
    """
    tree, places = KDTree(_ecef(lon, lat)), _ecef(site_lon, site_lat)
    sites, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    block = max(1, _BLOCK // max(len(lon), 1))
    for begin in range(0, len(site_lon), block):
        lists = tree.query_ball_point(places[begin : begin + block], metres + _SLACK_M)
        counts = np.array([len(one) for one in lists], np.int64)
        near = np.concatenate([np.sort(np.array(one, np.int64)) for one in lists])
        site = begin + np.repeat(np.arange(len(lists)), counts)
        inside = _metres(lon[near], lat[near], site_lon[site], site_lat[site]) <= metres
        sites.append(site[inside])
        found.append(near[inside])
    return np.concatenate(sites), np.concatenate(found)


def _metres(lon: Floats, lat: Floats, site_lon: Floats, site_lat: Floats) -> Floats:
    if not len(lon):
        return np.empty(0)
    return np.asarray(_GEOD.inv(lon, lat, site_lon, site_lat)[2], np.float64)


def _ecef(lon: Floats, lat: Floats) -> Floats:
    return np.column_stack(_ECEF.transform(lon, lat, np.zeros(len(lon))))
