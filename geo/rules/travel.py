"""Determines covered and uncovered demand from travel times, for all rules of travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.search.times import DemandTimes, search_bound_ms
from geo.study.limit import Limit
from geo.study.model import Layer

__all__ = ["demand_by_travel", "limit_bound_ms", "with_limit", "without_sites"]


def limit_bound_ms(network: Network, limit: Limit, horizon_ms: int) -> int:
    """Return a time in milliseconds that no path within the limit exceeds.

    For a limit in metres it is at most `horizon_ms`.
    """
    if limit.ms is not None:
        return limit.ms
    return search_bound_ms(network, limit.value, horizon_ms)


def demand_by_travel(
    layer: Layer,
    points: DemandPoints,
    times: DemandTimes,
    rows: Positions,
    any_path: Callable[[], NDArray[np.bool_]],
    *,
    unserved: NDArray[np.bool_] | None = None,
) -> LayerDemand:
    """Choose the row that counts for each point, and determine coverage and cause.

    Parameters
    ----------
    times, rows
        Times and positions of the rows of `points`.
    any_path : callable
        Returns whether any path connects each row with a site, bool (rows). It is called only if
        the result depends on it.
    unserved : bool (points), optional
        Points that no site serves. Their cause is ``not_assigned``, unless ``data_doubt`` applies.
    """
    chosen = points.chosen(layer.only)
    row = _best_rows(points, times, rows)[chosen]
    time, metres = times.time_ms[row], times.metres[row]
    covered = layer.limit.holds(time, metres)
    cause = np.full(len(row), "too_far", dtype=object)
    lost = (time < 0) & rows.on_network[row]
    if lost.any():
        point_joined = np.zeros(len(points), np.bool_)
        np.logical_or.at(point_joined, points.point_of_row, any_path())
        cause[lost & ~point_joined[chosen]] = "cut_off"
    if unserved is not None:
        cause[unserved[chosen]] = "not_assigned"
    cause[~rows.on_network[row]] = "data_doubt"
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
        access_m=np.round(rows.access_m[row], 3),
        lon=points.lon[row],
        lat=points.lat[row],
        sites_within=np.full(len(row), -1, np.int64),
    )


def without_sites(demand: LayerDemand) -> LayerDemand:
    """Return the demand of a layer that has no used site: all of it lacks a site.

    Demand off the network keeps the cause ``data_doubt``, which comes before ``no_site``.
    """
    cause = np.where(demand.cause == "data_doubt", demand.cause, "no_site")
    return replace(demand, cause=cause)


def with_limit(demand: LayerDemand, layer: Layer) -> LayerDemand:
    """Return the demand for the same travel times under another limit.

    The result equals that of `demand_by_travel` with this limit.
    """
    covered = layer.limit.holds(demand.time_ms, demand.metres)
    # Demand that was covered under the other limit has a time, so its cause can only be too_far.
    cause = np.where(demand.covered, "too_far", demand.cause)
    cause[covered] = ""
    unknown = np.full(len(demand), -1, np.int64)
    return replace(demand, covered=covered, cause=cause, sites_within=unknown)


def _best_rows(points: DemandPoints, times: DemandTimes, rows: Positions) -> NDArray[np.int64]:
    """Return the row of each point that is reached first.

    If no row is reached, a row on the network is preferred, otherwise the first row is returned.
    """
    if len(points.point_of_row) == len(points):
        return np.arange(len(points))
    last = np.iinfo(np.int64).max
    order = np.lexsort(
        (
            np.arange(len(times.time_ms)),
            np.where(np.isnan(times.metres), np.inf, times.metres),
            times.rank,
            np.where(times.time_ms < 0, last, times.time_ms),
            ~rows.on_network,
            points.point_of_row,
        )
    )
    firsts = np.searchsorted(points.point_of_row[order], np.arange(len(points)))
    best: NDArray[np.int64] = order[firsts]
    return best
