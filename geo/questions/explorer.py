"""Answers questions about a study: changed sites or limits, nearest sites, area of one site.

The questions use the same inputs, positions, labels and tables as the pipeline. Changes are made on
a copy, so one `Explorer` can be used by several threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis, no_isochrones
from geo.base.checksums import digest
from geo.base.errors import QuestionError
from geo.base.jobs import in_threads
from geo.base.lru import LruCache
from geo.base.progress import Progress
from geo.coverage.counted_layer import counted_layer
from geo.coverage.figures.capacity import decided, with_capacity
from geo.coverage.figures.site_figures import with_site_sets
from geo.coverage.join import join_analysis, with_isochrones
from geo.coverage.layer_run import LayerRun, run_serving, run_with_kth_site
from geo.coverage.tables import SiteSums, site_rows
from geo.equity.by_band import with_equity
from geo.inputs.read import Inputs
from geo.inputs.within import clipped
from geo.isochrones.land import with_land
from geo.isochrones.table import isochrone_table, site_isochrones
from geo.network.positions import Positions
from geo.questions.difference import Difference, difference_between
from geo.questions.layer_runs import LayerRuns
from geo.questions.nearest_sites import NearestSite, nearest_site
from geo.questions.question import (
    Moves,
    Places,
    Question,
    checked_place,
    checked_question,
)
from geo.questions.site_pairs import SitePairs
from geo.questions.trial_sites import (
    site_changes,
)
from geo.rules.layer_demand import LayerDemand
from geo.study.limit import whole_ms
from geo.study.model import Layer, Study

__all__ = ["Explorer"]


class Explorer:
    """Answers questions about a study. Created by `geo.pipeline.open_explorer`.

    Limits are in the unit of the layer, minutes or metres. Trial sites are (lon, lat) in WGS-84
    degrees and get the ids ``+1``, ``+2``, … in the given order (``++1`` if the layer already has a
    site ``+1``).

    Raises
    ------
    StudyError
        The study has no such layer.
    QuestionError
        A limit, a place or a site is invalid (`limit_wrong`, `limit_too_long`,
        `place_wrong`, `site_unknown`, `site_moved_and_closed`).
    """

    def __init__(self, layers: LayerRuns) -> None:
        self.study, self.inputs = study, inputs = layers.study, layers.inputs
        self._horizon_ms = whole_ms(study.network.horizon_minutes)
        self._layers = layers
        self._pairs = SitePairs(inputs.points, horizon_ms=self._horizon_ms)
        self._isochrones: LruCache[gpd.GeoDataFrame] = LruCache(8)
        self._analyses: LruCache[Analysis] = LruCache(8)

    def varied(self, study: Study, inputs: Inputs) -> Explorer:
        """Return the explorer of a changed study; layers that have not changed are known already.

        Its results are those of an explorer that reads the changed study anew.

        Parameters
        ----------
        study : Study
        inputs : Inputs
            Made from `inputs` of this explorer (`geo.scenarios.apply.apply_scenario`): what has not
            changed is the same object.
        """
        if study is self.study and inputs is self.inputs:
            return self
        return Explorer(self._layers.varied(study, inputs))

    def shares(self, other: Explorer, key: str) -> bool:
        """Whether a layer is the same in both, after `varied`."""
        return self._layers.shares(other._layers, key)

    def prepare(self, keys: Sequence[str] | None = None, progress: Progress | None = None) -> None:
        """Compute in advance what questions about these layers (all by default) need."""
        progress = progress or Progress()
        moving = [layer.key for layer in self.study.layers if layer.travels]
        chosen = moving if keys is None else [key for key in keys if key in moving]
        progress.stage("travel", len(chosen))
        points = self.inputs.points
        for key in chosen:
            known, layer = self._layers.known(key), self.study.layer(key)
            self._layers.places(layer, points.lon[:1], points.lat[:1])  # builds the snapping grid
            _ = known.run.network.graph.reversed, known.reachable
            self._pairs.counted(known.run, known.run, known.rows)
            self._layers.found_out([layer])
            progress.step()
        tried = [key for key in chosen if self.study.layer(key).tried]
        if tried and len(points):
            # One change of each kind is computed, because loading compiled code takes time.
            place = (float(points.lon[0]), float(points.lat[0]))
            self.change(tried[0], added=(place,))
            self.change(tried[0], closed=tuple(self.inputs.sites[tried[0]]["id"].iloc[:1]))

    def analysis(self, progress: Progress | None = None) -> Analysis:
        """Compute the whole study. The result is that of `geo.pipeline.run` on the same study.

        The runs and isochrones are kept for later questions. They are computed as in
        `geo.pipeline.run`, so both take the same time.
        """
        progress = progress or Progress()
        layers, inputs = self.study.layers, self.inputs
        found = self._search_all(progress)
        # The grids use as much memory as the roads. They are built again when they are needed.
        inputs.roads.drop_grids()

        def tables() -> Analysis:
            runs, sites = [run for run, _ in found], [rows for _, rows in found]
            quality = self._layers.found_out(layers)
            return with_equity(join_analysis(self.study, inputs, quality, runs, sites))

        # Isochrones are drawn by compiled code that releases the interpreter lock, so the tables
        # are built at the same time.
        with ThreadPoolExecutor(1) as pool:
            joined = pool.submit(tables)
            progress.stage("isochrones", len(layers))
            drawn = []
            for layer in layers:
                drawn.append(self.isochrones(layer.key))
                progress.step()
            progress.stage("tables")
            return with_land(with_isochrones(joined.result(), drawn), inputs)

    def _search_all(self, progress: Progress) -> list[tuple[LayerRun, pd.DataFrame]]:
        """Return the run and rows of sites.csv of all layers. Two layers run at the same time."""
        layers, inputs = self.study.layers, self.inputs
        progress.stage("travel", len(layers))
        self._layers.snap()
        # Much of the work of a layer uses one thread.
        threads = 1 if len(layers) > 1 else 2

        def search(layer: Layer) -> tuple[LayerRun, pd.DataFrame]:
            if not layer.travels:
                return counted_layer(layer, inputs)
            known = self._layers.searched(layer, threads=threads)
            run, sums = self._pairs.counted(known.run, known.run, known.rows, threads=threads)
            run = with_capacity(
                run, inputs.points, known.rows, horizon_ms=self._horizon_ms, threads=threads
            )
            run = with_site_sets(
                run, inputs.points, known.rows, horizon_ms=self._horizon_ms, threads=threads
            )
            return run, site_rows(run, sums, inputs.areas)

        return in_threads(search, layers, progress)

    def analysis_with(
        self,
        key: str,
        *,
        limit: float | None = None,
        added: Places = (),
        closed: Sequence[str] = (),
        moved: Moves | None = None,
        isochrones: bool = False,
        catchments: bool = True,
    ) -> Analysis:
        """Compute the study with this layer only, under another limit and with other sites.

        The tables are those of a run of the changed study. If sites were added, closed or moved,
        ``summary["what_if"]`` contains these changes. Each change has its own `analysis_id`.

        Parameters
        ----------
        isochrones : bool
            Draw the isochrones. If False, the table contains them only if they have been drawn
            before for the same question; otherwise it is empty.
        catchments : bool
            Compute `demand_within` and `demand_alone` of the sites, `sites_within` of the demand,
            and the figures of capacity. For a new limit this requires a separate search from each
            site. If False, they are missing, unless they are already known for this limit (the
            figures of capacity are not kept). Nothing else depends on this parameter.
        """
        asked = self._checked(key, limit, added, closed, moved)
        name = _name(asked)
        drawn = self._isochrones.get(name)
        if isochrones:
            drawn = self.isochrones(key, limit=limit, added=added, closed=closed, moved=moved)
        counted = catchments or self._pairs.known(asked.layer)
        whole = (*name, drawn is not None, counted, catchments)
        return self._analyses.of(whole, lambda: self._analysis(asked, drawn, counted, catchments))

    def isochrones(
        self,
        key: str,
        *,
        limit: float | None = None,
        added: Places = (),
        closed: Sequence[str] = (),
        moved: Moves | None = None,
        progress: Progress | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the layer's bands up to the limit, in the columns of `Analysis.isochrones`.

        Each band is one step of `progress`; a cancel takes effect between bands.
        """
        asked = self._checked(key, limit, added, closed, moved)
        return self._isochrones.of(
            _name(asked),
            lambda: self._clipped(
                isochrone_table(
                    self._layers.run(asked),
                    self.inputs.roads,
                    per_site=False,
                    progress=progress,
                )
            ),
        )

    def _clipped(self, drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return clipped(drawn, self.inputs.areas.frame, self.study)

    def change(
        self,
        key: str,
        *,
        limit: float | None = None,
        added: Places = (),
        closed: Sequence[str] = (),
        moved: Moves | None = None,
        limit_before: float | None = None,
    ) -> Difference:
        """Compute which demand gains and loses coverage when sites are added, closed or moved.

        Parameters
        ----------
        limit : float, optional
            The limit before and after the change; None for the limit of the study.
        limit_before : float, optional
            A different limit before the change, to compare limits.
        """
        asked = self._checked(key, limit, added, closed, moved)
        earlier = limit if limit_before is None else limit_before
        return self._between(self._checked(key, earlier), asked)

    def depends_on(
        self,
        key: str,
        site_id: str,
        *,
        limit: float | None = None,
        added: Places = (),
        closed: Sequence[str] = (),
        moved: Moves | None = None,
    ) -> Difference:
        """Compute the loss if one site is closed: demand with no other site within the limit.

        Parameters
        ----------
        added, closed, moved
            Other changes that are made before and after.
        """
        before = self._checked(key, limit, added, closed, moved)
        others = {site: place for site, place in (moved or {}).items() if site != site_id}
        after = self._checked(key, limit, added, (*closed, site_id), others)
        return self._between(before, after)

    def _between(self, before: Question, after: Question) -> Difference:
        """Compare a layer under two questions; its sites change from the study's to `after`."""
        inputs, key = self.inputs, after.layer.key
        old, new = self._layers.run(before), self._layers.run(after)
        changes = site_changes(
            old, new, after, self._layers.trial_ids(key, len(after.added)), inputs.areas
        )
        points = inputs.points_of(after.layer)
        return difference_between(old, new, points, inputs.areas, sites=changes)

    def from_here(self, lon: float, lat: float) -> list[NearestSite]:
        """Return the nearest site from a place for each layer, with the path to it."""
        at = np.array([checked_place(lon, lat)])
        return [self._from(layer, at) for layer in self.study.layers if layer.travels]

    def _from(self, layer: Layer, at: NDArray[np.float64]) -> NearestSite:
        known = self._layers.known(layer.key)
        run, assigned = known.run, True
        if run.served is not None:
            unit = self.inputs.areas.locate(at[:, 0], at[:, 1])
            assigned = layer.scoped or bool(np.append(run.served.named_by, 0)[unit][0])
            run = run_serving(run, int(unit[0]), horizon_ms=self._horizon_ms)
        place = self._layers.places(layer, at[:, 0], at[:, 1])
        if layer.sites_needed > 1:
            run = run_with_kth_site(run, place, horizon_ms=self._horizon_ms)
        return nearest_site(
            run,
            self.inputs.roads.roads,
            float(at[0, 0]),
            float(at[0, 1]),
            place,
            every=known.run,
            reachable=lambda: known.reachable,
            horizon_ms=self._horizon_ms,
            assigned=assigned,
        )

    def site_area(
        self, key: str, site: str | tuple[float, float], *, limit: float | None = None
    ) -> gpd.GeoDataFrame:
        """Return the bands of one site (id or lon, lat); empty if it is off the network."""
        run = self._layers.run(self._checked(key, limit, () if isinstance(site, str) else (site,)))
        site_id = site if isinstance(site, str) else self._layers.trial_ids(key, 1)[0]
        rank = np.flatnonzero(run.sites["id"].to_numpy(dtype=object) == site_id)
        if not len(rank):
            raise QuestionError("site_unknown", value=site_id, layer=key)
        used = np.flatnonzero(run.seeds.rank == rank[0])
        if not len(used):
            return no_isochrones()
        return self._clipped(site_isochrones(run, int(used[0]), self.inputs.roads))

    def covered_demand(self, key: str) -> LayerDemand:
        """Return the demand of a layer as its rule decides, capacity included."""
        known = self._layers.known(key)
        run = known.run
        if run.layer.rule == "supply":
            run = with_capacity(run, self.inputs.points, known.rows, horizon_ms=self._horizon_ms)
        return decided(run).demand

    def layer_state(self, key: str) -> tuple[LayerRun, Positions]:
        """Return a layer as it is, and the positions of its demand rows, for siting."""
        known = self._layers.known(self._checked(key, None, (), ()).layer.key)
        return known.run, known.rows

    def positions(self, key: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Positions:
        """Return the positions of any places (degrees, WGS-84) on the layer's network."""
        return self._layers.places(self.study.layer(key), lon, lat)

    # Internal methods.

    def _checked(
        self,
        key: str,
        limit: float | None,
        added: Places = (),
        closed: Sequence[str] = (),
        moved: Moves | None = None,
    ) -> Question:
        return checked_question(
            self.study, self.inputs.sites, key,
            limit=limit, added=added, closed=closed, moved=moved,
        )  # fmt: skip

    def _analysis(
        self, asked: Question, drawn: gpd.GeoDataFrame | None, counted: bool, capacities: bool
    ) -> Analysis:
        layer = asked.layer
        run = self._layers.run(asked)
        inputs = self.inputs
        if not layer.travels:
            return self._counted(layer)
        unknown = np.full(len(run.seeds.rank), np.nan)
        sums = SiteSums(unknown, unknown)
        known = self._layers.known(layer.key)
        if counted:
            run, sums = self._pairs.counted(run, known.run, known.rows)
        if capacities or layer.rule == "supply":
            run = with_capacity(run, inputs.points, known.rows, horizon_ms=self._horizon_ms)
            run = with_site_sets(run, inputs.points, known.rows, horizon_ms=self._horizon_ms)
        sites = site_rows(run, sums, inputs.areas)
        study = self.study.model_copy(update={"layers": (layer,)})
        quality = self._layers.found_out([self.study.layer(layer.key)])
        found = with_equity(join_analysis(study, inputs, quality, [run], [sites]))
        if drawn is not None:
            found = with_land(with_isochrones(found, [drawn]), inputs)
        if not asked.changes_sites:
            return found
        changes: dict[str, Any] = {
            "layer": layer.key,
            "added": asked.added,
            "closed": asked.closed,
        }
        if asked.moved:
            changes["moved"] = asked.moved
        analysis_id = digest(found.summary["analysis_id"], changes)
        summary = {**found.summary, "analysis_id": analysis_id, "what_if": changes}
        return replace(found, summary=summary)

    def _counted(self, layer: Layer) -> Analysis:
        """Return the study with a layer that no travel decides."""
        run, sites = counted_layer(layer, self.inputs)
        study = self.study.model_copy(update={"layers": (layer,)})
        quality = self._layers.found_out([layer])
        found = with_equity(join_analysis(study, self.inputs, quality, [run], [sites]))
        drawn = isochrone_table(run, self.inputs.roads, per_site=False)
        return with_land(with_isochrones(found, [drawn]), self.inputs)


def _name(asked: Question) -> tuple[Any, ...]:
    """What results of a question are kept by: layer, limit, and what changes."""
    return (asked.layer.key, asked.layer.limit.value, *asked[1:])
