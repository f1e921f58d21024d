"""A grid over the segments of roads, in which the segments near a point are found."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.coordinates.local_metres import metres_per_degree
from geo.roads.connected_parts import connected_parts
from geo.roads.roads import ALONG, AT_ENDS, Roads

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
        Leave out edges to which points do not attach (`Roads.attachable`); of a bridge or tunnel
        that is a dead end, keep the end.

    Attributes
    ----------
    edge : int32 (s)
        Edge of each segment, by its index among `rows`.
    vertex : int64 (s)
        The segment runs from this vertex of `Roads.lonlat` to the next one. A negative value ``~a``
        is a single vertex ``a``.
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
            counts = np.where(roads.attachable[rows] == ALONG, counts, 0)
        self.edge = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
        self.vertex = ranges(first, counts)
        if attachable_only:
            edge, vertex = _dead_ends(roads, rows)
            self.edge = np.concatenate([self.edge, edge])
            self.vertex = np.concatenate([self.vertex, ~vertex])
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


def _dead_ends(
    roads: Roads, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Edges (by index among `rows`) of bridges and tunnels with a dead end, and its vertex.

    A bridge that leads nowhere yet is reached at its end. One that no other road joins is left
    out, since nobody can get there.
    """
    kind, u, v = roads.attachable[rows], roads.u[rows], roads.v[rows]
    doubtful = np.flatnonzero(kind == AT_ENDS)
    degree = np.bincount(np.concatenate([u, v]), minlength=roads.node_count)
    at_u = doubtful[degree[u[doubtful]] == 1]
    at_v = doubtful[degree[v[doubtful]] == 1]
    edge = np.concatenate([at_u, at_v])
    if not len(edge):
        return edge.astype(np.int32), np.empty(0, np.int64)
    # Parts of edges without attachment that touch a road to which points attach.
    bare = np.flatnonzero(kind != ALONG)
    part = connected_parts(roads.node_count, u[bare], v[bare])
    along = kind == ALONG
    joined = np.isin(part[u[edge]], part[np.unique(np.concatenate([u[along], v[along]]))])
    first, last = roads.start[rows], roads.start[rows + 1] - 1
    vertex = np.concatenate([first[at_u], last[at_v]])
    order = np.flatnonzero(joined)
    order = order[np.argsort(edge[order], kind="stable")]
    return edge[order].astype(np.int32), vertex[order]


@_jit
def _ends(v):  # type: ignore[no-untyped-def]
    """First and last vertex of a segment, one and the same for a single vertex."""
    return (v, v + 1) if v >= 0 else (~v, ~v)


@_jit
def _bounds(lonlat, vertex):  # type: ignore[no-untyped-def]
    """Lowest and highest longitude and latitude of all segments, without copying them."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for v in vertex:
        for end in _ends(v):
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
            begin, end = _ends(vertex[s])
            x1, y1 = lonlat[begin]
            x2, y2 = lonlat[end]
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
    a, b = _ends(a)
    x1 = (lonlat[a, 0] - point[0]) * east
    y1 = (lonlat[a, 1] - point[1]) * north
    dx = (lonlat[b, 0] - lonlat[a, 0]) * east
    dy = (lonlat[b, 1] - lonlat[a, 1]) * north
    square = dx * dx + dy * dy
    t = 0.0
    if square > 0.0:
        t = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square))
    x, y = x1 + t * dx, y1 + t * dy
    return x * x + y * y, t
