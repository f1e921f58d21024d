"""Geometries from the coordinates of files, with their faults repaired and reported."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84

__all__ = [
    "Faults",
    "crs_by_name",
    "flattened",
    "from_geojson_members",
    "polygon_of_rings",
    "shift_geometry",
    "to_lonlat",
]

Geometries = NDArray[np.object_]
# Position in the table → problem code and value of a geometry that could not be made.
Faults = dict[int, tuple[str, str]]

_POLYGONAL = ("Polygon", "MultiPolygon")


def flattened(geometry: Geometries, file: str, quality: QualityLog) -> Geometries:
    """Geometries without heights and measures, which are not used; reported in one finding."""
    extra = shapely.has_z(geometry) | shapely.has_m(geometry)
    if not extra.any():
        return geometry
    quality.add("info", "z_dropped", file=file, field="geometry", value=int(extra.sum()))
    return np.asarray(shapely.force_2d(geometry), dtype=object)


def from_geojson_members(
    members: Sequence[Any], file: str, quality: QualityLog
) -> tuple[Geometries, Faults]:
    """Shapely geometries of GeoJSON members, None where there is none.

    Rings that do not end at their first vertex are closed and reported; a member that is no
    geometry is in the faults.
    """
    texts = [json.dumps(member) if isinstance(member, dict) else None for member in members]
    geometry: Geometries = np.asarray(
        shapely.from_geojson(np.array([*texts, None], dtype=object), on_invalid="ignore"),
        dtype=object,
    )[:-1]
    faults: Faults = {}
    for at in np.flatnonzero(shapely.is_missing(geometry)).tolist():
        member = members[at]
        if member is None:
            continue
        kind = str(member.get("type", "")) if isinstance(member, dict) else ""
        mended = _closed(member, kind) if kind in _POLYGONAL else None
        if mended is None:
            faults[at] = ("geometry_malformed", kind or "-")
            continue
        geometry[at] = mended
        quality.add(
            "warning",
            "ring_closed",
            file=file,
            row=at + 1,
            field="geometry",
            action="repaired",
            value=kind,
        )
    return geometry, faults


def _closed(member: dict[str, Any], kind: str) -> Any:
    """The polygon with every ring closed, None where that does not make it valid."""
    try:
        parts = [member["coordinates"]] if kind == "Polygon" else member["coordinates"]
        rings = [[_ring(ring) for ring in part] for part in parts]
        shapes = [shapely.Polygon(part[0], part[1:]) for part in rings if part]
        return shapes[0] if kind == "Polygon" else shapely.MultiPolygon(shapes)
    except (KeyError, IndexError, TypeError, ValueError, shapely.errors.ShapelyError):
        return None


def _ring(vertices: Any) -> list[tuple[float, float]]:
    ring = [(float(vertex[0]), float(vertex[1])) for vertex in vertices]
    return ring if ring[0] == ring[-1] else [*ring, ring[0]]


def polygon_of_rings(rings: Sequence[NDArray[np.float64]]) -> tuple[Any, bool]:
    """A polygon or multipolygon from the rings of a shapefile's record.

    Parameters
    ----------
    rings : sequence of float64 (k, 2)
        Outer rings run clockwise, holes the other way. A hole belongs to the smallest outer ring
        around it; one outside all of them is an area of its own, since many programs write rings
        in the wrong direction.

    Returns
    -------
    geometry or None, and whether a ring had to be closed.
    """
    closed = False
    outer: list[NDArray[np.float64]] = []
    holes: list[NDArray[np.float64]] = []
    for ring in rings:
        if len(ring) < 3:
            continue
        if not np.array_equal(ring[0], ring[-1]):
            ring, closed = np.vstack([ring, ring[:1]]), True
        if len(ring) >= 4:
            (outer if _doubled_area(ring) <= 0 else holes).append(ring)
    if not outer:
        outer, holes = holes, []
    if not outer:
        return None, closed
    owned: list[list[NDArray[np.float64]]] = [[] for _ in outer]
    if holes:
        shells = np.array([shapely.Polygon(ring) for ring in outer], dtype=object)
        areas = shapely.area(shells)
        for hole in holes:
            inside = shapely.intersects_xy(shells, *hole[0])
            if inside.any():
                owned[int(np.argmin(np.where(inside, areas, np.inf)))].append(hole)
            else:
                outer.append(hole)
                owned.append([])
    polygons = [shapely.Polygon(ring, inner) for ring, inner in zip(outer, owned, strict=True)]
    return (polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)), closed


def _doubled_area(ring: NDArray[np.float64]) -> float:
    """Twice the signed area: negative for a clockwise ring."""
    # Relative to the first vertex: products of eastings of 39 million metres would lose digits.
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


# Only these: pyproj would open a file whose name it is given.
_EPSG = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d+)", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?OGC:[\d.]*:?CRS84h?", re.IGNORECASE)


def crs_by_name(name: object, file: str) -> pyproj.CRS | None:
    """The coordinate system that ``EPSG:4547``, an OGC URN or WKT names; None for CRS84.

    Raises
    ------
    StudyError
        Anything else (``crs_unknown``).
    """
    text = str(name).strip()
    if _CRS84.fullmatch(text):
        return None
    match = _EPSG.fullmatch(text)
    try:
        return pyproj.CRS.from_epsg(int(match[1])) if match else pyproj.CRS.from_wkt(text)
    except pyproj.exceptions.CRSError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(text) or "-") from error


def to_lonlat(geometry: Geometries, crs: pyproj.CRS | None, file: str) -> Geometries:
    """Undo a projection: geometries in degrees, two-dimensional.

    Parameters
    ----------
    geometry : object array (n) of shapely geometries or None
    crs : pyproj.CRS or None
        None: already lon/lat.

    Raises
    ------
    StudyError
        ``crs_unknown``: pyproj has no transformation (a local engineering system).
    """
    flat: Geometries = np.asarray(shapely.force_2d(geometry), dtype=object)
    if crs is None or crs.to_epsg() in _PLAIN or crs.to_authority() == ("OGC", "CRS84"):
        return flat
    try:
        transformer = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(crs.name)) from error
    return _with_coordinates(flat, lambda xy: transformer.transform(xy[:, 0], xy[:, 1]))


def shift_geometry(geometry: Geometries, datum: str) -> Geometries:
    """Geometries with every vertex shifted from `datum` to WGS-84 (new array)."""
    if datum in ("wgs84", "cgcs2000"):
        return geometry
    return _with_coordinates(geometry, lambda xy: to_wgs84(xy[:, 0], xy[:, 1], datum))


def _with_coordinates(geometry: Geometries, change: Any) -> Geometries:
    moved: Geometries = np.asarray(
        shapely.transform(geometry, lambda xy: np.column_stack(change(xy))), dtype=object
    )
    return moved


# Lon/lat whose coordinates are used unchanged: WGS-84 (also 3D) and CGCS2000.
_PLAIN = (4326, 4979, 4490)
