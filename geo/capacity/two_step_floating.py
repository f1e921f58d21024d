"""Supply within reach: two-step floating catchment areas, and the crowding of sites.

Luo and Wang 2003 (2SFCA), Luo and Qi 2009 (E2SFCA: with a decay), Wang 2018 (i2SFCA: crowding).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.study.decay import Decay

__all__ = ["crowding", "decay_weights", "supply_within_reach"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def decay_weights(distance: Floats, catchment: float, decay: Decay = "none") -> Floats:
    """Return the weight of each pair: 0 beyond the catchment, inclusive.

    Parameters
    ----------
    distance : float64 (pairs)
        Minutes or metres; `catchment` and the ends of steps have the same unit.
    decay : "none", "gaussian" or steps
        "none": 1 within the catchment. "gaussian": exp(−t² ÷ 2σ²) with σ = catchment ÷ 2. Steps:
        the weight of the first zone that holds the pair, 0 beyond the last.

    Examples
    --------
    >>> decay_weights(np.array([5.0, 15.0, 16.0]), 15.0)
    array([1., 1., 0.])
    >>> decay_weights(np.array([5.0, 5.1, 15.0]), 15.0, ((5, 1.0), (10, 0.68)))
    array([1.  , 0.68, 0.  ])
    """
    if decay == "none":
        weight = np.ones(len(distance))
    elif decay == "gaussian":
        weight = np.exp(-2.0 * (distance / catchment) ** 2)
    else:
        ends, weights = np.array(list(decay), np.float64).T
        zone = np.searchsorted(ends, distance, side="left")
        weight = np.append(weights, 0.0)[zone]
    return np.where(distance <= catchment, weight, 0.0)


def supply_within_reach(
    site: Ints, point: Ints, weight: Floats, amount: Floats, capacity: Floats
) -> Floats:
    """Return the capacity per unit of demand that each point has within reach (2SFCA).

    First each site's ratio: its capacity ÷ Σ demand × weight within its reach. Then, for each
    point, Σ ratio × weight over the sites within its reach. A site without demand in reach is left
    out; a point without a site gets 0.

    Parameters
    ----------
    site, point : int64 (pairs)
        Indices into `capacity` and `amount`.
    weight : float64 (pairs)
        `decay_weights`.
    amount : float64 (points)
    capacity : float64 (sites)

    Returns
    -------
    float64 (points)

    Examples
    --------
    >>> site, point = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> supply_within_reach(site, point, np.ones(3), np.array([10.0, 30.0]), np.array([4.0, 6.0]))
    array([0.1, 0.3])
    """
    demand = np.bincount(site, amount[point] * weight, len(capacity))
    ratio = np.divide(capacity, demand, out=np.zeros(len(capacity)), where=demand > 0)
    return np.bincount(point, ratio[site] * weight, len(amount)).astype(np.float64)


def crowding(site: Ints, point: Ints, weight: Floats, amount: Floats, capacity: Floats) -> Floats:
    """Return the demand per unit of capacity at each site (i2SFCA), NaN where it has no capacity.

    The demand of a point is shared among the sites within its reach in proportion to their
    capacity × weight. Parameters as for `supply_within_reach`.

    Returns
    -------
    float64 (sites)

    Examples
    --------
    >>> site, point = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> crowding(site, point, np.ones(3), np.array([10.0, 30.0]), np.array([4.0, 6.0]))
    array([5.5, 3. ])
    """
    supply = np.bincount(point, capacity[site] * weight, len(amount))
    share = np.divide(amount, supply, out=np.zeros(len(amount)), where=supply > 0)
    found = np.bincount(site, share[point] * weight, len(capacity)).astype(np.float64)
    return np.where(capacity > 0, found, np.nan)
