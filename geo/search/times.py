"""Travel times: from labels of nodes to every demand point, with the owning site and metres.

Positions come in, integers go out: access, whole edges, partial edges and egress are each rounded
to whole milliseconds, then added. All work is in the direction of search (see
`geo.network.network`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network.build import edge_ms
from geo.network.labels import HALF, LONGEST_MS, NO_LABEL, index_of, milliseconds_of
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.kernel import path_metres, reachable, reachable_too
from geo.search.readings import read_positions
from geo.search.seeds import Seeds

__all__ = [
    "DemandTimes",
    "access_ms",
    "at_positions",
    "join_edges",
    "joined_positions",
    "node_metres",
    "node_metres_again",
    "reachable_nodes",
    "reachable_nodes_again",
    "reachable_positions",
    "search_bound_ms",
]


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


def node_metres(network: Network, seeds: Seeds, label: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Length of the quickest path to every labelled node, float64 (nodes), infinity elsewhere."""
    metres = np.full(network.graph.node_count, np.inf)
    _measure(network, seeds, label, np.flatnonzero(label != NO_LABEL), metres)
    return metres


def _measure(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    nodes: NDArray[np.int64],
    metres: NDArray[np.float64],
) -> None:
    """Fill in the lengths at labelled `nodes`."""
    graph = network.graph
    # A quickest path stays with one owner, and an owner's nodes lie together: owner by owner, each
    # from its earliest on, the walk over memory is a third of what it is by time alone.
    of_node = label[nodes]
    order = nodes[np.argsort((of_node << HALF) | (of_node >> HALF))]
    path_metres(
        graph.first_arc,
        graph.arcs,
        graph.arc_edge,
        network.length_m,
        label,
        order,
        seeds.node,
        seeds.label,
        seeds.metres,
        metres,
    )


def node_metres_again(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    touched: NDArray[np.uint32],
) -> NDArray[np.float64]:
    """`node_metres` after some labels have changed, from the lengths before, float64 (nodes).

    A node whose label stayed has the quickest paths that it had, since every node on them has the
    same owner and stayed too; so only the others are measured again, from their neighbours on.

    Parameters
    ----------
    label : uint64 (nodes)
        After the change.
    metres : float64 (nodes)
        Before it.
    touched : uint32
        The nodes whose labels have changed; one may repeat.
    """
    graph = network.graph
    back = graph.reversed
    nodes = np.unique(touched).astype(np.int64)
    first = back.first_arc[nodes].astype(np.int64)
    counts = back.first_arc[nodes + 1].astype(np.int64) - first
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    before = index_of(back.arcs[np.repeat(first, counts) + within])
    order = np.union1d(nodes, before)
    again = metres.copy()
    again[nodes] = np.inf
    _measure(network, seeds, label, order[label[order] != NO_LABEL], again)
    return again


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
        access_ms(network, positions),
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
    time = milliseconds_of(found)
    none = (found == NO_LABEL) | (time > min(horizon_ms, LONGEST_MS - 1))
    return DemandTimes(
        time_ms=np.where(none, -1, time),
        rank=np.where(none, -1, index_of(found)),
        metres=np.where(none, np.nan, np.rint(length * 1000.0) / 1000.0),
    )


def access_ms(network: Network, positions: Positions) -> NDArray[np.int64]:
    """Time between each position and its point, 0 off network, int64 (n)."""
    return edge_ms(np.where(positions.on_network, positions.access_m, 0.0), network.off_road_kmh)


def reachable_positions(network: Network, seeds: Seeds, positions: Positions) -> NDArray[np.bool_]:
    """Whether any path, however long, joins each position with a site, bool (n).

    This is what tells `cut_off` from `too_far`; off-network positions are False.
    """
    return joined_positions(network, seeds, reachable_nodes(network, seeds), positions)


def reachable_nodes(network: Network, seeds: Seeds) -> NDArray[np.bool_]:
    """Which nodes any path leads to from a site, bool (nodes)."""
    return reachable(network.graph.first_arc, network.graph.arcs, seeds.node)


def reachable_nodes_again(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    found: NDArray[np.bool_],
    gone: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    """`reachable_nodes` after some sites came and went, from those before.

    A site that went takes nothing with it as long as another one reaches the nodes where its own
    search began; a site that came adds only what no other reached.

    Parameters
    ----------
    seeds : Seeds
        Of the sites that are left and new.
    label : uint64 (nodes)
        Their labels.
    gone : uint64
        Nodes of the seeds of the sites that went.
    """
    if np.any(label[gone] == NO_LABEL):
        return reachable_nodes(network, seeds)
    again = found.copy()
    reachable_too(network.graph.first_arc, network.graph.arcs, seeds.node, again)
    return again


def joined_positions(
    network: Network, seeds: Seeds, found: NDArray[np.bool_], positions: Positions
) -> NDArray[np.bool_]:
    """Whether each position is joined with a site, from the reachable nodes, bool (n)."""
    on = positions.on_network
    edge, fraction = positions.edge[on], positions.fraction[on]
    result = np.zeros(len(positions), np.bool_)
    u, v = network.read_u[edge], network.read_v[edge]
    by_u = np.where(fraction == 0.0, found[network.end_of[u]], found[u] & network.forward[edge])
    by_v = np.where(fraction == 1.0, found[network.end_of[v]], found[v] & network.backward[edge])
    along = join_edges(edge, seeds.edge)
    ahead = fraction[along[0]] - seeds.fraction[along[1]]
    at = edge[along[0]]
    joined = (ahead == 0) | np.where(ahead > 0, network.forward[at], network.backward[at])
    same = np.zeros(len(edge), np.bool_)
    same[along[0][joined]] = True
    result[on] = by_u | by_v | same
    return result


def join_edges(
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
