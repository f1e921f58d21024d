"""The path behind a time: which edges are travelled between a site and a position, and their shape.

Labels and lengths of a finished search say of every arc whether a quickest path (the shortest of
them) runs along it: label and length at its end are those at its beginning with its own added, to
the last bit. So no path need be kept while searching; it is traced back from the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates.local_metres import metres_per_degree
from geo.coverage.layer_run import LayerRun
from geo.network.build import edge_ms
from geo.network.labels import HALF, INDEX, LONGEST_MS, NO_LABEL
from geo.network.network import Network
from geo.roads.roads import Roads

__all__ = ["Leg", "Walk", "as_line", "leg_line", "road_line", "trace_walk"]

# Plain integers: a path is walked edge by edge, in Python.
_HALF, _INDEX = int(HALF), int(INDEX)


@dataclass(frozen=True)
class Leg:
    """A stretch of one edge.

    Attributes
    ----------
    edge : int
        Row of the network's edge.
    begin, end : float
        From where to where along it, from u (0) to v (1); against the edge, `begin` is larger.
    ms : int
    metres : float
    """

    edge: int
    begin: float
    end: float
    ms: int
    metres: float


@dataclass(frozen=True)
class Walk:
    """A quickest path in the direction of search: from the site to the position.

    Attributes
    ----------
    rank : int
        Of the site.
    site_access_ms, access_ms : int
        From the site to its road, and from the road to the point.
    site_access_m, access_m : float
    legs : tuple of Leg
        Empty where both stand at one place on the road.
    site_at, ends_at : tuple of (int, float)
        Edge and fraction of the site's and of the point's position.
    """

    rank: int
    site_access_ms: int
    access_ms: int
    site_access_m: float
    access_m: float
    legs: tuple[Leg, ...]
    site_at: tuple[int, float]
    ends_at: tuple[int, float]

    @property
    def time_ms(self) -> int:
        """Access, legs and egress together."""
        return self.site_access_ms + sum(leg.ms for leg in self.legs) + self.access_ms

    @property
    def metres(self) -> float:
        """Length with both accesses."""
        return self.site_access_m + sum(leg.metres for leg in self.legs) + self.access_m


def trace_walk(run: LayerRun, edge: int, fraction: float, access_m: float) -> Walk | None:
    """The quickest path to a position (see `Positions`); None where no label leads there."""
    network, seeds = run.network, run.seeds
    best: tuple[int, float] | None = None
    node, begin, along_site = -1, 0.0, -1
    for end, share, open_ in (
        (0.0, fraction, network.forward[edge]),
        (1.0, 1.0 - fraction, network.backward[edge]),
    ):
        at = int((network.read_u if end == 0.0 else network.read_v)[edge])
        if share == 0.0:
            at = int(network.end_of[at])
        elif not open_:
            continue
        if run.union.label[at] != NO_LABEL:
            found = (
                int(run.union.label[at]) + (_ms(network, edge, share) << _HALF),
                float(run.metres[at]) + float(network.length_m[edge]) * share,
            )
            if best is None or found < best:
                best, node, begin = found, at, end
    for i in np.flatnonzero(seeds.edge == edge):
        ahead = fraction - float(seeds.fraction[i])
        if ahead == 0.0 or (network.forward if ahead > 0.0 else network.backward)[edge]:
            found = (
                int(seeds.edge_label[i]) + (_ms(network, edge, abs(ahead)) << _HALF),
                float(seeds.edge_metres[i]) + float(network.length_m[edge]) * abs(ahead),
            )
            if best is None or found < best:
                best, along_site = found, int(i)
    if best is None:
        return None
    legs: list[Leg] = []
    if along_site >= 0:
        begin = float(seeds.fraction[along_site])
        used = along_site
    else:
        used, legs = _trace(run, node)
    if begin != fraction:
        legs.append(_leg(network, edge, begin, fraction))
    return Walk(
        rank=best[0] & _INDEX,
        site_access_ms=int(seeds.edge_label[used]) >> _HALF,
        access_ms=int(edge_ms(np.array([access_m]), network.off_road_kmh)[0]),
        site_access_m=float(seeds.edge_metres[used]),
        access_m=access_m,
        legs=tuple(legs),
        site_at=(int(seeds.edge[used]), float(seeds.fraction[used])),
        ends_at=(edge, fraction),
    )


def _ms(network: Network, edge: int, share: float) -> int:
    """Time on a part of an edge, as `geo.search.readings` reads it."""
    return int(min(np.rint(int(network.ms[edge]) * share), float(LONGEST_MS)))


def _leg(network: Network, edge: int, begin: float, end: float) -> Leg:
    share = abs(end - begin)
    metres = float(network.length_m[edge]) * share
    return Leg(edge, begin, end, _ms(network, edge, share), metres)


def _trace(run: LayerRun, node: int) -> tuple[int, list[Leg]]:
    """Back from a labelled node to its site: the used site and the legs from it to the node.

    Arcs without time and length may run in a ring, so nodes are visited once each; a seed is always
    found, since every length was handed on from one.
    """
    network, label, metres = run.network, run.union.label, run.metres
    back = network.graph.reversed
    by_node = np.argsort(run.seeds.node, kind="stable")
    came: dict[int, tuple[int, int] | None] = {node: None}
    waiting = [node]
    while waiting:
        at = waiting.pop()
        begun = _seed_leg(run, by_node, at)
        if begun is not None:
            used, first = begun
            return used, [*first, *_way_on(network, came, at)]
        for k in range(int(back.first_arc[at]), int(back.first_arc[at + 1])):
            before, ms = int(back.arcs[k]) & _INDEX, int(back.arcs[k]) >> _HALF
            if before in came or label[before] == NO_LABEL:
                continue
            edge = int(back.arc_edge[k])
            length = float(network.length_m[edge]) if edge >= 0 else 0.0
            if (
                int(label[before]) + (ms << _HALF) == int(label[at])
                and metres[before] + length == metres[at]
            ):
                came[before] = (at, edge)
                waiting.append(before)
    raise AssertionError("no seed behind a label")


def _seed_leg(run: LayerRun, by_node: NDArray[np.int64], node: int) -> tuple[int, list[Leg]] | None:
    """The used site whose seed gave `node` its label and length, with the leg from it."""
    network, seeds = run.network, run.seeds
    nodes = seeds.node[by_node]
    low, high = (
        np.searchsorted(nodes, np.uint64(node), "left"),
        np.searchsorted(nodes, np.uint64(node), "right"),
    )
    for seed in by_node[low:high]:
        if seeds.label[seed] != run.union.label[node] or seeds.metres[seed] != run.metres[node]:
            continue
        i = int(np.searchsorted(seeds.first, seed, "right")) - 1
        edge, fraction = int(seeds.edge[i]), float(seeds.fraction[i])
        # Which end of the site's edge this seed stands for; on a loop both are one node.
        for end, share, at, open_ in (
            (0.0, fraction, network.seed_u[edge], network.backward[edge]),
            (1.0, 1.0 - fraction, network.seed_v[edge], network.forward[edge]),
        ):
            if share == 0.0:
                at = network.begin_of[at]
            elif not open_:
                continue
            ms = (int(seeds.edge_label[i]) >> _HALF) + _ms(network, edge, share)
            m = float(seeds.edge_metres[i]) + float(network.length_m[edge]) * share
            if at == node and ms == int(seeds.label[seed]) >> _HALF and m == seeds.metres[seed]:
                return i, [] if share == 0.0 else [_leg(network, edge, fraction, end)]
    return None


def _way_on(network: Network, came: dict[int, tuple[int, int] | None], node: int) -> Iterator[Leg]:
    """From a node along what the trace followed, edge by edge; transfers have no leg."""
    step = came[node]
    while step is not None:
        onward, edge = step
        if edge >= 0:
            # The private copies of a node stand for one place: the edge's own ends tell.
            u_first = node in (network.seed_u[edge], network.read_u[edge]) and onward in (
                network.seed_v[edge],
                network.read_v[edge],
            )
            begin, end = (0.0, 1.0) if u_first else (1.0, 0.0)
            yield Leg(edge, begin, end, int(network.ms[edge]), float(network.length_m[edge]))
        node, step = onward, came[onward]


def road_line(roads: Roads, network: Network, walk: Walk) -> NDArray[np.float64]:
    """The way along the roads from site to position, float64 (k, 2) in degrees, at least one."""
    if not walk.legs:
        return leg_line(roads, network, *walk.ends_at, walk.ends_at[1])[:1]
    parts = [leg_line(roads, network, leg.edge, leg.begin, leg.end) for leg in walk.legs]
    line = np.concatenate(parts)
    fresh = np.concatenate([[True], np.any(line[1:] != line[:-1], axis=1)])
    return line[fresh]


def leg_line(
    roads: Roads, network: Network, edge: int, begin: float, end: float
) -> NDArray[np.float64]:
    """The vertices of a stretch of an edge, from `begin` to `end`, float64 (k, 2) in degrees."""
    road = int(network.road[edge])
    vertices = roads.lonlat[roads.start[road] : roads.start[road + 1]]
    # Fractions are shares of the length in the local plane (see `geo.network.snapping`).
    east, north = metres_per_degree(vertices[:1, 1])
    scale = np.array([east[0], north[0]])
    steps = np.hypot(*(np.diff(vertices, axis=0) * scale).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    low, high = min(begin, end) * along[-1], max(begin, end) * along[-1]
    inner = vertices[(along > low) & (along < high)]
    ends = [
        np.array([np.interp(at, along, vertices[:, 0]), np.interp(at, along, vertices[:, 1])])
        for at in (low, high)
    ]
    line = np.vstack([ends[0], inner, ends[1]])
    return line if begin <= end else line[::-1]


def as_line(vertices: NDArray[np.float64]) -> shapely.LineString:
    """A line, of two equal points where there is only one."""
    return shapely.LineString(vertices if len(vertices) > 1 else np.repeat(vertices, 2, axis=0))
