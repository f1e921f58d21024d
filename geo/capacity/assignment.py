"""Assigns demand to sites within their capacities: as much as possible, then in the least time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo.capacity.transport import cheapest_flows

__all__ = ["assign", "compile_assignment"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def assign(site: Ints, point: Ints, time_ms: Ints, amount: Floats, capacity: Floats) -> Floats:
    """Assign the demand of points to sites over the given pairs.

    Of all assignments that serve the greatest total amount, one with the least total time
    (amount × time) is returned. The amount of a point may be split over sites. Of equally good
    assignments, one that serves smaller points from smaller sites is preferred; the result depends
    on nothing but the arguments.

    Parameters
    ----------
    site, point : int64 (pairs)
        Indices into `capacity` and `amount`; each pair once.
    time_ms : int64 (pairs)
    amount : float64 (points)
        Finite and not negative.
    capacity : float64 (sites)
        Finite and not negative.

    Returns
    -------
    float64 (pairs)
        The amount that goes over each pair. The sums of a point and of a site exceed its amount
        and capacity at most by the rounding of floats; they are exact where all are whole numbers.

    Examples
    --------
    >>> site, point = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> time_ms = np.array([1000, 2000, 9000])
    >>> assign(site, point, time_ms, np.array([5.0, 5.0]), np.array([7.0, 2.0]))
    array([5., 2., 2.])
    """
    flow = np.zeros(len(site))
    usable = (amount[point] > 0) & (capacity[site] > 0)
    keep = np.lexsort((site, time_ms, point))
    keep = keep[usable[keep]]
    room = capacity.copy()
    whole = bool(np.all(amount == np.floor(amount)) and np.all(capacity == np.floor(capacity)))
    keep = _settled(keep, site, point, amount, room, flow, whole=whole)
    if not len(keep):
        return flow
    for pairs in _components(keep, site, point):
        flow[pairs] = _assigned(site[pairs], point[pairs], time_ms[pairs], amount, room)
    return flow


def compile_assignment() -> None:
    """Compile what an assignment needs, or load it from numba's cache."""
    two = np.arange(2)
    assign(np.repeat(two, 2), np.tile(two, 2), np.arange(4), np.ones(2), np.full(2, 0.75))


def _settled(
    keep: Ints,
    site: Ints,
    point: Ints,
    amount: Floats,
    room: Floats,
    flow: Floats,
    *,
    whole: bool,
) -> Ints:
    """Assign what no other demand competes for, and return the pairs that are left.

    A site is free if it has room for everybody who can use it. No point goes farther than to its
    nearest free site, and a point whose nearest site is free goes there. `flow` and `room` are
    changed.

    Parameters
    ----------
    keep : int64
        The usable pairs, ordered by point, then by time and site.
    """
    # Sums of fractions are rounded, so only a clear margin counts.
    margin = 1.0 if whole else 1.0 + 1e-12
    while len(keep):
        load = np.bincount(site[keep], amount[point[keep]], len(room))
        free = (load * margin <= room)[site[keep]]
        starts = np.flatnonzero(np.diff(point[keep], prepend=-1))
        before: Ints = np.cumsum(free, dtype=np.int64) - free
        before = before - np.repeat(before[starts], np.diff(np.append(starts, len(keep))))
        nearest = keep[starts][free[starts]]
        flow[nearest] = amount[point[nearest]]
        np.subtract.at(room, site[nearest], flow[nearest])
        done = np.zeros(len(amount), np.bool_)
        done[point[nearest]] = True
        left = keep[(before == 0) & ~done[point[keep]]]
        if len(left) == len(keep):
            break
        keep = left
    np.maximum(room, 0.0, out=room)
    return keep


def _components(keep: Ints, site: Ints, point: Ints) -> list[Ints]:
    """The pairs of each connected component, in the order of `keep`."""
    sites, points = int(site.max()) + 1, int(point.max()) + 1
    edges = (np.ones(len(keep), np.int8), (point[keep], points + site[keep]))
    graph = coo_matrix(edges, (points + sites, points + sites))
    _, label = connected_components(graph, directed=False)
    of_pair = label[point[keep]]
    order = np.argsort(of_pair, kind="stable")
    cuts = np.flatnonzero(np.diff(of_pair[order])) + 1
    return np.split(keep[order], cuts)


def _assigned(site: Ints, point: Ints, time_ms: Ints, amount: Floats, room: Floats) -> Floats:
    """The flows of one component, whose pairs are ordered by point, then by time and site."""
    sites, i = np.unique(site, return_inverse=True)
    if len(sites) == 1:
        order = np.lexsort((point, time_ms))
        return _filled(amount[point], float(room[sites[0]]), order)
    points, j = np.unique(point, return_inverse=True)
    if len(points) == 1:
        return _filled(room[site], float(amount[points[0]]), np.arange(len(site)))
    return cheapest_flows(i, j, time_ms, amount[points], room[sites])


def _filled(amounts: Floats, total: float, order: Ints) -> Floats:
    """Give `total` to `amounts` in this order, each as much as it takes."""
    flow = np.zeros(len(amounts))
    for at in order:
        flow[at] = min(amounts[at], total)
        total -= flow[at]
        if total <= 0:
            break
    return flow
