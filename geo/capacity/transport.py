"""The transportation problem, exact: the network simplex method on a compact spanning tree.

The tree is kept strongly feasible (Cunningham 1976), so the method ends; entering arcs are chosen
by block search (Grigoriadis 1986; Király and Kovács 2012). Costs are whole numbers, so optimality
needs no tolerance, and amounts may be fractions.

Measured with 0.92 M pairs of 27,000 points and 15,000 sites, capacity for 80 % to 400 % of the
demand: HiGHS 24 s to more than 300 s (simplex) and 124 s (interior point), OR-tools 12 to 32 s; its
package holds protobuf below the version that others need.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["cheapest_flows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGEST = 2**61


def cheapest_flows(site: Ints, point: Ints, time_ms: Ints, amount: Floats, room: Floats) -> Floats:
    """Serve as much as possible, then in the least total time.

    Parameters
    ----------
    site, point : int64 (pairs)
        Indices into `room` and `amount`.
    time_ms : int64 (pairs)
    amount : float64 (points)
        Above 0.
    room : float64 (sites)
        Above 0.

    Returns
    -------
    float64 (pairs)
        Of equally good solutions, one that serves earlier points from earlier sites is preferred
        (in components of up to some ten thousand points and sites, where whole numbers of 64 bits
        can tell them apart).
    """
    points, sites = len(amount), len(room)
    # A cycle passes each point and each site once at most, so the preferences of all its arcs
    # together never outweigh 1 ms, nor any times one unit more that is served.
    longest = min(points, sites)
    unit = longest * (points + sites) + 1
    cost = time_ms * unit + point + site
    unserved = (int(time_ms.max()) + 1) * unit * (longest + 1)
    if unserved >= _LARGEST:
        cost, unserved = time_ms, (int(time_ms.max()) + 1) * (longest + 1)
    nodes = points + sites
    # Arcs: the pairs, then what each point leaves unserved, then what each site has to spare.
    tail = np.concatenate([point, np.arange(points), np.full(sites, nodes)]).astype(np.int32)
    head = np.concatenate([points + site, np.full(points, nodes), points + np.arange(sites)])
    flow: Floats = _network_simplex(
        tail,
        head.astype(np.int32),
        np.concatenate([cost, np.full(points, unserved), np.zeros(sites, np.int64)]),
        np.concatenate([amount, room]),
        points,
    )
    return flow[: len(site)]


@njit(cache=True, nogil=True)
def _network_simplex(tail, head, cost, supply, points):  # type: ignore[no-untyped-def]
    """The flow of every arc; the last node is the root, to which an arc of every node leads."""
    nodes, arcs = len(supply), len(tail)
    root, pairs = nodes, arcs - nodes
    flow = np.zeros(arcs)
    flow[pairs:] = supply
    potential = np.zeros(nodes + 1, np.int64)
    parent = np.full(nodes + 1, root, np.int32)
    parent[root] = -1
    arc_up = np.empty(nodes + 1, np.int64)  # the arc between a node and its parent
    rises = np.zeros(nodes + 1, np.bool_)  # whether it leads to the parent
    depth = np.ones(nodes + 1, np.int32)
    depth[root] = 0
    child = np.full(nodes + 1, -1, np.int32)
    older, younger = np.full(nodes + 1, -1, np.int32), np.full(nodes + 1, -1, np.int32)
    stack = np.empty(nodes + 1, np.int32)
    for node in range(nodes):
        arc_up[node] = pairs + node
        rises[node] = node < points
        potential[node] = -cost[pairs + node] if node < points else cost[pairs + node]
        younger[node] = child[root]
        if child[root] >= 0:
            older[child[root]] = node
        child[root] = node

    block = max(int(np.sqrt(arcs)), 10)
    at = 0
    while True:
        # The entering arc: the best of the next block that has any.
        best, entering, looked, left = np.int64(0), -1, 0, block
        while looked < arcs:
            reduced = cost[at] + potential[tail[at]] - potential[head[at]]
            if reduced < best:
                best, entering = reduced, at
            at = at + 1 if at + 1 < arcs else 0
            looked += 1
            left -= 1
            if left == 0:
                if entering >= 0:
                    break
                left = block
        if entering < 0:
            return flow
        # The cycle: the tree paths from both ends of the arc to where they join.
        one, two = tail[entering], head[entering]
        a, b = one, two
        while a != b:
            if depth[a] >= depth[b]:
                a = parent[a]
            else:
                b = parent[b]
        join = a
        # The leaving arc: the last of those that block first.
        take, leaving, of_first = np.inf, -1, True
        a = one
        while a != join:
            if rises[a] and flow[arc_up[a]] < take:
                take, leaving, of_first = flow[arc_up[a]], a, True
            a = parent[a]
        b = two
        while b != join:
            if not rises[b] and flow[arc_up[b]] <= take:
                take, leaving, of_first = flow[arc_up[b]], b, False
            b = parent[b]
        if take > 0.0:
            flow[entering] += take
            a = one
            while a != join:
                flow[arc_up[a]] += -take if rises[a] else take
                a = parent[a]
            b = two
            while b != join:
                flow[arc_up[b]] += take if rises[b] else -take
                b = parent[b]
        flow[arc_up[leaving]] = 0.0
        # Hang the part of the tree below the leaving arc on the entering arc.
        top = one if of_first else two
        node, above, arc = top, two if of_first else one, entering
        while True:
            former, former_arc = parent[node], arc_up[node]
            if older[node] >= 0:
                younger[older[node]] = younger[node]
            else:
                child[former] = younger[node]
            if younger[node] >= 0:
                older[younger[node]] = older[node]
            older[node], younger[node] = -1, child[above]
            if child[above] >= 0:
                older[child[above]] = node
            child[above] = node
            parent[node], arc_up[node], rises[node] = above, arc, tail[arc] == node
            if node == leaving:
                break
            node, above, arc = former, node, former_arc
        shift = -best if of_first else best
        stack[0], size = top, 1
        while size > 0:
            size -= 1
            node = stack[size]
            potential[node] += shift
            depth[node] = depth[parent[node]] + 1
            below = child[node]
            while below >= 0:
                stack[size] = below
                size += 1
                below = younger[below]
