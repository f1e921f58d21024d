"""Ends of roads that stop just short of another road, and nodes at one place that are not joined.

Both are usually errors of digitising: a line that touches another one without a common vertex, or
two extracts that were cut at one place. They are counted and shown, and joined only where the study
says so (`network.join_within_m`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.coordinates.local_metres import metres_per_degree
from geo.network.segment_grid import SegmentGrid, nearest_on
from geo.roads.connected_parts import connected_parts
from geo.roads.roads import CLOSED, Roads
from geo.roads.shared_vertices import same_places

__all__ = [
    "NEAR_M",
    "NearMisses",
    "find_coincident_nodes",
    "find_near_misses",
    "report_near_misses",
]

# Ends nearer than this to another road are counted.
NEAR_M = 1.0
# An edge that is shorter than this many times the distance is near the neighbours of its other end.
_SHORT = 3.0

_jit = njit(nogil=True, cache=True)


@dataclass(frozen=True)
class NearMisses:
    """Ends that no other edge shares, each with the place on the nearest other edge.

    Attributes
    ----------
    node : int32 (n)
        The node of the end, ascending.
    edge : int32 (n)
        Row in `Roads` of the edge near it.
    vertex : int64 (n)
        The place lies between this vertex (of `Roads.lonlat`) and the next one,
    share : float64 (n)
        at this share of the segment.
    distance_m : float64 (n)
    """

    node: NDArray[np.int32]
    edge: NDArray[np.int32]
    vertex: NDArray[np.int64]
    share: NDArray[np.float64]
    distance_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.node)


def find_near_misses(roads: Roads, *, within_m: float = NEAR_M) -> NearMisses:
    """Find the ends that lie within a distance of another road and are not joined to it.

    Edges that are closed to everybody are left out.

    Parameters
    ----------
    roads : Roads
    within_m : float
        Metres, in the local plane at the end.
    """
    rows = _open_edges(roads)
    u, v = roads.u[rows], roads.v[rows]
    degree = np.bincount(np.concatenate([u, v]), minlength=roads.node_count)
    at_u, at_v = np.flatnonzero(degree[u] == 1), np.flatnonzero(degree[v] == 1)
    own = np.concatenate([at_u, at_v])
    node = np.concatenate([u[at_u], v[at_v]])
    far_node = np.concatenate([v[at_u], u[at_v]])
    first, last = roads.start[rows], roads.start[rows + 1] - 1
    points = roads.lonlat[np.concatenate([first[at_u], last[at_v]])]
    grid = SegmentGrid(roads, rows)
    short = np.where(roads.length_m[rows][own] < _SHORT * within_m, far_node, -1)
    edge, vertex, share, distance_m = _nearest_others(
        roads.lonlat,
        grid.vertex,
        grid.edge,
        grid.cells,
        points,
        metres_per_degree(points[:, 1]),
        own,
        short,
        u,
        v,
        within_m,
    )
    near = np.flatnonzero(edge >= 0)
    near = near[np.argsort(node[near], kind="stable")]
    return NearMisses(
        node[near].astype(np.int32), rows[edge[near]], vertex[near], share[near], distance_m[near]
    )


def find_coincident_nodes(roads: Roads) -> NDArray[np.int64]:
    """Find nodes at one place (to 1e-7 degrees) in parts of the network that do not join.

    Returns
    -------
    int64 (n, 2)
        Pairs of nodes, the smaller first.
    """
    rows = _open_edges(roads)
    used = np.unique(np.concatenate([roads.u[rows], roads.v[rows]]))
    place = same_places(roads.node_lonlat[used])
    shared = np.flatnonzero(np.bincount(place)[place] > 1)
    if not len(shared):
        return np.empty((0, 2), np.int64)
    part = connected_parts(roads.node_count, roads.u[rows], roads.v[rows])
    order = shared[np.argsort(place[shared], kind="stable")]
    nodes, places = used[order].astype(np.int64), place[order]
    apart = (places[1:] == places[:-1]) & (part[nodes[1:]] != part[nodes[:-1]])
    return np.column_stack([nodes[:-1], nodes[1:]])[apart]


def report_near_misses(roads: Roads, quality: QualityLog, *, file: str) -> None:
    """Report the number of near misses and of coincident nodes that are not joined."""
    ends, pairs = len(find_near_misses(roads)), len(find_coincident_nodes(roads))
    if ends:
        quality.add("warning", "road_ends_near", file=file, value=ends)
    if pairs:
        quality.add("warning", "road_nodes_coincident", file=file, value=pairs)


def _open_edges(roads: Roads) -> NDArray[np.int32]:
    is_open = (roads.foot != CLOSED) | (roads.cycle != CLOSED) | (roads.drive != CLOSED)
    return np.flatnonzero(is_open).astype(np.int32)


@_jit
def _nearest_others(  # type: ignore[no-untyped-def]
    lonlat,
    vertex,
    edge_of,
    cells,
    points,
    metres,
    own,
    near_node,
    u,
    v,
    within_m,
):
    """The nearest segment of another edge within the distance of each point; edge -1 if none."""
    first, segments, origin, cell, shape = cells
    east, north = metres
    count = len(points)
    edge = np.full(count, -1, np.int64)
    at = np.zeros(count, np.int64)
    share = np.zeros(count)
    distance = np.full(count, np.nan)
    for i in range(count):
        point = points[i]
        left = max(0, int(np.floor((point[0] - within_m / east[i] - origin[0]) / cell[0])))
        right = int(np.floor((point[0] + within_m / east[i] - origin[0]) / cell[0]))
        bottom = max(0, int(np.floor((point[1] - within_m / north[i] - origin[1]) / cell[1])))
        top = int(np.floor((point[1] + within_m / north[i] - origin[1]) / cell[1]))
        best = within_m * within_m
        for row in range(bottom, min(shape[1] - 1, top) + 1):
            for column in range(left, min(shape[0] - 1, right) + 1):
                c = row * shape[0] + column
                for k in range(first[c], first[c + 1]):
                    s = segments[k]
                    e = edge_of[s]
                    if e == own[i] or u[e] == near_node[i] or v[e] == near_node[i]:
                        continue
                    d, t = nearest_on(lonlat, vertex[s], point, east[i], north[i])
                    if d < best or (d == best and edge[i] < 0):
                        best = d
                        edge[i], at[i], share[i] = e, vertex[s], t
                        distance[i] = np.sqrt(d)
    return edge, at, share, distance
