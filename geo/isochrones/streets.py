"""Isochrones, for display only: edges cut exactly where the limit is reached, and buffered.

The polygon is everything within `buffer_m` of a reached street, or of the way from a site that
stands farther from its road to this road where there is time for it. So a site lies inside the
bands drawn around it. An exact distance field to the cut
edges on a fine grid is contoured (`geo.isochrones.outline`). This is many times faster than the
union of buffered streets, and its area differs by less than 1 %. Bands are nested by construction,
also bands that are asked for one by one: all are contoured on one grid, the distance field of a
longer band is nowhere larger, and its distance is larger by a millimetre a minute
(`apart_m`), which is more than the thinning of the outlines moves them. Coverage is never decided
on these polygons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from geo.base.jobs import CORES
from geo.coordinates.antimeridian import split_areas
from geo.coordinates.plane import Plane
from geo.isochrones.outline import outline
from geo.network.network import Network
from geo.roads.roads import Roads

__all__ = [
    "ReachedStreets",
    "access_legs",
    "apart_m",
    "cell_for",
    "isochrone",
    "reached_streets",
]

# Cell of the distance field.
CELL_M = 10.0
# From this many edges of the network on (a province's), the grid is coarser.
_MANY_EDGES = 400_000
# A larger limit is drawn wider by this much a minute, or for as far as one walks in it (m). In two
# hours that is 0.12 m of the 50 m of `buffer_m`.
_APART_M = 0.001
_METRES_A_MINUTE = 50.0
# Least cost of an edge, so that an edge without cost is reached whole.
_LEAST = 1e-9
# Longer pieces of street are divided, so that their boxes on the grid stay small.
_PIECE_M = 200.0

_jit = njit(nogil=True, cache=True)


@dataclass(frozen=True)
class ReachedStreets:
    """Reached parts of edges.

    Attributes
    ----------
    edge : int32 (k)
        Row of the network's edge.
    begin, end : float64 (k)
        Where the part begins and ends along it (0-1). Parts of one edge may overlap.
    """

    edge: NDArray[np.int32]
    begin: NDArray[np.float64]
    end: NDArray[np.float64]


def reached_streets(
    network: Network,
    value: NDArray[np.float64],
    cost: tuple[NDArray[np.float64], NDArray[np.float64]]
    | tuple[NDArray[np.int64], NDArray[np.int64]],
    limit: float,
    *,
    site_edge: NDArray[np.int32],
    site_fraction: NDArray[np.float64],
    site_value: NDArray[np.float64],
    edges: NDArray[np.int32] | None = None,
) -> ReachedStreets:
    """Cut every edge exactly where `limit` is reached.

    Parameters
    ----------
    value : float64 (nodes)
        Milliseconds or metres at each search node, infinity where not reached.
    cost : two of float64 or int64 (edges)
        In the same unit, along each whole edge from u to v and from v to u (direction of search).
    limit : float
        In the same unit.
    site_edge, site_fraction, site_value : (sites)
        Positions of the used sites with the cost of their access.
    edges : int32, optional
        Cut these edges only (the surroundings of one site).
    """
    everywhere = edges is None
    chosen = np.empty(0, np.int32) if edges is None else edges
    found = _cut(
        chosen,
        everywhere,
        network.forward,
        network.backward,
        network.read_u,
        network.read_v,
        value,
        cost[0],
        cost[1],
        float(limit),
    )
    left = limit - site_value
    s = left > 0
    ahead, behind = (
        np.where(permitted[site_edge], left / np.maximum(whole[site_edge], _LEAST), 0.0)
        for permitted, whole in zip((network.forward, network.backward), cost, strict=True)
    )
    return ReachedStreets(
        edge=np.concatenate([found[0], site_edge[s]]),
        begin=np.concatenate([found[1], np.maximum(site_fraction - behind, 0.0)[s]]),
        end=np.concatenate([found[2], np.minimum(site_fraction + ahead, 1.0)[s]]),
    )


def cell_for(network: Network) -> float:
    """Grid cell (m) for the isochrones of a network: coarser where it has many edges.

    The error of the outline's area is +0.2 % with 10 m and +0.6 % with 20 m. The cell does not
    depend on the band, since only bands on one grid are nested.
    """
    return CELL_M if len(network.road) < _MANY_EDGES else 2 * CELL_M


def apart_m(limit: float, *, in_metres: bool) -> float:
    """By how much the outline of a limit (minutes, or metres) is drawn wider than that of 0."""
    return _APART_M * (limit / _METRES_A_MINUTE if in_metres else limit)


def isochrone(
    roads: Roads,
    network: Network,
    plane: Plane,
    streets: ReachedStreets,
    *,
    buffer_m: float,
    legs: NDArray[np.float64] | None = None,
    cell_m: float = CELL_M,
    threads: int = CORES,
) -> tuple[shapely.MultiPolygon, float]:
    """Everything within `buffer_m` of the reached streets and legs.

    Parameters
    ----------
    legs : float64 (k, 4), optional
        More straight pieces in the plane: the ways between sites and their roads (`access_legs`).

    Returns
    -------
    geometry : shapely.MultiPolygon
        EPSG:4326, cut at 180 degrees of longitude; empty where nothing is reached.
    area_km2 : float
        Its area in the equal-area plane.
    """
    pieces = _pieces(
        streets.edge, streets.begin, streets.end, network.road, roads.start, plane.xy, _PIECE_M
    )
    if legs is not None:
        pieces = np.concatenate([pieces, legs])
    if not len(pieces):
        return shapely.MultiPolygon(), 0.0
    found = outline(pieces, buffer_m, cell_m=cell_m, threads=threads)
    lon, lat = plane.transformer().transform(found.xy[:, 0], found.xy[:, 1])
    offsets = (found.ring, found.part, np.array([0, len(found.part) - 1]))
    (whole,) = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, np.column_stack([lon, lat]), offsets
    )
    (whole,), _ = split_areas(np.array([whole], dtype=object))
    return whole, round(found.area_m2 / 1e6, 6)


def access_legs(
    roads: Roads,
    network: Network,
    plane: Plane,
    lonlat: NDArray[np.float64],
    *,
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Straight pieces in the plane from sites to their positions on the network.

    Parameters
    ----------
    lonlat : float64 (k, 2)
        The sites in degrees.
    edge, fraction : (k)
        Their positions.

    Returns
    -------
    float64 (k, 4)
    """
    legs = np.empty((len(edge), 4))
    if not len(edge):
        return legs
    x, y = plane.transformer().transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")
    legs[:, 0], legs[:, 1] = x, y
    for row, (road, part) in enumerate(zip(network.road[edge], fraction, strict=True)):
        line = plane.xy[roads.start[road] : roads.start[road + 1]]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        legs[row, 2] = np.interp(part * along[-1], along, line[:, 0])
        legs[row, 3] = np.interp(part * along[-1], along, line[:, 1])
    return legs


@_jit
def _cut(  # type: ignore[no-untyped-def]
    edges, everywhere, forward, backward, read_u, read_v, value, cost_forward, cost_backward, limit
):
    """Reached parts of edges from either end: edge, begin, end."""
    many = len(read_u) if everywhere else len(edges)
    edge = np.empty(1024, np.int32)
    part = np.empty((1024, 2))
    count = 0
    for i in range(many):
        e = i if everywhere else edges[i]
        at_u = value[read_u[e]] if forward[e] else np.inf
        at_v = value[read_v[e]] if backward[e] else np.inf
        from_u = min((limit - at_u) / max(float(cost_forward[e]), _LEAST), 1.0)
        from_v = min((limit - at_v) / max(float(cost_backward[e]), _LEAST), 1.0)
        if count + 2 > len(edge):
            larger, larger_part = np.empty(2 * len(edge), np.int32), np.empty((2 * len(edge), 2))
            larger[:count], larger_part[:count] = edge[:count], part[:count]
            edge, part = larger, larger_part
        if from_u > 0.0:
            edge[count], part[count, 0], part[count, 1] = e, 0.0, from_u
            count += 1
        if from_v > 0.0 and from_u < 1.0:
            edge[count], part[count, 0], part[count, 1] = e, 1.0 - from_v, 1.0
            count += 1
    return edge[:count].copy(), part[:count, 0].copy(), part[:count, 1].copy()


@_jit
def _pieces(edge, begin, end, road, start, xy, longest):  # type: ignore[no-untyped-def]
    """Straight pieces (x1, y1, x2, y2) of the reached parts, none longer than `longest`."""
    # One a segment, and a few more where a segment is long. (A province's pieces take 300 MB.)
    room = 1024
    for i in range(edge.size):
        room += start[road[edge[i]] + 1] - start[road[edge[i]]]
    out = np.empty((room, 4))
    count = 0
    for i in range(edge.size):
        a, b = start[road[edge[i]]], start[road[edge[i]] + 1]
        low, high = 0.0, np.inf
        if begin[i] > 0.0 or end[i] < 1.0:
            total = 0.0
            for k in range(a, b - 1):
                dx, dy = xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1]
                total += np.sqrt(dx * dx + dy * dy)
            low, high = begin[i] * total, end[i] * total
        for k in range(a, b - 1):
            dx, dy = xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1]
            length = np.sqrt(dx * dx + dy * dy)
            # The part of this segment that is reached.
            t0, t1 = max(low, 0.0), min(high, length)
            low, high = low - length, high - length
            if length == 0.0 or t1 <= t0:
                continue
            parts = int(np.ceil((t1 - t0) / longest))
            while count + parts > len(out):
                larger = np.empty((len(out) + len(out) // 4 + parts, 4))
                larger[:count] = out[:count]
                out = larger
            for p in range(parts):
                s0 = (t0 + (t1 - t0) * p / parts) / length
                s1 = (t0 + (t1 - t0) * (p + 1) / parts) / length
                out[count, 0] = xy[k, 0] + s0 * dx
                out[count, 1] = xy[k, 1] + s0 * dy
                out[count, 2] = xy[k, 0] + s1 * dx
                out[count, 3] = xy[k, 1] + s1 * dy
                count += 1
    return out[:count]
