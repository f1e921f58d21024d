"""The search kernel: bounded shortest times in whole milliseconds, with the owning site.

A *label* is one uint64: milliseconds in the upper half, the owner's rank in the lower one. Adding
an arc's time to a label and comparing two labels then take one instruction each, and the smallest
label is the result: the least time, ties to the site of smaller rank. An arc is packed in the same
way: milliseconds in the upper half, the target node in the lower one.

The queue is a ring of buckets, each a second or two wide (a bucket queue after Dial 1969; within a
bucket nodes may be corrected, as in delta-stepping, Meyer & Sanders 2003). Labels are the unique
least fixed point, so the result does not depend on the order of work: the sources may be grouped or
split over threads, and sites added and removed one by one, with the same bytes as the result.

Jitted callers and callees stand in this one file: numba keeps a compiled caller in its cache even
when a callee in another file has changed. The functions release the GIL; callers start threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.network.labels import HALF, INDEX, NO_LABEL

__all__ = [
    "add_site_labels",
    "extend_labels",
    "extend_reachable",
    "lower_into",
    "path_metres",
    "reach_each",
    "reachable",
    "remove_site_labels",
    "renumber_labels",
    "union_labels",
]

_TIME = np.uint64(0xFFFF_FFFF_0000_0000)
_ONE = np.uint64(1)
_NIL = np.uint32(0xFFFF_FFFF)
# Nodes on each side of a seed that are read before its search, and the largest group for which that
# is done: more does not fit into a core's cache.
_PREFETCHED_NODES = np.uint64(1024)
_LARGEST_PREFETCHED = 512
# Arcs at the border of a short search from which a long search is continued together. With more, a
# bucket spans the whole network and nothing stays in the cache; with fewer, the same nodes are
# searched again and again.
_FAR_GROUP = 2048
# Entries of 8 bytes in a line of the processor's cache.
_CACHE_LINE = np.uint64(8)
# First size of scratch arrays; they grow by doubling.
_POOL = 4096

_jit = njit(nogil=True, cache=True, boundscheck=False)


@_jit
def _grown(pool: NDArray[Any]) -> NDArray[Any]:
    larger = np.empty(pool.size * 2, pool.dtype)
    larger[: pool.size] = pool
    return larger


@_jit
def _search(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    begin: int,
    end: int,
    limit: np.uint64,
    shift: np.uint64,
    head: NDArray[np.uint32],
    pool: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], np.uint64]:
    """Lower labels from the seeds ``begin:end``; the queue (`head`) is empty before and after.

    A queue entry is next << 32 | node. Entries are never reused within one search, so the pool
    lists every node whose label was lowered, once for each time. Returns the pool, which may have
    grown, and how many entries it holds.
    """
    mask = np.uint64(head.size - 1)
    used = np.uint64(0)
    waiting = np.uint64(0)
    bucket = NO_LABEL
    if pool.size < end - begin:
        pool = np.empty(2 * (end - begin), np.uint64)
    for i in range(begin, end):
        target = seed_node[i]
        new = seed_label[i]
        if new <= limit and new < label[target]:
            label[target] = new
            wanted = (new >> HALF) >> shift
            bucket = min(bucket, wanted)
            pool[used] = (np.uint64(head[wanted & mask]) << HALF) | target
            head[wanted & mask] = np.uint32(used)
            used += _ONE
            waiting += _ONE
    while waiting > np.uint64(0):
        slot = head[bucket & mask]
        if slot == _NIL:
            bucket += _ONE
            continue
        entry = pool[np.uint64(slot)]
        head[bucket & mask] = np.uint32(entry >> HALF)
        waiting -= _ONE
        node = entry & INDEX
        here = label[node]
        if (here >> HALF) >> shift != bucket:
            continue  # settled earlier, from a smaller bucket
        k = first_arc[node]
        last = first_arc[node + _ONE]
        while used + (last - k) > np.uint64(pool.size):
            pool = _grown(pool)
        while k < last:
            arc = arcs[k]
            k += _ONE
            target = arc & INDEX
            new = here + (arc & _TIME)
            if new < label[target] and new <= limit:
                label[target] = new
                wanted = (new >> HALF) >> shift
                pool[used] = (np.uint64(head[wanted & mask]) << HALF) | target
                head[wanted & mask] = np.uint32(used)
                used += _ONE
                waiting += _ONE
    return pool, used


@_jit
def _queue(span_ms: np.uint64, shift: np.uint64) -> NDArray[np.uint32]:
    """An empty ring of buckets, large enough for times that differ by `span_ms`."""
    size = _ONE
    while size < (span_ms >> shift) + np.uint64(2):
        size <<= _ONE
    return np.full(np.int64(size), _NIL, np.uint32)


@_jit
def _prefetched(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    begin: int,
    end: int,
) -> np.uint64:
    """Read, in the order of memory, what a search from the seeds ``begin:end`` will need.

    A search jumps about and waits for memory at every jump; reading in order is many times as fast
    and brings the data into the cache. The sum only keeps the compiler from removing the loop.
    """
    total = np.uint64(0)
    done = np.uint64(0)
    for i in range(begin, end):
        node = seed_node[i]
        low = max(node - min(node, _PREFETCHED_NODES), done)
        high = min(node + _PREFETCHED_NODES, np.uint64(label.size))
        if i + 1 < end:
            high = min(high, max(seed_node[i + 1], node))
        if high <= low:
            continue
        done = high
        for u in range(low, high, _CACHE_LINE):
            total += label[u] + first_arc[u]
        for k in range(first_arc[low], first_arc[high], _CACHE_LINE):
            total += arcs[k]
    return total


@_jit
def union_labels(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    group: int,
    limit_ms: np.uint64,
    span_ms: np.uint64,
    shift: np.uint64,
) -> None:
    """Lower `label` in place to the least labels from the seeds, as far as `limit_ms`.

    Parameters
    ----------
    first_arc : uint64 (n + 1)
        The arcs of node ``u`` are ``arcs[first_arc[u]:first_arc[u + 1]]``.
    arcs : uint64 (m)
        Milliseconds << 32 | target node.
    label : uint64 (n)
        `NO_LABEL` everywhere, or the fixed point of earlier seeds under the same limit.
    seed_node, seed_label : uint64 (s)
        Where the search begins, and with which label; fastest with nodes in Hilbert order.
    group : int
        Seeds searched together. A small group stays in the cache and visits only nodes that it
        improves; this is faster while the limit is short against the distance between groups.
    limit_ms : uint64
        Labels beyond are not written.
    span_ms : uint64
        At least the longest arc and the largest difference between two seeds' times, each at most
        `limit_ms`.
    shift : uint64
        Buckets are ``2**shift`` ms wide.
    """
    head = _queue(span_ms, shift)
    pool = np.empty(_POOL, np.uint64)
    limit = (limit_ms << HALF) | INDEX
    begin = 0
    while begin < seed_node.size:
        end = min(begin + group, seed_node.size)
        if group <= _LARGEST_PREFETCHED:
            pool[0] = _prefetched(first_arc, arcs, label, seed_node, begin, end)
        pool, _ = _search(
            first_arc, arcs, label, seed_node, seed_label, begin, end, limit, shift, head, pool
        )
        begin = end


@_jit
def extend_labels(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    reached_ms: np.uint64,
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    limit_ms: np.uint64,
    span_ms: np.uint64,
    shift: np.uint64,
) -> None:
    """Carry labels that are final up to `reached_ms` on to `limit_ms`, in place.

    The search is continued along the arcs that lead beyond `reached_ms`, and from the seeds beyond
    it (`seed_node`, `seed_label`).
    """
    count = seed_node.size
    node = np.empty(_POOL + count, np.uint64)
    new = np.empty(_POOL + count, np.uint64)
    node[:count] = seed_node
    new[:count] = seed_label
    reached = (reached_ms << HALF) | INDEX
    limit = (limit_ms << HALF) | INDEX
    for u in range(label.size):
        here = label[u]
        if here == NO_LABEL:
            continue
        for k in range(first_arc[u], first_arc[u + 1]):
            beyond = here + (arcs[k] & _TIME)
            target = arcs[k] & INDEX
            if beyond > reached and beyond <= limit and beyond < label[target]:
                if count == node.size:
                    node = _grown(node)
                    new = _grown(new)
                node[count] = target
                new[count] = beyond
                count += 1
    # Seeds far beyond need a larger ring than arcs do.
    widest = span_ms
    if seed_node.size > 0:
        widest = max(span_ms, limit_ms - reached_ms)
    union_labels(
        first_arc, arcs, label, node[:count], new[:count], _FAR_GROUP, limit_ms, widest, shift
    )


@_jit
def lower_into(label: NDArray[np.uint64], other: NDArray[np.uint64]) -> None:
    """Merge the labels of another part of the sites, in place: the smaller label of each node."""
    for u in range(label.size):
        if other[u] < label[u]:
            label[u] = other[u]


@_jit
def renumber_labels(label: NDArray[np.uint64], rank: NDArray[np.uint64]) -> None:
    """Give the owners other ranks, in place: owner ``r`` becomes ``rank[r]``.

    If `rank` ascends, ties are decided as before, and the labels remain a fixed point.
    """
    for u in range(label.size):
        if label[u] != NO_LABEL:
            label[u] = (label[u] & _TIME) | rank[label[u] & INDEX]


@_jit
def path_metres(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    arc_edge: NDArray[np.int32],
    edge_metres: NDArray[np.float64],
    label: NDArray[np.uint64],
    order: NDArray[np.int64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    seed_metres: NDArray[np.float64],
    metres: NDArray[np.float64],
) -> None:
    """Length of the quickest path to each labelled node, the shortest where several are quickest.

    Lengths are always added from the site outwards, so that the same path has the same bytes,
    whichever function measures it.

    Parameters
    ----------
    arc_edge : int32 (m)
        Edge of each arc, -1 for a transfer without length.
    edge_metres : float64
        Length of each edge.
    order : int64
        The labelled nodes, those of each owner by ascending time.
    seed_metres : float64
        Length from the site to each seed's node, access included.
    metres : float64 (n), changed in place
        Infinity everywhere before; the length at the nodes in `order` afterwards.
    """
    for i in range(seed_node.size):
        u = seed_node[i]
        if seed_label[i] == label[u]:
            metres[u] = min(metres[u], seed_metres[i])
    again = np.empty(64, np.uint64)
    for i in range(order.size):
        again[0] = np.uint64(order[i])
        waiting = 1
        while waiting > 0:
            waiting -= 1
            u = again[waiting]
            for k in range(first_arc[u], first_arc[u + _ONE]):
                target = arcs[k] & INDEX
                if label[u] + (arcs[k] & _TIME) != label[target]:
                    continue
                length = metres[u]
                if arc_edge[k] >= 0:
                    length += edge_metres[arc_edge[k]]
                if length < metres[target]:
                    metres[target] = length
                    # An arc without time may lead to a node that comes earlier in `order`.
                    if arcs[k] & _TIME == np.uint64(0):
                        if waiting == again.size:
                            again = _grown(again)
                        again[waiting] = target
                        waiting += 1


@_jit
def reach_each(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    scratch: NDArray[np.uint64],
    first_seed: NDArray[np.int64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    limit_ms: np.uint64,
    span_ms: np.uint64,
    shift: np.uint64,
    arc_edge: NDArray[np.int32],
    edge_metres: NDArray[np.float64],
    seed_metres: NDArray[np.float64],
    scratch_metres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]]:
    """Each site's own search: the nodes within `limit_ms` of it, for many sites in one call.

    Parameters
    ----------
    scratch : uint64 (n)
        `NO_LABEL` everywhere, and again afterwards. Only touched nodes are reset, so that the cost
        of a short search does not depend on the size of the network.
    first_seed : int64 (sites + 1)
        Site ``i`` has the seeds ``first_seed[i]:first_seed[i + 1]``.
    scratch_metres : float64 (n) or (0)
        Infinity everywhere, and again afterwards; of size 0, lengths are not measured.

    Returns
    -------
    first : int64 (sites + 1)
        Site ``i`` reaches ``nodes[first[i]:first[i + 1]]``, in no particular order.
    nodes : uint32
    labels : uint64
        Their labels.
    metres : float64
        Lengths of their quickest paths (see `path_metres`), of size 0 where not measured.
    """
    sites = first_seed.size - 1
    head = _queue(span_ms, shift)
    pool = np.empty(_POOL, np.uint64)
    limit = (limit_ms << HALF) | INDEX
    measured = scratch_metres.size > 0
    first = np.zeros(sites + 1, np.int64)
    nodes = np.empty(_POOL, np.uint32)
    labels = np.empty(_POOL, np.uint64)
    metres = np.empty(_POOL if measured else 0, np.float64)
    total = 0
    for i in range(sites):
        a, b = first_seed[i], first_seed[i + 1]
        pool[0] = _prefetched(first_arc, arcs, scratch, seed_node, a, b)
        pool, used = _search(
            first_arc, arcs, scratch, seed_node, seed_label, a, b, limit, shift, head, pool
        )
        while total + np.int64(used) > nodes.size:
            nodes = _grown(nodes)
            labels = _grown(labels)
            if measured:
                metres = _grown(metres)
        if measured:
            _measure(
                first_arc,
                arcs,
                arc_edge,
                edge_metres,
                scratch,
                pool[:used],
                seed_node[a:b],
                seed_label[a:b],
                seed_metres[a:b],
                scratch_metres,
            )
        for j in range(used):
            u = pool[j] & INDEX
            if scratch[u] != NO_LABEL:  # a node may be listed more than once
                nodes[total] = np.uint32(u)
                labels[total] = scratch[u]
                scratch[u] = NO_LABEL
                if measured:
                    metres[total] = scratch_metres[u]
                    scratch_metres[u] = np.inf
                total += 1
        first[i + 1] = total
    return first, nodes[:total], labels[:total], metres[: total if measured else 0]


@_jit
def _measure(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    arc_edge: NDArray[np.int32],
    edge_metres: NDArray[np.float64],
    label: NDArray[np.uint64],
    listed: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    seed_metres: NDArray[np.float64],
    metres: NDArray[np.float64],
) -> None:
    """`path_metres` for the nodes that one search listed in its pool."""
    nodes = (listed & INDEX).astype(np.int64)
    path_metres(
        first_arc,
        arcs,
        arc_edge,
        edge_metres,
        label,
        nodes[np.argsort(label[nodes])],
        seed_node,
        seed_label,
        seed_metres,
        metres,
    )


@_jit
def add_site_labels(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    limit_ms: np.uint64,
    span_ms: np.uint64,
    shift: np.uint64,
) -> NDArray[np.uint32]:
    """Add one site to a finished union, in place; only nodes that it improves are touched.

    Returns the nodes whose label it lowered, in no particular order; a node may repeat.
    """
    pool, used = _search(
        first_arc,
        arcs,
        label,
        seed_node,
        seed_label,
        0,
        seed_node.size,
        (limit_ms << HALF) | INDEX,
        shift,
        _queue(span_ms, shift),
        np.empty(_POOL, np.uint64),
    )
    return (pool[:used] & INDEX).astype(np.uint32)


@_jit
def _free_owned(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    owner: np.uint64,
) -> NDArray[np.uint32]:
    """Remove the labels of the nodes that `owner` owns; returns these nodes.

    A quickest path to an owner runs through nodes of the same owner only, so a traversal of owned
    nodes from the seeds finds them all.
    """
    found = np.empty(_POOL, np.uint32)
    count = 0
    for i in range(seed_node.size):
        u = seed_node[i]
        if label[u] != NO_LABEL and label[u] & INDEX == owner:
            if count == found.size:
                found = _grown(found)
            found[count] = np.uint32(u)
            label[u] = NO_LABEL
            count += 1
    done = 0
    while done < count:
        u = np.uint64(found[done])
        done += 1
        for k in range(first_arc[u], first_arc[u + _ONE]):
            target = arcs[k] & INDEX
            if label[target] != NO_LABEL and label[target] & INDEX == owner:
                if count == found.size:
                    found = _grown(found)
                found[count] = np.uint32(target)
                label[target] = NO_LABEL
                count += 1
    return found[:count]


@_jit
def remove_site_labels(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    first_back: NDArray[np.uint64],
    back_arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    owner: np.uint64,
    own_node: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    seed_label: NDArray[np.uint64],
    limit_ms: np.uint64,
    span_ms: np.uint64,
    shift: np.uint64,
) -> NDArray[np.uint32]:
    """Remove one site from a finished union, in place; its nodes get their next-best owners.

    Parameters
    ----------
    first_back, back_arcs : uint64
        The same graph with every arc reversed.
    owner : uint64
        The rank of the site to remove.
    own_node : uint64
        Where its seeds are.
    seed_node, seed_label : uint64
        All seeds by ascending node; the label is `NO_LABEL` for sites that take no part, as the
        removed one.

    Returns
    -------
    uint32
        The nodes that the site owned.
    """
    freed = _free_owned(first_arc, arcs, label, own_node, owner)
    count = 0
    node = np.empty(_POOL, np.uint64)
    new = np.empty(_POOL, np.uint64)
    limit = (limit_ms << HALF) | INDEX
    for i in range(freed.size):
        u = np.uint64(freed[i])
        for k in range(first_back[u], first_back[u + _ONE]):
            there = label[back_arcs[k] & INDEX]
            if there == NO_LABEL:
                continue
            candidate = there + (back_arcs[k] & _TIME)
            if candidate <= limit:
                if count == node.size:
                    node = _grown(node)
                    new = _grown(new)
                node[count] = u
                new[count] = candidate
                count += 1
        at = np.searchsorted(seed_node, u)
        while at < seed_node.size and seed_node[at] == u:
            if seed_label[at] <= limit:
                if count == node.size:
                    node = _grown(node)
                    new = _grown(new)
                node[count] = u
                new[count] = seed_label[at]
                count += 1
            at += 1
    # The candidates' times may differ by as much as it takes to cross the freed nodes.
    widest = span_ms
    if count > 0:
        widest = max(span_ms, (new[:count].max() >> HALF) - (new[:count].min() >> HALF))
    head = _queue(widest, shift)
    _search(first_arc, arcs, label, node, new, 0, count, limit, shift, head, node[:0])
    return freed


@_jit
def reachable(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    """Which nodes any path leads to from the seeds, however long (`cut_off` is decided by this)."""
    found = np.zeros(first_arc.size - 1, np.bool_)
    extend_reachable(first_arc, arcs, seed_node, found)
    return found


@_jit
def extend_reachable(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    found: NDArray[np.bool_],
) -> None:
    """Add to `found`, in place, the nodes that further seeds reach; visits only new nodes.

    Parameters
    ----------
    found : bool (n)
        Closed under the arcs: if a node is found, so is every node that it leads to.
    """
    stack = np.empty(first_arc.size - 1, np.uint32)
    waiting = 0
    for i in range(seed_node.size):
        if not found[seed_node[i]]:
            found[seed_node[i]] = True
            stack[waiting] = np.uint32(seed_node[i])
            waiting += 1
    while waiting > 0:
        waiting -= 1
        u = np.uint64(stack[waiting])
        for k in range(first_arc[u], first_arc[u + _ONE]):
            target = arcs[k] & INDEX
            if not found[target]:
                found[target] = True
                stack[waiting] = np.uint32(target)
                waiting += 1
