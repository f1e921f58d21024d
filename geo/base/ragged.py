"""Ragged arrays: index ranges of different lengths, and texts picked by index."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

__all__ = ["pick", "ranges"]


def ranges(first: NDArray[np.integer], counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Consecutive integers from each of `first`, as many as `counts` says, one after the other.

    Parameters
    ----------
    first, counts : integer (n)

    Returns
    -------
    int64 (sum of `counts`)

    Examples
    --------
    >>> ranges(np.array([7, 0, 3]), np.array([2, 0, 3]))
    array([7, 8, 3, 4, 5])
    """
    counts = counts.astype(np.int64)
    end = np.cumsum(counts)
    # One repeat instead of two: what each range's numbers differ by from their place in the result.
    shift = np.repeat(first.astype(np.int64) - (end - counts), counts)
    shift += np.arange(len(shift))
    return shift


def pick(texts: pd.Series[str], index: NDArray[np.integer]) -> ExtensionArray:
    """The text at each index, "" where the index is -1; of pandas' type ``str``.

    The texts stay in pandas' own arrays: turning a long column into Python strings takes longer
    than everything else that is done with it.
    """
    values = pd.concat([texts.astype("str"), pd.Series([""], dtype="str")], ignore_index=True)
    return values.array.take(index)
