"""The capacity of a layer's sites: computed for a run, and its columns of the result tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum
from geo.base.jobs import CORES
from geo.capacity.shortage import CATCHMENTS, LayerCapacity, layer_capacity, widest_catchment
from geo.coverage.layer_run import LayerRun, demand_of_rows
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.travel import limit_bound_ms
from geo.search.site_reach import CoverageSets, coverage_sets

__all__ = [
    "DEMAND_COLUMNS",
    "SITE_COLUMNS",
    "UNIT_COLUMNS",
    "decided",
    "demand_columns",
    "site_columns",
    "summary_figures",
    "unit_figures",
    "with_capacity",
]

DEMAND_COLUMNS = ("served", "in_reach_over_capacity", "out_of_reach", "access_2sfca")
SITE_COLUMNS = ("assigned", "spare", "crowding", "waiting")
UNIT_COLUMNS = ("served", "in_reach_over_capacity", "out_of_reach", "short", "access_2sfca")
_PLACES = 6


def with_capacity(
    run: LayerRun,
    points: DemandPoints,
    row_positions: Positions,
    *,
    horizon_ms: int,
    threads: int = CORES,
) -> LayerRun:
    """Return the run with the split of its demand, if its layer names a column of capacities.

    Each used site is searched alone, as far as the widest catchment.

    Parameters
    ----------
    row_positions : Positions
        Positions of the rows of `points` on the run's network.
    """
    layer = run.layer
    if layer.capacity is None:
        return run
    widest = widest_catchment(layer.limit)
    sets = coverage_sets(
        run.network,
        run.seeds,
        row_positions,
        demand_of_rows(run.demand, points),
        len(run.demand),
        limit_ms=min(limit_bound_ms(run.network, widest, horizon_ms), horizon_ms),
        limit_m=widest.metres,
        threads=threads,
    )
    found = layer_capacity(
        _served(run, sets),
        run.seeds.rank,
        _amount(run, points),
        run.sites["capacity"].to_numpy(np.float64),
        layer.limit,
        decay=layer.decay or "none",
    )
    return replace(run, capacity=found)


def _amount(run: LayerRun, points: DemandPoints) -> NDArray[np.float64]:
    """What is to be served, float64 (rows of `run.demand`).

    The weight, or the amount that is needed; less what the point has of its own.
    """
    layer, of = run.layer, run.demand.point
    amount = run.demand.weight
    if layer.need_per_weight is not None:
        amount = amount * layer.need_per_weight
    if layer.need is not None:
        amount = points.frame[f"amount:{layer.need}"].to_numpy(np.float64)[of]
    if layer.own is not None:
        amount = np.maximum(
            amount - points.frame[f"amount:{layer.own}"].to_numpy(np.float64)[of], 0
        )
    return amount


def _served(run: LayerRun, sets: CoverageSets) -> CoverageSets:
    """Only the pairs of a site and demand that it serves."""
    if run.served is None:
        return sets
    used = np.repeat(np.arange(len(run.seeds.rank)), np.diff(sets.first))
    mine = run.served.holds(run.seeds.rank[used], run.demand.unit[sets.point])
    counts = np.bincount(used[mine], minlength=len(run.seeds.rank))
    return CoverageSets(
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        point=sets.point[mine],
        time_ms=sets.time_ms[mine],
        metres=sets.metres[mine],
    )


def decided(run: LayerRun) -> LayerRun:
    """Return the run with the coverage of the rule `supply`: what is served in full.

    Under other rules, and where capacity has not been computed, the run is unchanged.
    """
    found, demand = run.capacity, run.demand
    if run.layer.rule != "supply" or found is None:
        return run
    full = found.served >= found.amount
    cause = np.where(found.outside > 0, demand.cause, "over_capacity").astype(object)
    cause[full] = ""
    return replace(run, demand=replace(demand, covered=full, cause=cause))


def demand_columns(run: LayerRun) -> dict[str, Any]:
    """Return the columns of demand.csv, NaN where the layer has no capacities."""
    found = run.capacity
    if found is None:
        return dict.fromkeys(DEMAND_COLUMNS, np.nan)
    values = (found.served, found.over, found.outside, np.round(found.access, _PLACES))
    return dict(zip(DEMAND_COLUMNS, values, strict=True))


def site_columns(run: LayerRun) -> dict[str, Any]:
    """Return the columns of sites.csv, NaN where the layer has no capacities."""
    found = run.capacity
    if found is None:
        return dict.fromkeys(SITE_COLUMNS, np.nan)
    crowding = np.round(found.crowding, _PLACES)
    values = (found.assigned, found.spare, crowding, found.waiting)
    return dict(zip(SITE_COLUMNS, values, strict=True))


def unit_figures(found: LayerCapacity | None, which: NDArray[np.int64]) -> dict[str, float]:
    """Return the columns of units.csv for the selected demand points.

    Parameters
    ----------
    which : int64
        Rows of demand.
    """
    if found is None:
        return dict.fromkeys(UNIT_COLUMNS, float("nan"))
    served, over, outside = (
        exact_sum(values[which]) for values in (found.served, found.over, found.outside)
    )
    short = exact_sum(np.concatenate([found.over[which], found.outside[which]]))
    amount = found.amount[which]
    total = exact_sum(amount)
    mean = exact_sum(found.access[which] * amount) / total if total > 0 else float("nan")
    values = (served, over, outside, short, round(mean, _PLACES))
    return dict(zip(UNIT_COLUMNS, values, strict=True))


def summary_figures(run: LayerRun) -> dict[str, Any]:
    """Return what summary.json says of the layer; nothing where it has no capacities."""
    found = run.capacity
    if found is None:
        return {}
    means = zip(CATCHMENTS, found.means, strict=True)
    figures = {
        "served": exact_sum(found.served),
        "in_reach_over_capacity": exact_sum(found.over),
        "out_of_reach": exact_sum(found.outside),
        "person_minutes": round(found.person_minutes, 3),
        "access_2sfca": {f"{factor:g}": round(mean, _PLACES) for factor, mean in means},
        "capacity_total": exact_sum(pd.Series(run.sites["capacity"]).dropna().to_numpy(float)),
        "sites_without_capacity": found.without_capacity,
        "amount": exact_sum(found.amount),
    }
    return {"capacity": figures}
