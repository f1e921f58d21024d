"""Cutting a network to what some demand needs: its halo, computed on the network.

Why a cut network gives the same bytes: let p be a demand point whose time is within the horizon.
Every node on a quickest path to p is at most the horizon away from p, so a search from p against
the arcs, bounded by the horizon, finds all of these nodes and the arcs between them. This includes
all ties (same time, smaller rank; same site, shorter path). Labels at these nodes are therefore
those of the whole network, and so is what is read at p. A subgraph has no smaller labels, so a
point beyond the horizon stays beyond it. The numbers of nodes, edges and sites change, but not
their order, which decides ties. Points are snapped on the whole network before it is cut.
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
        For each layer: the used sites that the part needs, by their index in the layer's `Seeds`.
    """

    network: Network
    edges: NDArray[np.int32]
    edge_left_ms: NDArray[np.int64]
    sites: tuple[NDArray[np.int64], ...]

    def positions(self, positions: Positions, which: NDArray[np.int64]) -> Positions:
        """Some positions of the whole network as positions of this one, which holds their edges."""
        taken = positions.taken(which)
        place = np.searchsorted(self.edges, taken.edge).astype(np.int32)
        return replace(taken, edge=np.where(taken.on_network, place, np.int32(-1)))


class Cutter:
    """Cuts one network many times.

    Its scratch arrays are as large as the network; the cost of a cut depends on the part only.
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
        """The part of the network, and of each layer's sites, that the demand rows `which` need."""
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
        """Nodes from which rows are reached, with the remaining time to the points."""
        ends = arrivals(self._network, rows.edge, rows.fraction)
        end, row = ends.permitted
        ms = access_ms(self._network, rows)[row] + ends.ms[end, row]
        return ends.node[end, row].astype(np.uint64), ms

    def _sites(self, seeds: Seeds, own: NDArray[np.int32]) -> NDArray[np.int64]:
        """Used sites with seeds inside the halo, or on an edge with demand."""
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
        """The network over the halo and the edges `kept`; demand is on the edges `own`."""
        whole = self._network
        source, packed, arc_edge, left = self._arcs(halo)
        of_edge = arc_edge >= 0
        edges = _distinct(np.concatenate([arc_edge[of_edge], kept]))
        # Edges with demand or sites may end outside the halo. Those end nodes are included, but no
        # arc leaves them.
        ends = [at[edges] for at in (whole.seed_u, whole.seed_v, whole.read_u, whole.read_v)]
        nodes = _distinct(np.concatenate([halo, *ends]))
        nodes = _distinct(np.concatenate([nodes, whole.begin_of[nodes], whole.end_of[nodes]]))
        # Nodes and edges outside this part keep stale numbers of earlier cuts, which are not read.
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
        """Arcs within the halo: source, packed arc, edge, and the least horizon that needs it."""
        graph = self._network.graph
        arc, counts = graph.arcs_of(halo)
        source = np.repeat(halo, counts)
        packed = graph.arcs[arc]
        left = np.maximum(self._left[source], self._left[(packed & INDEX).astype(np.int64)])
        inside = left < _FAR
        return source[inside], packed[inside], graph.arc_edge[arc[inside]], left[inside]


def _distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Each value once, ascending (`np.unique` takes five times as long)."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
