"""Content of summary.json: the figures and counts of each layer, and every input."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from geo.base.checksums import digest
from geo.base.exact import exact_sum, minutes_up, share_of, weighted_quantile_ms
from geo.base.quality_log import QualityLog
from geo.coverage.false_full_coverage import demand_at_sites, units_built_around_sites
from geo.coverage.figures.capacity import summary_figures
from geo.coverage.figures.rule_shares import share_figures
from geo.coverage.figures.site_figures import site_figures, to_and_from
from geo.coverage.layer_run import LayerRun
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.inputs.within import named_part
from geo.readers.roads.word_report import road_doubts
from geo.rules import rule_of
from geo.study.model import Layer, Study

__all__ = ["ENGINE_VERSION", "SCHEMA_VERSION", "analysis_id", "summarise"]

# Increase it when columns or keys are added; docs/results.md tells scripts what has changed.
SCHEMA_VERSION = 2
# Part of analysis_id. Increase it when the same inputs give different results.
ENGINE_VERSION = 1


def summarise(
    study: Study,
    runs: list[LayerRun],
    points: list[DemandPoints],
    areas: Areas,
    quality: QualityLog,
) -> dict[str, Any]:
    """Return all keys of summary.json except ``generated_at`` and ``outputs``.

    Parameters
    ----------
    points : list of DemandPoints
        Those that each run counts.
    """
    parameters = study.parameters()
    counted = [asdict(count) for count in quality.inputs]
    doubts = road_doubts(quality)
    layers = [run.layer.key for run in runs]
    figures = {
        run.layer.key: _layer(run, own, areas, doubts)
        for run, own in zip(runs, points, strict=True)
    }
    for key, both in to_and_from(runs).items():
        figures[key]["to_and_from"] = both
    for run in runs if study.within is not None else ():
        own = run.site_unit >= 0
        counts = {"sites_total": int(own.sum()), "sites_used": int(own[run.seeds.rank].sum())}
        figures[run.layer.key] |= counts
    return {
        "schema_version": SCHEMA_VERSION,
        "study": named_part(study, areas).study.name,
        "analysis_id": analysis_id(parameters, counted, layers, within=study.within),
        "inputs": counted,
        "parameters": parameters,
        "layers": figures,
    }


def analysis_id(
    parameters: dict[str, Any],
    inputs: list[dict[str, Any]],
    layers: list[str],
    *,
    within: frozenset[str] | None = None,
) -> str:
    """Return the hash of everything that the results depend on.

    Parameters
    ----------
    parameters : dict
        `Study.parameters`.
    inputs : list of dict
        As in summary.json, with ``role`` and ``sha256``.
    layers : list of str
        Keys of the computed layers.
    within : frozenset of str, optional
        `Study.within`: results about some units are others than those of the whole.
    """
    files = sorted({(count["role"], count["sha256"]) for count in inputs})
    whole = digest(ENGINE_VERSION, parameters, files, layers)
    return whole if within is None else digest(whole, sorted(within))


def _layer(run: LayerRun, points: DemandPoints, areas: Areas, doubts: list[str]) -> dict[str, Any]:
    layer, demand = run.layer, run.demand
    total = exact_sum(demand.weight)
    covered = exact_sum(demand.weight[demand.covered])
    rule = rule_of(layer.rule)
    units = len(areas.frame)
    present = int(rule.present(run.site_unit, run.served, units).sum())
    p50, p90 = (
        float(minutes_up(np.array([weighted_quantile_ms(demand.time_ms, demand.weight, q)]))[0])
        for q in (0.5, 0.9)
    )
    figures: dict[str, Any] = {
        "title": layer.title or layer.key,
        "service": layer.service_key,
        "rule": layer.rule,
        "profile": layer.profile,
        "direction": layer.direction,
        **_limit(layer),
        "sites_total": len(run.sites),
        "sites_used": len(run.seeds.rank),
        "demand_points": len(demand),
        "demand_total": total,
        "demand_covered": covered,
        **share_figures(layer.rule, demand, np.arange(len(demand)), run.capacity),
        "units_total": units,
        "units_with_site": present,
        "share_by_presence": float("nan") if layer.of_objects else share_of(present, units),
        "minutes_p50": p50,
        "minutes_p90": p90,
        "by_cause": {c: exact_sum(demand.weight[demand.cause == c]) for c in run.causes},
        "warnings": _warnings(run, points, areas) + doubts,
    }
    if layer.indicator is not None:
        figures["indicator"] = layer.indicator.model_dump(mode="json", by_alias=True)
    figures |= summary_figures(run)
    figures |= site_figures(run)
    classes = points.frame["class"].to_numpy(dtype=object)[demand.point]
    names = sorted({str(name) for name in classes} - {""})
    if names:
        figures["by_class"] = {name: _class(run, classes == name) for name in names}
    return figures


def _limit(layer: Layer) -> dict[str, float | str]:
    """Return the limit, or the condition of a rate."""
    if layer.of_objects:
        return {"condition": layer.condition or ""}
    return {layer.limit.unit: layer.limit.value}


def _class(run: LayerRun, which: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[str, float]:
    demand = run.demand
    total = exact_sum(demand.weight[which])
    covered = exact_sum(demand.weight[which & demand.covered])
    return {
        "demand_total": total,
        "demand_covered": covered,
        **share_figures(run.layer.rule, demand, np.flatnonzero(which), run.capacity),
    }


def _warnings(run: LayerRun, points: DemandPoints, areas: Areas) -> list[str]:
    """Return the codes of the warnings that must be shown next to the shares of the layer."""
    found = ["sites_missing"] if run.layer.waiting else []
    lon, lat = run.sites["lon"].to_numpy(float), run.sites["lat"].to_numpy(float)
    demand = run.demand
    if demand_at_sites(demand.lon, demand.lat, demand.unit, lon, lat, run.site_unit):
        found.append("demand_at_sites")
    if units_built_around_sites(areas, lon, lat, run.site_unit):
        found.append("units_built_around_sites")
    if run.layer.travels and len(run.sites) and not len(run.seeds.rank):
        found.append("all_sites_unused")
    return found
