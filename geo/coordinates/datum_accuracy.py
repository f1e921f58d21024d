"""How far off coordinates are whose datum has no published shift to WGS-84."""

from __future__ import annotations

from functools import cache

import pyproj
from pyproj.transformer import TransformerGroup

__all__ = ["inexact_datum"]

# Without the parameters of a place these are used as if they were WGS-84. The errors are those of
# central China: 50 to 60 m for Krassowsky's ellipsoid there, about 100 m for Xian 1980.
_ERROR_M = {"beijing": 60, "xian": 100}
_UNKNOWN_M = 200
# Their systems agree with WGS-84 within a metre or two.
_SAME_ELLIPSOIDS = ("WGS 84", "WGS84", "CGCS2000", "GRS 1980", "GRS80", "GRS_1980", "WGS_1984")
_SAME_AXIS_M, _AXIS_TOLERANCE_M = 6378137.0, 0.5


@cache
def inexact_datum(crs: str) -> tuple[str, int] | None:
    """The datum's name and its error in metres, where only a ballpark operation leads to WGS-84.

    Parameters
    ----------
    crs : str
        A code or WKT that pyproj knows.

    Returns
    -------
    (str, int) or None
        None for WGS-84, CGCS2000 and all datums with a published shift.
    """
    known = pyproj.CRS.from_user_input(crs)
    geodetic = known.geodetic_crs
    if geodetic is None or geodetic.ellipsoid is None:
        return None
    ellipsoid = geodetic.ellipsoid
    near = abs(ellipsoid.semi_major_metre - _SAME_AXIS_M) < _AXIS_TOLERANCE_M
    if near or ellipsoid.name in _SAME_ELLIPSOIDS:
        return None
    name = str(geodetic.datum.name if geodetic.datum else geodetic.name)
    folded = name.replace("'", "").replace("_", " ").casefold()
    for word, error_m in _ERROR_M.items():
        # PROJ has shifts for Beijing 1954, of other regions: offshore, not the mainland.
        if word in folded:
            return name, error_m
    operations = TransformerGroup(geodetic, 4326, always_xy=True).transformers
    if operations and operations[0].accuracy >= 0:
        return None
    return name, _UNKNOWN_M
