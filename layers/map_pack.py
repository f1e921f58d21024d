"""Shapes for drawing: fewer vertices, and whole numbers in place of degrees.

Everything works on all rings of a shape at once: a province's bands have hundreds of thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["pack", "pack_lines", "simplified_bands"]

_SCALE = 10**5  # five decimals, about a metre
# Isochrones come from a 10 m grid; 3 m less detail halves nothing that an eye sees.
_BAND_TOLERANCE = 3e-5
# Vertices of one layer's bands that a browser still draws at once, and where loosening ends (3 km).
_BAND_VERTICES = 150_000
_LOOSEST = 0.03

Points = NDArray[np.float64]


def simplified_bands(shapes: Sequence[Any]) -> list[Any]:
    """Polygons of one layer's bands with fewer vertices, so many that a browser can draw them all.

    The tolerance begins at about 3 m and grows until the bands are light enough; what is smaller
    than the tolerance is left out. The whole polygons stand in isochrones.gpkg.
    """
    tolerance = _BAND_TOLERANCE
    # Far too many vertices are not worth a first look at three metres.
    excess = float(shapely.get_num_coordinates(shapes).sum()) / (8 * _BAND_VERTICES)
    while excess >= 2 and tolerance < _LOOSEST:
        tolerance, excess = 2 * tolerance, excess / 2
    drawn = [_simplified(shape, tolerance) for shape in shapes]
    while shapely.get_num_coordinates(drawn).sum() > _BAND_VERTICES and tolerance < _LOOSEST:
        tolerance *= 2
        drawn = [_simplified(shape, tolerance) for shape in drawn]
    return drawn


def _simplified(shape: Any, tolerance: float) -> shapely.MultiPolygon:
    """Ring by ring: keeping the topology takes twenty times as long and changes nothing to see."""
    parts = shapely.get_parts(shape)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    outer = np.searchsorted(of_part, of_part)
    # A street's end is a hundred metres wide: what has no more area than this is no area.
    large = np.abs(shapely.area(shapely.polygons(rings))) > tolerance**2
    kept = large & large[outer]
    drawn = shapely.simplify(rings, tolerance, preserve_topology=False)
    counts = shapely.get_num_coordinates(drawn)
    kept &= (counts >= 4) & (counts[outer] >= 4)
    drawn, of_part = drawn[kept], of_part[kept]
    ring = np.concatenate([[0], np.cumsum(counts[kept])])
    part = np.append(np.flatnonzero(np.diff(of_part, prepend=-1)), len(drawn))
    offsets = (ring, part, np.array([0, len(part) - 1]))
    coordinates = shapely.get_coordinates(drawn)
    (whole,) = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)
    return whole


def pack(shape: Any) -> list[list[list[int]]]:
    """A polygon or multipolygon as integers: polygons → rings → x, y, dx, dy, dx, dy, ...

    In 1e-5 degrees, each vertex as its difference from the one before: a third of GeoJSON's size.
    """
    parts = shapely.get_parts(shape)
    areas = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON)]
    rings, of_part = shapely.get_rings(areas, return_index=True)
    packed: dict[int, list[list[int]]] = {}
    for part, deltas in zip(of_part.tolist(), _deltas(rings, closed=True), strict=True):
        if len(deltas) >= 6:
            packed.setdefault(part, []).append(deltas)
    return list(packed.values())


def pack_lines(shape: Any) -> list[list[int]]:
    """Lines, or the borders of polygons, as integers: lines → x, y, dx, dy, dx, dy, ..."""
    parts = shapely.get_parts(shape)
    polygons = shapely.get_dimensions(parts) == 2
    lines = shapely.get_parts(np.where(polygons, shapely.boundary(parts), parts))
    return [deltas for deltas in _deltas(lines, closed=False) if len(deltas) > 2]


def _deltas(lines: NDArray[np.object_], *, closed: bool) -> list[list[int]]:
    """Vertices in 1e-5°, each as its difference from the one before, without repetitions.

    The last vertex of a closed line, which repeats the first, is left out.
    """
    degrees, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.rint(degrees * _SCALE).astype(np.int64)
    begins = np.diff(line, prepend=-1) != 0
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), np.int64))
    kept = begins | (steps != 0).any(axis=1)
    if closed:
        kept &= begins | ~np.append(begins[1:], True)
    xy, line, begins = xy[kept], line[kept], begins[kept]
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), np.int64))
    steps[begins] = xy[begins]
    flat: list[int] = steps.ravel().tolist()
    ends = 2 * np.searchsorted(line, np.arange(len(lines) + 1))
    return [flat[a:b] for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
