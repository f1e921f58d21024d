"""Where the searches from the sites begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.network.build import edge_ms
from geo.network.labels import LONGEST_MS, pack_labels
from geo.network.network import Network
from geo.network.positions import Positions

__all__ = ["Seeds", "place_sites"]


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
    return pack_labels(np.minimum(ms, LONGEST_MS), rank)
