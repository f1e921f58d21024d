"""Builds the rows of demand.csv and sites.csv."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sums, minutes_up
from geo.base.ragged import pick
from geo.coverage.figures.capacity import demand_columns, site_columns
from geo.coverage.layer_run import LayerRun, demand_of_rows
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

__all__ = [
    "SiteSums",
    "demand_table",
    "points_within",
    "site_rows",
    "site_sums",
    "sites_searched",
    "summed_values",
    "with_counts",
]


_SITE_ORDER = [
    "site_id", "name", "layer", "unit_id", "used", "access_m", "demand_within", "demand_owned",
    "capacity", "lon", "lat", "assigned", "spare", "crowding", "demand_alone", "waiting",
]  # fmt: skip


@dataclass(frozen=True)
class SiteSums:
    """Sums of demand over what each used site has within the limit, taken alone.

    Attributes
    ----------
    within : float64 (used sites)
        Weight of all of it.
    alone : float64 (used sites)
        Weight of the covered demand that no other site has within the limit. It is lost if the
        site closes.
    """

    within: NDArray[np.float64]
    alone: NDArray[np.float64]


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
    table["sites_within"] = pd.array(demand.sites_within, dtype="Int64")
    table.loc[demand.sites_within < 0, "sites_within"] = pd.NA
    return table.assign(**demand_columns(run))


def sites_searched(
    run: LayerRun,
    points: DemandPoints,
    row_positions: Positions,
    areas: Areas,
    *,
    horizon_ms: int,
    threads: int = 2,
) -> tuple[LayerRun, pd.DataFrame]:
    """Search from each site alone; return the run with `sites_within`, and its rows of sites.csv.

    Parameters
    ----------
    row_positions : Positions
        Positions of the rows of `points` on the run's network.
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
    run = replace(run, demand=with_counts(run.demand, listed))
    return run, site_rows(
        run, site_sums(run.demand, first, listed, at_least=run.layer.sites_needed), areas
    )


def with_counts(demand: LayerDemand, listed: NDArray[np.int32]) -> LayerDemand:
    """Return the demand with the number of sites within the limit of each row.

    Parameters
    ----------
    listed : int32
        The rows that each used site has within the limit (`points_within`).
    """
    return replace(demand, sites_within=np.bincount(listed, minlength=len(demand)))


def site_sums(
    demand: LayerDemand,
    first: NDArray[np.int64],
    listed: NDArray[np.int32],
    *,
    at_least: int = 1,
) -> SiteSums:
    """Sum the demand within the limit of each used site.

    Parameters
    ----------
    demand : LayerDemand
        With `sites_within`.
    first, listed
        See `points_within`.
    at_least : int
        Number of sites that must be within the limit (`Layer.sites_needed`).
    """
    values = summed_values(demand, listed, at_least=at_least)
    return SiteSums(**{name: exact_sums(value, first) for name, value in values.items()})


def summed_values(
    demand: LayerDemand, listed: NDArray[np.int32], *, at_least: int = 1
) -> dict[str, NDArray[np.float64]]:
    """Return the values that are summed by site, for each field of `SiteSums`.

    Parameters
    ----------
    demand : LayerDemand
        With `sites_within`.
    listed : int32 (pairs)
        The row of demand of each pair.
    """
    only = demand.covered & (demand.sites_within == at_least)
    weight = demand.weight[listed]
    return {"within": weight, "alone": np.where(only[listed], weight, 0.0)}


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
    first, listed = demand_within(
        network,
        seeds,
        row_positions,
        demand_of_rows(demand, points),
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


def site_rows(run: LayerRun, sums: SiteSums, areas: Areas) -> pd.DataFrame:
    """Return the layer's rows of sites.csv."""
    demand = run.demand
    within, alone = np.zeros(len(run.sites)), np.zeros(len(run.sites))
    within[run.seeds.rank], alone[run.seeds.rank] = sums.within, sums.alone
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
            **site_columns(run),
            "demand_alone": alone,
        }
    )[_SITE_ORDER]
