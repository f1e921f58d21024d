"""Approximate areas around seats: Voronoi cells, cut at the borders of the parent areas.

Real borders are not Voronoi lines, so results over such areas say that they are approximate
(`units.approximate` has a default text). Where the services are at the seats themselves, the share
by presence is meaningless.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates.local_metres import metres_per_degree

__all__ = ["areas_around_seats", "parent_of_seats"]

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def parent_of_seats(parents: Geometries, lon: Floats, lat: Floats) -> Ints:
    """The parent area around each seat (the first of several), -1 outside all of them.

    Parameters
    ----------
    parents : object array (m) of areas, EPSG:4326
    lon, lat : float64 (n)
    """
    tree = shapely.STRtree(parents)
    seat, parent = tree.query(shapely.points(lon, lat), predicate="intersects")
    found = np.full(len(lon), len(parents), np.int64)
    np.minimum.at(found, seat, parent)
    return np.where(found == len(parents), -1, found)


def areas_around_seats(parents: Geometries, parent: Ints, lon: Floats, lat: Floats) -> Geometries:
    """Divide each parent area among its seats by the nearest seat.

    Parameters
    ----------
    parents : object array (m) of areas, EPSG:4326
    parent : int64 (n)
        The parent of each seat, as of `parent_of_seats`, none of them -1.
    lon, lat : float64 (n)
        Distinct within a parent.

    Returns
    -------
    object array (n) of areas
        EPSG:4326. The areas of one parent cover it without overlaps (but for rounding), and each
        contains its seat. Distances are those of the local plane at the parent's middle.
    """
    areas = np.empty(len(lon), dtype=object)
    for number in np.unique(parent):
        seats = np.flatnonzero(parent == number)
        areas[seats] = _divided(parents[number], lon[seats], lat[seats])
    return areas


def _divided(area: shapely.Geometry, lon: Floats, lat: Floats) -> Geometries:
    """One area divided among its seats, in a plane with true scale at its middle latitude."""
    if len(lon) == 1:
        return np.array([area], dtype=object)
    _, south, _, north = area.bounds
    per_lon, per_lat = metres_per_degree(np.array([(south + north) / 2]))
    scale = np.array([per_lon[0], per_lat[0]])
    flat = shapely.transform(area, lambda xy: xy * scale)
    seats = shapely.multipoints(np.column_stack([lon, lat]) * scale)
    cells = shapely.get_parts(shapely.voronoi_polygons(seats, extend_to=flat, ordered=True))
    shapely.prepare(flat)
    cut = shapely.intersection(cells, flat)
    # Where the line between two seats runs along the area's border, the cut leaves a line, too.
    polygons = [_polygonal(piece) for piece in cut]
    return np.asarray(
        shapely.transform(np.array(polygons, dtype=object), lambda xy: xy / scale), dtype=object
    )


def _polygonal(geometry: shapely.Geometry) -> shapely.Geometry:
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
