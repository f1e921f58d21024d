"""Figures of summary.json that come from further columns of a layer's sites.

Coverage by moment, tier and item is computed on the whole study, also when it is run in parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.base.exact import exact_sum, share_of
from geo.base.jobs import CORES
from geo.coverage.layer_run import LayerRun
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.site_sets import SiteSets, site_sets
from geo.rules.site_times import site_times
from geo.rules.travel import demand_by_travel, limit_bound_ms
from geo.search.site_union import SiteUnion
from geo.search.times import node_metres

__all__ = ["site_figures", "to_and_from", "with_site_sets"]


def with_site_sets(
    run: LayerRun,
    points: DemandPoints,
    rows: Positions,
    *,
    horizon_ms: int,
    threads: int = CORES,
) -> LayerRun:
    """Return the run with its coverage by moment, tier and item, where its layer has them.

    Parameters
    ----------
    rows : Positions
        Positions of the rows of `points` on the run's network.
    """
    sets = site_sets(run.layer, run.sites)
    if not sets:
        return run

    set_covered: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for kind, of in (("moment", sets.moments), ("tier", sets.tiers), ("item", sets.items)):
        for name, sites in of.items():
            set_covered[kind, name] = _covered(
                run, sites, points, rows, horizon_ms=horizon_ms, threads=threads
            )
    weight = run.demand.weight
    total = exact_sum(weight)
    found: dict[str, Any] = {}
    if sets.moments:
        found["moments"] = {
            name: _moment(run, sets, name, set_covered["moment", name]) for name in sets.moments
        }
    for kind, of in (("tier", sets.tiers), ("item", sets.items)):
        if of:
            found[f"by_{kind}"] = {
                name: {
                    "sites": int(sites.sum()),
                    "demand_covered": (amount := exact_sum(weight[set_covered[kind, name]])),
                    "share_by_time": share_of(amount, total),
                }
                for name, sites in of.items()
            }
    if run.layer.tier is not None:
        found["sites_without_tier"] = sets.without_tier
    if run.layer.items is not None:
        found["sites_without_items"] = sets.without_items
    return replace(run, by_sites=found, set_covered=set_covered)


def _moment(
    run: LayerRun, sets: SiteSets, name: str, covered: NDArray[np.bool_]
) -> dict[str, float | int]:
    weight = run.demand.weight
    used = run.site_positions.on_network
    return {
        "share_by_time": share_of(exact_sum(weight[covered]), exact_sum(weight)),
        "closed": exact_sum(weight[run.demand.covered & ~covered]),
        "sites_open": int((sets.moments[name] & used).sum()),
        "sites_without_hours": int((sets.unknown_hours[name] & used).sum()),
    }


def _covered(
    run: LayerRun,
    sites: NDArray[np.bool_],
    points: DemandPoints,
    rows: Positions,
    *,
    horizon_ms: int,
    threads: int,
) -> NDArray[np.bool_]:
    """Whether some of the sites alone cover each row of the demand, bool (rows of demand)."""
    seeds = run.seeds.chosen(sites[run.seeds.rank])
    if not len(seeds.rank):
        return np.zeros(len(run.demand), np.bool_)
    layer, network = run.layer, run.network
    # Nothing beyond the limit counts.
    reach_ms = min(limit_bound_ms(network, layer.limit, horizon_ms), horizon_ms)

    def nodes() -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
        union = SiteUnion(network, seeds, horizon_ms=reach_ms, near_ms=reach_ms, threads=threads)
        return union.label, node_metres(network, seeds, union.label)

    times = site_times(
        layer,
        network,
        seeds,
        points,
        rows,
        nodes,
        served=run.served,
        horizon_ms=reach_ms,
        threads=threads,
    )
    return demand_by_travel(layer, points, times, rows, lambda: rows.on_network).covered


def site_figures(run: LayerRun) -> dict[str, Any]:
    """Return what summary.json says of the layer; nothing where its sites have no such columns."""
    found: dict[str, Any] = {}
    if run.layer.sites_needed > 1:
        found["at_least"] = run.layer.sites_needed
    if "delay_ms" in run.sites:
        found["sites_without_delay"] = int(run.sites["delay_ms"].isna().sum())
    return found | dict(run.by_sites or {})


def to_and_from(runs: Sequence[LayerRun]) -> dict[str, dict[str, Any]]:
    """Return, by the key of a layer with direction ``from``, its coverage beside travel to sites.

    The two layers are of one service and count the same demand: the first of each direction. The
    amounts are never added: who is covered both ways is in both.
    """
    found: dict[str, dict[str, Any]] = {}
    services: dict[str, dict[str, LayerRun]] = {}
    for run in (one for one in runs if one.layer.travels):
        services.setdefault(run.layer.service_key, {}).setdefault(run.layer.direction, run)
    for pair in services.values():
        if len(pair) < 2:
            continue
        to, back = pair["to"], pair["from"]
        same = np.array_equal(to.demand.point, back.demand.point)
        if not same or not np.array_equal(to.demand.weight, back.demand.weight):
            continue
        weight = to.demand.weight
        neither = ~(to.demand.covered | back.demand.covered)
        found[back.layer.key] = {
            "to_layer": to.layer.key,
            "demand_total": exact_sum(weight),
            "to": exact_sum(weight[to.demand.covered]),
            "from": exact_sum(weight[back.demand.covered]),
            "neither": exact_sum(weight[neither]),
        }
    return found
