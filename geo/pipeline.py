"""`run(study) -> Analysis`: composes the stages; nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.coverage import unit_table
from geo.gaps import gap_point_table, gap_table
from geo.inputs import Inputs, read_inputs
from geo.isochrone_table import isochrone_table
from geo.jobs import Progress
from geo.layer_run import LayerRun, demand_table, run_layer, site_table
from geo.parts import Division
from geo.parts_run import run_in_parts
from geo.parts_study import Place
from geo.quality import InputCount, QualityLog
from geo.quality_study import report_study, report_thoroughly
from geo.snapping import Positions, Snapper
from geo.study import Layer, Study, whole_ms
from geo.summary import summarise

__all__ = ["check", "run"]


def run(
    study: Study,
    *,
    layers: Sequence[str] | None = None,
    per_site: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
    division: Division | None = None,
) -> Analysis:
    """Compute a study.

    Parameters
    ----------
    study : Study
    layers : sequence of str, optional
        Only these layers, by key.
    per_site : bool
        Isochrones of every site too, not only of each layer.
    cache : Path, optional
        Where roads and graphs are kept between runs (`geo.cache.default_cache`), None: nowhere.
    progress : Progress, optional
    division : Division, optional
        Compute in parts, on other machines perhaps; the result is the same to the byte.

    Raises
    ------
    StudyError
        The study is wrong; every problem found in one pass is in the error.
    CancelledError
        The listener asked to stop.
    """
    chosen = [study.layer(key) for key in layers] if layers is not None else list(study.layers)
    progress = progress or Progress()
    quality = QualityLog()
    progress.stage("read")
    inputs = read_inputs(study, quality, cache=cache)
    positions = _Snapping(study, inputs, quality)
    horizon_ms = whole_ms(study.network.horizon_minutes)
    compute = _run_whole if division is None else partial(run_in_parts, division=division)
    runs, sites = compute(
        chosen, inputs, positions.rows, positions.sites, horizon_ms=horizon_ms, progress=progress
    )
    report_study(study, chosen, inputs, positions.rows, positions.sites, quality)
    progress.stage("isochrones", len(chosen))
    isochrones = []
    for found in runs:
        isochrones.append(isochrone_table(found, inputs.roads, per_site=per_site))
        progress.step()
    progress.stage("tables")
    return _analysis(study, inputs, quality, runs, sites, isochrones)


def _run_whole(
    layers: Sequence[Layer],
    inputs: Inputs,
    rows: Place,
    sites: Place,
    *,
    horizon_ms: int,
    progress: Progress,
) -> tuple[list[LayerRun], list[pd.DataFrame]]:
    """Every layer's run and rows of sites.csv, in one piece."""
    runs, tables = [], []
    progress.stage("travel", len(layers))
    for layer in layers:
        at_rows, at_sites = rows(layer), sites(layer)
        found = run_layer(
            layer,
            inputs.roads.network(layer.profile, layer.direction),
            inputs.sites[layer.key],
            at_sites,
            inputs.points,
            at_rows,
            inputs.areas,
            horizon_ms=horizon_ms,
        )
        table = site_table(found, inputs.points, at_rows, inputs.areas, horizon_ms=horizon_ms)
        tables.append(table)
        runs.append(found)
        progress.step()
    return runs, tables


def check(
    study: Study, *, cache: Path | None = None, progress: Progress | None = None
) -> tuple[pd.DataFrame, list[InputCount]]:
    """Read and place everything without computing: the quality report and the input counts."""
    progress = progress or Progress()
    quality = QualityLog()
    progress.stage("read")
    inputs = read_inputs(study, quality, cache=cache)
    positions = _Snapping(study, inputs, quality)
    progress.stage("travel", len(study.layers))
    for layer in study.layers:
        positions.rows(layer)
        positions.sites(layer)
        progress.step()
    report_study(study, study.layers, inputs, positions.rows, positions.sites, quality)
    report_thoroughly(study, inputs, quality)
    return quality.frame(), quality.inputs


class _Snapping:
    """Positions of demand rows and sites, snapped once for each profile."""

    def __init__(self, study: Study, inputs: Inputs, quality: QualityLog) -> None:
        self._study = study
        self._inputs = inputs
        self._quality = quality
        self._snappers: dict[str, Snapper] = {}
        self._rows: dict[str, Positions] = {}
        self._sites: dict[str, Positions] = {}

    def _snapper(self, layer: Layer) -> Snapper:
        # A profile's edges, and so its positions, are the same in both directions.
        if layer.profile not in self._snappers:
            network = self._inputs.roads.network(layer.profile, layer.direction)
            self._snappers[layer.profile] = Snapper(self._inputs.roads.roads, network)
        return self._snappers[layer.profile]

    def rows(self, layer: Layer) -> Positions:
        """Positions of the demand rows for the layer's profile."""
        if layer.profile not in self._rows:
            points = self._inputs.points
            found = self._snap(layer, points.lon, points.lat)
            self._rows[layer.profile] = found
            self._report(found, self._study.demand_file, layer.profile)
        return self._rows[layer.profile]

    def sites(self, layer: Layer) -> Positions:
        """Positions of the layer's sites."""
        if layer.key not in self._sites:
            sites = self._inputs.sites[layer.key]
            found = self._snap(layer, sites["lon"].to_numpy(float), sites["lat"].to_numpy(float))
            self._sites[layer.key] = found
            self._report(found, self._study.layer_file(layer), layer.key)
        return self._sites[layer.key]

    def _snap(
        self,
        layer: Layer,
        lon: np.ndarray[tuple[int], np.dtype[np.float64]],
        lat: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Positions:
        return self._snapper(layer).snap(lon, lat, max_access_m=self._study.network.max_access_m)

    def _report(self, found: Positions, file: str, field: str) -> None:
        off = int((~found.on_network).sum())
        if off:
            self._quality.add("info", "off_network", file=file, field=field, value=off)


def _analysis(
    study: Study,
    inputs: Inputs,
    quality: QualityLog,
    runs: list[LayerRun],
    sites: list[pd.DataFrame],
    isochrones: list[gpd.GeoDataFrame],
) -> Analysis:
    """Join the layers' tables in the orders of the output contract."""
    areas, points = inputs.areas, inputs.points
    with_class = study.demand.class_ is not None
    demand = [demand_table(r, points, areas, with_class=with_class) for r in runs]
    units = [unit_table(r.layer.key, r.demand, r.site_unit, areas) for r in runs]
    gaps = [gap_table(r.layer.key, r.demand, r.sites, areas) for r in runs]
    gap_points = [gap_point_table(r.layer.key, r.demand, points, r.sites, areas) for r in runs]
    unit_rows = pd.concat(units, ignore_index=True)
    return Analysis(
        study=study,
        demand=_by_id(pd.concat(demand, ignore_index=True), ["demand_id"]),
        units=_by_id(unit_rows, ["unit_id", "level"]),
        gaps=pd.concat(gaps, ignore_index=True),
        gap_points=pd.concat(gap_points, ignore_index=True),
        sites=_by_id(pd.concat(sites, ignore_index=True), ["site_id"]),
        isochrones=gpd.GeoDataFrame(
            pd.concat(isochrones, ignore_index=True), geometry="geometry", crs="EPSG:4326"
        ),
        quality=quality.frame(),
        areas=areas.frame,
        summary=summarise(study, runs, points, areas, quality.inputs),
        points=points.frame.set_index("id"),
    )


def _by_id(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Order by id; the layers of one id keep the study's order, as the sort is stable."""
    return table.sort_values(columns, kind="stable").reset_index(drop=True)
