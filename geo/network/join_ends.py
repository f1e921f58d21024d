"""Roads whose near misses are joined, as a study asks for with `network.join_within_m`."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.network.near_misses import NearMisses, find_coincident_nodes, find_near_misses
from geo.roads.connected_parts import connected_parts
from geo.roads.roads import Roads

__all__ = ["join_ends"]

_GEOD = pyproj.Geod(ellps="WGS84")
_PER_VERTEX = ("lonlat", "start", "node_lonlat")


def join_ends(roads: Roads, *, within_m: float) -> tuple[Roads, int]:
    """Join ends to the road that lies within a distance, and coincident nodes to one another.

    An end near a node becomes that node. An end near the middle of an edge cuts it there; the
    gap itself takes no time. The cut pieces share the edge's length by their measured lengths.

    Parameters
    ----------
    roads : Roads
    within_m : float
        Metres.

    Returns
    -------
    roads : Roads
        Pieces follow each other at the place of their edge; nodes that are not used any more stay
        in `node_lonlat`.
    joined : int
        Number of ends and pairs of nodes that were joined.
    """
    ends = find_near_misses(roads, within_m=within_m)
    pairs = find_coincident_nodes(roads)
    if not len(ends) and not len(pairs):
        return roads, 0
    target = _nearby_nodes(roads, ends, within_m)
    at_node = target >= 0
    links = np.concatenate([pairs, np.column_stack([ends.node, target])[at_node]])
    cuts = NearMisses(*(getattr(ends, f.name)[~at_node] for f in fields(NearMisses)))
    same = _same_cuts(cuts)
    joined = _cut(roads, cuts)
    node_of = _merged(roads.node_count, np.concatenate([links, same]))
    joined = replace(
        joined,
        u=node_of[joined.u].astype(np.int32),
        v=node_of[joined.v].astype(np.int32),
    )
    return joined, len(ends) + len(pairs)


def _nearby_nodes(roads: Roads, ends: NearMisses, within_m: float) -> NDArray[np.int64]:
    """The end node of the near edge within the distance of each end, -1 where there is none."""
    place = _places(roads, ends)
    found = np.full(len(ends), -1, np.int64)
    best = np.full(len(ends), within_m)
    for nodes, vertex in (
        (roads.u, roads.start[ends.edge]),
        (roads.v, roads.start[ends.edge + 1] - 1),
    ):
        corner = roads.lonlat[vertex]
        distance = np.asarray(_GEOD.inv(*place.T, *corner.T)[2])
        near = distance <= best
        found[near] = nodes[ends.edge][near]
        best = np.where(near, distance, best)
    return found


def _places(roads: Roads, ends: NearMisses) -> NDArray[np.float64]:
    """The place on the near edge of each end, degrees (n, 2)."""
    begin, end = roads.lonlat[ends.vertex], roads.lonlat[ends.vertex + 1]
    return np.asarray(begin + ends.share[:, None] * (end - begin))


def _same_cuts(cuts: NearMisses) -> NDArray[np.int64]:
    """Pairs of ends that cut an edge at one place, as nodes (n, 2)."""
    order = np.lexsort((cuts.share, cuts.vertex))
    vertex, share, node = cuts.vertex[order], cuts.share[order], cuts.node[order].astype(np.int64)
    same = (vertex[1:] == vertex[:-1]) & (share[1:] == share[:-1])
    return np.column_stack([node[:-1], node[1:]])[same]


def _merged(nodes: int, links: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest node of each set of linked nodes, by node."""
    part = connected_parts(nodes, links[:, 0], links[:, 1])
    first = np.unique(part, return_index=True)[1]
    return np.asarray(first[part], dtype=np.int64)


def _cut(roads: Roads, cuts: NearMisses) -> Roads:
    """The roads with edges cut at the places of `cuts`, where the end's node now lies."""
    if not len(cuts):
        return roads
    places = _places(roads, cuts)
    order = np.lexsort((cuts.share, cuts.vertex))
    lines: list[NDArray[np.float64]] = []
    source: list[int] = []
    ends: list[tuple[int, int]] = []
    lengths: list[float] = []
    for edge in np.unique(cuts.edge).tolist():
        mine = order[cuts.edge[order] == edge]
        pieces, nodes = _pieces(roads, edge, mine, cuts, places)
        measured = [float(_GEOD.line_length(*line.T)) for line in pieces]
        whole = sum(measured)
        lines += pieces
        source += [edge] * len(pieces)
        ends += list(pairwise(nodes))
        length_m = float(roads.length_m[edge])
        lengths += [length_m * part / whole if whole > 0 else 0.0 for part in measured]
    return _replaced(roads, lines, np.array(source), np.array(ends), np.array(lengths))


def _pieces(
    roads: Roads,
    edge: int,
    mine: NDArray[np.int64],
    cuts: NearMisses,
    places: NDArray[np.float64],
) -> tuple[list[NDArray[np.float64]], list[int]]:
    """The lines of an edge's pieces, and the nodes before, between and after them."""
    begin, end = int(roads.start[edge]), int(roads.start[edge + 1])
    nodes = [int(roads.u[edge])]
    pieces = []
    current = [roads.lonlat[begin]]
    at = begin
    last = (-1, -1.0)
    for cut in mine.tolist():
        place = (int(cuts.vertex[cut]), float(cuts.share[cut]))
        if place == last:
            continue
        last = place
        current += list(roads.lonlat[at + 1 : place[0] + 1])
        at = place[0]
        current.append(places[cut])
        pieces.append(np.array(current))
        nodes.append(int(cuts.node[cut]))
        current = [places[cut]]
    current += list(roads.lonlat[at + 1 : end])
    return [*pieces, np.array(current)], [*nodes, int(roads.v[edge])]


def _replaced(
    roads: Roads,
    lines: list[NDArray[np.float64]],
    source: NDArray[np.int64],
    ends: NDArray[np.int64],
    length_m: NDArray[np.float64],
) -> Roads:
    """The roads with the edges of `source` replaced by pieces, each at the place of its edge."""
    kept = np.setdiff1d(np.arange(len(roads)), source)
    rows = np.concatenate([kept, source])
    order = np.argsort(rows, kind="stable")
    counts = np.concatenate([np.diff(roads.start)[kept], [len(line) for line in lines]])
    old = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    is_kept = np.ones(len(roads), bool)
    is_kept[source] = False
    vertices = np.concatenate([roads.lonlat[np.repeat(is_kept, np.diff(roads.start))], *lines])
    in_order = counts[order]
    start = np.concatenate([[0], np.cumsum(in_order)]).astype(np.int64)
    own = {
        f.name: getattr(roads, f.name)[rows][order]
        for f in fields(Roads)
        if f.name not in _PER_VERTEX
    }
    own["u"] = np.concatenate([roads.u[kept], ends[:, 0]])[order]
    own["v"] = np.concatenate([roads.v[kept], ends[:, 1]])[order]
    own["length_m"] = np.concatenate([roads.length_m[kept], length_m])[order]
    return replace(roads, **own, lonlat=vertices[ranges(old[:-1][order], in_order)], start=start)
