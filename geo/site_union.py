"""The sites of a layer on the network: where their searches begin, and the labels of their union.

Positions come in, integers go out (see `geo.travel`). All work is in the direction of search (see
`geo.network`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.kernel import (
    LONGEST_MS,
    NO_LABEL,
    add_site_labels,
    extend_labels,
    lower_into,
    remove_site_labels,
    union_labels,
)
from geo.network import Graph, Network, edge_ms
from geo.snapping import Positions

__all__ = ["SINGLE_SHIFT", "Seeds", "SiteUnion", "place_sites", "span_ms"]

_HALF = np.uint64(32)
# Buckets of 1,024 ms for the union, 2,048 ms for a site alone (measured best).
_UNION_SHIFT = np.uint64(10)
SINGLE_SHIFT = np.uint64(11)
# About 32 sites, with two seeds each.
_GROUP = 64


@dataclass(frozen=True)
class Seeds:
    """Where the searches of the used sites begin.

    Attributes
    ----------
    rank : int64 (s)
        Rank of each used site among all sites of the layer, by id.
    first : int64 (s + 1)
        Used site ``i`` has the seeds ``first[i]:first[i + 1]``.
    node, label : uint64
        Node and label (ms << 32 | rank) of each seed.
    metres : float64
        Length from the site to the seed's node, access included.
    edge, fraction, edge_label, edge_metres : (s)
        The sites' own positions, with access as label and length.
    """

    rank: NDArray[np.int64]
    first: NDArray[np.int64]
    node: NDArray[np.uint64]
    label: NDArray[np.uint64]
    metres: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    edge_label: NDArray[np.uint64]
    edge_metres: NDArray[np.float64]

    def of_site(self, i: int) -> slice:
        """The seeds of used site `i`."""
        return slice(int(self.first[i]), int(self.first[i + 1]))

    @cached_property
    def by_node(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]:
        """Node, label and used site of every seed, by ascending node."""
        order = np.argsort(self.node, kind="stable")
        site = np.repeat(np.arange(len(self.rank)), np.diff(self.first))
        return self.node[order], self.label[order], site[order]

    def chosen(self, which: NDArray[np.bool_]) -> Seeds:
        """The seeds of some of the used sites, which keep their ranks."""
        counts = np.diff(self.first)
        seeds = np.repeat(which, counts)
        return Seeds(
            rank=self.rank[which],
            first=np.concatenate([[0], np.cumsum(counts[which])]).astype(np.int64),
            node=self.node[seeds],
            label=self.label[seeds],
            metres=self.metres[seeds],
            edge=self.edge[which],
            fraction=self.fraction[which],
            edge_label=self.edge_label[which],
            edge_metres=self.edge_metres[which],
        )


def place_sites(network: Network, positions: Positions) -> Seeds:
    """Seeds of the sites that are on the network; `positions` are in order of site id."""
    rank = np.flatnonzero(positions.on_network)
    edge = positions.edge[rank]
    fraction = positions.fraction[rank]
    access_m = positions.access_m[rank]
    access = edge_ms(access_m, network.off_road_kmh)
    nodes, labels, metres, site = [], [], [], []
    ends = (
        (network.seed_u, network.backward, fraction),
        (network.seed_v, network.forward, 1.0 - fraction),
    )
    for at, open_, share in ends:
        # A site exactly at an end of its edge is that node, whatever the one-way says.
        use = np.flatnonzero(open_[edge] | (share == 0.0))
        partial = np.rint(network.ms[edge[use]] * share[use]).astype(np.int64)
        node = np.where(share[use] == 0.0, network.begin_of[at[edge[use]]], at[edge[use]])
        nodes.append(node.astype(np.uint64))
        labels.append(_label(access[use] + partial, rank[use]))
        metres.append(access_m[use] + network.length_m[edge[use]] * share[use])
        site.append(use)
    order = np.argsort(np.concatenate(site), kind="stable")
    counts = np.bincount(np.concatenate(site), minlength=len(rank))
    return Seeds(
        rank=rank,
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        node=np.concatenate(nodes)[order],
        label=np.concatenate(labels)[order],
        metres=np.concatenate(metres)[order],
        edge=edge,
        fraction=fraction,
        edge_label=_label(access, rank),
        edge_metres=access_m,
    )


def _label(ms: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.uint64]:
    return (np.minimum(ms, LONGEST_MS).astype(np.uint64) << _HALF) | rank.astype(np.uint64)


class SiteUnion:
    """Labels of every node under a set of sites, kept up to date while sites come and go.

    Parameters
    ----------
    network : Network
    seeds : Seeds
        All sites that may take part; `active` says which do.
    horizon_ms : int
        Labels beyond are not computed.
    near_ms : int
        How far groups of sites are searched before the rest is done at once (speed only): the
        layer's limit is a good value.

    Attributes
    ----------
    label : uint64 (nodes)
        ``ms << 32 | rank``, `NO_LABEL` where no site is within the horizon.
    active : bool (used sites)
    """

    def __init__(
        self, network: Network, seeds: Seeds, *, horizon_ms: int, near_ms: int, threads: int = 2
    ) -> None:
        self.network = network
        self.seeds = seeds
        self.active = np.ones(len(seeds.rank), np.bool_)
        horizon_ms = min(horizon_ms, LONGEST_MS - 1)
        self._limit = np.uint64(horizon_ms)
        self._span = span_ms(network.graph, seeds, horizon_ms)
        self.label = _union(network.graph, seeds, self._limit, near_ms, self._span, threads)

    @classmethod
    def resumed(
        cls,
        network: Network,
        seeds: Seeds,
        label: NDArray[np.uint64],
        active: NDArray[np.bool_],
        *,
        horizon_ms: int,
    ) -> SiteUnion:
        """Carry on from the finished labels of the `active` sites among `seeds`.

        The arrays are taken over: sites that come and go change them in place.
        """
        union = cls.__new__(cls)
        union.network, union.seeds = network, seeds
        union.active, union.label = active, label
        horizon_ms = min(horizon_ms, LONGEST_MS - 1)
        union._limit = np.uint64(horizon_ms)
        union._span = span_ms(network.graph, seeds, horizon_ms)
        return union

    def add(self, i: int) -> NDArray[np.uint32]:
        """Add used site `i`; returns the nodes that it owns now (unordered)."""
        if self.active[i]:
            return np.empty(0, np.uint32)
        self.active[i] = True
        mine = self.seeds.of_site(i)
        graph = self.network.graph
        return add_site_labels(
            graph.first_arc,
            graph.arcs,
            self.label,
            self.seeds.node[mine],
            self.seeds.label[mine],
            self._limit,
            self._span,
            SINGLE_SHIFT,
        )

    def remove(self, i: int) -> NDArray[np.uint32]:
        """Remove used site `i`; returns the nodes that it owned (unordered)."""
        if not self.active[i]:
            return np.empty(0, np.uint32)
        self.active[i] = False
        graph = self.network.graph
        back = graph.reversed
        node, label, site = self.seeds.by_node
        return remove_site_labels(
            graph.first_arc,
            graph.arcs,
            back.first_arc,
            back.arcs,
            self.label,
            np.uint64(self.seeds.rank[i]),
            self.seeds.node[self.seeds.of_site(i)],
            node,
            np.where(self.active[site], label, NO_LABEL),
            self._limit,
            self._span,
            SINGLE_SHIFT,
        )


def span_ms(graph: Graph, seeds: Seeds, limit_ms: int) -> np.uint64:
    """How far apart in time two entries of the queue can lie."""
    latest = int((seeds.label >> _HALF).max()) if len(seeds.label) else 0
    return np.uint64(min(max(graph.longest_ms, latest), limit_ms))


def _union(
    graph: Graph, seeds: Seeds, limit: np.uint64, near_ms: int, span: np.uint64, threads: int
) -> NDArray[np.uint64]:
    """Search near in groups on `threads` threads, merge, then carry on to the horizon."""
    node, start, _ = seeds.by_node  # node numbers run along the Hilbert curve
    near = np.uint64(min(near_ms, int(limit)))
    parts = np.array_split(np.arange(len(node)), threads if len(node) > 8 * _GROUP else 1)

    def search(part: NDArray[np.int64]) -> NDArray[np.uint64]:
        label = np.full(graph.node_count, NO_LABEL)
        union_labels(
            graph.first_arc,
            graph.arcs,
            label,
            node[part],
            start[part],
            _GROUP,
            near,
            span,
            _UNION_SHIFT,
        )
        return label

    with ThreadPoolExecutor(max(len(parts), 1)) as pool:
        labels = list(pool.map(search, parts))
    label = labels[0]
    for other in labels[1:]:
        lower_into(label, other)
    if near < limit:
        far = (start >> _HALF) > near
        extend_labels(
            graph.first_arc,
            graph.arcs,
            label,
            near,
            node[far],
            start[far],
            limit,
            span,
            _UNION_SHIFT,
        )
    return label
