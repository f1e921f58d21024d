"""The search kernel: bounded shortest times in whole milliseconds, with the owning site.

A *label* is one uint64: milliseconds in the upper half, the owner's rank in the lower one. Adding
an arc's time to a label and comparing two labels are then one instruction each, and the smallest
label is the contract's answer itself: least time, ties to the smaller site. An arc is packed
likewise: milliseconds above, target node below.

The queue is a ring of buckets, each a few hundred milliseconds wide (bucket queue after Dial 1969;
within a bucket nodes may be corrected, as in delta-stepping, Meyer & Sanders 2003). The result does
not depend on the order of work: labels are the unique least fixed point, so grouping the sources,
splitting them over threads, or adding and removing sites one by one gives the same bytes.

Jitted callers and callees stand in this one file, since numba's cache of a caller does not notice a
change in another file's callee. Functions release the GIL; threads are started by the callers.
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
    "lower_into",
    "path_metres",
    "reach_each",
    "reachable",
    "reachable_too",
    "remove_site_labels",
    "renumber_labels",
    "union_labels",
]

_TIME = np.uint64(0xFFFF_FFFF_0000_0000)
_ONE = np.uint64(1)
_NIL = np.uint32(0xFFFF_FFFF)
# Nodes on each side of a seed that are read ahead of its search, and the largest group for which
# that is done: more does not stay in a core's cache.
_WARM_NODES = np.uint64(1024)
_LARGEST_WARMED = 512
# Arcs at the edge of a short search from which a long one goes on together: all at once would walk
# the whole country bucket by bucket, and few would walk the same ground again and again.
_FAR_GROUP = 2048
# Entries of 8 bytes in a line of the processor's cache.
_CACHE_LINE = np.uint64(8)
# Entries that scratch arrays begin with; they grow by doubling.
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

    A queue entry is next << 32 | node. Entries are never reused within one search, so that the pool
    lists every node whose label was lowered (a node as often as it was). Returns the pool, which
    may have grown, and how many entries it holds.
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
    """An empty ring of buckets that holds times `span_ms` apart without wrapping onto itself."""
    size = _ONE
    while size < (span_ms >> shift) + np.uint64(2):
        size <<= _ONE
    return np.full(np.int64(size), _NIL, np.uint32)


@_jit
def _warmed(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    label: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    begin: int,
    end: int,
) -> np.uint64:
    """Read once, in the order of memory, what a search from the seeds ``begin:end`` will need.

    A search jumps, and waits for memory at every jump; rows of memory come many times as fast. The
    sum is of no use, but without it the compiler would leave the reading out.
    """
    total = np.uint64(0)
    done = np.uint64(0)
    for i in range(begin, end):
        node = seed_node[i]
        low = max(node - min(node, _WARM_NODES), done)
        high = min(node + _WARM_NODES, np.uint64(label.size))
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
        Where the search begins, with which label; nodes in Hilbert order make it fast.
    group : int
        Seeds searched together. Small groups stay in the cache, each relaxing only what it
        improves; they pay while the limit is short against the distance between groups.
    limit_ms : uint64
        Labels beyond are not written.
    span_ms : uint64
        At least the longest arc and the difference between any two seeds' times, both counted
        only up to `limit_ms`.
    shift : uint64
        Buckets are ``2**shift`` ms wide.
    """
    head = _queue(span_ms, shift)
    pool = np.empty(_POOL, np.uint64)
    limit = (limit_ms << HALF) | INDEX
    begin = 0
    while begin < seed_node.size:
        end = min(begin + group, seed_node.size)
        if group <= _LARGEST_WARMED:
            pool[0] = _warmed(first_arc, arcs, label, seed_node, begin, end)
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

    The search goes on along the arcs that the shorter one could not follow, and from the seeds that
    lay beyond it (`seed_node`, `seed_label`).
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
    # Seeds far beyond need a wider ring than arcs alone.
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
    """Give the owners other ranks, in place: the owner ``r`` becomes ``rank[r]``.

    Where `rank` ascends, ties stay as they were, so that the labels stay a fixed point.
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

    Lengths are added from the site outwards, so that every way of computing them adds in the same
    order and gives the same bytes.

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
                    # An arc of no time may lead to a node that `order` has passed already.
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
        `NO_LABEL` everywhere, and so again afterwards: only touched nodes are reset, so that a
        short walk costs what it reaches and not what the network holds.
    first_seed : int64 (sites + 1)
        Site ``i`` has the seeds ``first_seed[i]:first_seed[i + 1]``.
    scratch_metres : float64 (n) or (0)
        Infinity everywhere, and so again afterwards; of size 0, lengths are not measured.

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
        pool[0] = _warmed(first_arc, arcs, scratch, seed_node, a, b)
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
    """Add one site to a finished union, in place; only what it improves is touched.

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

    A node's quickest path to its owner runs through nodes of the same owner, so walking out from
    the seeds over owned nodes finds them all.
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
    """Remove one site from a finished union, in place: its nodes go to whom they fall to now.

    Parameters
    ----------
    first_back, back_arcs : uint64
        The same graph with every arc turned round.
    owner : uint64
        The rank of the site to remove.
    own_node : uint64
        Where its seeds are.
    seed_node, seed_label : uint64
        The seeds by ascending node, `NO_LABEL` for those that take no part, as the removed site's.

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
    # The candidates' times may lie as far apart as the freed region is wide.
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
    """Which nodes any path leads to from the seeds, however long: the pass behind `cut_off`."""
    found = np.zeros(first_arc.size - 1, np.bool_)
    reachable_too(first_arc, arcs, seed_node, found)
    return found


@_jit
def reachable_too(
    first_arc: NDArray[np.uint64],
    arcs: NDArray[np.uint64],
    seed_node: NDArray[np.uint64],
    found: NDArray[np.bool_],
) -> None:
    """Add to `found`, in place, what further seeds reach; only new ground is walked.

    Parameters
    ----------
    found : bool (n)
        Closed under the arcs: whatever a found node leads to is found.
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
