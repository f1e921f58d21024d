"""Ways between positions on edges and the search nodes: the rule for the two ends of an edge.

A search leaves a position for the ends of its edge, and comes to a position from the ends of its
edge, one-ways respected. A position exactly at an end (fraction 0 or 1) *is* that node: it is left
and reached there whatever the one-way says, and a trip may begin or end on a private way there
(`Network.begin_of`, `Network.end_of`). Two positions on one edge are also connected along it.

Every other module takes the rule from here, as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.network.labels import LONGEST_MS
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import travel_ms

__all__ = [
    "EdgeEnds",
    "EdgeStretches",
    "access_ms",
    "arrivals",
    "departures",
    "partial_ms",
    "same_edge_pairs",
    "stretches",
]


@dataclass(frozen=True)
class EdgeEnds:
    """The ways between n positions and the ends of their edges: row 0 is u, row 1 is v.

    Attributes
    ----------
    node : int32 (2, n)
        Search node at the end, -1 where the way is not permitted.
    share : float64 (2, n)
        Part of the edge between the position and the end.
    ms : int64 (2, n)
        Time over that part, accesses not included.
    metres : float64 (2, n)
        Its length.
    """

    node: NDArray[np.int32]
    share: NDArray[np.float64]
    ms: NDArray[np.int64]
    metres: NDArray[np.float64]

    @property
    def permitted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """End (0 or 1) and position of every permitted way, all ends u first."""
        end, row = np.nonzero(self.node >= 0)
        return end, row


def departures(
    network: Network, edge: NDArray[np.int32], fraction: NDArray[np.float64]
) -> EdgeEnds:
    """Where a search that begins at positions enters the graph.

    Parameters
    ----------
    edge, fraction : (n)
        Positions on the network.
    """
    return _ends(
        fraction,
        (network.seed_u[edge], network.seed_v[edge]),
        network.begin_of,
        (network.backward[edge], network.forward[edge]),
        network.ms_of_edges(edge)[::-1],
        network.length_m[edge],
    )


def arrivals(network: Network, edge: NDArray[np.int32], fraction: NDArray[np.float64]) -> EdgeEnds:
    """Nodes from which a search comes to positions; parameters as for `departures`."""
    return _ends(
        fraction,
        (network.read_u[edge], network.read_v[edge]),
        network.end_of,
        (network.forward[edge], network.backward[edge]),
        network.ms_of_edges(edge),
        network.length_m[edge],
    )


def _ends(
    fraction: NDArray[np.float64],
    nodes: tuple[NDArray[np.int32], NDArray[np.int32]],
    at_node: NDArray[np.int32],
    permitted: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    whole_ms: tuple[NDArray[np.int64], ...],
    whole_m: NDArray[np.float64],
) -> EdgeEnds:
    shape = (2, len(fraction))
    share, metres = np.empty(shape), np.empty(shape)
    node, ms = np.empty(shape, np.int32), np.empty(shape, np.int64)
    share[0] = fraction
    np.subtract(1.0, fraction, out=share[1])
    for end in (0, 1):
        node[end] = np.where(permitted[end], nodes[end], np.int32(-1))
        is_node = np.flatnonzero(share[end] == 0.0)
        node[end, is_node] = at_node[nodes[end][is_node]]
        ms[end] = partial_ms(whole_ms[end], share[end])
        np.multiply(whole_m, share[end], out=metres[end])
    return EdgeEnds(node, share, ms, metres)


@dataclass(frozen=True)
class EdgeStretches:
    """Stretches of edges between pairs of positions on one edge, in the direction of search.

    Attributes
    ----------
    permitted : bool (n)
        Whether the search may run along the edge from the one to the other.
    ms : int64 (n)
    metres : float64 (n)
    """

    permitted: NDArray[np.bool_]
    ms: NDArray[np.int64]
    metres: NDArray[np.float64]


def stretches(
    network: Network,
    edge: NDArray[np.int32],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
) -> EdgeStretches:
    """The stretch of each edge from the fraction `begin` to the fraction `end`."""
    ahead = end - begin
    towards_v = ahead > 0
    permitted = (ahead == 0) | np.where(towards_v, network.forward[edge], network.backward[edge])
    share = np.abs(ahead)
    forward, backward = network.ms_of_edges(edge)
    whole_ms = forward if backward is forward else np.where(towards_v, forward, backward)
    return EdgeStretches(permitted, partial_ms(whole_ms, share), network.length_m[edge] * share)


def partial_ms(whole_ms: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Time over a part of an edge: whole milliseconds, half to even, at most `LONGEST_MS`."""
    milliseconds: NDArray[np.float64] = whole_ms * share
    np.rint(milliseconds, out=milliseconds)
    np.minimum(milliseconds, float(LONGEST_MS), out=milliseconds)
    return milliseconds.astype(np.int64)


def access_ms(network: Network, positions: Positions) -> NDArray[np.int64]:
    """Time between each position and its point, 0 off network, int64 (n)."""
    access_m = np.where(positions.on_network, positions.access_m, 0.0)
    return travel_ms(access_m, network.off_road_kmh)


def same_edge_pairs(
    left: NDArray[np.int32], right: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs (i, j) with ``left[i] == right[j]``, by ascending i; edges are at least 0."""
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    low = np.searchsorted(ordered, left)
    # Most have no partner: only for the others is the end searched for, too.
    found = np.flatnonzero(np.append(ordered, -1)[low] == left)
    low = low[found]
    counts = np.searchsorted(ordered, left[found], "right") - low
    return np.repeat(found, counts), order[ranges(low, counts)]
