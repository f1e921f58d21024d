"""A grid over the segments of roads, in which the segments near a point are found."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.coordinates.local_metres import metres_per_degree
from geo.roads.roads import Roads

__all__ = ["SegmentGrid", "nearest_on"]

_jit = njit(nogil=True, cache=True)


class SegmentGrid:
    """The segments of some edges, by cells.

    Parameters
    ----------
    roads : Roads
    rows : int32 (e)
        The edges.
    attachable_only : bool
        Leave out edges to which points do not attach (`Roads.attachable`).

    Attributes
    ----------
    edge : int32 (s)
        Edge of each segment, by its index among `rows`.
    vertex : int64 (s)
        The segment runs from this vertex of `Roads.lonlat` to the next one.
    cells : tuple
        As compiled code takes them: ``first`` and ``segments`` (those of cell c are
        ``segments[first[c]:first[c + 1]]``, ascending), origin and size of the cells in degrees,
        and their number by columns and rows.
    """

    def __init__(
        self, roads: Roads, rows: NDArray[np.int32], *, attachable_only: bool = False
    ) -> None:
        first = roads.start[rows]
        counts = roads.start[rows + 1] - first - 1
        if attachable_only:
            counts = np.where(roads.attachable[rows], counts, 0)
        self.edge = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
        self.vertex = ranges(first, counts)
        layout = self._layout(roads.lonlat)
        self.cells = (*_fill_grid(roads.lonlat, self.vertex, *layout), *layout)

    def _layout(
        self, lonlat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Origin, cell size (degrees) and shape (columns, rows) for about two segments a cell."""
        if not len(self.vertex):
            return np.zeros(2), np.ones(2), np.ones(2, np.int64)
        low, high = _bounds(lonlat, self.vertex)
        scale = np.array(metres_per_degree(np.array((low[1] + high[1]) / 2)))
        extent_m = np.maximum((high - low) * scale, 1.0)
        cell_m = np.clip(np.sqrt(extent_m.prod() / max(len(self.edge) / 2, 1)), 25.0, 2_000.0)
        # A study that spans the globe by mistake must not get a grid of gigabytes.
        cell_m = max(cell_m, np.sqrt(extent_m.prod() / 5e7))
        cell = cell_m / scale
        shape = (np.floor((high - low) / cell) + 1).astype(np.int64)
        return low, cell, shape


@_jit
def _bounds(lonlat, vertex):  # type: ignore[no-untyped-def]
    """Lowest and highest longitude and latitude of all segments, without copying them."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for first in vertex:
        for end in (first, first + 1):
            for axis in range(2):
                low[axis] = min(low[axis], lonlat[end, axis])
                high[axis] = max(high[axis], lonlat[end, axis])
    return low, high


@_jit
def _cells_of_row(x1, y1, x2, y2, origin, cell, shape, row):  # type: ignore[no-untyped-def]
    """First and last column that a segment crosses within one row of cells, slightly enlarged."""
    low = origin[1] + row * cell[1]
    high = low + cell[1]
    left, right = min(x1, x2), max(x1, x2)
    if y1 != y2:
        at_low = x1 + (low - y1) / (y2 - y1) * (x2 - x1)
        at_high = x1 + (high - y1) / (y2 - y1) * (x2 - x1)
        slack = 1e-9 * abs(cell[0]) + 1e-12
        left = max(left, min(at_low, at_high) - slack)
        right = min(right, max(at_low, at_high) + slack)
    first = max(0, int(np.floor((left - origin[0]) / cell[0])))
    last = min(shape[0] - 1, int(np.floor((right - origin[0]) / cell[0])))
    return first, last


@_jit
def _fill_grid(lonlat, vertex, origin, cell, shape):  # type: ignore[no-untyped-def]
    """Segments by cell in compressed rows: ``segments[first[c]:first[c + 1]]``, ascending."""
    cells = shape[0] * shape[1]
    first = np.zeros(cells + 1, np.int64)
    segments = np.empty(0, np.int32)
    for turn in range(2):
        for s in range(vertex.size):
            x1, y1 = lonlat[vertex[s]]
            x2, y2 = lonlat[vertex[s] + 1]
            top = min(shape[1] - 1, int(np.floor((max(y1, y2) - origin[1]) / cell[1])))
            bottom = max(0, int(np.floor((min(y1, y2) - origin[1]) / cell[1])))
            for row in range(bottom, top + 1):
                left, right = _cells_of_row(x1, y1, x2, y2, origin, cell, shape, row)
                for column in range(left, right + 1):
                    c = row * shape[0] + column
                    if turn == 0:
                        first[c + 1] += 1
                    else:
                        segments[first[c]] = s
                        first[c] += 1
        if turn == 0:
            first = np.cumsum(first)
            segments = np.empty(first[-1], np.int32)
    for c in range(cells, 0, -1):  # the second turn moved every entry to its end
        first[c] = first[c - 1]
    first[0] = 0
    return first, segments


@_jit
def nearest_on(lonlat, a, point, east, north):  # type: ignore[no-untyped-def]
    """Squared distance (m²) from a point to the segment at vertex `a`, and the share along it."""
    x1 = (lonlat[a, 0] - point[0]) * east
    y1 = (lonlat[a, 1] - point[1]) * north
    dx = (lonlat[a + 1, 0] - lonlat[a, 0]) * east
    dy = (lonlat[a + 1, 1] - lonlat[a, 1]) * north
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square))
    x, y = x1 + t * dx, y1 + t * dy
    return x * x + y * y, t
