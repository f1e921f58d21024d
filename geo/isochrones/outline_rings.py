"""The rings of an outline: lines linked to rings, holes assigned, vertices thinned; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.isochrones.outline_tiles import KEEP_OFF_M

__all__ = ["join_lines", "ring_parents", "tidy_rings"]

_jit = njit(nogil=True, cache=True)
# A vertex is dropped where the line moves by less than this (m). Lines keep at least a centimetre
# apart (`geo.isochrones.outline_tiles`), so that no two lines can touch. The single precision of
# the distance field moves vertices on a straight line by up to 0.03 mm.
_TOLERANCE_M = 0.000_15
# At most so many vertices are dropped in a row, so that the check stays short.
_MOST_DROPPED = 24
# A line straight in the plane is not quite so in degrees: 0.15 mm on this length (m) at 50° N.
_LONGEST_M = 80.0
# A vertex so close to a node of the grid is kept, since its place is the same for two outlines that
# are less than the distance of `KEEP_OFF_M` apart.
_AT_NODE_M = KEEP_OFF_M + 0.001


@_jit
def join_lines(xy, edge, begin, length, follower):  # type: ignore[no-untyped-def]
    """Link lines, end to start, into rings.

    Returns
    -------
    xy, edge
        Crossings, ring by ring, each once.
    ring : int64 (rings + 1)
    """
    out_xy, out_edge = np.empty_like(xy), np.empty_like(edge)
    ring = np.zeros(len(begin) + 1, np.int64)
    used = np.zeros(len(begin), np.bool_)
    points, rings = 0, 0
    for i in range(len(begin)):
        at = i
        if used[at]:
            continue
        while not used[at]:
            used[at] = True
            for k in range(begin[at], begin[at] + length[at]):
                out_xy[points] = xy[k]
                out_edge[points] = edge[k]
                points += 1
            at = follower[at]
        rings += 1
        ring[rings] = points
    return out_xy, out_edge, ring[: rings + 1].copy()


@_jit
def ring_parents(xy, edge, ring, row_edge, row_point):  # type: ignore[no-untyped-def]
    """For each ring the outer ring of its part (itself for an outer one), and whether it is a hole.

    Starting at a hole's leftmost crossing of a row and going left, everything is inside the part
    until the row crosses its outer ring or another of its holes, which lies farther left.

    Parameters
    ----------
    row_edge, row_point
        The crossings of rows, sorted.
    """
    rings = len(ring) - 1
    ring_of = np.empty(len(edge), np.int32)
    parent = np.arange(rings)
    is_hole = np.zeros(rings, np.bool_)
    for i in range(rings):
        a, b = ring[i], ring[i + 1]
        ring_of[a:b] = i
        is_hole[i] = _area_twice(xy, a, b) < 0.0
    for i in range(rings):
        if is_hole[i]:
            leftmost = -1
            for k in range(ring[i], ring[i + 1]):
                if edge[k] & 1 == 0 and (leftmost < 0 or xy[k, 0] < xy[leftmost, 0]):
                    leftmost = k
            parent[i] = ring_of[row_point[np.searchsorted(row_edge, edge[leftmost]) - 1]]
    for i in range(rings):
        while is_hole[parent[i]]:
            parent[i] = parent[parent[i]]
    return parent, is_hole


@_jit
def _area_twice(xy, begin, end):  # type: ignore[no-untyped-def]
    """Twice the area of a ring, negative for a clockwise one."""
    x0, y0 = xy[begin, 0], xy[begin, 1]
    total = 0.0
    for k in range(begin + 1, end - 1):
        ax, ay = xy[k, 0] - x0, xy[k, 1] - y0
        bx, by = xy[k + 1, 0] - x0, xy[k + 1, 1] - y0
        total += ax * by - ay * bx
    return total


@_jit
def tidy_rings(xy, ring, order, cell):  # type: ignore[no-untyped-def]
    """Rings in the given order, closed, without vertices on straight lines; their total area."""
    out = np.empty((len(xy) + len(order), 2))
    out_ring = np.zeros(len(order) + 1, np.int64)
    points = 0
    area = 0.0
    for n in range(len(order)):
        begin, end = ring[order[n]], ring[order[n] + 1]
        first = points
        out[points] = xy[begin]
        points += 1
        anchor = begin
        for k in range(begin + 2, end + 1):
            # The vertex before k is dropped if all since the anchor lie on the line to k.
            after = xy[k if k < end else begin]
            kept = (
                k - anchor > _MOST_DROPPED
                or _at_node(xy[k - 1], cell)
                or not _straight(xy, anchor, k, after)
            )
            if kept:
                anchor = k - 1
                out[points] = xy[anchor]
                points += 1
        if points - first < 3:  # not seen so far: a ring surrounds a node of the grid
            points = first
            for k in range(begin, end):
                out[points] = xy[k]
                points += 1
        area += _area_twice(out, first, points) / 2.0
        out[points] = out[first]
        points += 1
        out_ring[n + 1] = points
    return out[:points].copy(), out_ring, area


@_jit
def _at_node(point, cell):  # type: ignore[no-untyped-def]
    """Whether a crossing is at a node of the grid; one of its coordinates is a multiple of it."""
    off_x = abs(point[0] - np.rint(point[0] / cell) * cell)
    off_y = abs(point[1] - np.rint(point[1] / cell) * cell)
    return max(off_x, off_y) <= _AT_NODE_M


@_jit
def _straight(xy, anchor, end, after):  # type: ignore[no-untyped-def]
    """Whether the vertices between `anchor` and `end` lie on the line from it to `after`."""
    x0, y0 = xy[anchor, 0], xy[anchor, 1]
    dx, dy = after[0] - x0, after[1] - y0
    length = np.hypot(dx, dy)
    if length > _LONGEST_M:
        return False
    for k in range(anchor + 1, end):
        px, py = xy[k, 0] - x0, xy[k, 1] - y0
        if abs(px * dy - py * dx) > _TOLERANCE_M * length:
            return False
        if px * dx + py * dy < 0.0:
            return False
    return True
