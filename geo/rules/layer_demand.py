"""The demand of a layer with the results of a rule: coverage and causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASE_CAUSES", "CAUSES", "LayerDemand"]

# Causes of uncovered demand, in the order in which they apply. The first matching cause is given.
CAUSES = (
    "data_doubt", "no_site", "not_assigned", "out_of_scope", "not_met", "unknown", "over_capacity",
    "cut_off", "too_far",
)  # fmt: skip
# The causes that every rule can give. The others have columns at the end of gaps.csv.
BASE_CAUSES = ("data_doubt", "cut_off", "too_far")


@dataclass(frozen=True)
class LayerDemand:
    """The demand points of one layer, ordered by id, with their results.

    Attributes
    ----------
    point : int64 (n)
        Row in `DemandPoints.frame`.
    unit : int64 (n)
        Finest unit, -1 outside all units.
    weight : float64 (n)
    time_ms : int64 (n)
        Travel time in milliseconds, -1 if beyond the horizon or unreachable.
    metres : float64 (n)
        Length of the quickest path, NaN if there is no time.
    rank : int64 (n)
        Rank of the nearest site, -1 if there is none.
    covered : bool (n)
    cause : object (n)
        "" if covered, otherwise one of `CAUSES`.
    access_m, lon, lat : float64 (n)
        Values of the row that counts, which is the quickest row of a group.
    sites_within : int64 (n)
        Number of used sites that serve the point and have it within the limit, each taken alone;
        -1 where they have not been counted.
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
    sites_within: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point)
