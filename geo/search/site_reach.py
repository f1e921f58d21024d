"""Each site's own search: the nodes and the demand points within reach of every site alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.network.labels import LONGEST_MS, NO_LABEL, milliseconds_of
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.kernel import reach_each
from geo.search.readings import read_each
from geo.search.seeds import Seeds
from geo.search.site_union import SINGLE_SHIFT, span_ms
from geo.search.times import access_ms, join_edges

__all__ = ["demand_within", "site_reach"]

_SITES_A_BLOCK = 256


@dataclass(frozen=True)
class CoverageSets:
    """Which points each site covers: site ``i`` covers ``point[first[i]:first[i + 1]]``."""

    first: NDArray[np.int64]
    point: NDArray[np.int32]
    time_ms: NDArray[np.int64]
    metres: NDArray[np.float64]


def site_reach(
    network: Network,
    seeds: Seeds,
    sites: NDArray[np.int64],
    *,
    limit_ms: int,
    scratch: NDArray[np.uint64],
    scratch_metres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]]:
    """Nodes within `limit_ms` of each of some used sites, each searched alone.

    Parameters
    ----------
    sites : int64
        Positions among the used sites.
    scratch : uint64 (nodes)
        `NO_LABEL` everywhere; leased by the caller, one for each thread, and clean again after.
    scratch_metres : float64 (nodes) or (0)
        Infinity everywhere, likewise; of size 0, lengths are not measured.

    Returns
    -------
    first, nodes, labels, metres
        See `geo.search.kernel.reach_each`.
    """
    limit_ms = min(limit_ms, LONGEST_MS - 1)
    counts = seeds.first[sites + 1] - seeds.first[sites]
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    take = np.repeat(seeds.first[sites], counts) + within
    graph = network.graph
    reached: tuple[
        NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]
    ] = reach_each(
        graph.first_arc,
        graph.arcs,
        scratch,
        first,
        seeds.node[take],
        seeds.label[take],
        np.uint64(limit_ms),
        span_ms(graph, seeds, limit_ms),
        SINGLE_SHIFT,
        graph.arc_edge,
        network.length_m,
        seeds.metres[take],
        scratch_metres,
    )
    return reached


def demand_within(
    network: Network,
    seeds: Seeds,
    positions: Positions,
    point_of_row: NDArray[np.int32],
    points: int,
    *,
    limit_ms: int,
    limit_m: float | None = None,
    measure: bool = False,
    threads: int = 2,
) -> CoverageSets:
    """The demand points within the limit of every used site, each site taken alone.

    Parameters
    ----------
    positions : Positions
        Rows of demand.
    point_of_row : int32 (rows)
        The demand point of each row, -1 where the row takes no part.
    points : int
        Number of demand points.
    limit_ms : int
        How far to search; the limit itself where `limit_m` is None.
    limit_m : float, optional
        The limit in metres along the quickest path.

    Returns
    -------
    first : int64 (used sites + 1)
    points : int32
        Used site ``i`` has the points ``points[first[i]:first[i + 1]]``.
    """
    rows = np.flatnonzero(positions.on_network & (point_of_row >= 0))
    at_node = _rows_at_nodes(network, positions, rows)
    limit_mm = -1 if limit_m is None else round(limit_m * 1000)
    if limit_m is None and measure:
        limit_mm = 2**62
    nodes = network.graph.node_count
    # Leased by the blocks in turn: on a large network, filling them costs more than a short walk.
    leases: SimpleQueue[tuple[NDArray[np.uint64], NDArray[np.float64]]] = SimpleQueue()
    for _ in range(threads):
        leases.put((np.full(nodes, NO_LABEL), np.full(nodes if limit_mm >= 0 else 0, np.inf)))

    def block(begin: int) -> tuple[NDArray[Any], ...]:
        sites = np.arange(begin, min(begin + _SITES_A_BLOCK, len(seeds.rank)))
        scratch, scratch_metres = leases.get()
        try:
            reached = site_reach(
                network,
                seeds,
                sites,
                limit_ms=limit_ms,
                scratch=scratch,
                scratch_metres=scratch_metres,
            )
        finally:
            leases.put((scratch, scratch_metres))
        same = _rows_on_edges(network, seeds, sites, positions, rows)
        listed: tuple[NDArray[Any], ...] = read_each(
            *reached, *at_node, point_of_row, points, limit_ms, limit_mm, *same
        )
        return listed

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(block, range(0, len(seeds.rank), _SITES_A_BLOCK)))
    empty = (np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0))
    counts = np.concatenate([np.diff(first) for first, *_ in [empty, *parts]])
    point, time_ms, metres = (
        np.concatenate([part[at] for part in [empty, *parts]]) for at in (1, 2, 3)
    )
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return CoverageSets(first, point, time_ms, metres)


def _rows_at_nodes(
    network: Network, positions: Positions, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """By node: which rows are read there, and the rest of the way to them."""
    edge, fraction = positions.edge[rows], positions.fraction[rows]
    access = access_ms(network, positions)[rows]
    node, row, ms, metres = [], [], [], []
    ends = (
        (network.read_u, network.forward, fraction),
        (network.read_v, network.backward, 1.0 - fraction),
    )
    for at, open_, share in ends:
        use = open_[edge] | (share == 0.0)
        node.append(np.where(share[use] == 0.0, network.end_of[at[edge[use]]], at[edge[use]]))
        row.append(rows[use].astype(np.int32))
        ms.append(np.rint(network.ms[edge[use]] * share[use]).astype(np.int64) + access[use])
        metres.append(network.length_m[edge[use]] * share[use] + positions.access_m[rows[use]])
    nodes = np.concatenate(node)
    order = np.argsort(nodes, kind="stable")
    first = np.zeros(network.graph.node_count + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(nodes, minlength=network.graph.node_count))
    return (
        first,
        np.concatenate(row)[order],
        np.concatenate(ms)[order],
        np.concatenate(metres)[order],
    )


def _rows_on_edges(
    network: Network,
    seeds: Seeds,
    sites: NDArray[np.int64],
    positions: Positions,
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """By site: rows on the site's own edge that it can reach along it, with the whole way."""
    site, row = join_edges(seeds.edge[sites], positions.edge[rows])
    site, row = site, rows[row]
    edge = positions.edge[row]
    ahead = positions.fraction[row] - seeds.fraction[sites[site]]
    joined = (ahead == 0) | np.where(ahead > 0, network.forward[edge], network.backward[edge])
    site, row, edge, ahead = site[joined], row[joined], edge[joined], np.abs(ahead[joined])
    first = np.zeros(len(sites) + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(site, minlength=len(sites)))
    ms = milliseconds_of(seeds.edge_label[sites[site]])
    ms += np.rint(network.ms[edge] * ahead).astype(np.int64)
    ms += access_ms(network, positions)[row]
    metres = seeds.edge_metres[sites[site]] + network.length_m[edge] * ahead
    return first, row.astype(np.int32), ms, metres + positions.access_m[row]
