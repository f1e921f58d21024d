"""The path behind a time: which edges are travelled between a site and a position, and their shape.

An arc lies on a quickest path (the shortest of them) if label and length at its end are those at
its beginning plus its own, to the last bit. A path is therefore traced back through the results of
a finished search; nothing about paths is kept while searching.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates.local_metres import metres_per_degree
from geo.coverage.layer_run import LayerRun
from geo.network.labels import HALF, INDEX, NO_LABEL
from geo.network.network import Network
from geo.network.profiles import travel_ms
from geo.roads.roads import Roads
from geo.search.edge_ends import arrivals, departures, stretches

__all__ = ["Leg", "QuickestPath", "as_line", "leg_line", "road_line", "trace_path"]

# Plain integers: a path is traced edge by edge, in Python.
_HALF, _INDEX = int(HALF), int(INDEX)


@dataclass(frozen=True)
class Leg:
    """A stretch of one edge.

    Attributes
    ----------
    edge : int
        Row of the network's edge.
    begin, end : float
        Where it begins and ends, from u (0) to v (1); from v to u, `begin` is larger.
    ms : int
    metres : float
    """

    edge: int
    begin: float
    end: float
    ms: int
    metres: float


@dataclass(frozen=True)
class QuickestPath:
    """A quickest path in the direction of search: from the site to the position.

    Attributes
    ----------
    rank : int
        Of the site.
    site_access_ms, access_ms : int
        From the site to its road, and from the road to the point.
    site_access_m, access_m : float
    legs : tuple of Leg
        Empty where site and point have the same position on the road.
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
        """Both accesses and all legs."""
        return self.site_access_ms + sum(leg.ms for leg in self.legs) + self.access_ms

    @property
    def metres(self) -> float:
        """Length with both accesses."""
        return self.site_access_m + sum(leg.metres for leg in self.legs) + self.access_m


@dataclass(frozen=True)
class _Last:
    """The last step of the quickest path: the leg to the position, and what it comes from.

    Attributes
    ----------
    found : tuple of (int, float)
        Label and length at the position, its own access not included.
    node : int
        The search node before the leg; -1 where the path stays on the site's own edge.
    site : int
        The used site in that case, else -1.
    begin : float
        Where on the edge the leg begins.
    """

    found: tuple[int, float]
    node: int
    site: int
    begin: float


def trace_path(run: LayerRun, edge: int, fraction: float, access_m: float) -> QuickestPath | None:
    """The quickest path to a position (see `Positions`); None where no label leads there."""
    network, seeds = run.network, run.seeds
    last = min(
        [*_from_nodes(run, edge, fraction), *_along_edge(run, edge, fraction)],
        key=lambda one: one.found,
        default=None,
    )
    if last is None:
        return None
    used, legs = (last.site, []) if last.site >= 0 else _trace(run, last.node)
    if last.begin != fraction:
        legs.append(_leg(network, edge, last.begin, fraction))
    return QuickestPath(
        rank=last.found[0] & _INDEX,
        site_access_ms=int(seeds.edge_label[used]) >> _HALF,
        access_ms=int(travel_ms(np.array([access_m]), network.off_road_kmh)[0]),
        site_access_m=float(seeds.edge_metres[used]),
        access_m=access_m,
        legs=tuple(legs),
        site_at=(int(seeds.edge[used]), float(seeds.fraction[used])),
        ends_at=(edge, fraction),
    )


def _from_nodes(run: LayerRun, edge: int, fraction: float) -> Iterator[_Last]:
    """The ways to a position from labelled nodes at the ends of its edge."""
    ends = arrivals(run.network, np.array([edge], np.int32), np.array([fraction]))
    for end in (0, 1):
        node = int(ends.node[end, 0])
        if node >= 0 and run.union.label[node] != NO_LABEL:
            label = int(run.union.label[node]) + (int(ends.ms[end, 0]) << _HALF)
            length = float(run.metres[node]) + float(ends.metres[end, 0])
            yield _Last((label, length), node, -1, float(end))


def _along_edge(run: LayerRun, edge: int, fraction: float) -> Iterator[_Last]:
    """The ways to a position along its edge, from sites on the same edge."""
    seeds = run.seeds
    sites = np.flatnonzero(seeds.edge == edge)
    along = stretches(
        run.network, seeds.edge[sites], seeds.fraction[sites], np.full(len(sites), fraction)
    )
    for k in np.flatnonzero(along.permitted):
        site = int(sites[k])
        label = int(seeds.edge_label[site]) + (int(along.ms[k]) << _HALF)
        length = float(seeds.edge_metres[site]) + float(along.metres[k])
        yield _Last((label, length), -1, site, float(seeds.fraction[site]))


def _leg(network: Network, edge: int, begin: float, end: float) -> Leg:
    along = stretches(network, np.array([edge], np.int32), np.array([begin]), np.array([end]))
    return Leg(edge, begin, end, int(along.ms[0]), float(along.metres[0]))


def _trace(run: LayerRun, node: int) -> tuple[int, list[Leg]]:
    """From a labelled node back to its site: the used site and the legs from it to the node.

    Arcs without time and length may form a ring, so each node is visited once. A seed is always
    found, since every length goes back to one.
    """
    network, label, metres = run.network, run.union.label, run.metres
    back = network.graph.reversed
    by_node = np.argsort(run.seeds.node, kind="stable")
    came: dict[int, tuple[int, int] | None] = {node: None}  # node: the next one, and the edge there
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
        ends = departures(network, seeds.edge[i : i + 1], seeds.fraction[i : i + 1])
        access_ms = int(seeds.edge_label[i]) >> _HALF
        for end in (0, 1):
            ms = access_ms + int(ends.ms[end, 0])
            m = float(seeds.edge_metres[i]) + float(ends.metres[end, 0])
            if (
                ends.node[end, 0] == node
                and ms == int(seeds.label[seed]) >> _HALF
                and m == seeds.metres[seed]
            ):
                at_node = ends.share[end, 0] == 0.0
                return i, [] if at_node else [_leg(network, edge, fraction, float(end))]
    return None


def _way_on(network: Network, came: dict[int, tuple[int, int] | None], node: int) -> Iterator[Leg]:
    """The traced path from a node on, edge by edge; transfers have no leg."""
    step = came[node]
    while step is not None:
        onward, edge = step
        if edge >= 0:
            # A node at private ways has copies; the ends of the edge decide which way it is taken.
            u_first = node in (network.seed_u[edge], network.read_u[edge]) and onward in (
                network.seed_v[edge],
                network.read_v[edge],
            )
            begin, end = (0.0, 1.0) if u_first else (1.0, 0.0)
            whole_ms = network.ms_forward if u_first else network.ms_backward
            yield Leg(edge, begin, end, int(whole_ms[edge]), float(network.length_m[edge]))
        node, step = onward, came[onward]


def road_line(roads: Roads, network: Network, path: QuickestPath) -> NDArray[np.float64]:
    """The path along the roads from site to position, float64 (k, 2) in degrees, k at least 1."""
    if not path.legs:
        return leg_line(roads, network, *path.ends_at, path.ends_at[1])[:1]
    parts = [leg_line(roads, network, leg.edge, leg.begin, leg.end) for leg in path.legs]
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
