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
from geo.coverage.join import join_analysis, with_isochrones
from geo.coverage.layer_run import LayerRun, run_serving
from geo.coverage.tables import SiteSums, site_rows
from geo.inputs.read import Inputs
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
        chosen = [layer.key for layer in self.study.layers] if keys is None else list(keys)
        progress.stage("travel", len(chosen))
        points = self.inputs.points
        for key in chosen:
            known, layer = self._layers.known(key), self.study.layer(key)
            self._layers.places(layer, points.lon[:1], points.lat[:1])  # builds the snapping grid
            _ = known.run.network.graph.reversed, known.reachable
            self._pairs.counted(known.run, known.run, known.rows)
            self._layers.found_out([layer])
            progress.step()
        if chosen and len(points):
            # One change of each kind is computed, because loading compiled code takes time.
            place = (float(points.lon[0]), float(points.lat[0]))
            self.change(chosen[0], added=(place,))
            self.change(chosen[0], closed=tuple(self.inputs.sites[chosen[0]]["id"].iloc[:1]))

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
            return join_analysis(self.study, inputs, self._layers.found_out(layers), runs, sites)

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
            return with_isochrones(joined.result(), drawn)

    def _search_all(self, progress: Progress) -> list[tuple[LayerRun, pd.DataFrame]]:
        """Return the run and rows of sites.csv of all layers. Two layers run at the same time."""
        layers, inputs = self.study.layers, self.inputs
        progress.stage("travel", len(layers))
        self._layers.snap()
        # Much of the work of a layer uses one thread.
        threads = 1 if len(layers) > 1 else 2

        def search(layer: Layer) -> tuple[LayerRun, pd.DataFrame]:
            known = self._layers.searched(layer, threads=threads)
            run, sums = self._pairs.counted(known.run, known.run, known.rows, threads=threads)
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
            Compute `demand_within` and `demand_alone` of the sites and `sites_within` of the
            demand. For a new limit this requires a separate search from each site. If False, they
            are missing unless they are already known for this limit. Nothing else depends on this
            parameter.
        """
        asked = self._checked(key, limit, added, closed, moved)
        name = _name(asked)
        drawn = self._isochrones.get(name)
        if isochrones:
            drawn = self.isochrones(key, limit=limit, added=added, closed=closed, moved=moved)
        catchments = catchments or self._pairs.known(asked.layer)
        whole = (*name, drawn is not None, catchments)
        return self._analyses.of(whole, lambda: self._analysis(asked, drawn, catchments))

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
            lambda: isochrone_table(
                self._layers.run(asked),
                self.inputs.roads,
                per_site=False,
                progress=progress,
            ),
        )

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
        return difference_between(old, new, inputs.points, inputs.areas, sites=changes)

    def from_here(self, lon: float, lat: float) -> list[NearestSite]:
        """Return the nearest site from a place for each layer, with the path to it."""
        at = np.array([checked_place(lon, lat)])
        return [self._from(layer, at) for layer in self.study.layers]

    def _from(self, layer: Layer, at: NDArray[np.float64]) -> NearestSite:
        known = self._layers.known(layer.key)
        run, assigned = known.run, True
        if run.served is not None:
            unit = self.inputs.areas.locate(at[:, 0], at[:, 1])
            assigned = bool(np.append(run.served.named_by, 0)[unit][0])
            run = run_serving(run, int(unit[0]), horizon_ms=self._horizon_ms)
        return nearest_site(
            run,
            self.inputs.roads.roads,
            float(at[0, 0]),
            float(at[0, 1]),
            self._layers.places(layer, at[:, 0], at[:, 1]),
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
        return site_isochrones(run, int(used[0]), self.inputs.roads)

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
        self, asked: Question, drawn: gpd.GeoDataFrame | None, catchments: bool
    ) -> Analysis:
        layer = asked.layer
        run = self._layers.run(asked)
        inputs = self.inputs
        unknown = np.full(len(run.seeds.rank), np.nan)
        sums = SiteSums(unknown, unknown)
        if catchments:
            known = self._layers.known(layer.key)
            run, sums = self._pairs.counted(run, known.run, known.rows)
        sites = site_rows(run, sums, inputs.areas)
        study = self.study.model_copy(update={"layers": (layer,)})
        quality = self._layers.found_out([self.study.layer(layer.key)])
        found = join_analysis(study, inputs, quality, [run], [sites])
        if drawn is not None:
            found = with_isochrones(found, [drawn])
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


def _name(asked: Question) -> tuple[Any, ...]:
    """What results of a question are kept by: layer, limit, and what changes."""
    return (asked.layer.key, asked.layer.limit.value, *asked[1:])
