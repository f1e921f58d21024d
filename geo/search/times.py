"""Travel times: from labels of nodes to every demand point, with the owning site and metres.

Access, whole edges, partial edges and egress are each rounded to whole milliseconds, then added.
Everything is stated in the direction of search (see `geo.network.network`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network.labels import HALF, LONGEST_MS, NO_LABEL, index_of, milliseconds_of
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.edge_ends import access_ms, arrivals, same_edge_pairs, stretches
from geo.search.kernel import extend_reachable, path_metres, reachable
from geo.search.readings import read_positions
from geo.search.seeds import Seeds

__all__ = [
    "DemandTimes",
    "at_positions",
    "node_metres",
    "reachable_nodes",
    "reachable_positions",
    "search_bound_ms",
    "updated_node_metres",
    "updated_reachable_nodes",
]

# Rows that are read at once: what they need stays in the processor's cache.
_ROWS_A_BLOCK = 16_384


@dataclass(frozen=True)
class DemandTimes:
    """Result at positions, in their order.

    Attributes
    ----------
    time_ms : int64 (n)
        -1 where no site is within the horizon (missing in the results).
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
    # A quickest path stays with one owner, and the nodes of an owner lie close together. Owner by
    # owner, each from its earliest node on, this takes a third of the time that it takes in order
    # of time alone.
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


def updated_node_metres(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    touched: NDArray[np.uint32],
) -> NDArray[np.float64]:
    """`node_metres` after some labels have changed, from the lengths before, float64 (nodes).

    A node whose label did not change keeps its quickest paths, as every node on them has the same
    owner and kept its label, too. Only the other nodes are measured again, from their neighbours.

    Parameters
    ----------
    label : uint64 (nodes)
        After the change.
    metres : float64 (nodes)
        Before it.
    touched : uint32
        The nodes whose labels have changed; a node may repeat.
    """
    graph = network.graph
    back = graph.reversed
    nodes = np.unique(touched).astype(np.int64)
    arcs, _ = back.arcs_of(nodes)
    order = np.union1d(nodes, index_of(back.arcs[arcs]))
    updated = metres.copy()
    updated[nodes] = np.inf
    _measure(network, seeds, label, order[label[order] != NO_LABEL], updated)
    return updated


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
    found = np.full(len(positions), NO_LABEL)
    length = np.full(len(positions), np.inf)
    on = np.flatnonzero(positions.on_network)
    by_edge = np.argsort(seeds.edge, kind="stable")
    for begin in range(0, len(on), _ROWS_A_BLOCK):
        rows = on[begin : begin + _ROWS_A_BLOCK]
        found[rows], length[rows] = _read_block(
            network, seeds, by_edge, label, metres, positions, rows
        )
    time = milliseconds_of(found)
    none = (found == NO_LABEL) | (time > min(horizon_ms, LONGEST_MS - 1))
    return DemandTimes(
        time_ms=np.where(none, -1, time),
        rank=np.where(none, -1, index_of(found)),
        metres=np.where(none, np.nan, np.rint(length * 1000.0) / 1000.0),
    )


def _read_block(
    network: Network,
    seeds: Seeds,
    by_edge: NDArray[np.int64],
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    positions: Positions,
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Label and length at some positions on the network.

    Parameters
    ----------
    by_edge : int64 (used sites)
        The sites in order of their edges: sorting them once more in each block is then quick.
    """
    block = positions.taken(rows)
    ends = arrivals(network, block.edge, block.fraction)
    row, place = same_edge_pairs(block.edge, seeds.edge[by_edge])
    site = by_edge[place]
    along = stretches(network, block.edge[row], seeds.fraction[site], block.fraction[row])
    row, site = row[along.permitted], site[along.permitted]
    pair_ms = along.ms[along.permitted].astype(np.uint64)
    found, length = np.empty(len(rows), np.uint64), np.empty(len(rows))
    read_positions(
        label,
        metres,
        ends.node,
        ends.ms,
        ends.metres,
        access_ms(network, block),
        block.access_m,
        row,
        seeds.edge_label[site] + (pair_ms << HALF),
        seeds.edge_metres[site] + along.metres[along.permitted],
        found,
        length,
    )
    return found, length


def reachable_positions(
    network: Network,
    seeds: Seeds,
    positions: Positions,
    *,
    nodes: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Whether any path, however long, leads from a site to each position, bool (n).

    This separates `cut_off` from `too_far`; off-network positions are False.

    Parameters
    ----------
    nodes : bool (nodes), optional
        `reachable_nodes`, where the caller has it already.
    """
    if nodes is None:
        nodes = reachable_nodes(network, seeds)
    on = np.flatnonzero(positions.on_network)
    edge, fraction = positions.edge[on], positions.fraction[on]
    node = arrivals(network, edge, fraction).node
    found: NDArray[np.bool_] = np.any((node >= 0) & nodes[node], axis=0)
    row, site = same_edge_pairs(edge, seeds.edge)
    along = stretches(network, edge[row], seeds.fraction[site], fraction[row])
    found[row[along.permitted]] = True
    result = np.zeros(len(positions), np.bool_)
    result[on] = found
    return result


def reachable_nodes(network: Network, seeds: Seeds) -> NDArray[np.bool_]:
    """Which nodes any path leads to from a site, bool (nodes)."""
    return reachable(network.graph.first_arc, network.graph.arcs, seeds.node)


def updated_reachable_nodes(
    network: Network,
    seeds: Seeds,
    label: NDArray[np.uint64],
    found: NDArray[np.bool_],
    removed: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    """`reachable_nodes` after sites were removed and added, from the result before.

    Removing a site changes nothing as long as other sites reach the nodes where its search began;
    an added site contributes what no other site reached.

    Parameters
    ----------
    seeds : Seeds
        Of the remaining and the added sites.
    label : uint64 (nodes)
        Their labels.
    found : bool (nodes)
        Before the change.
    removed : uint64
        Nodes of the removed sites' seeds.
    """
    if np.any(label[removed] == NO_LABEL):
        return reachable_nodes(network, seeds)
    updated = found.copy()
    extend_reachable(network.graph.first_arc, network.graph.arcs, seeds.node, updated)
    return updated


def search_bound_ms(network: Network, limit_m: float, horizon_ms: int) -> int:
    """A time within which every path of at most `limit_m` metres ends.

    The slowest edge bounds the milliseconds that a metre takes. With an edge that has time but no
    length (the wait for a ferry), only the horizon is a bound.
    """
    rate = 3600.0 / network.off_road_kmh
    directions = [network.ms_forward]
    if network.ms_backward is not network.ms_forward:
        directions.append(network.ms_backward)
    for ms in directions:
        if np.any((network.length_m == 0) & (ms > 0)):
            return horizon_ms
        long = network.length_m > 0
        rate = max(rate, float(np.max(ms[long] / network.length_m[long], initial=0.0)))
    # Both accesses and both partial edges may have been rounded up by half a millisecond each.
    return min(horizon_ms, int(np.ceil(rate * (limit_m + 0.001))) + 4)
