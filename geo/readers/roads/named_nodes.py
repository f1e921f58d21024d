"""Coordinates of named nodes, and the lines that run against their names.

Many published edge tables name the nodes of a line (u, v) and store the line from v to u. With the
names alone, points would be attached at the wrong ends. A node lies at the end point that its lines
share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["named_nodes"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# 1e-7 degrees, the precision to which end points must agree.
_PER_DEGREE = 1e7


def named_nodes(u: Ints, v: Ints, first: Floats, last: Floats) -> tuple[Mask, Mask, Floats]:
    """Find the coordinates of every node, and which lines fit their nodes.

    Parameters
    ----------
    u, v : int64 (n)
        Node numbers 0..k-1 that the source names for the start and end of each line.
    first, last : float64 (n, 2)
        End points of the lines, degrees.

    Returns
    -------
    fits : bool (n)
        The line joins its two nodes, in either direction.
    turned : bool (n)
        It runs from v to u.
    node_lonlat : float64 (k, 2)
        Coordinates of the nodes; NaN for a node without a fitting line.
    """
    nodes = int(max(u.max(), v.max())) + 1 if len(u) else 0
    spots, spot_of = np.unique(
        np.round(np.concatenate([first, last]) * _PER_DEGREE), axis=0, return_inverse=True
    )
    a, b = spot_of.ravel()[: len(u)], spot_of.ravel()[len(u) :]
    best = _majority(u, v, a, b, nodes, len(spots))
    best = _decide_rest(best, u, v, a, b)
    forward = (best[u] == a) & (best[v] == b)
    backward = (best[u] == b) & (best[v] == a)
    fits = forward | backward
    turned = backward & ~forward
    node_lonlat = np.full((nodes, 2), np.nan)
    begin = np.where(turned[:, None], last, first)
    end = np.where(turned[:, None], first, last)
    # Reversed, so that a node has the coordinates of the first line in which it appears.
    node_lonlat[v[fits][::-1]] = end[fits][::-1]
    node_lonlat[u[fits][::-1]] = begin[fits][::-1]
    return fits, turned, node_lonlat


def _majority(u: Ints, v: Ints, a: Ints, b: Ints, nodes: int, spots: int) -> Ints:
    """The point (k) where most lines of a node end; -1 where two points are as frequent."""
    # A line that begins and ends at one point counts once for it, not twice.
    loop = a == b
    pairs = np.concatenate(
        [u * spots + a, (u * spots + b)[~loop], v * spots + a, (v * spots + b)[~loop]]
    )
    pairs, votes = np.unique(pairs, return_counts=True)
    owner = pairs // max(spots, 1)
    most = np.zeros(nodes, dtype=np.int64)
    np.maximum.at(most, owner, votes)
    top = votes == most[owner]
    alone = np.bincount(owner[top], minlength=nodes) == 1
    best = np.full(nodes, -1, dtype=np.int64)
    chosen = top & alone[owner]
    best[owner[chosen]] = pairs[chosen] % max(spots, 1)
    return best


def _decide_rest(best: Ints, u: Ints, v: Ints, a: Ints, b: Ints) -> Ints:
    """Decide the undecided nodes by the other end of their line, else by the line's direction."""
    best = best.copy()
    order = np.arange(len(u))
    while True:
        for near, far in ((u, v), (v, u)):
            known = order[(best[near] >= 0) & (best[far] < 0)]
            known = known[(best[near][known] == a[known]) | (best[near][known] == b[known])]
            other = np.where(best[near][known] == a[known], b[known], a[known])
            # Reversed, so that of several lines the first decides.
            best[far[known][::-1]] = other[::-1]
        open_ = order[(best[u] < 0) & (best[v] < 0)]
        if not len(open_):
            return best
        # For pairs of nodes without any decided neighbour the first line of each pair decides.
        pair = np.minimum(u, v) * (len(best) + 1) + np.maximum(u, v)
        _, at = np.unique(pair[open_], return_index=True)
        trusted = open_[at]
        best[u[trusted]] = a[trusted]
