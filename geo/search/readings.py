"""Jitted readings: from labels of nodes to times of positions, and of each site's demand points.

What leads from nodes to positions comes in as arrays of `geo.search.edge_ends`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.network.labels import HALF

__all__ = ["read_each", "read_positions"]

_NONE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

_jit = njit(nogil=True, cache=True)


@_jit
def _grown(values):  # type: ignore[no-untyped-def]
    larger = np.empty(values.size * 2, values.dtype)
    larger[: values.size] = values
    return larger


@_jit
def read_positions(
    label: NDArray[np.uint64],
    metres: NDArray[np.float64],
    end_node: NDArray[np.int32],
    end_ms: NDArray[np.int64],
    end_metres: NDArray[np.float64],
    access_ms: NDArray[np.int64],
    access_m: NDArray[np.float64],
    pair_row: NDArray[np.int64],
    pair_label: NDArray[np.uint64],
    pair_metres: NDArray[np.float64],
    out_label: NDArray[np.uint64],
    out_metres: NDArray[np.float64],
) -> None:
    """The least label at every position, and the length of its quickest path (the shortest).

    Parameters
    ----------
    label, metres : (nodes)
        What the search found at the nodes.
    end_node, end_ms, end_metres : (2, positions)
        The ends of the positions' edges (see `EdgeEnds`).
    access_ms, access_m : (positions)
    pair_row, pair_label, pair_metres : (pairs)
        Position of each pair with a site on the same edge; label and length from the site along the
        edge.
    out_label, out_metres : (positions), written
        The label with the point's own access added, `NO_LABEL` and infinity where nothing is found.
    """
    for i in range(access_ms.size):
        best = _NONE
        best_m = np.inf
        for end in range(2):
            node = end_node[end, i]
            if node < 0 or label[node] == _NONE:
                continue
            here = label[node] + (np.uint64(end_ms[end, i]) << HALF)
            m = metres[node] + end_metres[end, i]
            if here < best or (here == best and m < best_m):
                best, best_m = here, m
        out_label[i] = best
        out_metres[i] = best_m
    for k in range(pair_row.size):
        i = pair_row[k]
        here, m = pair_label[k], pair_metres[k]
        if here < out_label[i] or (here == out_label[i] and m < out_metres[i]):
            out_label[i], out_metres[i] = here, m
    for i in range(access_ms.size):
        if out_label[i] != _NONE:
            out_label[i] += np.uint64(access_ms[i]) << HALF
            out_metres[i] += access_m[i]


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
    access_m: NDArray[np.float64],
    point_of_row: NDArray[np.int32],
    points: int,
    limit_ms: int,
    limit_mm: int,
    measured: bool,
    returned: bool,
    same_first: NDArray[np.int64],
    same_row: NDArray[np.int32],
    same_ms: NDArray[np.int64],
    same_metres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """The demand points within the limit of each site, with the time and length to each.

    Parameters
    ----------
    first, nodes, labels, metres
        What `reach_each` found; metres of size 0 where lengths are not measured.
    first_at, row_at, ms_at, metres_at
        By node: rows of demand that are read there; time on the partial edge and the access; length
        of the partial edge.
    access_m : float64 (rows)
    point_of_row : int32 (rows)
        Demand point of each row. A point of several rows (the gates of an estate) counts once, with
        the row of the least time, and the shortest of those.
    limit_ms, limit_mm
        A point is within when its time is, and its length in whole millimetres too, where that
        limit is not negative.
    measured
        Whether lengths are computed. (No node near any site leaves `metres` empty all the same.)
    returned
        Whether times and lengths are returned.
    same_first, same_row, same_ms, same_metres
        By site: rows on the site's own edge that are reached along it, with time and length from
        the site to the point.

    Returns
    -------
    first_out : int64 (sites + 1)
    point_out : int32 (pairs)
        Site ``i`` has the points ``point_out[first_out[i]:first_out[i + 1]]``.
    ms_out : int64 (pairs)
    metres_out : float64 (pairs)
        Of size 0 where not returned; metres are 0 where not measured.
    """
    sites = first.size - 1
    best_ms = np.empty(points, np.int64)
    best_m = np.zeros(points, np.float64)
    stamp = np.full(points, -1, np.int64)
    listed = np.empty(1024, np.int32)
    out = np.empty(1024, np.int32)
    out_ms = np.empty(1024 if returned else 0, np.int64)
    out_m = np.empty(1024 if returned else 0, np.float64)
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
                m = 0.0
                if at_node:
                    row = row_at[j]
                    ms = np.int64(labels[k] >> HALF) + ms_at[j]
                    if measured:
                        m = metres[k] + metres_at[j] + access_m[row]
                else:
                    row = same_row[j]
                    ms = same_ms[j]
                    if measured:
                        m = same_metres[j]
                p = point_of_row[row]
                if stamp[p] != i:
                    stamp[p] = i
                    best_ms[p] = ms
                    best_m[p] = m
                    if count == listed.size:
                        listed = _grown(listed)
                    listed[count] = p
                    count += 1
                elif ms < best_ms[p] or (ms == best_ms[p] and m < best_m[p]):
                    best_ms[p] = ms
                    best_m[p] = m
        for j in range(count):
            p = listed[j]
            if best_ms[p] > limit_ms:
                continue
            if limit_mm >= 0 and np.rint(best_m[p] * 1000.0) > limit_mm:
                continue
            if total == out.size:
                out = _grown(out)
                if returned:
                    out_ms = _grown(out_ms)
                    out_m = _grown(out_m)
            out[total] = p
            if returned:
                out_ms[total] = best_ms[p]
                out_m[total] = best_m[p]
            total += 1
        out_first[i + 1] = total
    many = total if returned else 0
    return out_first, out[:total], out_ms[:many], out_m[:many]
