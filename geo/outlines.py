"""Everything within a distance of many pieces of street, as polygons in the plane.

An exact distance field on a fine grid, tile by tile, is contoured by contourpy; the contour's lines
are joined across the tiles by the grid edge on which they meet. No polygon is ever united with
another, so that time and memory follow the length of the streets, and no general overlay can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from contourpy import LineType, contour_generator
from numba import njit
from numpy.typing import NDArray

__all__ = ["outline"]

# Grid nodes along a tile's side: what is contoured at once, so that memory follows the tile.
_TILE = 256
# Nearer to a seam than this (m), a line's end lies on it.
_ON_SEAM_M = 1e-6

Field = NDArray[np.float32]
Line = NDArray[np.float64]
# Grid edge on a seam: axis of the seam, its number, and the cell along it.
_Edge = tuple[int, int, int]


def outline(
    pieces: NDArray[np.float64], distance_m: float, *, cell_m: float
) -> NDArray[np.object_]:
    """Polygons of all that lies within `distance_m` of the pieces, in no order.

    Parameters
    ----------
    pieces : float64 (k, 4)
        Straight pieces x1, y1, x2, y2 in metres, each shorter than a tile (``255 * cell_m``).
    distance_m : float
    cell_m : float
        Spacing of the grid. The grid's nodes are multiples of it, whatever the pieces, so that the
        outline of more pieces holds that of fewer.
    """
    closed: list[Line] = []
    open_: dict[_Edge, tuple[Line, _Edge]] = {}
    # Between two numbers of the field's precision, so that no node lies on the contour itself.
    level = distance_m + float(np.spacing(np.float32(distance_m))) / 2
    for x0, y0, field in _fields(pieces, distance_m, cell_m):
        generator = contour_generator(
            x=x0 + cell_m * np.arange(field.shape[1]),
            y=y0 + cell_m * np.arange(field.shape[0]),
            z=field,
            line_type=LineType.Separate,
        )
        lines: Any = generator.lines(level)
        for line in lines:
            if (line[0] == line[-1]).all():
                closed.append(line)
            else:
                open_[_seam(line[0], cell_m)] = (line, _seam(line[-1], cell_m))
    return _polygons(closed + _chained(open_))


def _fields(
    pieces: NDArray[np.float64], distance_m: float, cell_m: float
) -> Iterator[tuple[float, float, Field]]:
    """Distance fields of the tiles that pieces touch: origin x, y and the field.

    Tiles lie on one fixed grid and share their border nodes, so that their contours meet.
    """
    reach = distance_m + 2 * cell_m
    side = (_TILE - 1) * cell_m
    low = np.minimum(pieces[:, :2], pieces[:, 2:]) - reach
    high = np.maximum(pieces[:, :2], pieces[:, 2:]) + reach
    if np.all(high.max(axis=0) - low.min(axis=0) <= side):
        # All in one: a grid just large enough (one site on foot).
        origin = np.floor(low.min(axis=0) / cell_m) * cell_m
        shape = np.ceil((high.max(axis=0) - origin) / cell_m).astype(int) + 1
        field = np.empty((shape[1], shape[0]), np.float32)
        _fill(pieces, np.arange(len(pieces)), origin[0], origin[1], cell_m, reach, field)
        yield float(origin[0]), float(origin[1]), field
        return
    first = np.floor(low / side).astype(np.int64)
    last = np.floor(high / side).astype(np.int64)
    # A piece touches at most the tiles at its box's corners, as it is shorter than a tile.
    corners = ((first, first), (last, first), (first, last), (last, last))
    i = np.concatenate([column[:, 0] for column, _ in corners])
    j = np.concatenate([row[:, 1] for _, row in corners])
    width = int(i.max() - i.min()) + 1
    tile = (j - j.min()) * width + (i - i.min())
    order = np.argsort(tile, kind="stable")
    starts = np.flatnonzero(np.diff(tile[order], prepend=-1))
    field = np.empty((_TILE, _TILE), np.float32)
    for members in np.split(order, starts[1:]):
        x0, y0 = float(i[members[0]] * side), float(j[members[0]] * side)
        _fill(pieces, np.unique(members % len(pieces)), x0, y0, cell_m, reach, field)
        yield x0, y0, field


def _seam(point: NDArray[np.float64], cell_m: float) -> _Edge:
    """The grid edge on a seam where a line ends: the same from both tiles."""
    side = (_TILE - 1) * cell_m
    seam = np.rint(point / side)
    axis = 0 if abs(point[0] - seam[0] * side) <= _ON_SEAM_M else 1
    return axis, int(seam[axis]), int(np.floor(point[1 - axis] / cell_m))


def _chained(open_: dict[_Edge, tuple[Line, _Edge]]) -> list[Line]:
    """Lines joined end to start, all the way round.

    Lines keep the low side on one hand, so that where one ends the next begins.
    """
    rings = []
    while open_:
        start, (line, end) = open_.popitem()
        chain = [line]
        while end != start and end in open_:
            line, end = open_.pop(end)
            chain.append(line)
        rings.append(np.concatenate([*chain, chain[0][:1]]))
    return rings


def _polygons(rings: list[Line]) -> NDArray[np.object_]:
    """Rings as polygons with their holes, told apart by their sense."""
    # Whole millimetres: vertices that all but coincide become one.
    tidy = [ring for ring in map(_tidied, rings) if len(ring) >= 4]
    if not tidy:
        return np.empty(0, object)
    of_ring = np.repeat(np.arange(len(tidy)), [len(ring) for ring in tidy])
    made = shapely.linearrings(np.concatenate(tidy), indices=of_ring)
    # contourpy runs clockwise round what is low.
    outer = made[~shapely.is_ccw(made)]
    holes = made[shapely.is_ccw(made)]
    shells = shapely.polygons(outer)
    if not len(holes):
        return shells
    tree = shapely.STRtree(shapely.get_point(holes, 0))
    shell, hole = tree.query(shells, predicate="contains")
    # Of the shells around a hole the smallest is its own.
    order = np.lexsort((shapely.area(shells)[shell], hole))
    held, where = np.unique(hole[order], return_index=True)
    owner = shell[order][where]
    by_owner = np.argsort(owner, kind="stable")
    owners, starts = np.unique(owner[by_owner], return_index=True)
    for one, members in zip(owners, np.split(held[by_owner], starts[1:]), strict=False):
        shells[one] = shapely.Polygon(outer[one], holes[members])
    return shells


def _tidied(ring: Line) -> Line:
    rounded = np.round(ring, 3)
    keep = np.ones(len(rounded), np.bool_)
    keep[1:] = (rounded[1:] != rounded[:-1]).any(axis=1)
    return rounded[keep]


# No reordering, so that a node on a seam gets the same bits in both tiles.
@njit(nogil=True, cache=True, fastmath={"nnan", "ninf", "nsz"})
def _fill(pieces, chosen, x0, y0, cell, reach, field):  # type: ignore[no-untyped-def]
    """Set the field to the distance to the nearest piece, `reach` where that is farther.

    Offsets from a piece's beginning in single precision, and no branch in the inner loop, so that
    it runs on vectors.
    """
    rows, columns = field.shape
    field[:] = np.float32(reach * reach)
    for i in chosen:
        x1, y1 = pieces[i, 0], pieces[i, 1]
        dx, dy = np.float32(pieces[i, 2] - x1), np.float32(pieces[i, 3] - y1)
        inverse = np.float32(1.0) / max(dx * dx + dy * dy, np.float32(1e-12))
        left = max(0, int(np.ceil((min(x1, x1 + dx) - reach - x0) / cell)))
        right = min(columns - 1, int(np.floor((max(x1, x1 + dx) + reach - x0) / cell)))
        bottom = max(0, int(np.ceil((min(y1, y1 + dy) - reach - y0) / cell)))
        top = min(rows - 1, int(np.floor((max(y1, y1 + dy) + reach - y0) / cell)))
        for row in range(bottom, top + 1):
            py = np.float32(y0 + row * cell - y1)
            line = field[row]
            for column in range(left, right + 1):
                px = np.float32(x0 + column * cell - x1)
                t = (px * dx + py * dy) * inverse
                t = min(np.float32(1.0), max(np.float32(0.0), t))
                ex, ey = px - t * dx, py - t * dy
                line[column] = min(line[column], ex * ex + ey * ey)
    for row in range(rows):
        for column in range(columns):
            field[row, column] = np.sqrt(field[row, column])
