"""Computes one layer: search from the sites, times at demand points, coverage and causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.capacity.shortage import LayerCapacity
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.rules import rule_of
from geo.rules.layer_demand import CAUSES, LayerDemand
from geo.rules.scope import with_scope_causes
from geo.rules.site_times import site_times
from geo.rules.travel import limit_bound_ms, without_sites
from geo.search.kth_site import kth_times
from geo.search.seeds import Seeds, place_sites, site_delays
from geo.search.served_units import ServedUnits
from geo.search.site_union import SiteUnion
from geo.search.times import DemandTimes, node_metres, reachable_positions
from geo.study.model import Layer

__all__ = [
    "LayerRun",
    "assemble_run",
    "demand_of_rows",
    "find_demand",
    "run_layer",
    "run_serving",
    "run_with_kth_site",
]


@dataclass(frozen=True)
class LayerRun:
    """Results of one layer.

    Attributes
    ----------
    layer : Layer
    network : Network
    sites : pd.DataFrame
        The accepted sites of the layer, ordered by id. The index of a site is its rank.
    site_unit : int64 (sites)
        Finest unit of each site, -1 outside all units.
    site_positions : Positions
    seeds : Seeds
    union : SiteUnion
    metres : float64 (nodes)
        Length of the quickest path at each node.
    demand : LayerDemand
    served : ServedUnits, optional
        The units that each site serves. None if every site serves all demand.
    capacity : LayerCapacity, optional
        The demand split by the capacity of the sites (`geo.coverage.figures.capacity`). None if
        the layer has no column of capacities, or if it has not been computed.
    by_sites : mapping, optional
        Keys of summary.json on coverage by moment, tier and item
        (`geo.coverage.figures.site_figures`).
    set_covered : mapping of (kind, name) to bool (rows of demand), optional
        Whether the sites of each moment, tier and item alone cover the demand.
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
    served: ServedUnits | None = None
    capacity: LayerCapacity | None = None
    by_sites: Mapping[str, Any] | None = None
    set_covered: Mapping[tuple[str, str], NDArray[np.bool_]] | None = None

    @property
    def has_used_sites(self) -> bool:
        """Whether any site of the layer is on the network."""
        return bool(self.site_positions.on_network.any())

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes that can occur, in the order in which they apply."""
        possible = rule_of(self.layer.rule).causes
        if not self.layer.scoped:
            possible = tuple(cause for cause in possible if cause != "out_of_scope")
        if self.has_used_sites or self.layer.of_objects:
            return possible
        return tuple(cause for cause in CAUSES if cause in (*possible, "no_site"))


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
    """Compute travel times, coverage and causes of one layer.

    Parameters
    ----------
    sites : pd.DataFrame
        Sites ordered by id. `site_positions` has the same order.
    row_positions : Positions
        Positions of the rows of `points` on `network`.
    """
    seeds = place_sites(network, site_positions, delay_ms=site_delays(sites))
    served = rule_of(layer.rule).served(layer, sites, areas)
    union, metres, demand = find_demand(
        layer,
        network,
        seeds,
        points,
        row_positions,
        served=served,
        horizon_ms=horizon_ms,
        threads=threads,
    )
    return assemble_run(
        layer, network, sites, site_positions, areas,
        seeds=seeds, union=union, metres=metres, demand=demand, served=served,
    )  # fmt: skip


def assemble_run(
    layer: Layer,
    network: Network,
    sites: pd.DataFrame,
    site_positions: Positions,
    areas: Areas,
    *,
    seeds: Seeds,
    union: SiteUnion,
    metres: NDArray[np.float64],
    demand: LayerDemand,
    served: ServedUnits | None,
) -> LayerRun:
    """Build a `LayerRun` for a whole study, a study in parts, or a run with trial sites.

    A site that has a unit code belongs to that unit. The other sites are located by their
    coordinates.
    """
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
        demand=demand if site_positions.on_network.any() else without_sites(demand),
        served=served,
    )


def find_demand(
    layer: Layer,
    network: Network,
    seeds: Seeds,
    points: DemandPoints,
    row_positions: Positions,
    *,
    served: ServedUnits | None,
    horizon_ms: int,
    threads: int = 2,
    joined: NDArray[np.bool_] | None = None,
) -> tuple[SiteUnion, NDArray[np.float64], LayerDemand]:
    """Search from the seeds and determine coverage and cause of each demand point of the layer.

    Parameters
    ----------
    served : ServedUnits, optional
        The units that each site serves, if the layer's rule restricts them.
    joined : bool (rows), optional
        Whether any path connects each row with a site. It must be given for a part of a study,
        because the roads of a part end at its boundary. On a whole network it is computed here.

    Returns
    -------
    union : SiteUnion
    metres : float64 (nodes)
    demand : LayerDemand
    """
    near_ms = limit_bound_ms(network, layer.limit, horizon_ms)
    union = SiteUnion(network, seeds, horizon_ms=horizon_ms, near_ms=near_ms, threads=threads)
    metres = node_metres(network, seeds, union.label)

    def times(of: ServedUnits | None) -> DemandTimes:
        return site_times(
            layer,
            network,
            seeds,
            points,
            row_positions,
            lambda: (union.label, metres),
            served=of,
            horizon_ms=horizon_ms,
            threads=threads,
        )

    def any_path() -> NDArray[np.bool_]:
        return reachable_positions(network, seeds, row_positions) if joined is None else joined

    demand = rule_of(layer.rule).answer(
        layer, points, times(served), row_positions, any_path, served
    )
    if layer.scoped:
        demand = with_scope_causes(demand, layer, points, row_positions, lambda: times(None))
    return union, metres, demand


def demand_of_rows(demand: LayerDemand, points: DemandPoints) -> NDArray[np.int32]:
    """Return the row of `demand` of each row of `points`, -1 outside the layer, int32 (rows)."""
    of_layer = np.full(len(points), -1, np.int32)
    of_layer[demand.point] = np.arange(len(demand), dtype=np.int32)
    numbers: NDArray[np.int32] = of_layer[points.point_of_row]
    return numbers


def run_serving(run: LayerRun, unit: int, *, horizon_ms: int) -> LayerRun:
    """Search again with only those used sites that serve one unit; `demand` is unchanged.

    The result is used to find the nearest site from a place in that unit.
    """
    assert run.served is not None
    ranks = run.seeds.rank
    return _run_from(run, run.served.holds(ranks, np.full(len(ranks), unit)), horizon_ms)


def run_with_kth_site(run: LayerRun, place: Positions, *, horizon_ms: int) -> LayerRun:
    """Search again with only the k-th site of one place (`Layer.sites_needed`), or with none.

    `demand` is unchanged. The result is used to find the path to this site.
    """
    times = kth_times(
        run.network,
        run.seeds,
        place,
        np.zeros(1, np.int32),
        at_least=run.layer.sites_needed,
        unit=np.zeros(1, np.int64),
        served=None,
        near_ms=limit_bound_ms(run.network, run.layer.limit, horizon_ms),
        horizon_ms=horizon_ms,
    )
    return _run_from(run, run.seeds.rank == times.rank[0], horizon_ms)


def _run_from(run: LayerRun, used: NDArray[np.bool_], horizon_ms: int) -> LayerRun:
    """The run searched again from some of its used sites."""
    seeds = run.seeds.chosen(used)
    near_ms = limit_bound_ms(run.network, run.layer.limit, horizon_ms)
    union = SiteUnion(run.network, seeds, horizon_ms=horizon_ms, near_ms=near_ms)
    metres = node_metres(run.network, seeds, union.label)
    return replace(run, seeds=seeds, union=union, metres=metres)
