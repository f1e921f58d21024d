"""The connected parts of a graph, whatever the directions of its links."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["connected_parts"]


def connected_parts(
    nodes: int, a: NDArray[np.integer], b: NDArray[np.integer]
) -> NDArray[np.int32]:
    """The part of each node.

    Parameters
    ----------
    nodes : int
    a, b : integer (n)
        The two nodes of each link.

    Returns
    -------
    int32 (nodes)
        Parts are numbered by their first node.

    Examples
    --------
    >>> connected_parts(4, np.array([0, 2]), np.array([3, 2])).tolist()
    [0, 1, 2, 0]
    """
    links = coo_array((np.ones(len(a), np.int32), (a, b)), shape=(nodes, nodes))
    part: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return part
