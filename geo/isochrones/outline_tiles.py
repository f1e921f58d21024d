"""The tiles of an outline: distance fields and their contour lines, compiled.

A grid edge is known by one number in all tiles: ``2 * (row * width + column)`` for the edge that
runs along a row from its node (row, column), one more for the edge along the column.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["contour_tiles", "tile_members"]

_jit = njit(nogil=True, cache=True)
# Nearer to a node of the grid than this (m) no outline passes.
_KEEP_OFF_M = 0.01
# Where the lines go through a cell, by its corners within the distance (bits: lower left, lower
# right, upper right, upper left): from a side to a side (0 lower, 1 right, 2 upper, 3 left), what
# is within on the left hand. Saddles have two lines, and two ways, and stand apart.
_FROM = np.array([-1, 0, 1, 1, 2, -1, 2, 2, 3, 0, -1, 1, 3, 0, 3, -1], np.int8)
_TO = np.array([-1, 3, 0, 3, 1, -1, 0, 3, 2, 2, -1, 2, 1, 1, 0, -1], np.int8)


def tile_members(
    pieces: NDArray[np.float64], reach_m: float, side_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Which pieces each tile has to look at.

    Returns
    -------
    tiles : int64 (t, 2)
        Column and row of each tile that any piece comes near, row by row.
    first : int64 (t + 1)
    members : int32
        Tile ``i`` has the pieces ``members[first[i]:first[i + 1]]``.
    """
    # Column by column: numpy takes ten times as long for both at once.
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
    # Filling has moved every beginning to the next tile's.
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
        Where the lines cross edges of the grid, in whole millimetres, line by line.
    edge : int64 (n)
        The edges.
    length : int64 (lines)
        Crossings of each line.
    last : int64 (lines)
        The edge on which each line ends, beyond its last crossing here: its own first one for a
        ring, else one on the tile's border, where another line begins.
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
        # A tile's lines have no more crossings than segments, one more for each that is open.
        while points + 2 * count > len(xy):
            xy, edge = _larger_points(xy, points), _larger(edge, points)
        while lines + count > len(length):
            length, last = _larger(length, lines), _larger(last, lines)
        for ring in (False, True):  # lines that begin at the border first, then what is left
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


# No reordering, so that a node on a seam gets the same bits in both tiles.
@njit(nogil=True, cache=True, fastmath={"nnan", "ninf", "nsz"})
def _fill(pieces, chosen, i0, j0, cell, reach, field):  # type: ignore[no-untyped-def]
    """Set the field to the squared distance to the nearest piece, capped at `reach` squared.

    Around a piece its whole box is filled: beyond the reach that changes nothing, and finding out
    where the reach ends in each row took longer than filling. Offsets from the piece's beginning in
    single precision, no branch in the inner loop and whole fours of columns, so that it runs on
    vectors.
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
            # Unsigned: an index that might be negative keeps the loop off vectors.
            for column in range(np.uint64(begin), np.uint64(end)):
                px = np.float32((i0 + np.int64(column)) * cell - x1)
                t = (px * dx + py * dy) * inverse
                t = min(np.float32(1.0), max(np.float32(0.0), t))
                ex, ey = px - t * dx, py - t * dy
                line[column] = min(line[column], ex * ex + ey * ey)


@_jit
def _link(field, distance, follower, entered, starts):  # type: ignore[no-untyped-def]
    """Link the crossings of each cell; the number of links, whose beginnings are in `starts`.

    A crossing's local number is ``row * side + column`` for an edge along a row, and as much more
    as a tile has nodes for one along a column.
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
    """Where the outline crosses a grid edge, in whole millimetres and off the grid's nodes."""
    side = len(field)
    along_row = at < side * side
    node = at if along_row else at - side * side
    row, column = node // side, node % side
    a = np.sqrt(np.float64(field[row, column]))
    b = np.sqrt(np.float64(field[row, column + 1] if along_row else field[row + 1, column]))
    t = (distance - a) / (b - a) if a != b else 0.5
    way = min(max(t * cell, _KEEP_OFF_M), cell - _KEEP_OFF_M)
    x, y = (i0 + column) * cell, (j0 + row) * cell
    point[0] = np.rint((x + way if along_row else x) * 1000.0) / 1000.0
    point[1] = np.rint((y if along_row else y + way) * 1000.0) / 1000.0


@_jit
def _number(at, side, i, j, width):  # type: ignore[no-untyped-def]
    """The number of a local edge among all tiles'."""
    up = at >= side * side
    node = at - side * side if up else at
    return 2 * ((j + node // side) * width + i + node % side) + (1 if up else 0)
