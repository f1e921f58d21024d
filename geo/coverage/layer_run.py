"""One layer from sites to tables: search, read at demand points, decide coverage and causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.rules.layer_demand import LayerDemand
from geo.rules.reach import decide
from geo.search.seeds import Seeds, place_sites
from geo.search.site_union import SiteUnion
from geo.search.times import (
    at_positions,
    node_metres,
    reachable_positions,
    search_bound_ms,
)
from geo.study.model import Layer

__all__ = ["LayerRun", "find_demand", "run_layer"]


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
