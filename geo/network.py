"""From roads to the compact graph of one profile and direction, ready for the kernel.

Everything is stated in the direction of search, from the sites outwards. Where people travel *to*
the site, the search runs on the reversed graph: `Network` is then built with every edge turned
round, so that the stages after it need not know the direction.

A private way may be the first or the last of a trip, not a short cut. Nodes at private edges
therefore stand three times in the graph: as a beginning inside private ways, as a public node, and
as an end inside private ways, joined by transfers without time in this order only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.errors import StudyError
from geo.kernel import LONGEST_MS
from geo.profiles import Profile
from geo.roads import CLOSED, OPEN, PRIVATE, Roads

__all__ = ["Graph", "Network", "build_network", "edge_ms"]

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)


@dataclass(frozen=True)
class Graph:
    """Arcs by their first node, as the kernel reads them.

    Attributes
    ----------
    first_arc : uint64 (n + 1)
    arcs : uint64 (m)
        Milliseconds << 32 | target node.
    arc_edge : int32 (m)
        The edge (row of `Network`'s edges) of each arc, -1 for a transfer.
    """

    first_arc: NDArray[np.uint64]
    arcs: NDArray[np.uint64]
    arc_edge: NDArray[np.int32]

    @property
    def node_count(self) -> int:
        """Number of search nodes."""
        return len(self.first_arc) - 1

    @cached_property
    def longest_ms(self) -> int:
        """The longest arc in milliseconds, 0 without arcs."""
        return int(self.arcs.max() >> _HALF) if len(self.arcs) else 0

    @cached_property
    def reversed(self) -> Graph:
        """The same graph with every arc turned round, in the order that `_graph` would give."""
        nodes, count = self.node_count, len(self.arcs)
        # The arcs stand by source, then target, time and edge: counting them out by their targets
        # leaves them by target, source, time and edge, without another sort.
        target = (self.arcs & _LOW).astype(np.int32)
        first = self.first_arc.astype(np.int64)
        numbered = sparse.csr_matrix((np.arange(count), target, first), shape=(nodes, nodes))
        turned = numbered.tocsc()
        place = turned.data
        arcs = (self.arcs[place] & ~_LOW) | turned.indices.astype(np.uint64)
        return Graph(turned.indptr.astype(np.uint64), arcs, self.arc_edge[place])


@dataclass(frozen=True)
class Network:
    """The edges that one profile may use in one direction, and the graph over them.

    Edges keep the order of `Roads`, so that ties in snapping go to the earlier row.

    Attributes
    ----------
    road : int32 (e)
        Row of each edge in `Roads`.
    ms : int64 (e)
        Whole-edge time.
    length_m : float64 (e)
    forward, backward : bool (e)
        Whether the *search* may run from u to v, and from v to u.
    seed_u, seed_v : int32 (e)
        Search nodes where a search that begins on the edge enters the graph.
    read_u, read_v : int32 (e)
        Search nodes whose labels count for a point on the edge.
    begin_of, end_of : int32 (nodes)
        For a position exactly at a node: where its search enters and whose label counts. A trip
        that begins at a node may begin inside the private ways there.
    off_road_kmh : float
        Speed between a point and its road.
    graph : Graph
    """

    road: NDArray[np.int32]
    ms: NDArray[np.int64]
    length_m: NDArray[np.float64]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    seed_u: NDArray[np.int32]
    seed_v: NDArray[np.int32]
    read_u: NDArray[np.int32]
    read_v: NDArray[np.int32]
    begin_of: NDArray[np.int32]
    end_of: NDArray[np.int32]
    off_road_kmh: float
    graph: Graph = field(repr=False)

    def __len__(self) -> int:
        return len(self.road)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All arrays by name, the graph's with the prefix ``graph.`` (for the cache)."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        arrays = {name: value for name, value in own.items() if isinstance(value, np.ndarray)}
        arrays |= {f"graph.{f.name}": getattr(self.graph, f.name) for f in fields(Graph)}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]], off_road_kmh: float) -> Network:
        """The inverse of `arrays`."""
        graph = {name.removeprefix("graph."): a for name, a in arrays.items() if "." in name}
        own = {name: a for name, a in arrays.items() if "." not in name}
        return cls(**own, off_road_kmh=off_road_kmh, graph=Graph(**graph))  # type: ignore[arg-type]


def edge_ms(length_m: NDArray[np.float64], kmh: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Time over a length at a speed in whole milliseconds, rounded half-even.

    Parameters
    ----------
    length_m : float64 (n)
    kmh : float64 (n) or float
        Greater than 0.
    """
    # m / (km/h) in ms: 3,600,000 ms an hour over 1,000 m a kilometre.
    milliseconds: NDArray[np.float64] = np.rint(length_m * 3600.0 / kmh)
    # A crawl of ages must not overflow; the search stops long before.
    return np.minimum(milliseconds, 2.0**52).astype(np.int64)


def build_network(
    roads: Roads,
    profile: Profile,
    *,
    direction: str,
    overrides: pd.DataFrame | None = None,
    file: str = "",
) -> Network:
    """Build the graph of `profile`, for a search from sites in `direction` (``to`` or ``from``).

    Parameters
    ----------
    roads : Roads
    profile : Profile
    direction : str
        ``to``: people travel to the sites, so the search runs against the edges.
    overrides : pd.DataFrame, optional
        edge_index, profile ("" = all), allowed (bool or None), speed_kmh, minutes (NaN: not given).
    file : str
        Name of the network's file, for the error.

    Raises
    ------
    StudyError
        No edge is open to the profile (``graph_no_edges_for_profile``).
    """
    access, ms = _access_and_ms(roads, profile, overrides)
    usable = np.flatnonzero((access != CLOSED) & (ms >= 0)).astype(np.int32)
    if not len(usable):
        raise StudyError("graph_no_edges_for_profile", file=file, profile=profile.name)
    oneway = profile.oneway(roads)[usable]
    forward, backward = oneway != -1, oneway != 1
    if direction == "to":
        forward, backward = backward, forward
    u, v, private, nodes = _search_nodes(roads, usable, access[usable] == PRIVATE)
    return _assemble(
        Network(
            road=usable,
            ms=ms[usable],
            length_m=np.ascontiguousarray(roads.length_m[usable]),
            forward=np.ascontiguousarray(forward),
            backward=np.ascontiguousarray(backward),
            seed_u=u,
            seed_v=v,
            read_u=u,
            read_v=v,
            begin_of=u[:0],
            end_of=u[:0],
            off_road_kmh=profile.off_road_kmh,
            graph=Graph(np.zeros(1, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32)),
        ),
        private,
        nodes,
    )


def _access_and_ms(
    roads: Roads, profile: Profile, overrides: pd.DataFrame | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Access and whole-edge time of every road edge, -1 where the profile has no speed there."""
    access = profile.access(roads).copy()
    speed = profile.speed_kmh(roads)
    ms = np.full(len(roads), -1, np.int64)
    overridden = np.full(len(roads), np.nan)
    if overrides is not None:
        mine = overrides[overrides["profile"].isin(["", profile.name])]
        edge = mine["edge_index"].to_numpy(np.int64)
        for e, allowed in zip(edge, mine["allowed"], strict=True):
            if allowed is not None:
                access[e] = OPEN if allowed else CLOSED
        kmh, minutes = mine["speed_kmh"].to_numpy(float), mine["minutes"].to_numpy(float)
        speed[edge[np.isfinite(kmh)]] = kmh[np.isfinite(kmh)]
        overridden[edge[np.isfinite(minutes)]] = minutes[np.isfinite(minutes)] * 60_000.0
    known = np.isfinite(speed) & (speed > 0)
    ms[known] = edge_ms(roads.length_m[known], speed[known])
    given = np.isfinite(overridden)
    ms[given] = np.rint(overridden[given]).astype(np.int64)
    return access, ms


def _search_nodes(
    roads: Roads, usable: NDArray[np.int32], private: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_], int]:
    """Number the nodes of the usable edges along a Hilbert curve, which keeps neighbours close.

    Returns u and v of each edge in that numbering, `private`, and the number of nodes.
    """
    ends = np.stack([roads.u[usable], roads.v[usable]])
    # By marking: numpy's `unique` takes twenty times as long for a million nodes.
    marked = np.zeros(roads.node_count, np.bool_)
    marked[ends] = True
    used = np.flatnonzero(marked)
    points = gpd.GeoSeries(gpd.points_from_xy(*roads.node_lonlat[used].T))
    along = points.hilbert_distance(level=16).to_numpy()
    number = np.full(roads.node_count, -1, np.int32)
    number[used[np.argsort(along, kind="stable")]] = np.arange(len(used), dtype=np.int32)
    return number[ends[0]], number[ends[1]], private, len(used)


def _assemble(network: Network, private: NDArray[np.bool_], nodes: int) -> Network:
    """Add the graph, with the two copies that a node at private edges needs, next to itself."""
    at_private = np.zeros(nodes, np.bool_)
    at_private[network.seed_u[private]] = at_private[network.seed_v[private]] = True
    number = np.arange(nodes, dtype=np.int32)
    number[1:] += 2 * np.cumsum(at_private[:-1], dtype=np.int32)
    u, v, copied = number[network.seed_u], number[network.seed_v], number[at_private]
    copies = len(copied)
    # Copy of a node as the beginning of a trip, and as its end.
    begin = np.arange(nodes + 2 * copies, dtype=np.int32)
    begin[copied] = copied + 1
    end = np.arange(nodes + 2 * copies, dtype=np.int32)
    end[copied] = copied + 2
    parts = [_edge_arcs(network, ~private, u, v)]
    if copies:
        parts.append(_edge_arcs(network, private, begin[u], begin[v]))
        parts.append(_edge_arcs(network, private, end[u], end[v]))
        free = np.zeros(copies, np.int64)
        none = np.full(copies, -1, np.int32)
        parts.append((begin[copied].astype(np.int64), copied.astype(np.int64), free, none))
        parts.append((copied.astype(np.int64), end[copied].astype(np.int64), free, none))
    source, target, ms, edge = (np.concatenate(part) for part in zip(*parts, strict=True))
    return replace(
        network,
        seed_u=np.where(private, begin[u], u),
        seed_v=np.where(private, begin[v], v),
        read_u=np.where(private, end[u], u),
        read_v=np.where(private, end[v], v),
        begin_of=begin,
        end_of=end,
        graph=_graph(source, target, ms, edge, nodes + 2 * copies),
    )


def _edge_arcs(
    network: Network, which: NDArray[np.bool_], u: NDArray[np.int32], v: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Arcs of some edges in both permitted directions; a loop leads nowhere and has none."""
    which = which & (u != v)
    out = np.flatnonzero(which & network.forward)
    back = np.flatnonzero(which & network.backward)
    source = np.concatenate([u[out], v[back]]).astype(np.int64)
    target = np.concatenate([v[out], u[back]]).astype(np.int64)
    edge = np.concatenate([out, back]).astype(np.int32)
    return source, target, network.ms[edge], edge


def _graph(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    ms: NDArray[np.integer],
    edge: NDArray[np.int32],
    nodes: int,
) -> Graph:
    """Sort arcs by source, then target, time and edge (one order for one set of arcs)."""
    order = np.lexsort((edge, ms, target, source))
    first = np.zeros(nodes + 1, np.uint64)
    first[1:] = np.cumsum(np.bincount(source, minlength=nodes))
    packed = (np.minimum(ms[order], LONGEST_MS).astype(np.uint64) << _HALF) | target[order].astype(
        np.uint64
    )
    return Graph(first, packed, edge[order])
