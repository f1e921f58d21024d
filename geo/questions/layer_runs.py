"""The layers of a study for `Explorer`: searched once, and with what a question changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import RLock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.lru import LruCache
from geo.base.quality_log import QualityLog
from geo.checks.catalogue import report_off_network, report_study
from geo.coverage.counted_layer import counted_layer, no_positions
from geo.coverage.layer_run import LayerRun, run_layer
from geo.inputs.read import Inputs
from geo.inputs.snapped import SnappedInputs
from geo.network.positions import Positions
from geo.questions.question import Question
from geo.questions.question import trial_ids as ids_of_trials
from geo.questions.trial_sites import (
    TrialSites,
    moved_sites,
    run_with_limit,
    run_with_sites,
    searched_with_sites,
    trial_sites,
)
from geo.search.times import reachable_nodes
from geo.study.limit import whole_ms
from geo.study.model import Layer, Study

__all__ = ["KnownLayer", "LayerRuns"]


@dataclass(frozen=True)
class KnownLayer:
    """A computed layer: its run without changes, and the positions of the demand rows."""

    run: LayerRun
    rows: Positions

    @cached_property
    def reachable(self) -> NDArray[np.bool_]:
        """Whether any path connects each node with a site, bool (nodes)."""
        return reachable_nodes(self.run.network, self.run.seeds)


class LayerRuns:
    """Runs of the layers of one study: as they are, and with sites or limits changed.

    Each layer is searched once. Several threads may ask.
    """

    def __init__(self, study: Study, inputs: Inputs, snapped: SnappedInputs) -> None:
        self.study = study
        self.inputs = inputs
        self._snapped = snapped
        self._quality: dict[tuple[str, ...], QualityLog] = {}
        self._horizon_ms = whole_ms(study.network.horizon_minutes)
        self._lock = RLock()
        self._layers: dict[str, KnownLayer] = {}
        self._runs: LruCache[LayerRun] = LruCache(4)

    def varied(self, study: Study, inputs: Inputs) -> LayerRuns:
        """Return the runs of a changed study; layers that have not changed are known already."""
        found = LayerRuns(study, inputs, self._snapped.varied(study, inputs))
        own = self.inputs
        shared = ("roads", "points", "areas", "objects")
        if all(getattr(inputs, name) is getattr(own, name) for name in shared):
            layers = {layer.key: layer for layer in self.study.layers}
            same_horizon = found._horizon_ms == self._horizon_ms
            with self._lock:
                for layer in study.layers if same_horizon else ():
                    known = self._layers.get(layer.key)
                    same_sites = inputs.sites[layer.key] is own.sites.get(layer.key)
                    if known is not None and same_sites and layer == layers.get(layer.key):
                        found._layers[layer.key] = known
        return found

    def shares(self, other: LayerRuns, key: str) -> bool:
        """Whether a layer is the same in both, after `varied`."""
        known = self._layers.get(key)
        return known is not None and known is other._layers.get(key)

    def snap(self) -> None:
        """Place sites and demand of all layers on the networks, each profile once."""
        with self._lock:
            for layer in (one for one in self.study.layers if one.travels):
                self.inputs.roads.network(layer.profile, layer.direction)
                self._snapped.rows(layer), self._snapped.sites(layer)

    def searched(self, layer: Layer, *, threads: int) -> KnownLayer:
        """The layer as it is; while it is searched, other layers can be too."""
        with self._lock:
            known = self._layers.get(layer.key)
        if known is None:
            known = self._search(layer, threads=threads)
            with self._lock:
                known = self._layers.setdefault(layer.key, known)
        return known

    def known(self, key: str) -> KnownLayer:
        """The layer as it is; others wait for the search."""
        with self._lock:
            if key not in self._layers:
                self._layers[key] = self._search(self.study.layer(key))
            return self._layers[key]

    def _search(self, layer: Layer, *, threads: int = 2) -> KnownLayer:
        inputs = self.inputs
        if not layer.travels:
            run, _ = counted_layer(layer, inputs)
            return KnownLayer(run, no_positions(len(inputs.points.point_of_row)))
        rows = self._snapped.rows(layer)
        run = run_layer(
            layer,
            inputs.roads.network(layer.profile, layer.direction),
            inputs.sites[layer.key],
            self._snapped.sites(layer),
            inputs.points,
            rows,
            inputs.areas,
            horizon_ms=self._horizon_ms,
            threads=threads,
        )
        return KnownLayer(run, rows)

    def found_out(self, layers: Sequence[Layer]) -> QualityLog:
        """Return the quality report of the study with these layers."""
        keys = tuple(layer.key for layer in layers)
        with self._lock:
            if keys not in self._quality:
                read, snapped = self.inputs.quality, self._snapped
                log = QualityLog(list(read.rows), list(read.inputs), read.names)
                report_off_network(self.study, layers, snapped, log)
                report_study(self.study, layers, self.inputs, snapped.rows, snapped.sites, log)
                self._quality[keys] = log
            return self._quality[keys]

    def places(self, layer: Layer, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Positions:
        """The positions of any places on the network of a layer."""
        with self._lock:
            return self._snapped.places(layer, lon, lat)

    def run(self, asked: Question) -> LayerRun:
        """The layer with the limit and the sites of a question."""
        layer = asked.layer
        known = self.known(layer.key)
        run = known.run
        if asked.changes_sites:
            name = (layer.key, *asked[1:])
            run = self._runs.of(name, lambda: self._with_sites(known, asked))
        if layer == run.layer:
            return run
        return run_with_limit(
            run, layer, self.inputs.points, known.rows, horizon_ms=self._horizon_ms
        )

    def _with_sites(self, known: KnownLayer, asked: Question) -> LayerRun:
        run = known.run
        ids = run.sites["id"].to_numpy(dtype=object)
        frame = pd.concat(
            [trial_sites(asked.added, ids.tolist()), moved_sites(run.sites, asked.moved)],
            ignore_index=True,
        )
        lon, lat = frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
        added = TrialSites(frame, self.places(run.layer, lon, lat))
        gone = [*asked.closed, *(move[0] for move in asked.moved)]
        closed = np.flatnonzero(np.isin(ids, gone))
        what = (run, self.inputs.points, known.rows, self.inputs.areas)
        if run.served is not None or run.layer.sites_needed > 1:
            return searched_with_sites(
                *what, added=added, closed=closed, horizon_ms=self._horizon_ms
            )
        return run_with_sites(
            *what,
            added=added,
            closed=closed,
            reachable=lambda: known.reachable,
            horizon_ms=self._horizon_ms,
        )

    def trial_ids(self, key: str, count: int) -> list[str]:
        """The ids of so many trial sites of a layer."""
        return ids_of_trials(count, self.inputs.sites[key]["id"].tolist())
