"""The layout of two coordinate columns: degrees, swapped degrees, or metres of some projection.

Chinese survey tables write X for north and Y for east, in Gauss-Krüger zones of CGCS2000. The
easting begins with the zone's number (EPSG:4513 to 4533) or does not (4534 to 4554). The known
location of the study decides between zones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

__all__ = ["Bounds", "LayoutFinding", "detect_layout", "project_to_lonlat"]

Floats = NDArray[np.float64]
# West, south, east, north in degrees.
Bounds = tuple[float, float, float, float]

# CGCS2000 without zone numbers: 3-degree zones (central meridians 75 E to 135 E), then
# the 6-degree zones.
_PLAIN = tuple(range(4534, 4555)) + tuple(range(4502, 4513))
# With zone numbers: the code by zone, 25 to 45 (3-degree zones) and 13 to 23 (6-degree zones).
_CODE_OF_ZONE = {zone: 4513 + zone - 25 for zone in range(25, 46)} | {
    zone: 4491 + zone - 13 for zone in range(13, 24)
}
# Also found in files: UTM in the zones of China, web Mercator.
_UTM, _MERCATOR = tuple(range(32643, 32654)), 3857
# China and its seas, where no location is known.
_CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
# How far outside the known bounds a point may lie.
_MARGIN_DEG = 0.3
# This share of the rows must fit; single rows may be wrong.
_SHARE = 0.8
_SAMPLE = 500


@dataclass(frozen=True)
class LayoutFinding:
    """The layout of two columns.

    Attributes
    ----------
    kind : str or None
        ``degrees``, ``swapped`` (degrees, latitude first), ``metres`` or None (unknown).
    crs : tuple of str
        For metres: the codes that fit, the best first; several where nothing decides between
        zones.
    axis : str
        ``xy``: the first column is east; ``yx``: the first column is north.
    share : float
        Share of the rows that fit.
    """

    kind: Literal["degrees", "swapped", "metres"] | None
    crs: tuple[str, ...] = ()
    axis: Literal["xy", "yx"] = "xy"
    share: float = 0.0


def detect_layout(first: Floats, second: Floats, *, near: Bounds | None = None) -> LayoutFinding:
    """Detect what two columns that should hold longitude and latitude contain.

    Parameters
    ----------
    first, second : float64 (n)
        The numbers of the columns for longitude (or x) and latitude (or y), unchanged.
    near : tuple of four floats, optional
        Bounds of the roads or of the units (WGS-84); China without.

    Returns
    -------
    LayoutFinding
    """
    good = np.isfinite(first) & np.isfinite(second) & ((first != 0) | (second != 0))
    x, y = first[good][:_SAMPLE], second[good][:_SAMPLE]
    if not len(x):
        return LayoutFinding(None)
    place = _widened(near) if near is not None else _CHINA
    straight, swapped = _inside(x, y, place), _inside(y, x, place)
    if straight >= _SHARE:
        return LayoutFinding("degrees", share=straight)
    if swapped >= _SHARE:
        return LayoutFinding("swapped", axis="yx", share=swapped)
    if np.median(np.maximum(np.abs(x), np.abs(y))) <= 360.0:
        return LayoutFinding(None, share=max(straight, swapped))
    return _metres(x, y, place)


def _metres(x: Floats, y: Floats, place: Bounds) -> LayoutFinding:
    """The projections that put the points inside the bounds."""
    found: list[tuple[float, str, Literal["xy", "yx"]]] = []
    orders: tuple[tuple[Literal["xy", "yx"], Floats, Floats], ...] = (("xy", x, y), ("yx", y, x))
    for axis, east, north in orders:
        for code in _candidates(east):
            share = _inside(*project_to_lonlat(east, north, f"EPSG:{code}"), place)
            if share >= _SHARE:
                found.append((share, f"EPSG:{code}", axis))
        if found:
            break
    if not found:
        return LayoutFinding(None)
    # The sort is stable: of equal shares the 3-degree zones stay first.
    found.sort(key=lambda item: -item[0])
    return LayoutFinding("metres", tuple(item[1] for item in found), found[0][2], found[0][0])


def _candidates(east: Floats) -> tuple[int, ...]:
    """The codes with eastings of this size."""
    middle = float(np.median(east))
    # The range of eastings within 3.5 degrees of the central meridian.
    if 1e5 <= middle <= 9e5:
        return (*_PLAIN, *_UTM)
    zone = _CODE_OF_ZONE.get(int(middle // 1e6))
    return (_MERCATOR,) if zone is None else (zone, _MERCATOR)


@cache
def _transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)


def project_to_lonlat(east: Floats, north: Floats, crs: str) -> tuple[Floats, Floats]:
    """Degrees in WGS-84 of metres in the projection `crs` (``EPSG:4547``); NaN where undefined.

    CGCS2000 is treated as WGS-84; they differ by centimetres.
    """
    lon, lat = _transformer(crs).transform(east, north)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    bad = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def _widened(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return (west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG)


def _inside(lon: Floats, lat: Floats, place: Bounds) -> float:
    west, south, east, north = place
    return float(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).mean())
