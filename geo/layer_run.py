"""One layer from sites to tables: search, read at demand points, decide coverage and causes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.areas import Areas
from geo.coverage import LayerDemand, exact_sum, minutes_up
from geo.demand import DemandPoints
from geo.network import Network
from geo.site_reach import demand_within
from geo.site_union import Seeds, SiteUnion, place_sites
from geo.snapping import Positions
from geo.study import Layer
from geo.texts import pick
from geo.travel import DemandTimes, at_positions, node_metres, reachable_positions, search_bound_ms

__all__ = [
    "LayerRun",
    "decide",
    "demand_table",
    "exact_sums",
    "find_demand",
    "is_within",
    "points_within",
    "run_layer",
    "site_rows",
    "site_table",
    "with_limit",
]


@dataclass(frozen=True)
class LayerRun:
    """What was found for one layer.

    Attributes
    ----------
    layer : Layer
    network : Network
    sites : pd.DataFrame
        The layer's accepted sites in order of id (their index is their rank).
    site_unit : int64 (sites)
    site_positions : Positions
    seeds : Seeds
    union : SiteUnion
    metres : float64 (nodes)
    demand : LayerDemand
    """

    layer: Layer
    network: Network
    sites: pd.DataFrame
    site_unit: NDArray[np.int64]
    site_positions: Positions
    seeds: Seeds
    union: SiteUnion
    metres: NDArray[np.float64]
    demand: LayerDemand


def run_layer(
    layer: Layer,
    network: Network,
    sites: pd.DataFrame,
    site_positions: Positions,
    points: DemandPoints,
    row_positions: Positions,
    areas: Areas,
    *,
    horizon_ms: int,
    threads: int = 2,
) -> LayerRun:
    """Travel times, coverage and causes of one layer.

    Parameters
    ----------
    sites : pd.DataFrame
        In order of id, with `site_positions` in the same order.
    row_positions : Positions
        Of the rows of `points`, on `network`.
    """
    seeds = place_sites(network, site_positions)
    union, metres, demand = find_demand(
        layer, network, seeds, points, row_positions, horizon_ms=horizon_ms, threads=threads
    )
    lon, lat = sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64)
    return LayerRun(
        layer=layer,
        network=network,
        sites=sites,
        site_unit=areas.locate(lon, lat, sites.get("unit_id")),
        site_positions=site_positions,
        seeds=seeds,
        union=union,
        metres=metres,
        demand=demand,
    )


def find_demand(
    layer: Layer,
    network: Network,
    seeds: Seeds,
    points: DemandPoints,
    row_positions: Positions,
    *,
    horizon_ms: int,
    threads: int = 2,
    joined: NDArray[np.bool_] | None = None,
) -> tuple[SiteUnion, NDArray[np.float64], LayerDemand]:
    """Search from the seeds and decide about every demand point of the layer.

    Parameters
    ----------
    joined : bool (rows), optional
        Whether any path joins each row with a site. A part of a study must be told, since its roads
        end at its rim; on a whole network it is found here.

    Returns
    -------
    SiteUnion, metres at the nodes, LayerDemand
    """
    near_ms = layer.limit_ms or search_bound_ms(network, layer.metres or 0.0, horizon_ms)
    union = SiteUnion(network, seeds, horizon_ms=horizon_ms, near_ms=near_ms, threads=threads)
    metres = node_metres(network, seeds, union.label)
    times = at_positions(network, seeds, union.label, metres, row_positions, horizon_ms=horizon_ms)

    def any_path() -> NDArray[np.bool_]:
        return reachable_positions(network, seeds, row_positions) if joined is None else joined

    return union, metres, decide(layer, points, times, row_positions, any_path)


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


def demand_table(
    run: LayerRun, points: DemandPoints, areas: Areas, *, with_class: bool
) -> pd.DataFrame:
    """The layer's rows of demand.csv."""
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
    """The layer's rows of sites.csv, with the demand within reach of each site taken alone."""
    first, listed = points_within(
        run.layer,
        run.network,
        run.seeds,
        run.demand,
        points,
        row_positions,
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
    horizon_ms: int,
    threads: int = 2,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The rows of `demand` within each used site's limit (see `geo.site_reach.demand_within`)."""
    of_layer = np.full(len(points), -1, np.int32)
    of_layer[demand.point] = np.arange(len(demand), dtype=np.int32)
    limit_ms = layer.limit_ms
    if limit_ms is None:
        limit_ms = search_bound_ms(network, layer.metres or 0.0, horizon_ms)
    return demand_within(
        network,
        seeds,
        row_positions,
        of_layer[points.point_of_row],
        len(demand),
        limit_ms=limit_ms,
        limit_m=layer.metres,
        threads=threads,
    )


def site_rows(run: LayerRun, used_within: NDArray[np.float64], areas: Areas) -> pd.DataFrame:
    """The layer's rows of sites.csv.

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


def exact_sums(values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exactly rounded sums of ``values[first[i]:first[i + 1]]``."""
    if not len(values):
        return np.zeros(len(first) - 1)
    if np.all(values == np.floor(values)) and np.abs(values).sum() < 2**53:
        # Whole numbers below 2**53 add without rounding in any order.
        running = np.concatenate([[0.0], np.cumsum(values)])
        return running[first[1:]] - running[first[:-1]]
    return np.array([exact_sum(values[a:b]) for a, b in pairwise(first)])
