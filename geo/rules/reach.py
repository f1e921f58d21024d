"""Rule `reach`: covered within a limit of travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.search.times import (
    DemandTimes,
)
from geo.study.model import Layer

__all__ = ["decide", "is_within", "with_limit"]


def _points_of_layer(layer: Layer, points: DemandPoints) -> NDArray[np.int64]:
    """The demand points that `only` leaves, by id."""
    use = np.ones(len(points), np.bool_)
    for column, values in layer.only.items():
        use &= points.frame[f"col:{column}"].isin(values).to_numpy()
    return np.flatnonzero(use)


def decide(
    layer: Layer,
    points: DemandPoints,
    times: DemandTimes,
    positions: Positions,
    any_path: Callable[[], NDArray[np.bool_]],
) -> LayerDemand:
    """Pick the row that counts for each point, then say whether it is covered and why not.

    Parameters
    ----------
    times, positions
        Of the rows of `points`.
    any_path : Callable
        Whether any path joins each row with a site, bool (rows); asked only where it matters.
    """
    chosen = _points_of_layer(layer, points)
    row = _best_rows(points, times, positions)[chosen]
    time, metres = times.time_ms[row], times.metres[row]
    reached = time >= 0
    covered = is_within(layer, time, metres)
    cause = np.full(len(row), "too_far", dtype=object)
    lost = ~reached & positions.on_network[row]
    if lost.any():
        point_joined = np.zeros(len(points), np.bool_)
        np.logical_or.at(point_joined, points.point_of_row, any_path())
        cause[lost & ~point_joined[chosen]] = "cut_off"
    cause[~positions.on_network[row]] = "data_doubt"
    cause[covered] = ""
    column = "weight" if layer.demand is None else f"band:{layer.demand}"
    return LayerDemand(
        point=chosen,
        unit=points.unit[chosen],
        weight=points.frame[column].to_numpy(np.float64)[chosen],
        time_ms=time,
        metres=metres,
        rank=times.rank[row],
        covered=covered,
        cause=cause,
        access_m=np.round(positions.access_m[row], 3),
        lon=points.lon[row],
        lat=points.lat[row],
    )


def is_within(
    layer: Layer, time_ms: NDArray[np.int64], metres: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether the layer's limit holds; time -1 and metres NaN are within no limit."""
    reached = time_ms >= 0
    if layer.metres is None:
        return reached & (time_ms <= (layer.limit_ms or 0))
    return reached & (metres <= layer.metres)


def with_limit(demand: LayerDemand, layer: Layer) -> LayerDemand:
    """The same travel under another limit: what `decide` would say of it."""
    covered = is_within(layer, demand.time_ms, demand.metres)
    # Whatever was covered under the other limit is reached, and so at most too far.
    cause = np.where(demand.covered, "too_far", demand.cause)
    cause[covered] = ""
    return replace(demand, covered=covered, cause=cause)


def _best_rows(points: DemandPoints, times: DemandTimes, positions: Positions) -> NDArray[np.int64]:
    """The row of each point that is reached first; else one on the network, else the first."""
    if len(points.point_of_row) == len(points):
        return np.arange(len(points))
    last = np.iinfo(np.int64).max
    order = np.lexsort(
        (
            np.arange(len(times.time_ms)),
            np.where(np.isnan(times.metres), np.inf, times.metres),
            times.rank,
            np.where(times.time_ms < 0, last, times.time_ms),
            ~positions.on_network,
            points.point_of_row,
        )
    )
    firsts = np.searchsorted(points.point_of_row[order], np.arange(len(points)))
    best: NDArray[np.int64] = order[firsts]
    return best
