"""Circles of a geodesic radius, as polygons."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

__all__ = ["equal_area_plane", "geodesic_circles"]

_GEOD = pyproj.Geod(ellps="WGS84")
_SIDES = 180
# A polygon of the same area as the circle reaches a little beyond it.
_WIDER = float(np.sqrt((2 * np.pi / _SIDES) / np.sin(2 * np.pi / _SIDES)))


def equal_area_plane(lon: float, lat: float) -> pyproj.Transformer:
    """From degrees (WGS-84) to metres in an equal-area plane around a place (Lambert azimuthal)."""
    plane = f"+proj=laea +lat_0={float(lat)!r} +lon_0={float(lon)!r} +datum=WGS84 +units=m"
    return pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)


def geodesic_circles(
    lon: NDArray[np.float64], lat: NDArray[np.float64], metres: float
) -> NDArray[np.object_]:
    """Polygons of 180 corners in degrees with the area of the circles, object (n).

    They may reach beyond 180 degrees of longitude.

    Parameters
    ----------
    lon, lat : float64 (n)
        Centres in degrees, WGS-84.
    """
    azimuth = np.linspace(0.0, 360.0, _SIDES, endpoint=False)
    n = len(lon)
    x, y, _ = _GEOD.fwd(
        np.repeat(lon, _SIDES),
        np.repeat(lat, _SIDES),
        np.tile(azimuth, n),
        np.full(n * _SIDES, metres * _WIDER),
    )
    east = np.asarray(x).reshape(n, _SIDES)
    # On both sides of 180 degrees, the corners stay beside their centre.
    east = lon[:, None] + (east - lon[:, None] + 180.0) % 360.0 - 180.0
    corners = np.stack([east, np.asarray(y).reshape(n, _SIDES)], axis=2)
    found: NDArray[np.object_] = shapely.polygons(corners)
    return found
