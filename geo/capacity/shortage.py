"""What the capacity of a layer's sites means for its demand: served, waiting, out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.base.exact import exact_sum
from geo.capacity.assignment import assign
from geo.capacity.two_step_floating import (
    crowding,
    decay_weights,
    supply_within_reach,
)
from geo.search.site_reach import CoverageSets
from geo.study.decay import Decay
from geo.study.limit import Limit

__all__ = ["CATCHMENTS", "LayerCapacity", "layer_capacity", "widest_catchment"]

# Catchments of the supply within reach, as multiples of the limit.
CATCHMENTS = (0.75, 1.0, 1.5)
_MS_PER_MINUTE = 60_000.0
_PER = 1000.0


@dataclass(frozen=True)
class LayerCapacity:
    """The demand of a layer split by the capacity of its sites.

    Attributes
    ----------
    served : float64 (points)
        Assigned to a site within the limit.
    over : float64 (points)
        Within the limit of a site, and not served.
    outside : float64 (points)
        Without a site within the limit. The three add up to the amount.
    amount : float64 (points)
        What is to be served: the weight, or what is needed less what is there.
    access : float64 (points)
        Capacity per 1,000 of demand within the limit (2SFCA).
    assigned, spare : float64 (sites)
        Demand assigned to each site, and the capacity that is left.
    waiting : float64 (sites)
        Demand within the limit of each site, taken alone, that no site serves.
    crowding : float64 (sites)
        Demand per unit of capacity (i2SFCA), NaN where there is no capacity.
    person_minutes : float
        Σ served × minutes.
    means : tuple of float
        Mean of the capacity per 1,000 at each of `CATCHMENTS`, weighted by demand; NaN without
        demand.
    without_capacity : int
        Sites whose capacity is blank; it counts as 0.
    """

    served: NDArray[np.float64]
    over: NDArray[np.float64]
    outside: NDArray[np.float64]
    amount: NDArray[np.float64]
    access: NDArray[np.float64]
    assigned: NDArray[np.float64]
    spare: NDArray[np.float64]
    waiting: NDArray[np.float64]
    crowding: NDArray[np.float64]
    person_minutes: float
    means: tuple[float, ...]
    without_capacity: int


def widest_catchment(limit: Limit) -> Limit:
    """Return how far pairs are needed: the widest of `CATCHMENTS`."""
    return limit.with_value(limit.value * max(CATCHMENTS))


def layer_capacity(
    sets: CoverageSets,
    rank: NDArray[np.int64],
    amount: NDArray[np.float64],
    capacity: NDArray[np.float64],
    limit: Limit,
    *,
    decay: Decay = "none",
) -> LayerCapacity:
    """Split the demand of a layer by the capacity of its sites.

    Parameters
    ----------
    sets : CoverageSets
        The demand within `widest_catchment` (or the horizon, if that is nearer) of each used site.
    rank : int64 (used sites)
        Index of each used site in `capacity`.
    amount : float64 (points)
        The demand in the unit of the capacities.
    capacity : float64 (sites)
        NaN where it is not known.
    decay : "none", "gaussian" or steps
        For the supply within reach; the steps are in the unit of the limit.
    """
    used = np.repeat(np.arange(len(rank)), np.diff(sets.first))
    order = np.lexsort((used, sets.point))
    site, point = rank[used[order]], sets.point[order].astype(np.int64)
    time_ms, metres = sets.time_ms[order], sets.metres[order]
    seats = np.where(np.isnan(capacity), 0.0, capacity)

    within = limit.holds(time_ms, metres)
    near, at, ms = site[within], point[within], time_ms[within]
    flow = assign(near, at, ms, amount, seats)
    in_reach = np.bincount(at, minlength=len(amount)) > 0
    served = _capped(np.bincount(at, flow, len(amount)), amount)
    over = np.where(in_reach, amount - served, 0.0)
    assigned = _capped(np.bincount(near, flow, len(seats)), seats)

    distance = metres if limit.in_metres else time_ms / _MS_PER_MINUTE
    access, means = np.zeros(len(amount)), []
    for factor in CATCHMENTS:
        size = limit.value * factor
        inside = limit.with_value(size).holds(time_ms, metres)
        weight = np.where(inside, decay_weights(np.minimum(distance, size), size, decay), 0.0)
        found = _PER * supply_within_reach(site, point, weight, amount, seats)
        means.append(_mean(found, amount))
        if factor == 1.0:
            access, crowd = found, crowding(site, point, weight, amount, seats)
    return LayerCapacity(
        served=served,
        over=over,
        outside=np.where(in_reach, 0.0, amount),
        amount=amount,
        access=access,
        assigned=assigned,
        spare=seats - assigned,
        waiting=np.bincount(near, over[at], len(seats)).astype(np.float64),
        crowding=crowd,
        person_minutes=exact_sum(flow * ms) / _MS_PER_MINUTE,
        means=tuple(means),
        without_capacity=int(np.isnan(capacity).sum()),
    )


def _capped(total: NDArray[Any], most: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of flows as at most `most`, and as `most` where only rounding is missing."""
    return np.where(total >= most * (1.0 - 1e-9), most, total)


def _mean(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    total = exact_sum(weight)
    return exact_sum(values * weight) / total if total > 0 else float("nan")
