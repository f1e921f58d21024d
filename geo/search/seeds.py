"""Seeds: the nodes and labels with which the searches from the sites begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.network.labels import LONGEST_MS, pack_labels
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.edge_ends import access_ms, departures

__all__ = ["Seeds", "place_sites", "site_delays"]


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
        The sites' own positions; time (as a label, start delay included) and length of their
        access.
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
        """The seeds of some of the used sites; the ranks stay."""
        return self.take(np.flatnonzero(which))

    def take(self, order: NDArray[np.int64]) -> Seeds:
        """The seeds of the used sites `order`, in this order; the ranks stay."""
        counts = np.diff(self.first)[order]
        seeds = ranges(self.first[:-1][order], counts)
        return Seeds(
            rank=self.rank[order],
            first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            node=self.node[seeds],
            label=self.label[seeds],
            metres=self.metres[seeds],
            edge=self.edge[order],
            fraction=self.fraction[order],
            edge_label=self.edge_label[order],
            edge_metres=self.edge_metres[order],
        )


def site_delays(sites: pd.DataFrame) -> NDArray[np.int64]:
    """The start delay of each site in milliseconds, 0 where it is blank, int64 (sites).

    Parameters
    ----------
    sites : pd.DataFrame
        ``delay_ms`` (float64, NaN where blank) where the layer has delays.
    """
    if "delay_ms" not in sites:
        return np.zeros(len(sites), np.int64)
    return sites["delay_ms"].fillna(0.0).to_numpy(np.float64).astype(np.int64)


def place_sites(
    network: Network, positions: Positions, *, delay_ms: NDArray[np.int64] | None = None
) -> Seeds:
    """Seeds of the sites that are on the network; `positions` are in order of site id.

    Parameters
    ----------
    delay_ms : int64 (sites), optional
        Time that passes at each site before the first metre (the turnout of an ambulance).
    """
    rank = np.flatnonzero(positions.on_network)
    edge, fraction = positions.edge[rank], positions.fraction[rank]
    access_m = positions.access_m[rank]
    access = access_ms(network, positions)[rank]
    if delay_ms is not None:
        access = access + delay_ms[rank]
    ends = departures(network, edge, fraction)
    end, site = ends.permitted
    order = np.argsort(site, kind="stable")
    end, site = end[order], site[order]
    counts = np.bincount(site, minlength=len(rank))
    return Seeds(
        rank=rank,
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        node=ends.node[end, site].astype(np.uint64),
        label=_label(access[site] + ends.ms[end, site], rank[site]),
        metres=access_m[site] + ends.metres[end, site],
        edge=edge,
        fraction=fraction,
        edge_label=_label(access, rank),
        edge_metres=access_m,
    )


def _label(ms: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.uint64]:
    return pack_labels(np.minimum(ms, LONGEST_MS), rank)
