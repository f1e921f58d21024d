"""Shapes for drawing: fewer vertices, and integers in place of degrees.

All functions work on all rings of a shape at once, since the bands of a province have hundreds of
thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["pack", "pack_lines", "simplified_bands"]

_SCALE = 10**5  # five decimals, about a metre
# Isochrones come from a 10 m grid, so that 3 m are not visible.
_BAND_TOLERANCE = 3e-5
# Vertices of one layer's bands that a browser draws at once, and the largest tolerance (3 km).
_BAND_VERTICES = 150_000
_LOOSEST = 0.03

Points = NDArray[np.float64]


def simplified_bands(shapes: Sequence[Any]) -> list[Any]:
    """Polygons of one layer's bands, simplified so that a browser can draw them all.

    The tolerance starts at about 3 m and grows until there are few enough vertices. Parts smaller
    than the tolerance are left out; the complete polygons are in isochrones.gpkg.
    """
    if not len(shapes):
        return []
    tolerance = _BAND_TOLERANCE
    # With far too many vertices, start at a larger tolerance.
    excess = float(shapely.get_num_coordinates(shapes).sum()) / (3 * _BAND_VERTICES)
    while excess >= 2 and tolerance < _LOOSEST:
        tolerance, excess = 2 * tolerance, excess / 2

    def first(shape: Any) -> _Rings:
        return _thinned(_rings_of(shape, tolerance), tolerance)

    # One band a thread: much of the work releases the interpreter.
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(first, shapes))
    while sum(len(rings.xy) for rings in drawn) > _BAND_VERTICES and tolerance < _LOOSEST:
        tolerance *= 2
        drawn = [_thinned(rings, tolerance) for rings in drawn]
    return [rings.polygons() for rings in drawn]


@dataclass(frozen=True)
class _Rings:
    """A multipolygon as its vertices, part by part: the outer ring, then the holes.

    Attributes
    ----------
    xy : float64 (n, 2)
        Ring by ring; the last vertex of each repeats its first.
    count : int64 (rings)
        Vertices of each ring.
    part : int64 (rings)
        The part that it belongs to, ascending.
    """

    xy: Points
    count: NDArray[np.int64]
    part: NDArray[np.int64]

    def polygons(self) -> shapely.MultiPolygon:
        begins = np.flatnonzero(np.diff(self.part, prepend=-1))
        part = np.append(begins, len(self.part))
        offsets = (_offsets(self.count), part, np.array([0, len(begins)]))
        (whole,) = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, self.xy, offsets)
        return whole


def _rings_of(shape: Any, tolerance: float) -> _Rings:
    """The shape's rings; of neighbouring vertices in one cell of half the tolerance, the first."""
    rings, part = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    count = shapely.get_num_coordinates(rings).astype(np.int64)
    xy = shapely.get_coordinates(rings)
    if not len(rings):
        return _Rings(xy, count, part)
    cell = np.floor(xy * (2 / tolerance)).astype(np.int32)
    kept = np.ones(len(xy), bool)
    np.any(cell[1:] != cell[:-1], axis=1, out=kept[1:])
    ends = np.cumsum(count)
    kept[ends - 1] = kept[ends - count] = True
    return _Rings(xy[kept], np.add.reduceat(kept, ends - count, dtype=np.int64), part)


def _thinned(rings: _Rings, tolerance: float) -> _Rings:
    """Simplify ring by ring: keeping topology takes twenty times as long and looks the same."""
    # Smaller areas would not be visible.
    large = _with_outer((_areas(rings) > tolerance**2) & (rings.count >= 4), rings.part)
    xy, count = rings.xy[np.repeat(large, rings.count)], rings.count[large]
    lines = shapely.linearrings(xy, indices=np.repeat(np.arange(len(count)), count))
    drawn = shapely.simplify(lines, tolerance, preserve_topology=False)
    count = shapely.get_num_coordinates(drawn).astype(np.int64)
    kept = _with_outer(count >= 4, rings.part[large])
    return _Rings(shapely.get_coordinates(drawn[kept]), count[kept], rings.part[large][kept])


def _with_outer(kept: NDArray[np.bool_], part: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Holes are kept only with their outer ring, the first of their part."""
    found: NDArray[np.bool_] = kept & kept[np.searchsorted(part, part)]
    return found


def _areas(rings: _Rings) -> NDArray[np.float64]:
    """Area of each ring, in square degrees."""
    if not len(rings.count):
        return np.zeros(0)
    first = _offsets(rings.count)[:-1]
    # Relative to the first vertex of each ring, to keep precision.
    xy = rings.xy - np.repeat(rings.xy[first], rings.count, axis=0)
    twice = np.zeros(len(xy))
    np.subtract(xy[:-1, 0] * xy[1:, 1], xy[1:, 0] * xy[:-1, 1], out=twice[:-1])
    enclosed: NDArray[np.float64] = np.abs(np.add.reduceat(twice, first)) / 2
    return enclosed


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)])


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
