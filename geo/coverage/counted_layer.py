"""The run of a layer that no travel decides, and its rows of sites.csv."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.layer_run import LayerRun, demand_of_rows
from geo.coverage.tables import SiteSums, site_rows, site_sums, with_counts
from geo.inputs.demand import DemandPoints
from geo.inputs.read import Inputs
from geo.network.network import Graph, Network
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.rules.radius import demand_in_radius
from geo.rules.rate import demand_of_objects
from geo.search.seeds import Seeds
from geo.search.site_union import SiteUnion
from geo.search.straight_line import lines_within
from geo.study.model import Layer

__all__ = ["counted_layer", "no_positions"]


def counted_layer(layer: Layer, inputs: Inputs) -> tuple[LayerRun, pd.DataFrame]:
    """Count a layer with the rule `rate` or `radius`.

    Its run has a network without edges. All sites of a radius are used.
    """
    points, sites = inputs.points_of(layer), inputs.sites[layer.key]
    if layer.of_objects:
        run = _run(layer, sites, demand_of_objects(layer, points), inputs)
        return run, site_rows(run, SiteSums(np.empty(0), np.empty(0)), inputs.areas)
    run = _run(layer, sites, demand_in_radius(layer, points, sites), inputs)
    first, listed = _in_circles(run, points)
    run = replace(run, demand=with_counts(run.demand, listed))
    return run, site_rows(run, site_sums(run.demand, first, listed), inputs.areas)


def _in_circles(run: LayerRun, points: DemandPoints) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The rows of demand in the circle of each site, as `geo.coverage.tables.points_within`."""
    sites = run.sites
    lon, lat = sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64)
    site, row = lines_within(points.lon, points.lat, lon, lat, run.layer.limit.value)
    of_row = demand_of_rows(run.demand, points)[row]
    # Several rows of a group count once.
    pairs = np.unique(np.stack([site, of_row])[:, of_row >= 0], axis=1)
    counts = np.bincount(pairs[0], minlength=len(sites))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), pairs[1].astype(np.int32)


def _run(layer: Layer, sites: pd.DataFrame, demand: LayerDemand, inputs: Inputs) -> LayerRun:
    network, count = _no_network(), len(sites)
    lon, lat = sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64)
    # An edge stands for "used", as the places of these sites need no road.
    used = replace(no_positions(count), edge=np.zeros(count, np.int32))
    nothing, missing = np.empty(0, np.uint64), np.full(count, np.nan)
    seeds = Seeds(
        rank=np.arange(count),
        first=np.zeros(count + 1, np.int64),
        node=nothing,
        label=nothing,
        metres=np.empty(0),
        edge=used.edge,
        fraction=missing,
        edge_label=np.zeros(count, np.uint64),
        edge_metres=missing,
    )
    no_seeds = seeds.chosen(np.zeros(count, np.bool_))
    return LayerRun(
        layer=layer,
        network=network,
        sites=sites,
        site_unit=inputs.areas.locate(lon, lat, sites.get("unit_id")),
        site_positions=used,
        seeds=seeds,
        union=SiteUnion(network, no_seeds, horizon_ms=0, near_ms=0),
        metres=np.empty(0),
        demand=demand,
    )


def no_positions(count: int) -> Positions:
    """Return positions of points that are on no network."""
    missing = np.full(count, np.nan)
    return Positions(np.full(count, -1, np.int32), missing, missing)


def _no_network() -> Network:
    """Return a network without edges."""
    nothing: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]] = {}
    nothing |= {name: np.empty(0, np.int32) for name in ("road", "seed_u", "seed_v")}
    nothing |= {name: np.empty(0, np.int32) for name in ("read_u", "read_v", "begin_of", "end_of")}
    nothing |= {name: np.empty(0, np.int64) for name in ("ms_forward", "ms_backward")}
    nothing |= {name: np.empty(0, np.bool_) for name in ("forward", "backward")}
    graph = Graph(np.zeros(1, np.uint64), np.empty(0, np.uint64), np.empty(0, np.int32))
    return Network(**nothing, length_m=np.empty(0), off_road_kmh=4.0, graph=graph)  # type: ignore[arg-type]
