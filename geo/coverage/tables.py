"""Builds the rows of demand.csv and sites.csv."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sums, minutes_up
from geo.base.ragged import pick
from geo.coverage.layer_run import LayerRun
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import limit_bound_ms
from geo.search.seeds import Seeds
from geo.search.served_units import ServedUnits
from geo.search.site_reach import demand_within
from geo.study.model import Layer

__all__ = ["demand_table", "points_within", "site_rows", "site_table"]


def demand_table(
    run: LayerRun, points: DemandPoints, areas: Areas, *, with_class: bool
) -> pd.DataFrame:
    """Return the layer's rows of demand.csv."""
    demand = run.demand
    table = pd.DataFrame(
        {
            "demand_id": pick(points.frame["id"], demand.point),
            "unit_id": pick(areas.frame["unit_id"], demand.unit),
            "layer": run.layer.key,
            "weight": demand.weight,
            "minutes": minutes_up(demand.time_ms),
            "metres": demand.metres,
            "site_id": pick(run.sites["id"], demand.rank),
            "covered": demand.covered,
            "cause": demand.cause,
            "access_m": demand.access_m,
            "lon": demand.lon,
            "lat": demand.lat,
            "time_ms": pd.array(demand.time_ms, dtype="Int64"),
        }
    )
    table.loc[demand.time_ms < 0, "time_ms"] = pd.NA
    if with_class:
        table["class"] = pick(points.frame["class"], demand.point)
    return table


def site_table(
    run: LayerRun,
    points: DemandPoints,
    row_positions: Positions,
    areas: Areas,
    *,
    horizon_ms: int,
    threads: int = 2,
) -> pd.DataFrame:
    """Return the layer's rows of sites.csv.

    The demand within reach of a site is computed for each site separately.
    """
    first, listed = points_within(
        run.layer,
        run.network,
        run.seeds,
        run.demand,
        points,
        row_positions,
        served=run.served,
        horizon_ms=horizon_ms,
        threads=threads,
    )
    return site_rows(run, exact_sums(run.demand.weight[listed], first), areas)


def points_within(
    layer: Layer,
    network: Network,
    seeds: Seeds,
    demand: LayerDemand,
    points: DemandPoints,
    row_positions: Positions,
    *,
    served: ServedUnits | None,
    horizon_ms: int,
    threads: int = 2,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Find the rows of `demand` that each used site serves and reaches within the limit.

    Returns
    -------
    first : int64 (used sites + 1)
    rows : int32
        Used site ``i`` has the rows ``rows[first[i]:first[i + 1]]``.
    """
    of_layer = np.full(len(points), -1, np.int32)
    of_layer[demand.point] = np.arange(len(demand), dtype=np.int32)
    first, listed = demand_within(
        network,
        seeds,
        row_positions,
        of_layer[points.point_of_row],
        len(demand),
        limit_ms=limit_bound_ms(network, layer.limit, horizon_ms),
        limit_m=layer.limit.metres,
        threads=threads,
    )
    if served is None:
        return first, listed
    site = np.repeat(np.arange(len(seeds.rank)), np.diff(first))
    mine = served.holds(seeds.rank[site], demand.unit[listed])
    counts = np.bincount(site[mine], minlength=len(seeds.rank))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), listed[mine]


def site_rows(run: LayerRun, used_within: NDArray[np.float64], areas: Areas) -> pd.DataFrame:
    """Return the layer's rows of sites.csv.

    Parameters
    ----------
    used_within : float64 (used sites)
        The demand within reach of each used site.
    """
    demand = run.demand
    within = np.full(len(run.sites), 0.0)
    within[run.seeds.rank] = used_within
    order = np.argsort(np.where(demand.covered, demand.rank, -1), kind="stable")
    owner = np.where(demand.covered, demand.rank, -1)[order]
    cuts = np.searchsorted(owner, np.arange(len(run.sites) + 1))
    return pd.DataFrame(
        {
            "site_id": run.sites["id"].astype("str"),
            "name": run.sites["name"].astype("str"),
            "layer": run.layer.key,
            "unit_id": pick(areas.frame["unit_id"], run.site_unit),
            "used": run.site_positions.on_network,
            "access_m": np.round(run.site_positions.access_m, 3),
            "demand_within": within,
            "demand_owned": exact_sums(demand.weight[order][cuts[0] :], cuts - cuts[0]),
            "capacity": run.sites["capacity"].to_numpy(np.float64),
            "lon": run.sites["lon"].to_numpy(np.float64),
            "lat": run.sites["lat"].to_numpy(np.float64),
        }
    )
