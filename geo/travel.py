"""Travel times: from sites to every node and every demand point, with the owning site and metres.

Positions come in, integers go out: access, whole edges, partial edges and egress are each rounded
to whole milliseconds, then added. All work is in the direction of search (see `geo.network`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.kernel import (
    LONGEST_MS,
    NO_LABEL,
    add_site_labels,
    extend_labels,
    lower_into,
    path_metres,
    reach_each,
    reachable,
    remove_site_labels,
    union_labels,
)
from geo.network import Graph, Network, edge_ms
from geo.positions import read_each, read_positions
from geo.snapping import Positions

__all__ = [
    "DemandTimes",
    "Seeds",
    "SiteUnion",
    "at_positions",
    "demand_within",
    "node_metres",
    "place_sites",
    "reachable_positions",
    "search_bound_ms",
    "site_reach",
]

_HALF = np.uint64(32)
_RANK = np.uint64(0xFFFF_FFFF)
# Buckets of 1,024 ms for the union, 2,048 ms for a site alone (measured best).
_UNION_SHIFT = np.uint64(10)
_SINGLE_SHIFT = np.uint64(11)
# About 64 sites, with two seeds each.
_GROUP = 128
_SITES_A_BLOCK = 256


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


@dataclass(frozen=True)
class DemandTimes:
    """Result at positions, in their order.

    Attributes
    ----------
    time_ms : int64 (n)
        -1 where no site is within the horizon (an index of no time: exported as missing).
    rank : int64 (n)
        Rank of the owning site, -1 where none.
    metres : float64 (n)
        Length of the quickest path in whole millimetres, NaN where none.
    """

    time_ms: NDArray[np.int64]
    rank: NDArray[np.int64]
    metres: NDArray[np.float64]


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
        self._span = _span(network.graph, seeds, horizon_ms)
        self._back: Graph | None = None
        self.label = _union(network.graph, seeds, self._limit, near_ms, self._span, threads)

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
            _SINGLE_SHIFT,
        )

    def remove(self, i: int) -> NDArray[np.uint32]:
        """Remove used site `i`; returns the nodes that it owned (unordered)."""
        if not self.active[i]:
            return np.empty(0, np.uint32)
        graph = self.network.graph
        if self._back is None:
            self._back = graph.reversed
        use = np.repeat(self.active, np.diff(self.seeds.first))
        freed = remove_site_labels(
            graph.first_arc,
            graph.arcs,
            self._back.first_arc,
            self._back.arcs,
            self.label,
            np.uint64(self.seeds.rank[i]),
            self.seeds.node[use],
            self.seeds.label[use],
            self._limit,
            self._span,
            _SINGLE_SHIFT,
        )
        self.active[i] = False
        return freed


def _span(graph: Graph, seeds: Seeds, limit_ms: int) -> np.uint64:
    """How far apart in time two entries of the queue can lie."""
    latest = int((seeds.label >> _HALF).max()) if len(seeds.label) else 0
    return np.uint64(min(max(graph.longest_ms, latest), limit_ms))


def _union(
    graph: Graph, seeds: Seeds, limit: np.uint64, near_ms: int, span: np.uint64, threads: int
) -> NDArray[np.uint64]:
    """Search near in groups on `threads` threads, merge, then carry on to the horizon at once."""
    order = np.argsort(seeds.node, kind="stable")  # node numbers run along the Hilbert curve
    node, start = seeds.node[order], seeds.label[order]
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


def node_metres(network: Network, seeds: Seeds, label: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Length of the quickest path to every labelled node, float64 (nodes), infinity elsewhere."""
    graph = network.graph
    metres = np.full(graph.node_count, np.inf)
    reached = np.flatnonzero(label != NO_LABEL)
    path_metres(
        graph.first_arc,
        graph.arcs,
        graph.arc_edge,
        network.length_m,
        label,
        reached[np.argsort(label[reached], kind="stable")],
        seeds.node,
        seeds.label,
        seeds.metres,
        metres,
    )
    return metres


def at_positions(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    positions: Positions,
    *,
    horizon_ms: int,
) -> DemandTimes:
    """Time, owner and length at positions, from labels and lengths at the nodes."""
    found = np.empty(len(positions), np.uint64)
    length = np.empty(len(positions))
    order = np.argsort(seeds.edge, kind="stable")
    read_positions(
        label,
        metres,
        positions.edge,
        positions.fraction,
        _access_ms(network, positions),
        positions.access_m,
        network.ms,
        network.length_m,
        network.forward,
        network.backward,
        network.read_u,
        network.read_v,
        network.end_of,
        seeds.edge[order],
        seeds.fraction[order],
        seeds.edge_label[order],
        seeds.edge_metres[order],
        found,
        length,
    )
    time = (found >> _HALF).astype(np.int64)
    none = (found == NO_LABEL) | (time > min(horizon_ms, LONGEST_MS - 1))
    return DemandTimes(
        time_ms=np.where(none, -1, time),
        rank=np.where(none, -1, (found & _RANK).astype(np.int64)),
        metres=np.where(none, np.nan, np.rint(length * 1000.0) / 1000.0),
    )


def _access_ms(network: Network, positions: Positions) -> NDArray[np.int64]:
    return edge_ms(np.where(positions.on_network, positions.access_m, 0.0), network.off_road_kmh)


def reachable_positions(network: Network, seeds: Seeds, positions: Positions) -> NDArray[np.bool_]:
    """Whether any path, however long, joins each position with a site, bool (n).

    This is what tells `cut_off` from `too_far`; off-network positions are False.
    """
    graph = network.graph
    found = reachable(graph.first_arc, graph.arcs, seeds.node)
    on = positions.on_network
    edge, fraction = positions.edge[on], positions.fraction[on]
    result = np.zeros(len(positions), np.bool_)
    u, v = network.read_u[edge], network.read_v[edge]
    by_u = np.where(fraction == 0.0, found[network.end_of[u]], found[u] & network.forward[edge])
    by_v = np.where(fraction == 1.0, found[network.end_of[v]], found[v] & network.backward[edge])
    along = _join_edges(edge, seeds.edge)
    ahead = fraction[along[0]] - seeds.fraction[along[1]]
    at = edge[along[0]]
    joined = (ahead == 0) | np.where(ahead > 0, network.forward[at], network.backward[at])
    same = np.zeros(len(edge), np.bool_)
    same[along[0][joined]] = True
    result[on] = by_u | by_v | same
    return result


def _join_edges(
    left: NDArray[np.int32], right: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs (i, j) with ``left[i] == right[j]``."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, "left")
    count = np.searchsorted(right[order], left, "right") - low
    i = np.repeat(np.arange(len(left)), count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(low, count) + within]


def search_bound_ms(network: Network, limit_m: float, horizon_ms: int) -> int:
    """A time within which every path of at most `limit_m` metres ends.

    The slowest edge bounds the milliseconds a metre can take; an edge without length but with time
    (a ferry's wait) leaves only the horizon.
    """
    if np.any((network.length_m == 0) & (network.ms > 0)):
        return horizon_ms
    long = network.length_m > 0
    rate = float(np.max(network.ms[long] / network.length_m[long], initial=0.0))
    rate = max(rate, 3600.0 / network.off_road_kmh)
    # Both accesses and both partial edges may each be rounded up by half a millisecond.
    return min(horizon_ms, int(np.ceil(rate * (limit_m + 0.001))) + 4)


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
        See `geo.kernel.reach_each`.
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
        _span(graph, seeds, limit_ms),
        _SINGLE_SHIFT,
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
    threads: int = 2,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
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

    def block(begin: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        sites = np.arange(begin, min(begin + _SITES_A_BLOCK, len(seeds.rank)))
        nodes = network.graph.node_count
        reached = site_reach(
            network,
            seeds,
            sites,
            limit_ms=limit_ms,
            scratch=np.full(nodes, NO_LABEL),
            scratch_metres=np.full(0 if limit_m is None else nodes, np.inf),
        )
        same = _rows_on_edges(network, seeds, sites, positions, rows)
        listed: tuple[NDArray[np.int64], NDArray[np.int32]] = read_each(
            *reached, *at_node, point_of_row, points, limit_ms, limit_mm, *same
        )
        return listed

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(block, range(0, len(seeds.rank), _SITES_A_BLOCK)))
    if not parts:
        return np.zeros(1, np.int64), np.zeros(0, np.int32)
    counts = np.concatenate([np.diff(first) for first, _ in parts])
    return (
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.concatenate([listed for _, listed in parts]),
    )


def _rows_at_nodes(
    network: Network, positions: Positions, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """By node: which rows are read there, and the rest of the way to them."""
    edge, fraction = positions.edge[rows], positions.fraction[rows]
    access = _access_ms(network, positions)[rows]
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
    site, row = _join_edges(seeds.edge[sites], positions.edge[rows])
    site, row = site, rows[row]
    edge = positions.edge[row]
    ahead = positions.fraction[row] - seeds.fraction[sites[site]]
    joined = (ahead == 0) | np.where(ahead > 0, network.forward[edge], network.backward[edge])
    site, row, edge, ahead = site[joined], row[joined], edge[joined], np.abs(ahead[joined])
    first = np.zeros(len(sites) + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(site, minlength=len(sites)))
    ms = (seeds.edge_label[sites[site]] >> _HALF).astype(np.int64)
    ms += np.rint(network.ms[edge] * ahead).astype(np.int64)
    ms += _access_ms(network, positions)[row]
    metres = seeds.edge_metres[sites[site]] + network.length_m[edge] * ahead
    return first, row.astype(np.int32), ms, metres + positions.access_m[row]
