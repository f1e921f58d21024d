"""What a rule decides about the demand of a layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASE_CAUSES", "CAUSES", "LayerDemand"]

# Why demand is uncovered, in the order in which the causes apply: the first that fits is given.
CAUSES = ("data_doubt", "not_assigned", "cut_off", "too_far")
# Those that every table of gaps has a column for; the others have one where a rule gives them.
BASE_CAUSES = ("data_doubt", "cut_off", "too_far")


@dataclass(frozen=True)
class LayerDemand:
    """One layer's demand points in order of id, with what was found for them.

    Attributes
    ----------
    point : int64 (n)
        Row in `DemandPoints.frame`.
    unit : int64 (n)
        Finest unit, -1 outside.
    weight : float64 (n)
    time_ms : int64 (n)
        -1 beyond the horizon or unreachable.
    metres : float64 (n)
        NaN where there is no time.
    rank : int64 (n)
        Owning site, -1 where none.
    covered : bool (n)
    cause : object (n)
        "" where covered, else one of `CAUSES`.
    access_m, lon, lat : float64 (n)
        Of the row that counts: the quickest of a group.
    """

    point: NDArray[np.int64]
    unit: NDArray[np.int64]
    weight: NDArray[np.float64]
    time_ms: NDArray[np.int64]
    metres: NDArray[np.float64]
    rank: NDArray[np.int64]
    covered: NDArray[np.bool_]
    cause: NDArray[np.object_]
    access_m: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.point)
