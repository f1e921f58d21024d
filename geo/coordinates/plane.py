"""A local plane in metres around a study."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.roads.roads import Roads

__all__ = ["Plane", "plane_of"]


@dataclass(frozen=True)
class Plane:
    """All road vertices in an equal-area plane around the study's middle (Lambert azimuthal).

    Attributes
    ----------
    xy : float64 (m, 2)
        Metres, in the order of ``Roads.lonlat``.
    centre : tuple of float
        Longitude and latitude of the origin.
    """

    xy: NDArray[np.float64]
    centre: tuple[float, float]

    def transformer(self) -> pyproj.Transformer:
        """From the plane to longitude and latitude."""
        return _transformer(*self.centre)


@lru_cache(maxsize=8)
def _transformer(lon: float, lat: float) -> pyproj.Transformer:
    """Cached, since making one takes longer than drawing an isochrone of one site."""
    plane = f"+proj=laea +lat_0={lat!r} +lon_0={lon!r} +datum=WGS84 +units=m"
    return pyproj.Transformer.from_crs(plane, "EPSG:4326", always_xy=True)


def plane_of(roads: Roads) -> Plane:
    """Project the vertices of `roads`, which may lie on both sides of 180 degrees."""
    low, high = roads.lonlat.min(axis=0), roads.lonlat.max(axis=0)
    if high[0] - low[0] > 180:
        east = roads.lonlat[:, 0] % 360
        low[0], high[0] = east.min(), east.max()
    middle = float(low[0] + high[0]) / 2
    centre = (middle - 360 if middle > 180 else middle, float(low[1] + high[1]) / 2)
    back = Plane(np.empty((0, 2)), centre).transformer()
    x, y = back.transform(roads.lonlat[:, 0], roads.lonlat[:, 1], direction="INVERSE")
    return Plane(np.column_stack([x, y]), centre)
