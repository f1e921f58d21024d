"""Cutting a network to what matters to some demand: the halo, computed on the network.

Why a cut network gives the same bytes. Let p be a demand point whose time is within the horizon.
Every node on a quickest path to p is at most the horizon away from p, so a search from p against
the arcs, bounded by the horizon, finds all of them with all arcs between them; so does every tie
(same time, smaller site; same site, shorter way). Labels at these nodes are therefore the whole
network's, and so is what is read at p. A subgraph cannot offer a smaller label, so a point beyond
the horizon stays beyond it. Numbers of nodes, edges and sites change, their order does not, and
ties go by order. Points are snapped on the whole network before it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.network.build import edge_ms
from geo.network.labels import HALF, INDEX, LONGEST_MS, NO_LABEL
from geo.network.network import Graph, Network
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.search.site_reach import site_reach

__all__ = ["CutNetwork", "Cutter"]

_FAR = np.int64(2**62)
_Number = TypeVar("_Number", np.int32, np.int64)


@dataclass(frozen=True)
class CutNetwork:
    """One network as a part holds it.

    Attributes
    ----------
    network : Network
        Its `road` still names the rows of the whole `Roads`.
    edges : int32 (e)
        The row of each edge in the whole network, ascending.
    edge_left_ms : int64 (e)
        The least horizon that needs the edge.
    sites : tuple of int64
        For each layer asked for: the used sites that matter, by their place in its `Seeds`.
    """

    network: Network
    edges: NDArray[np.int32]
    edge_left_ms: NDArray[np.int64]
    sites: tuple[NDArray[np.int64], ...]

    def positions(self, positions: Positions, which: NDArray[np.int64]) -> Positions:
        """Some positions of the whole network, whose edges this one holds, on this one."""
        edge = positions.edge[which]
        place = np.searchsorted(self.edges, edge).astype(np.int32)
        return Positions(
            np.where(edge < 0, np.int32(-1), place),
            positions.fraction[which],
            positions.access_m[which],
        )


class Cutter:
    """Cuts one network again and again; its scratch is as large as the network, a cut is not."""

    def __init__(self, network: Network, *, horizon_ms: int) -> None:
        self._network = network
        self._against = replace(network, graph=network.graph.reversed)
        self._horizon_ms = horizon_ms
        self._label = np.full(network.graph.node_count, NO_LABEL)
        self._left = np.full(network.graph.node_count, _FAR)
        self._node_number = np.zeros(network.graph.node_count, np.int32)
        self._edge_number = np.zeros(len(network), np.int32)
        self._no_metres = np.empty(0)

    def cut(
        self, rows: Positions, which: NDArray[np.int64], layers: tuple[Seeds, ...]
    ) -> CutNetwork:
        """What the demand rows `which` need of the network, and of each layer's sites."""
        on = which[rows.on_network[which]]
        nodes, left = self._halo(rows, on)
        self._left[nodes] = left
        try:
            own = _distinct(rows.edge[on])
            sites = tuple(self._sites(seeds, own) for seeds in layers)
            at_sites = [seeds.edge[used] for seeds, used in zip(layers, sites, strict=True)]
            return self._assemble(nodes, own, np.concatenate([own, *at_sites]), sites)
        finally:
            self._left[nodes] = _FAR

    def _halo(
        self, rows: Positions, on: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Nodes within the horizon of the rows, ascending, and the time from each to a row."""
        if not len(on):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        node, ms = self._ends(rows, on)
        none = np.zeros(1)
        start = Seeds(
            rank=np.zeros(1, np.int64),
            first=np.array([0, len(node)]),
            node=node.astype(np.uint64),
            label=np.minimum(ms, LONGEST_MS).astype(np.uint64) << HALF,
            metres=np.zeros(len(node)),
            edge=np.zeros(1, np.int32),
            fraction=none,
            edge_label=np.zeros(1, np.uint64),
            edge_metres=none,
        )
        _, found, labels, _ = site_reach(
            self._against,
            start,
            np.zeros(1, np.int64),
            limit_ms=self._horizon_ms,
            scratch=self._label,
            scratch_metres=self._no_metres,
        )
        order = np.argsort(found)
        return found[order].astype(np.int64), (labels[order] >> HALF).astype(np.int64)

    def _ends(
        self, rows: Positions, on: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the rows are read (see `readings.read_positions`), with the way to go."""
        network = self._network
        edge, fraction = rows.edge[on], rows.fraction[on]
        access = edge_ms(rows.access_m[on], network.off_road_kmh)
        nodes, times = [], []
        ends = (
            (network.read_u, network.forward, fraction),
            (network.read_v, network.backward, 1.0 - fraction),
        )
        for at, open_, share in ends:
            use = open_[edge] | (share == 0.0)
            here = at[edge[use]]
            nodes.append(np.where(share[use] == 0.0, network.end_of[here], here))
            partial = np.rint(network.ms[edge[use]] * share[use]).astype(np.int64)
            times.append(access[use] + partial)
        return np.concatenate(nodes).astype(np.int64), np.concatenate(times)

    def _sites(self, seeds: Seeds, own: NDArray[np.int32]) -> NDArray[np.int64]:
        """Used sites that begin inside the halo or on an edge where demand stands."""
        of_site = np.repeat(np.arange(len(seeds.rank)), np.diff(seeds.first))
        begins = self._left[seeds.node.astype(np.int64)] < _FAR
        needed = np.isin(seeds.edge, own)
        needed[of_site[begins]] = True
        return np.flatnonzero(needed)

    def _assemble(
        self,
        halo: NDArray[np.int64],
        own: NDArray[np.int32],
        kept: NDArray[np.int32],
        sites: tuple[NDArray[np.int64], ...],
    ) -> CutNetwork:
        """The network over the halo, with the edges `kept` besides, of which demand is on `own`."""
        whole = self._network
        source, packed, arc_edge, left = self._arcs(halo)
        of_edge = arc_edge >= 0
        edges = _distinct(np.concatenate([arc_edge[of_edge], kept]))
        # Edges that demand or sites stand on may end outside the halo: their ends are named, but
        # no arc leads on from there.
        ends = [at[edges] for at in (whole.seed_u, whole.seed_v, whole.read_u, whole.read_v)]
        nodes = _distinct(np.concatenate([halo, *ends]))
        nodes = _distinct(np.concatenate([nodes, whole.begin_of[nodes], whole.end_of[nodes]]))
        # What is not of this part keeps numbers of earlier ones, and nothing asks for them.
        number, edge_number = self._node_number, self._edge_number
        number[nodes] = np.arange(len(nodes), dtype=np.int32)
        edge_number[edges] = np.arange(len(edges), dtype=np.int32)
        edge_left = np.full(len(edges), _FAR)
        np.minimum.at(edge_left, edge_number[arc_edge[of_edge]], left[of_edge])
        edge_left[edge_number[own]] = 0
        # Numbers keep the order of the whole network's, so arcs stay sorted as they are.
        first = np.zeros(len(nodes) + 1, np.uint64)
        first[1:] = np.cumsum(np.bincount(number[source], minlength=len(nodes)))
        target = number[(packed & INDEX).astype(np.int64)].astype(np.uint64)
        place = np.where(of_edge, edge_number[arc_edge], np.int32(-1))
        network = Network(
            road=whole.road[edges],
            ms=whole.ms[edges],
            length_m=whole.length_m[edges],
            forward=whole.forward[edges],
            backward=whole.backward[edges],
            seed_u=number[ends[0]],
            seed_v=number[ends[1]],
            read_u=number[ends[2]],
            read_v=number[ends[3]],
            begin_of=number[whole.begin_of[nodes]],
            end_of=number[whole.end_of[nodes]],
            off_road_kmh=whole.off_road_kmh,
            graph=Graph(first, (packed & ~INDEX) | target, place),
        )
        return CutNetwork(network, edges, edge_left, sites)

    def _arcs(
        self, halo: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]:
        """Arcs within the halo: source, packed arc, edge, and the least horizon that needs it."""
        graph = self._network.graph
        first = graph.first_arc[halo].astype(np.int64)
        counts = graph.first_arc[halo + 1].astype(np.int64) - first
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        arc = np.repeat(first, counts) + within
        source = np.repeat(halo, counts)
        packed = graph.arcs[arc]
        left = np.maximum(self._left[source], self._left[(packed & INDEX).astype(np.int64)])
        inside = left < _FAR
        return source[inside], packed[inside], graph.arc_edge[arc[inside]], left[inside]


def _distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Each value once, ascending (`np.unique` hashes first and takes five times as long)."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
