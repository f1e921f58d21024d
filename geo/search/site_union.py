"""The union of a layer's sites: the label of every node, kept current while sites come and go.

Everything is stated in the direction of search (see `geo.network.network`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES, in_threads
from geo.network.labels import HALF, LONGEST_MS, NO_LABEL
from geo.network.network import Graph, Network
from geo.search.kernel import (
    add_site_labels,
    extend_labels,
    lower_into,
    remove_site_labels,
    union_labels,
)
from geo.search.seeds import Seeds

__all__ = ["SINGLE_SHIFT", "SiteUnion", "span_ms"]

# Buckets of 1,024 ms for the union, 2,048 ms for a site alone (the fastest, measured).
_UNION_SHIFT = np.uint64(10)
SINGLE_SHIFT = np.uint64(11)
# Seeds searched together: about 32 sites, with two seeds each.
_GROUP = 64


class SiteUnion:
    """Labels of every node under a set of sites, kept current while sites are added and removed.

    Parameters
    ----------
    network : Network
    seeds : Seeds
        All sites that may take part; `active` tells which do.
    horizon_ms : int
        Labels beyond are not computed.
    near_ms : int
        How far groups of sites are searched before the rest is searched together. It changes the
        speed only; the layer's limit is a good value.
    threads : int
        Each holds labels of the whole network until they are merged.

    Attributes
    ----------
    label : uint64 (nodes)
        ``ms << 32 | rank``, `NO_LABEL` where no site is within the horizon.
    active : bool (used sites)
    """

    def __init__(
        self, network: Network, seeds: Seeds, *, horizon_ms: int, near_ms: int, threads: int = CORES
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
        """Continue from the finished labels of the `active` sites among `seeds`.

        The arrays become the union's own: adding and removing sites changes them in place.
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
    """By how much the times of two entries in the queue can differ."""
    latest = int((seeds.label >> HALF).max()) if len(seeds.label) else 0
    return np.uint64(min(max(graph.longest_ms, latest), limit_ms))


def _union(
    graph: Graph, seeds: Seeds, limit: np.uint64, near_ms: int, span: np.uint64, threads: int
) -> NDArray[np.uint64]:
    """Search near in groups on `threads` threads, merge, then continue to the horizon."""
    node, start, _ = seeds.by_node  # node numbers follow the Hilbert curve
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

    labels = in_threads(search, parts, threads=len(parts))
    label = labels[0]
    for other in labels[1:]:
        lower_into(label, other)
    if near < limit:
        far = (start >> HALF) > near
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
