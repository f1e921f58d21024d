"""From points to positions on edges: the nearest point on the nearest edge that a profile may use.

Distances are measured in the local plane at each point (radii of the meridian and of the prime
vertical on WGS-84), not in a projection of the whole study, so that the result does not depend on
the extent of the study. Ties within 1 mm go to the earlier row of the roads.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.base.jobs import in_threads
from geo.coordinates.local_metres import metres_per_degree
from geo.network.positions import Positions
from geo.network.segment_grid import SegmentGrid, nearest_on
from geo.roads.roads import Roads

__all__ = ["Snapper"]

_TIE_M = 1e-3
# How far a road is searched for at least, so that the distance of an off-network point is known;
# beyond this it stays unknown.
_SEARCH_M = 5_000.0
_POINTS_A_BLOCK = 16_384

_jit = njit(nogil=True, cache=True)


class Snapper:
    """A grid over some edges of the roads; `snap` may be called from several threads.

    Parameters
    ----------
    roads : Roads
    rows : int32 (e)
        The edges that points may be snapped to, ascending (`Network.road`). Positions name an edge
        by its index among them.
    every_edge : bool
        Whether points also attach to edges where nobody can step onto the road
        (`Roads.attachable`), such as bridges and tunnels.
    """

    def __init__(self, roads: Roads, rows: NDArray[np.int32], *, every_edge: bool = False) -> None:
        self._lonlat = roads.lonlat
        self._start = roads.start
        self._road = rows
        grid = SegmentGrid(roads, rows, attachable_only=not every_edge)
        self._edge, self._vertex = grid.edge, grid.vertex
        self._first, self._segments = grid.cells[:2]
        self._origin, self._cell, self._shape = grid.cells[2:]

    def snap(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], *, max_access_m: float
    ) -> Positions:
        """Positions of points (degrees, WGS-84); off network beyond `max_access_m` metres."""
        count = len(lon)
        edge = np.full(count, -1, np.int32)
        fraction = np.full(count, np.nan)
        access = np.full(count, np.nan)
        points = np.column_stack([lon, lat]).astype(np.float64)
        # In order of cells, as neighbouring points then find their cells in the processor's cache.
        cell = np.floor((points - self._origin) / self._cell)
        order = np.lexsort((cell[:, 0], cell[:, 1]))
        points = points[order]
        east, north = metres_per_degree(points[:, 1])
        search_m = max(max_access_m, _SEARCH_M)

        def work(begin: int) -> None:
            part = slice(begin, begin + _POINTS_A_BLOCK)
            _snap_points(
                self._lonlat,
                self._start,
                self._road,
                self._vertex,
                self._edge,
                self._first,
                self._segments,
                self._origin,
                self._cell,
                self._shape,
                points[part],
                east[part],
                north[part],
                search_m,
                edge[part],
                fraction[part],
                access[part],
            )

        in_threads(work, range(0, count, _POINTS_A_BLOCK))
        off = ~(access <= max_access_m)
        edge[off] = -1
        fraction[off] = np.nan
        back = np.empty(count, np.int64)
        back[order] = np.arange(count)
        return Positions(edge[back], fraction[back], access[back])


@_jit
def _outside(at, low, width):  # type: ignore[no-untyped-def]
    """How far a coordinate lies outside the interval from `low` that is `width` wide."""
    return max(low - at, at - low - width, 0.0)


@_jit
def _snap_points(  # type: ignore[no-untyped-def]
    lonlat,
    start,
    road,
    vertex,
    edge_of,
    first,
    segments,
    origin,
    cell,
    shape,
    points,
    east,
    north,
    search_m,
    edge_out,
    fraction_out,
    access_out,
):
    """Search rings of cells around each point until no nearer edge is possible."""
    for i in range(len(points)):
        point = points[i]
        column = int(np.floor((point[0] - origin[0]) / cell[0]))
        row = int(np.floor((point[1] - origin[1]) / cell[1]))
        # Rings that lie outside the grid altogether are skipped at once.
        ring = max(0, -column, column - shape[0] + 1, -row, row - shape[1] + 1)
        best = np.inf
        safe = 0.0
        while True:
            for r in range(max(0, row - ring), min(shape[1] - 1, row + ring) + 1):
                whole = abs(r - row) == ring
                step = 1 if whole or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if c < 0 or c >= shape[0]:
                        continue
                    # A cell in a corner of the ring may be farther away than the nearest edge.
                    dx = _outside(point[0], origin[0] + c * cell[0], cell[0]) * east[i]
                    dy = _outside(point[1], origin[1] + r * cell[1], cell[1]) * north[i]
                    if dx * dx + dy * dy > best:
                        continue
                    at = r * shape[0] + c
                    for k in range(first[at], first[at + 1]):
                        d, _ = nearest_on(lonlat, vertex[segments[k]], point, east[i], north[i])
                        best = min(best, d)
            # Every edge nearer than the border of the searched block has been seen.
            safe = min(
                (point[0] - (origin[0] + (column - ring) * cell[0])) * east[i],
                ((origin[0] + (column + ring + 1) * cell[0]) - point[0]) * east[i],
                (point[1] - (origin[1] + (row - ring) * cell[1])) * north[i],
                ((origin[1] + (row + ring + 1) * cell[1]) - point[1]) * north[i],
            )
            if np.sqrt(best) + _TIE_M <= safe or safe > search_m:
                break
            ring += 1
        if np.sqrt(best) > search_m:
            continue
        _settle_tie(
            lonlat,
            start,
            road,
            vertex,
            edge_of,
            first,
            segments,
            origin,
            cell,
            shape,
            point,
            east[i],
            north[i],
            np.sqrt(best) + _TIE_M,
            i,
            edge_out,
            fraction_out,
            access_out,
        )


@_jit
def _settle_tie(  # type: ignore[no-untyped-def]
    lonlat,
    start,
    road,
    vertex,
    edge_of,
    first,
    segments,
    origin,
    cell,
    shape,
    point,
    east,
    north,
    within,
    i,
    edge_out,
    fraction_out,
    access_out,
):
    """Choose the earliest edge within the tolerance, and the place along the whole edge."""
    left = int(np.floor((point[0] - within / east - origin[0]) / cell[0]))
    right = int(np.floor((point[0] + within / east - origin[0]) / cell[0]))
    bottom = int(np.floor((point[1] - within / north - origin[1]) / cell[1]))
    top = int(np.floor((point[1] + within / north - origin[1]) / cell[1]))
    chosen = np.iinfo(np.int32).max
    end_only, end_m = 0, 0.0
    for r in range(max(0, bottom), min(shape[1] - 1, top) + 1):
        for c in range(max(0, left), min(shape[0] - 1, right) + 1):
            at = r * shape[0] + c
            for k in range(first[at], first[at + 1]):
                s = segments[k]
                if edge_of[s] < chosen:
                    d, _ = nearest_on(lonlat, vertex[s], point, east, north)
                    if np.sqrt(d) <= within:
                        chosen = edge_of[s]
                        end_only = vertex[s]
                        end_m = np.sqrt(d)
    begin, end = start[road[chosen]], start[road[chosen] + 1]
    if end_only < 0:
        edge_out[i] = chosen
        fraction_out[i] = 0.0 if ~end_only == begin else 1.0
        access_out[i] = end_m
        return
    nearest = np.inf
    total = 0.0
    along = 0.0
    for a in range(begin, end - 1):
        d, t = nearest_on(lonlat, a, point, east, north)
        dx = (lonlat[a + 1, 0] - lonlat[a, 0]) * east
        dy = (lonlat[a + 1, 1] - lonlat[a, 1]) * north
        length = np.sqrt(dx * dx + dy * dy)
        if d < nearest:
            nearest = d
            along = total + t * length
        total += length
    edge_out[i] = chosen
    fraction_out[i] = min(1.0, along / total) if total > 0.0 else 0.0
    access_out[i] = np.sqrt(nearest)
