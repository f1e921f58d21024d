"""The range of each layer's share: its share when one assumption at a time changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.errors import QuestionError
from geo.base.exact import exact_sum, share_of
from geo.base.progress import Progress
from geo.base.quality_log import QualityLog
from geo.coverage.layer_run import find_demand
from geo.coverage.share_curve import curve_end
from geo.coverage.summary import analysis_id
from geo.inputs.alternative_roads import alternative_roads
from geo.network.profiles import profile_of
from geo.questions.explorer import Explorer
from geo.questions.question import check_tried
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import limit_bound_ms
from geo.search.seeds import place_sites, site_delays
from geo.sensitivity.result import (
    COLUMNS,
    DRAWS,
    CurveRange,
    LayerSensitivity,
    Sensitivity,
    ShareRange,
    kept_layer,
    store_layer,
)
from geo.sensitivity.straight_line import straight_line_covered, straight_line_metres
from geo.sensitivity.variants import FACTORS, Situation, Variant, count_variants, variants_of
from geo.study.limit import whole_ms

__all__ = ["MOST_DRAWS", "check_draws", "sensitivity"]

MOST_DRAWS = 1000
_STEPS = 120  # of a curve


def sensitivity(
    explorer: Explorer,
    *,
    layers: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Compute the range of each layer's share.

    Parameters
    ----------
    explorer : Explorer
        Of the study, opened once (`geo.pipeline.open_explorer`).
    layers : sequence of str, optional
        Keys of the layers; all by default.
    draws : int
        How often demand is moved, 0 to `MOST_DRAWS`.
    seed : int
        Of the directions in which demand moves.
    cache : Path, optional
        As in `geo.pipeline.run`. Results are kept there too, so a second call returns at once.
    progress : Progress, optional
        Receives the stages ``travel`` and ``sensitivity``.

    Raises
    ------
    StudyError
        The study has no such layer, or its alternative road file cannot be used.
    QuestionError
        `draws` is negative or too large (``sensitivity_draws``); a layer is decided by a rule
        without travel (``layer_without_travel``).
    CancelledError
        The progress listener cancelled the work.
    """
    check_draws(draws)
    study, progress = explorer.study, progress or Progress()
    keys = [layer.key for layer in study.layers if layer.tried]
    if layers is not None or not keys:
        keys = [layer.key for layer in study.layers] if layers is None else list(layers)
    counted = [asdict(count) for count in explorer.inputs.quality.inputs]
    found: dict[str, LayerSensitivity] = {}
    more: dict[str, Any] = {}
    for key in keys:
        check_tried(study.layer(key))
        known = kept_layer(study, counted, key, draws=draws, seed=seed, cache=cache)
        if known is not None:
            found[key], more = known
    missing = [key for key in keys if key not in found]
    if missing:
        computed, more = _compute(explorer, missing, draws, seed, cache, progress)
        for layer in computed:
            store_layer(layer, study, counted, draws=draws, seed=seed, more=more, cache=cache)
            found[layer.key] = layer
    name = analysis_id(study.parameters(), counted, keys)
    ordered = {key: found[key] for key in keys}
    return Sensitivity(ordered, name, draws, seed, more["inputs"], tuple(more["omitted"]))


def check_draws(draws: int) -> None:
    """Check the number of draws before anything is read.

    Raises
    ------
    QuestionError
        It is negative or above `MOST_DRAWS` (``sensitivity_draws``).
    """
    if not 0 <= draws <= MOST_DRAWS:
        raise QuestionError("sensitivity_draws", value=str(draws), most=str(MOST_DRAWS))


def _compute(
    explorer: Explorer,
    keys: Sequence[str],
    draws: int,
    seed: int,
    cache: Path | None,
    progress: Progress,
) -> tuple[list[LayerSensitivity], dict[str, Any]]:
    """The results of some layers, and what holds for all: the inputs, and factors left out."""
    study, roads = explorer.study, explorer.inputs.roads
    progress.stage("travel", len(keys))
    layers = []
    for key in keys:
        layers.append(_Layer(explorer, key))
        progress.step()
    read = QualityLog(inputs=list(explorer.inputs.quality.inputs))
    named, alternative = study.network.alternative is not None, None
    # The changes of a scenario name roads of the study's own file.
    if named and not roads.edges_changed:
        progress.stage("read")
        alternative = alternative_roads(study, read, cache=cache)
    total = len(keys) * count_variants(draws, alternative)
    progress.stage("sensitivity", total)
    for variant in variants_of(explorer, alternative, draws=draws, seed=seed):
        for layer in layers:
            if variant.concerns(layer.run.layer, study):
                layer.add(variant)
            progress.step()
    more = {
        "inputs": [asdict(count) for count in read.inputs],
        "omitted": ["roads"] if named and alternative is None else [],
    }
    return [layer.result() for layer in layers], more


class _Layer:
    """Collects the shares of one layer."""

    def __init__(self, explorer: Explorer, key: str) -> None:
        self.run, rows = explorer.layer_state(key)
        run, self._study = self.run, explorer.study
        self._situation = Situation(run.network, run.site_positions, rows, explorer.inputs.points)
        self._horizon_ms = whole_ms(self._study.network.horizon_minutes)
        self._total = exact_sum(run.demand.weight)
        self._share = self._share_of(run.demand.covered)
        self._rows: list[tuple[Any, ...]] = []
        limit = run.layer.limit
        self._end = limit.with_value(curve_end(limit, self._study.network.horizon_minutes))
        marks = np.linspace(0.0, self._end.value, _STEPS + 1)
        self._marks = np.union1d(marks, [limit.value])
        self._low = self._high = self._curve(run.demand)

    def add(self, variant: Variant) -> None:
        """Compute one variant."""
        run, limit = self.run, self.run.layer.limit
        exclusive = variant.factor == "limit_exclusive"
        if variant.situation is not None:
            demand = self._searched(variant.situation(run, self._situation))
            covered = demand.covered
        elif exclusive:
            demand = run.demand
            covered = limit.holds(demand.time_ms, demand.metres, exclusive=True)
        else:
            self._add_straight_line(variant)
            return
        self._add_row(variant, variant.setting, covered)
        if variant.in_range:
            curve = self._curve(demand, exclusive=exclusive)
            self._low, self._high = np.minimum(self._low, curve), np.maximum(self._high, curve)

    def _add_straight_line(self, variant: Variant) -> None:
        profile = profile_of(self.run.layer.profile, self._study.profiles)
        metres = straight_line_metres(self.run, profile)
        assert metres is not None
        covered = straight_line_covered(self.run, self._situation.points, metres)
        self._add_row(variant, f"{metres:.10g}", covered)

    def _add_row(self, variant: Variant, setting: str, covered: NDArray[np.bool_]) -> None:
        share = self._share_of(covered)
        difference = round(share - self._share, 6)
        key = self.run.layer.key
        self._rows.append((key, variant.factor, setting, share, difference, variant.in_range))

    def _searched(self, found: Situation) -> LayerDemand:
        """The demand in another situation, searched no farther than the curve goes."""
        run, network = self.run, found.network
        limits = (run.layer.limit, self._end)
        bound_ms = max(limit_bound_ms(network, limit, self._horizon_ms) for limit in limits)
        _, _, demand = find_demand(
            run.layer,
            network,
            place_sites(network, found.sites, delay_ms=site_delays(run.sites)),
            found.points,
            found.rows,
            served=run.served,
            horizon_ms=min(bound_ms, self._horizon_ms),
            # It decides causes alone, which no share depends on.
            joined=np.zeros(len(found.rows), np.bool_),
        )
        return demand

    def _share_of(self, covered: NDArray[np.bool_]) -> float:
        return share_of(exact_sum(self.run.demand.weight[covered]), self._total)

    def _curve(self, demand: LayerDemand, *, exclusive: bool = False) -> NDArray[np.float64]:
        """The share at each mark, were it the limit."""
        value, marks = demand.metres, self._marks
        if not self._end.in_metres:
            value, marks = demand.time_ms / 60_000.0, self._marks
        reached = np.flatnonzero(demand.time_ms >= 0)
        order = reached[np.argsort(value[reached], kind="stable")]
        sums = np.concatenate([[0.0], np.cumsum(demand.weight[order])])
        within = np.searchsorted(value[order], marks, side="left" if exclusive else "right")
        return np.round(sums[within] / self._total, 6) if self._total > 0 else 0.0 * marks

    def result(self) -> LayerSensitivity:
        """The result, after all variants."""
        rows = pd.DataFrame(self._rows, columns=list(COLUMNS))
        mine = rows[rows["in_range"]]
        shares = [self._share, *mine["share_by_time"]]
        moved = {
            factor: float(mine.loc[mine["factor"] == factor, "difference"].abs().max())
            for factor in FACTORS
            if (mine["factor"] == factor).any()
        }
        most = max(moved, key=lambda factor: moved[factor]) if self._total > 0 else ""
        blank = math.isnan(self._share)
        found = ShareRange(
            share=self._share,
            low=self._share if blank else min(shares),
            high=self._share if blank else max(shares),
            main_factor=most if most and moved[most] > 0 else "",
        )
        curve = CurveRange(self.run.layer.limit.unit, self._marks, self._low, self._high)
        return LayerSensitivity(self.run.layer.key, rows, found, curve)
