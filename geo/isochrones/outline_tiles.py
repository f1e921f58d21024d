"""The tiles of an outline: distance fields and their contour lines, compiled.

A grid edge has the same number in all tiles: ``2 * (row * width + column)`` for the edge along a
row that begins at the node (row, column), and one more for the edge along the column.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["KEEP_OFF_M", "contour_tiles", "tile_members"]

_jit = njit(nogil=True, cache=True)
# The outline stays at least this far (m) from the nodes of the grid.
KEEP_OFF_M = 0.01
# Crossings are in whole steps of this (m), many times finer than the tolerance of the thinning.
_STEP_M = 1e-5
# How a line passes through a cell, by which corners are within the distance (bits: lower left,
# lower right, upper right, upper left): the sides where it enters and leaves (0 lower, 1 right,
# 2 upper, 3 left), with the inside on its left. Saddles have two lines and are treated separately.
_FROM = np.array([-1, 0, 1, 1, 2, -1, 2, 2, 3, 0, -1, 1, 3, 0, 3, -1], np.int8)
_TO = np.array([-1, 3, 0, 3, 1, -1, 0, 3, 2, 2, -1, 2, 1, 1, 0, -1], np.int8)


def tile_members(
    pieces: NDArray[np.float64], reach_m: float, side_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """The pieces that each tile needs.

    Returns
    -------
    tiles : int64 (t, 2)
        Column and row of each tile with a piece within reach, row by row.
    first : int64 (t + 1)
    members : int32
        Tile ``i`` has the pieces ``members[first[i]:first[i + 1]]``.
    """
    # One axis at a time: numpy takes ten times as long for both together.
    ends = pieces[:, 0::2], pieces[:, 1::2]
    least = np.array([np.min(values) for values in ends])
    most = np.array([np.max(values) for values in ends])
    low = np.floor((least - reach_m) / side_m).astype(np.int64)
    high = np.floor((most + reach_m) / side_m).astype(np.int64)
    columns, rows = (high - low + 1).tolist()
    first, members = _members(pieces, reach_m, side_m, low[0], low[1], columns, rows)
    held = np.flatnonzero(np.diff(first))
    tiles = np.column_stack([low[0] + held % columns, low[1] + held // columns])
    return tiles, np.append(first[held], first[-1]), members


@_jit
def _members(pieces, reach, side, low_x, low_y, columns, rows):  # type: ignore[no-untyped-def]
    first = np.zeros(columns * rows + 1, np.int64)
    members = np.empty(0, np.int32)
    for count in (True, False):
        for i in range(len(pieces)):
            x1, y1, x2, y2 = pieces[i, 0], pieces[i, 1], pieces[i, 2], pieces[i, 3]
            left = int(np.floor((min(x1, x2) - reach) / side)) - low_x
            right = int(np.floor((max(x1, x2) + reach) / side)) - low_x
            bottom = int(np.floor((min(y1, y2) - reach) / side)) - low_y
            top = int(np.floor((max(y1, y2) + reach) / side)) - low_y
            for row in range(bottom, top + 1):
                for column in range(left, right + 1):
                    at = row * columns + column
                    if count:
                        first[at + 1] += 1
                    else:
                        members[first[at]] = i
                        first[at] += 1
        if count:
            first = np.cumsum(first)
            members = np.empty(first[-1], np.int32)
    # Filling has moved every entry to the first entry of the next tile.
    first[1:] = first[:-1].copy()
    first[0] = 0
    return first, members


@_jit
def contour_tiles(  # type: ignore[no-untyped-def]
    pieces, tiles, first, members, begin, end, cells, cell, reach, distance
):
    """Contour lines of the tiles ``begin:end``.

    Returns
    -------
    xy : float64 (n, 2)
        Crossings of the lines with the edges of the grid, line by line.
    edge : int64 (n)
        The crossed edges.
    length : int64 (lines)
        Crossings of each line.
    last : int64 (lines)
        The edge on which each line ends, not among its crossings: the first edge of a ring, else
        one on the border of the tile, where another line begins.
    """
    side = cells + 1
    low_i, low_j = tiles[:, 0].min() * cells, tiles[:, 1].min() * cells
    width = (tiles[:, 0].max() + 1) * cells - low_i + 1
    field = np.empty((side, side), np.float32)
    follower = np.full(2 * side * side, -1, np.int32)
    entered = np.zeros(2 * side * side, np.bool_)
    starts = np.empty(2 * side * side, np.int32)
    xy, edge = np.empty((4096, 2)), np.empty(4096, np.int64)
    length, last = np.empty(256, np.int64), np.empty(256, np.int64)
    points, lines = 0, 0
    for t in range(begin, end):
        i0, j0 = tiles[t, 0] * cells, tiles[t, 1] * cells
        _fill(pieces, members[first[t] : first[t + 1]], i0, j0, cell, reach, field)
        count = _link(field, distance, follower, entered, starts)
        # The lines of a tile have as many crossings as links, and one more for each open line.
        while points + 2 * count > len(xy):
            xy, edge = _larger_points(xy, points), _larger(edge, points)
        while lines + count > len(length):
            length, last = _larger(length, lines), _larger(last, lines)
        for ring in (False, True):  # first the lines that begin at the border, then rings
            for s in range(count):
                at = starts[s]
                if follower[at] < 0 or (entered[at] and not ring):
                    continue
                before = points
                while follower[at] >= 0:
                    _crossing(field, at, i0, j0, cell, distance, xy[points])
                    edge[points] = _number(at, side, i0 - low_i, j0 - low_j, width)
                    points += 1
                    after = follower[at]
                    follower[at] = -1
                    entered[after] = False
                    at = after
                length[lines] = points - before
                last[lines] = _number(at, side, i0 - low_i, j0 - low_j, width)
                lines += 1
    return xy[:points].copy(), edge[:points].copy(), length[:lines].copy(), last[:lines].copy()


@_jit
def _larger(values, count):  # type: ignore[no-untyped-def]
    made = np.empty(2 * len(values), values.dtype)
    made[:count] = values[:count]
    return made


@_jit
def _larger_points(values, count):  # type: ignore[no-untyped-def]
    made = np.empty((2 * len(values), 2))
    made[:count] = values[:count]
    return made


# Without reordering, so that a node on the border of two tiles gets the same bits in both.
@njit(nogil=True, cache=True, fastmath={"nnan", "ninf", "nsz"})
def _fill(pieces, chosen, i0, j0, cell, reach, field):  # type: ignore[no-untyped-def]
    """Set the field to the squared distance to the nearest piece, capped at `reach` squared.

    The whole box around a piece is filled: beyond the reach this changes nothing, and it is faster
    than to compute where the reach ends in each row. To let the inner loop run on vectors, offsets
    from the piece's beginning are in single precision, there is no branch, and columns come in
    whole fours.
    """
    rows, columns = field.shape
    field[:] = np.float32(reach * reach)
    for i in chosen:
        x1, y1, x2, y2 = pieces[i, 0], pieces[i, 1], pieces[i, 2], pieces[i, 3]
        dx, dy = np.float32(x2 - x1), np.float32(y2 - y1)
        inverse = np.float32(1.0) / max(dx * dx + dy * dy, np.float32(1e-12))
        bottom = max(0, int(np.ceil((min(y1, y2) - reach) / cell)) - j0)
        top = min(rows - 1, int(np.floor((max(y1, y2) + reach) / cell)) - j0)
        begin = max(0, int(np.ceil((min(x1, x2) - reach) / cell)) - i0) // 4 * 4
        end = min(columns, (int(np.floor((max(x1, x2) + reach) / cell)) - i0) // 4 * 4 + 4)
        if end <= begin:
            continue
        for row in range(bottom, top + 1):
            py = np.float32((j0 + row) * cell - y1)
            line = field[row]
            # Unsigned: a possibly negative index would prevent the use of vectors.
            for column in range(np.uint64(begin), np.uint64(end)):
                px = np.float32((i0 + np.int64(column)) * cell - x1)
                t = (px * dx + py * dy) * inverse
                t = min(np.float32(1.0), max(np.float32(0.0), t))
                ex, ey = px - t * dx, py - t * dy
                line[column] = min(line[column], ex * ex + ey * ey)


@_jit
def _link(field, distance, follower, entered, starts):  # type: ignore[no-untyped-def]
    """Link the crossings of each cell; returns the number of links, which begin at `starts`.

    The local number of a crossing is ``row * side + column`` on an edge along a row; on an edge
    along a column, the number of nodes of a tile is added.
    """
    side = len(field)
    up = side * side
    level = np.float32(distance) * np.float32(distance)
    count = 0
    for row in range(side - 1):
        lower, upper = field[row], field[row + 1]
        for column in range(side - 1):
            corners = (
                int(lower[column] <= level)
                + 2 * int(lower[column + 1] <= level)
                + 4 * int(upper[column + 1] <= level)
                + 8 * int(upper[column] <= level)
            )
            if corners == 0 or corners == 15:
                continue
            at = row * side + column
            sides = (at, up + at + 1, at + side, up + at)
            if corners == 5 or corners == 10:
                middle = (
                    np.sqrt(lower[column])
                    + np.sqrt(lower[column + 1])
                    + np.sqrt(upper[column + 1])
                    + np.sqrt(upper[column])
                )
                joined = middle <= 4 * distance
                if corners == 5:
                    a, b = (1, 3) if joined else (3, 1)
                    one, other = (0, a), (2, b)
                else:
                    a, b = (2, 0) if joined else (0, 2)
                    one, other = (1, a), (3, b)
                count = _note(sides[one[0]], sides[one[1]], follower, entered, starts, count)
                count = _note(sides[other[0]], sides[other[1]], follower, entered, starts, count)
            else:
                begin, end = sides[_FROM[corners]], sides[_TO[corners]]
                count = _note(begin, end, follower, entered, starts, count)
    return count


@_jit
def _note(begin, end, follower, entered, starts, count):  # type: ignore[no-untyped-def]
    follower[begin] = end
    entered[end] = True
    starts[count] = begin
    return count + 1


@_jit
def _crossing(field, at, i0, j0, cell, distance, point):  # type: ignore[no-untyped-def]
    """Where the outline crosses a grid edge, in whole steps, away from the grid's nodes."""
    side = len(field)
    along_row = at < side * side
    node = at if along_row else at - side * side
    row, column = node // side, node % side
    a = np.sqrt(np.float64(field[row, column]))
    b = np.sqrt(np.float64(field[row, column + 1] if along_row else field[row + 1, column]))
    t = (distance - a) / (b - a) if a != b else 0.5
    way = np.rint(min(max(t * cell, KEEP_OFF_M), cell - KEEP_OFF_M) / _STEP_M) * _STEP_M
    x, y = (i0 + column) * cell, (j0 + row) * cell
    point[0] = x + way if along_row else x
    point[1] = y if along_row else y + way


@_jit
def _number(at, side, i, j, width):  # type: ignore[no-untyped-def]
    """The number of a local edge in the whole grid."""
    up = at >= side * side
    node = at - side * side if up else at
    return 2 * ((j + node // side) * width + i + node % side) + (1 if up else 0)
