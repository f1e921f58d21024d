"""The cause of demand that only sites of other units would cover (`Layer.scope`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import demand_by_travel
from geo.search.times import DemandTimes
from geo.study.model import Layer

__all__ = ["with_scope_causes"]


def with_scope_causes(
    demand: LayerDemand,
    layer: Layer,
    points: DemandPoints,
    rows: Positions,
    unlimited: Callable[[], DemandTimes],
) -> LayerDemand:
    """Return the demand with the cause ``out_of_scope`` where a site outside the scope is the only
    one within the limit.

    Parameters
    ----------
    demand : LayerDemand
        Of a layer with a scope: where it is uncovered, the cause ``too_far`` or ``out_of_scope``
        is set again, the others stay.
    unlimited : callable
        Returns the times of the rows of `points` without the scope. It is called only if the
        result depends on it.
    """
    open_ = np.isin(demand.cause, ("too_far", "out_of_scope"))
    if not open_.any():
        return demand
    # Demand that another site covers has a path to it, so its cause cannot be ``cut_off``.
    times = unlimited()
    free = demand_by_travel(layer, points, times, rows, lambda: rows.on_network).covered
    cause = demand.cause.copy()
    cause[open_] = np.where(free[open_], "out_of_scope", "too_far")
    return replace(demand, cause=cause)
