"""Labels: milliseconds above, an index below, in one unsigned 64-bit integer.

A label compares as a number: first by time, then by the index (the rank of a site, or a node).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["HALF", "INDEX", "LONGEST_MS", "NO_LABEL", "index_of", "milliseconds_of", "pack_labels"]

# Times are kept in 32 bits; sums of a label, an arc and an access stay below while none of them is
# longer than this (12 days). A longer arc is as good as this one: it is beyond every horizon.
LONGEST_MS = 2**30
# No site within the horizon.
NO_LABEL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
# Where the time begins, and the bits of the index.
HALF = np.uint64(32)
INDEX = np.uint64(0xFFFF_FFFF)


def pack_labels(ms: NDArray[np.integer], index: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Labels of whole milliseconds and indices.

    >>> pack_labels(np.array([1, 2]), np.array([5, 6])) >> HALF
    array([1, 2], dtype=uint64)
    """
    packed: NDArray[np.uint64] = (ms.astype(np.uint64) << HALF) | index.astype(np.uint64)
    return packed


def milliseconds_of(label: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The times of labels, int64.

    >>> milliseconds_of(pack_labels(np.array([7]), np.array([3])))
    array([7])
    """
    return (label >> HALF).astype(np.int64)


def index_of(label: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The indices of labels, int64.

    >>> index_of(pack_labels(np.array([7]), np.array([3])))
    array([3])
    """
    return (label & INDEX).astype(np.int64)
