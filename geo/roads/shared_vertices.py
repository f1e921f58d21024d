"""Lines that share vertices: which vertices are one node, and lines cut into edges at nodes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.roads.connected_parts import connected_parts

__all__ = ["same_places", "split_at_nodes"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Vertices that agree to this are one node (1 cm, and a little more for rounding).
_SAME_NODE_DEG = 1e-7 + 1e-10
# Vertices are compared only within cells of this size and near their borders, since a tree of all
# vertices of a province takes a minute.
_CELL_DEG = 1e-5


def same_places(lonlat: Floats) -> Ints:
    """Number the places of vertices; vertices that agree to 1e-7 degrees have one place.

    Parameters
    ----------
    lonlat : float64 (n, 2)
        Finite.

    Returns
    -------
    int64 (n)
        Place of each vertex, from 0.

    Examples
    --------
    >>> same_places(np.array([[0.0, 0.0], [1.0, 0.0], [1.00000005, 0.0]])).tolist()
    [0, 1, 1]
    """
    # Adding 0 makes -0.0 and 0.0 one number.
    code, distinct = _codes_of_pairs(lonlat[:, 0] + 0.0, lonlat[:, 1] + 0.0)
    spots = lonlat[distinct]
    cell = np.floor(spots / _CELL_DEG)
    cell_of, _ = _codes_of_pairs(cell[:, 0], cell[:, 1])
    inside = spots / _CELL_DEG - cell
    rim = _SAME_NODE_DEG / _CELL_DEG
    near_border = ((inside <= rim) | (inside >= 1.0 - rim)).any(axis=1)
    doubtful = np.flatnonzero(near_border | (np.bincount(cell_of)[cell_of] > 1))
    if not len(doubtful):
        return code
    tree = cKDTree(spots[doubtful])
    pairs = doubtful[tree.query_pairs(_SAME_NODE_DEG, p=np.inf, output_type="ndarray")]
    cluster_of = connected_parts(len(spots), pairs[:, 0], pairs[:, 1])
    return np.asarray(cluster_of[code], dtype=np.int64)


def _codes_of_pairs(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """The number of each pair, by first appearance, and the position of each number's first."""
    x_code, _ = pd.factorize(x)
    y_code, y_values = pd.factorize(y)
    code, _ = pd.factorize(x_code.astype(np.int64) * max(len(y_values), 1) + y_code)
    first = np.unique(code, return_index=True)[1]
    return np.asarray(code, dtype=np.int64), first


def split_at_nodes(refs: Ints, piece: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut pieces into edges at their ends and at every node that occurs more than once.

    Parameters
    ----------
    refs, piece : int64 (k)
        Node id and piece of every vertex, piece after piece.

    Returns
    -------
    first, last : int64 (n)
        Vertices at which each edge begins and ends.
    node_of : int64 (k)
        Node of every vertex that ends an edge, -1 elsewhere.
    node_at : int64 (j)
        A vertex of every node; nodes are in order of their first appearance.
    """
    code, _ = pd.factorize(refs)
    fresh = np.ones(len(refs) + 1, dtype=bool)
    fresh[1:-1] = piece[1:] != piece[:-1]
    cut = np.flatnonzero(fresh[:-1] | fresh[1:] | (np.bincount(code)[code] > 1))
    same = piece[cut[1:]] == piece[cut[:-1]]
    first, last = cut[:-1][same], cut[1:][same]
    is_end = np.zeros(len(refs), dtype=bool)
    is_end[first] = is_end[last] = True
    ends = np.flatnonzero(is_end)
    node, _ = pd.factorize(code[ends])
    node_of = np.full(len(refs), -1, dtype=np.int64)
    node_of[ends] = node
    appears = np.diff(np.maximum.accumulate(node), prepend=-1) > 0
    return first, last, node_of, ends[appears]
