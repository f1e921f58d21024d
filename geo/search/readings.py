"""Jitted readings at positions on edges: from labels of nodes to times of points.

Two positions on one edge are joined along it, one-ways respected. A position exactly at an end of
its edge (fraction 0 or 1) *is* that node: it leaves and is reached there whatever the one-way says.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.network.labels import HALF, LONGEST_MS

__all__ = ["read_each", "read_positions"]

_NONE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

_jit = njit(nogil=True, cache=True)


@_jit
def _partial(ms: int, share: float) -> np.uint64:
    """Time on a part of an edge: whole milliseconds, half-even; at most `LONGEST_MS`."""
    return np.uint64(min(np.rint(ms * share), float(LONGEST_MS)))


@_jit
def read_positions(
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
    access_ms: NDArray[np.int64],
    access_m: NDArray[np.float64],
    edge_ms: NDArray[np.int64],
    edge_metres: NDArray[np.float64],
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
    read_u: NDArray[np.int32],
    read_v: NDArray[np.int32],
    end_of: NDArray[np.int32],
    site_edge: NDArray[np.int32],
    site_fraction: NDArray[np.float64],
    site_label: NDArray[np.uint64],
    site_metres: NDArray[np.float64],
    out_label: NDArray[np.uint64],
    out_metres: NDArray[np.float64],
) -> None:
    """The least label at every position, and the length of a quickest path (the shortest).

    Parameters
    ----------
    label, metres : (nodes)
        What the search found at the nodes.
    edge, fraction, access_ms, access_m : (points)
        Positions of the points; edge -1 is off network.
    edge_ms ... read_v : (edges), end_of : (nodes)
        The network's edges (see `Network`).
    site_edge, site_fraction, site_label, site_metres : (sites)
        Used sites in ascending order of their edge; the label is access time << 32 | rank, the
        metres are the access.
    out_label, out_metres : (points), written
        The label with the point's own access added, `NO_LABEL` and infinity where nothing is found.
    """
    for i in range(edge.size):
        best = _NONE
        best_m = np.inf
        e = edge[i]
        if e >= 0:
            f = fraction[i]
            own = np.uint64(access_ms[i]) << HALF
            for end in range(2):
                share = f if end == 0 else 1.0 - f
                open_ = forward[e] if end == 0 else backward[e]
                node = read_u[e] if end == 0 else read_v[e]
                if share == 0.0:
                    node = end_of[node]
                there = label[node]
                if there == _NONE or not (open_ or share == 0.0):
                    continue
                here = there + (_partial(edge_ms[e], share) << HALF) + own
                m = metres[node] + edge_metres[e] * share
                if here < best or (here == best and m < best_m):
                    best, best_m = here, m
            j = np.searchsorted(site_edge, e)
            while j < site_edge.size and site_edge[j] == e:
                ahead = f - site_fraction[j]
                if ahead == 0.0 or (forward[e] if ahead > 0.0 else backward[e]):
                    here = site_label[j] + (_partial(edge_ms[e], abs(ahead)) << HALF) + own
                    m = site_metres[j] + edge_metres[e] * abs(ahead)
                    if here < best or (here == best and m < best_m):
                        best, best_m = here, m
                j += 1
            best_m += access_m[i]
        out_label[i] = best
        out_metres[i] = best_m


@_jit
def read_each(
    first: NDArray[np.int64],
    nodes: NDArray[np.uint32],
    labels: NDArray[np.uint64],
    metres: NDArray[np.float64],
    first_at: NDArray[np.int64],
    row_at: NDArray[np.int32],
    ms_at: NDArray[np.int64],
    metres_at: NDArray[np.float64],
    point_of_row: NDArray[np.int32],
    points: int,
    limit_ms: int,
    limit_mm: int,
    same_first: NDArray[np.int64],
    same_row: NDArray[np.int32],
    same_ms: NDArray[np.int64],
    same_metres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """The demand points within the limit of each site.

    Parameters
    ----------
    first, nodes, labels, metres
        What `reach_each` found; metres of size 0 where only time counts.
    first_at, row_at, ms_at, metres_at
        By node: rows of demand that are read there, with the rest of the way (partial edge and
        access).
    point_of_row : int32
        Demand point of each row (several gates, one estate).
    limit_ms, limit_mm
        A point is within when the time is, and with measured metres the length of the quickest
        path too (in whole millimetres): what lies beyond the horizon is within no limit.
    same_first, same_row, same_ms, same_metres
        By site: rows on the site's own edge with the whole way to them.

    Returns
    -------
    first_out : int64 (sites + 1)
    points_out : int32
        Site ``i`` has the points ``points_out[first_out[i]:first_out[i + 1]]``.
    """
    sites = first.size - 1
    # No node near any site leaves nothing measured, but the limit stays one in metres.
    measured = limit_mm >= 0
    best_ms = np.empty(points, np.int64)
    best_m = np.empty(points, np.float64)
    stamp = np.full(points, -1, np.int64)
    listed = np.empty(1024, np.int32)
    out = np.empty(1024, np.int32)
    out_ms = np.empty(1024, np.int64)
    out_m = np.empty(1024, np.float64)
    out_first = np.zeros(sites + 1, np.int64)
    total = 0
    for i in range(sites):
        count = 0
        for k in range(first[i], first[i + 1] + (same_first[i + 1] - same_first[i])):
            # First what is read at nodes, then what lies on the site's own edge.
            at_node = k < first[i + 1]
            s = same_first[i] + k - first[i + 1]
            a = first_at[nodes[k]] if at_node else s
            b = first_at[nodes[k] + 1] if at_node else s + 1
            for j in range(a, b):
                if at_node:
                    row = row_at[j]
                    ms = np.int64(labels[k] >> HALF) + ms_at[j]
                    m = metres[k] + metres_at[j] if measured else 0.0
                else:
                    row = same_row[j]
                    ms = same_ms[j]
                    m = same_metres[j] if measured else 0.0
                p = point_of_row[row]
                if stamp[p] != i:
                    stamp[p] = i
                    best_ms[p] = ms
                    best_m[p] = m
                    if count == listed.size:
                        larger = np.empty(count * 2, np.int32)
                        larger[:count] = listed
                        listed = larger
                    listed[count] = p
                    count += 1
                elif ms < best_ms[p] or (ms == best_ms[p] and m < best_m[p]):
                    best_ms[p] = ms
                    best_m[p] = m
        for j in range(count):
            p = listed[j]
            if best_ms[p] <= limit_ms and (not measured or np.rint(best_m[p] * 1000.0) <= limit_mm):
                if total == out.size:
                    larger = np.empty(total * 2, np.int32)
                    larger[:total] = out
                    out = larger
                    more_ms = np.empty(total * 2, np.int64)
                    more_ms[:total] = out_ms
                    out_ms = more_ms
                    more_m = np.empty(total * 2, np.float64)
                    more_m[:total] = out_m
                    out_m = more_m
                out[total] = p
                out_ms[total] = best_ms[p]
                out_m[total] = best_m[p]
                total += 1
        out_first[i + 1] = total
    return out_first, out[:total], out_ms[:total], out_m[:total]
