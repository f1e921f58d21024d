"""Conversions between WGS-84, CGCS2000, GCJ-02 and BD-09, on whole arrays.

Our own code, since no package on PyPI is vectorised, maintained and published with Windows wheels
(eviltransform and coordtransform loop over single points; the compiled ones are unmaintained).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DATUMS", "from_wgs84", "to_wgs84"]

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

# Krasovsky 1940, as the published GCJ-02 formula has it.
_A_M = 6378245.0
_EE = 0.00669342162296594323
# The published rectangle outside of which GCJ-02 shifts nothing (a rule about WGS-84 coordinates).
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
# The inverse of a point on the rectangle's edge may lie a rounding error outside.
_EDGE_DEG = 1e-9
_BD_PI = np.pi * 3000.0 / 180.0
# The slope of the shift is below 0.01: each round gains two digits; 1e-13 degrees are 0.01 µm.
_ROUNDS = 30
_ENOUGH_DEG = 1e-13


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Convert coordinates in `datum` to WGS-84.

    Parameters
    ----------
    lon, lat : array-like of float, same shape
        Degrees. NaN stays NaN.
    datum : str
        One of `DATUMS`. CGCS2000 differs from WGS-84 by centimetres and is not shifted.

    Returns
    -------
    lon, lat : float64 arrays of the same shape
        Degrees in WGS-84. The inverse of `from_wgs84` to well below a millimetre.

    Raises
    ------
    ValueError
        Unknown datum (the value of a study is checked by its model).
    """
    x, y, shape = _flat(lon, lat, datum)
    if datum == "bd09":
        x, y = _invert(_gcj_to_bd, x, y)
    if datum in ("gcj02", "bd09"):
        x, y = _gcj_to_wgs(x, y)
    return x.reshape(shape), y.reshape(shape)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Convert WGS-84 coordinates to `datum` (see `to_wgs84` for shapes, units and errors)."""
    x, y, shape = _flat(lon, lat, datum)
    if datum in ("gcj02", "bd09"):
        inside = _in_china(x, y)
        shifted_x, shifted_y = _shift(x, y)
        x, y = np.where(inside, shifted_x, x), np.where(inside, shifted_y, y)
    if datum == "bd09":
        x, y = _gcj_to_bd(x, y)
    return x.reshape(shape), y.reshape(shape)


def _flat(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[Array, Array, tuple[int, ...]]:
    if datum not in DATUMS:
        raise ValueError(f"datum {datum!r} is none of {DATUMS}")
    x, y = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    return x.ravel(), y.ravel(), x.shape


def _in_china(lon: Array, lat: Array, slack_deg: float = 0.0) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (lon >= _WEST - slack_deg) & (lon <= _EAST + slack_deg)
    inside &= (lat >= _SOUTH - slack_deg) & (lat <= _NORTH + slack_deg)
    return inside


def _shift(lon: Array, lat: Array) -> Pair:
    """GCJ-02 of WGS-84 by the published formula, without its rectangle."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north_m += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east_m += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    metres_per_degree_lat = np.pi / 180.0 * _A_M * (1.0 - _EE) / (magic * np.sqrt(magic))
    metres_per_degree_lon = np.pi / 180.0 * _A_M / np.sqrt(magic) * np.cos(phi)
    return lon + east_m / metres_per_degree_lon, lat + north_m / metres_per_degree_lat


def _gcj_to_wgs(lon: Array, lat: Array) -> Pair:
    """The exact inverse: outside the rectangle a point is its own image.

    The shift is discontinuous at the rectangle's edge. A point is shifted back where the result
    lies inside. Near the edge some points have no such inverse; they are shifted back, too, where
    they lie inside themselves, so that no point is half a kilometre away from its neighbours.
    """
    # Far outside, the polynomial grows without bound and the iteration would not converge.
    near = (lon > _WEST - 1) & (lon < _EAST + 1) & (lat > _SOUTH - 1) & (lat < _NORTH + 1)
    x, y = lon.copy(), lat.copy()
    x[near], y[near] = _invert(_shift, lon[near], lat[near])
    shifted = near & (_in_china(x, y, _EDGE_DEG) | _in_china(lon, lat))
    return np.where(shifted, x, lon), np.where(shifted, y, lat)


def _gcj_to_bd(lon: Array, lat: Array) -> Pair:
    """BD-09 of GCJ-02 by the published formula, which has no rectangle."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(forward: Callable[[Array, Array], Pair], lon: Array, lat: Array) -> Pair:
    """Solve ``forward(x, y) == (lon, lat)`` by fixed-point iteration."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_ROUNDS):
        image_x, image_y = forward(x, y)
        step_x, step_y = lon - image_x, lat - image_y
        x, y = x + step_x, y + step_y
        largest = np.nanmax(np.abs([step_x, step_y]), initial=0.0)
        if largest < _ENOUGH_DEG:
            break
    return x, y
