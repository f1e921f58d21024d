"""Texts of long tables, moved about without becoming Python's own strings on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

__all__ = ["pick"]


def pick(texts: pd.Series[str], index: NDArray[np.integer]) -> ExtensionArray:
    """The text at each index, "" where the index is -1; of pandas' type ``str``."""
    values = pd.concat([texts.astype("str"), pd.Series([""], dtype="str")], ignore_index=True)
    return values.array.take(index)
