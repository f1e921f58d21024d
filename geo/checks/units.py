"""Checks of the units: overlaps, slivers and gaps between them, and special codes."""

from __future__ import annotations

import re

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.coordinates.local_metres import metres_per_degree
from geo.inputs.areas import Areas

__all__ = ["report_units"]

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]

# Smaller overlaps and gaps come from rounded coordinates (10 m by 10 m).
_LEAST_M2 = 100.0
# A narrower overlap is a sliver: one border drawn twice.
_SLIVER_M = 20.0
# Province to township, perhaps with the village (统计用区划代码).
_NBS_CODE = re.compile(r"[1-6][0-9]{8}(?:[0-9]{3})?")
# Pairs named one by one; the others are counted.
_NAMED_AT_MOST = 30


def report_units(areas: Areas, quality: QualityLog, *, file: str, gaps: bool = True) -> None:
    """Report overlaps, slivers and gaps between the finest units.

    Points in an overlap go to the unit with the smallest id, points in a gap to none.

    Parameters
    ----------
    areas : Areas
    quality : QualityLog
        Receives ``units_special_codes`` (the number of units that an office's list may leave out,
        and the first of them), ``units_overlap`` (pair and area), ``units_slivers`` (their
        number and area) and ``units_gap`` (place and area), the largest first.
    file : str
        Name of the units' file.
    gaps : bool
        Whether to search for gaps, for which all units are united.
    """
    geometry = np.asarray(areas.frame.geometry.to_numpy(), dtype=object)
    ids = areas.frame["unit_id"].to_numpy(dtype=object)
    _report_special_codes(ids, quality, file)
    if not areas.has_borders:
        return
    first, second, area_m2, width_m = _overlaps(geometry)
    wide = width_m >= _SLIVER_M
    order = np.flatnonzero(wide)[np.argsort(-area_m2[wide], kind="stable")]
    for at in order[:_NAMED_AT_MOST]:
        value = f"{ids[first[at]]}, {ids[second[at]]}: {_km2(float(area_m2[at]))}"
        quality.add("warning", "units_overlap", file=file, field="geometry", value=value)
    if len(order) > _NAMED_AT_MOST:
        rest = order[_NAMED_AT_MOST:]
        value = f"{len(rest)}: {_km2(float(area_m2[rest].sum()))}"
        quality.add("warning", "units_overlap_more", file=file, field="geometry", value=value)
    if (~wide).any():
        value = f"{int((~wide).sum())}: {_km2(float(area_m2[~wide].sum()))}"
        quality.add("info", "units_slivers", file=file, field="geometry", value=value)
    if gaps:
        _report_gaps(geometry, quality, file)


def _overlaps(
    geometry: Geometries,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Pairs of units that overlap, with area and mean width of the overlap."""
    tree = shapely.STRtree(geometry)
    a, b = tree.query(geometry, predicate="intersects")
    a, b = a[a < b], b[a < b]
    # Most pairs only share a border and need no intersection.
    crossing = ~shapely.touches(geometry[a], geometry[b])
    a, b = a[crossing], b[crossing]
    common = np.asarray(shapely.intersection(geometry[a], geometry[b]), dtype=object)
    area_m2, around_m = _measures(common)
    kept = area_m2 >= _LEAST_M2
    # A strip of length l and width w has the area l w and nearly the perimeter 2 l.
    width_m = 2.0 * area_m2[kept] / np.maximum(around_m[kept], 1e-9)
    return a[kept], b[kept], area_m2[kept], width_m


def _measures(geometry: Geometries) -> tuple[Floats, Floats]:
    """Area (m²) and perimeter (m) in the local plane of each geometry's own latitude."""
    bounds = shapely.bounds(geometry)
    lat = np.nan_to_num((bounds[:, 1] + bounds[:, 3]) / 2)
    east, north = metres_per_degree(lat)
    scale = np.column_stack([east, north])
    at = np.repeat(np.arange(len(geometry)), shapely.get_num_coordinates(geometry))
    flat = shapely.transform(geometry, lambda xy: xy * scale[at])
    return np.asarray(shapely.area(flat)), np.asarray(shapely.length(flat))


def _report_gaps(geometry: Geometries, quality: QualityLog, file: str) -> None:
    """Report holes in the union of all units, such as lakes and borders that do not meet."""
    parts = shapely.get_parts(shapely.union_all(geometry))
    rings = [ring for part in parts for ring in part.interiors]
    if not rings:
        return
    holes = np.asarray(shapely.polygons(rings), dtype=object).ravel()
    area_m2, _ = _measures(holes)
    holes, area_m2 = holes[area_m2 >= _LEAST_M2], area_m2[area_m2 >= _LEAST_M2]
    order = np.argsort(-area_m2, kind="stable")
    for at in order[:_NAMED_AT_MOST]:
        spot = shapely.point_on_surface(holes[at])
        value = f"{spot.x:.5f}, {spot.y:.5f}: {_km2(float(area_m2[at]))}"
        quality.add("info", "units_gap", file=file, field="geometry", value=value)
    if len(order) > _NAMED_AT_MOST:
        rest = order[_NAMED_AT_MOST:]
        value = f"{len(rest)}: {_km2(float(area_m2[rest].sum()))}"
        quality.add("info", "units_gap_more", file=file, field="geometry", value=value)


def _km2(area_m2: float) -> str:
    return f"{area_m2 / 1e6:.3f} km²" if area_m2 >= 10_000 else f"{area_m2:.0f} m²"


def _report_special_codes(ids: NDArray[np.object_], quality: QualityLog, file: str) -> None:
    """Development zones and farms (township part 400 to 599), virtual communities (x98).

    The statistical division codes list them beside townships and villages. Whether they count is
    for the office to decide, and the share by presence depends on it.
    """
    codes = [str(code) for code in ids]
    if not all(_NBS_CODE.fullmatch(code) for code in codes):
        return
    special = [
        code
        for code in codes
        if "400" <= code[6:9] <= "599" or (code[9:] not in ("", "000") and code.endswith("98"))
    ]
    if special:
        value = f"{len(special)}: {', '.join(special[:3])}{' …' if len(special) > 3 else ''}"
        quality.add("info", "units_special_codes", file=file, field="id", value=value)
