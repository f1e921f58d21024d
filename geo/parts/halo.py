"""Cuts a network to the halo of some demand. The halo is computed on the network.

A cut network gives byte-identical results for the following reason. Let p be a demand point whose
time is within the horizon. Every node on a quickest path to p is at most the horizon away from p.
A search from p against the direction of the arcs, bounded by the horizon, therefore finds all these
nodes and the arcs between them. This includes all ties (same time, smaller rank; same site, shorter
path). The labels at these nodes are therefore those of the whole network, and the result at p is
the same. A subgraph has no smaller labels, so a point beyond the horizon remains beyond it. Nodes,
edges and sites get new numbers, but keep their order, which decides ties. Points are snapped on the
whole network before it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.network.labels import HALF, INDEX, LONGEST_MS, NO_LABEL
from geo.network.network import Graph, Network
from geo.network.positions import Positions
from geo.search.edge_ends import access_ms, arrivals
from geo.search.seeds import Seeds
from geo.search.site_reach import site_reach

__all__ = ["CutNetwork", "Cutter"]

_FAR = np.int64(2**62)
_Number = TypeVar("_Number", np.int32, np.int64)


@dataclass(frozen=True)
class CutNetwork:
    """The section of one network that belongs to a part.

    Attributes
    ----------
    network : Network
        Its `road` still contains row numbers of the whole `Roads`.
    edges : int32 (e)
        The row of each edge in the whole network, ascending.
    edge_left_ms : int64 (e)
        The smallest horizon for which the edge is needed, in milliseconds.
    sites : tuple of int64
        For each layer, the used sites that the part needs, as indices into the layer's `Seeds`.
    """

    network: Network
    edges: NDArray[np.int32]
    edge_left_ms: NDArray[np.int64]
    sites: tuple[NDArray[np.int64], ...]

    def positions(self, positions: Positions, which: NDArray[np.int64]) -> Positions:
        """Convert positions on the whole network to positions on this one.

        This network must contain the edges of the positions `which`.
        """
        taken = positions.taken(which)
        place = np.searchsorted(self.edges, taken.edge).astype(np.int32)
        return replace(taken, edge=np.where(taken.on_network, place, np.int32(-1)))


class Cutter:
    """Cuts parts from one network.

    The scratch arrays have the size of the network and are allocated once. The cost of a cut
    depends only on the size of the part.
    """

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
        """Return the part of the network and of each layer's sites that rows `which` need."""
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
        """Return the nodes within the horizon of the rows, ascending.

        The second array is the shortest time from each node to a row in milliseconds.
        """
        if not len(on):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        node, ms = self._arrivals(rows.taken(on))
        none = np.zeros(1)
        start = Seeds(
            rank=np.zeros(1, np.int64),
            first=np.array([0, len(node)]),
            node=node,
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

    def _arrivals(self, rows: Positions) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Return nodes from which rows are reached, and the remaining time to the points in ms."""
        ends = arrivals(self._network, rows.edge, rows.fraction)
        end, row = ends.permitted
        ms = access_ms(self._network, rows)[row] + ends.ms[end, row]
        return ends.node[end, row].astype(np.uint64), ms

    def _sites(self, seeds: Seeds, own: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the used sites that have seeds inside the halo or are on an edge with demand."""
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
        """Build the network of the halo and the edges `kept`. Demand is on the edges `own`."""
        whole = self._network
        source, packed, arc_edge, left = self._arcs(halo)
        of_edge = arc_edge >= 0
        edges = _distinct(np.concatenate([arc_edge[of_edge], kept]))
        # Edges with demand or sites may end outside the halo. Those end nodes are included, but no
        # arc leaves them.
        ends = [at[edges] for at in (whole.seed_u, whole.seed_v, whole.read_u, whole.read_v)]
        nodes = _distinct(np.concatenate([halo, *ends]))
        nodes = _distinct(np.concatenate([nodes, whole.begin_of[nodes], whole.end_of[nodes]]))
        # Nodes and edges outside this part keep numbers of earlier cuts. These are never read.
        number, edge_number = self._node_number, self._edge_number
        number[nodes] = np.arange(len(nodes), dtype=np.int32)
        edge_number[edges] = np.arange(len(edges), dtype=np.int32)
        edge_left = np.full(len(edges), _FAR)
        np.minimum.at(edge_left, edge_number[arc_edge[of_edge]], left[of_edge])
        edge_left[edge_number[own]] = 0
        # New numbers keep the order of the old ones, so the arcs remain sorted.
        first = np.zeros(len(nodes) + 1, np.uint64)
        first[1:] = np.cumsum(np.bincount(number[source], minlength=len(nodes)))
        target = number[(packed & INDEX).astype(np.int64)].astype(np.uint64)
        place = np.where(of_edge, edge_number[arc_edge], np.int32(-1))
        ms_forward, ms_backward = whole.ms_of_edges(edges)
        network = Network(
            road=whole.road[edges],
            ms_forward=ms_forward,
            ms_backward=ms_backward,
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
        """Return the arcs in the halo: source, packed arc, edge, smallest horizon that needs it."""
        graph = self._network.graph
        arc, counts = graph.arcs_of(halo)
        source = np.repeat(halo, counts)
        packed = graph.arcs[arc]
        left = np.maximum(self._left[source], self._left[(packed & INDEX).astype(np.int64)])
        inside = left < _FAR
        return source[inside], packed[inside], graph.arc_edge[arc[inside]], left[inside]


def _distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Return each value once, ascending. `np.unique` takes five times as long."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
