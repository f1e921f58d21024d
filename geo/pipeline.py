"""Runs the stages of the engine in order; `run` computes an `Analysis` from a `Study`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from geo.analysis import Analysis
from geo.base.errors import QuestionError
from geo.base.jobs import in_threads
from geo.base.progress import Progress
from geo.base.quality_log import InputCount, QualityLog
from geo.checks.catalogue import report_off_network, report_study, report_thoroughly
from geo.coverage.access_table import access_blocks
from geo.coverage.counted_layer import counted_layer
from geo.coverage.figures.capacity import with_capacity
from geo.coverage.figures.site_figures import with_site_sets
from geo.coverage.join import join_analysis, with_isochrones
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import sites_searched
from geo.equity.by_band import with_equity
from geo.inputs.alternative_roads import alternative_roads
from geo.inputs.read import Inputs, read_inputs
from geo.inputs.snapped import SnappedInputs
from geo.isochrones.land import with_land
from geo.isochrones.table import isochrone_table
from geo.parts.cutter import Place
from geo.parts.division import Division
from geo.parts.run import run_in_parts
from geo.questions.explorer import Explorer
from geo.questions.layer_runs import LayerRuns
from geo.study.limit import whole_ms
from geo.study.model import Layer, Study

__all__ = ["check", "open_explorer", "run"]


def run(
    study: Study,
    *,
    layers: Sequence[str] | None = None,
    per_site: bool = False,
    access_table: bool = False,
    access_minutes: float | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    division: Division | None = None,
    inputs: Inputs | None = None,
) -> Analysis:
    """Compute a study.

    Parameters
    ----------
    study : Study
    layers : sequence of str, optional
        Keys of the layers to compute; all layers by default.
    per_site : bool
        Whether to draw the isochrones of each site in addition to those of each layer.
    access_table : bool
        Give the analysis the rows of access.parquet (`Analysis.access`).
    access_minutes : float, optional
        The limit of the access table for all layers, at most the horizon. By default each layer has
        its own limit.
    cache : Path, optional
        Folder in which roads, networks and positions are kept between runs
        (`geo.base.cache.default_cache`). If None, nothing is cached.
    progress : Progress, optional
    division : Division, optional
        Compute the study in parts, possibly on other machines. The result is byte-identical.
    inputs : Inputs, optional
        As in `open_explorer`.

    Raises
    ------
    StudyError
        The study is invalid. The error contains all problems found in one pass.
    QuestionError
        `access_minutes` is not above 0 and at most the horizon (``access_minutes``).
    CancelledError
        The progress listener cancelled the run.

    Examples
    --------
    >>> import geo
    >>> analysis = geo.run(geo.load_study("mystudy"), layers=["station"])
    >>> station = analysis.summary["layers"]["station"]
    >>> station["share_by_presence"], station["share_by_time"]
    (0.5, 0.4)
    >>> analysis.gaps[["unit_id", "uncovered", "main_cause"]].to_numpy().tolist()
    [['U2', 2.0, 'too_far'], ['U1', 1.0, 'data_doubt']]
    """
    chosen = [study.layer(key) for key in layers] if layers is not None else list(study.layers)
    horizon = study.network.horizon_minutes
    if access_minutes is not None and not 0 < access_minutes <= horizon:
        raise QuestionError("access_minutes", value=f"{access_minutes:g}", horizon=f"{horizon:g}")
    progress = progress or Progress()
    inputs, quality = _read(study, inputs, cache, progress)
    snapped = SnappedInputs(study, inputs)
    horizon_ms = whole_ms(study.network.horizon_minutes)
    compute = _run_whole if division is None else partial(run_in_parts, division=division)
    moving = [layer for layer in chosen if layer.travels]
    found: Iterator[tuple[LayerRun, pd.DataFrame]] = iter(())
    if moving:
        searched = compute(
            moving, inputs, snapped.rows, snapped.sites, horizon_ms=horizon_ms, progress=progress
        )
        found = zip(*searched, strict=True)
    both = [next(found) if one.travels else counted_layer(one, inputs) for one in chosen]
    runs, sites = [run for run, _ in both], [table for _, table in both]
    inputs.roads.drop_grids()

    def tables() -> Analysis:
        report_off_network(study, chosen, snapped, quality)
        report_study(study, chosen, inputs, snapped.rows, snapped.sites, quality)
        return with_equity(join_analysis(study, inputs, quality, runs, sites))

    # The isochrones are drawn by compiled code that releases the interpreter lock, so the tables
    # are built at the same time.
    with ThreadPoolExecutor(1) as pool:
        joined = pool.submit(tables)
        progress.stage("isochrones", len(chosen))
        isochrones = []
        for one in runs:
            isochrones.append(isochrone_table(one, inputs.roads, per_site=per_site))
            progress.step()
        progress.stage("tables")
        analysis = with_land(with_isochrones(joined.result(), isochrones), inputs)
    if not access_table:
        return analysis
    pairs = partial(
        access_blocks,
        [one for one in runs if one.layer.travels],
        inputs.points,
        snapped.rows,
        horizon_ms=horizon_ms,
        minutes=access_minutes,
    )
    return replace(analysis, access=pairs)


def _read(
    study: Study, inputs: Inputs | None, cache: Path | None, progress: Progress
) -> tuple[Inputs, QualityLog]:
    """The inputs, read unless they are given, and a quality report that may be added to."""
    if inputs is not None:
        known = inputs.quality
        log = QualityLog(rows=list(known.rows), inputs=list(known.inputs), names=study.origins)
        return inputs, log
    quality = QualityLog(names=study.origins)
    progress.stage("read")
    with quality.kept_on_error():
        return read_inputs(study, quality, cache=cache), quality


def _run_whole(
    layers: Sequence[Layer],
    inputs: Inputs,
    rows: Place,
    sites: Place,
    *,
    horizon_ms: int,
    progress: Progress,
) -> tuple[list[LayerRun], list[pd.DataFrame]]:
    """Compute the run and the rows of sites.csv of all layers, without division into parts."""
    progress.stage("travel", len(layers))
    # Layers of the same profile share their snapped positions, so snapping runs layer by layer.
    places = [
        (inputs.roads.network(layer.profile, layer.direction), rows(layer), sites(layer))
        for layer in layers
    ]

    # Much of the work of a layer uses one thread, so two layers are computed at the same time.
    threads = 1 if len(layers) > 1 else 2

    def travel(number: int) -> tuple[LayerRun, pd.DataFrame]:
        layer, (network, at_rows, at_sites) = layers[number], places[number]
        found = run_layer(
            layer,
            network,
            inputs.sites[layer.key],
            at_sites,
            inputs.points,
            at_rows,
            inputs.areas,
            horizon_ms=horizon_ms,
            threads=threads,
        )
        found = with_capacity(found, inputs.points, at_rows, horizon_ms=horizon_ms, threads=threads)
        found = with_site_sets(
            found, inputs.points, at_rows, horizon_ms=horizon_ms, threads=threads
        )
        return sites_searched(
            found, inputs.points, at_rows, inputs.areas, horizon_ms=horizon_ms, threads=threads
        )

    found = in_threads(travel, range(len(layers)), progress)
    return [run for run, _ in found], [table for _, table in found]


def open_explorer(
    study: Study,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    inputs: Inputs | None = None,
) -> Explorer:
    """Read a study once, so that questions about it are answered quickly.

    A layer is snapped and searched at the first question about it, or earlier by
    `Explorer.prepare`.

    Parameters
    ----------
    study : Study
    cache : Path, optional
        As in `run`.
    progress : Progress, optional
    inputs : Inputs, optional
        Inputs that have already been read and may have been changed. Scenarios and sensitivity
        analyses read a study once and vary it. By default the inputs are read here.

    Raises
    ------
    StudyError
        The study is invalid.

    Examples
    --------
    >>> import geo
    >>> explorer = geo.open_explorer(geo.load_study("mystudy"))
    >>> trial = explorer.change("station", added=[(114.32, 30.5)])
    >>> trial.share_before, trial.share_after
    (0.4, 0.8)
    >>> explorer.from_here(114.31, 30.5)[0].minutes
    14.4
    """
    if inputs is None:
        (progress or Progress()).stage("read")
        quality = QualityLog(names=study.origins)
        with quality.kept_on_error():
            inputs = read_inputs(study, quality, cache=cache)
    return Explorer(LayerRuns(study, inputs, SnappedInputs(study, inputs)))


def check(
    study: Study,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    inputs: Inputs | None = None,
) -> tuple[pd.DataFrame, list[InputCount]]:
    """Read and check a study and snap its points, without computing travel times.

    Parameters
    ----------
    study : Study
    cache, progress, inputs
        As in `open_explorer`.

    Returns
    -------
    quality : pd.DataFrame
        The quality report: severity, file, row, field, problem, action, value.
    inputs : list of InputCount
        For each file: number of rows, of used rows and of rejected rows.

    Raises
    ------
    StudyError
        The study is invalid. The error contains all problems found in one pass.

    Examples
    --------
    >>> import geo
    >>> quality, inputs = geo.check(geo.load_study("mystudy"))
    >>> quality["problem"].tolist()
    ['network_without_footways', 'off_network', 'off_network']
    >>> [(count.file, count.rows_used) for count in inputs[:2]]
    [('units.geojson', 2), ('estates.csv', 5)]
    """
    progress = progress or Progress()
    inputs, quality = _read(study, inputs, cache, progress)
    snapped = SnappedInputs(study, inputs)
    moving = [layer for layer in study.layers if layer.travels]
    progress.stage("travel", len(moving))
    for layer in moving:
        snapped.rows(layer)
        snapped.sites(layer)
        progress.step()
    report_off_network(study, study.layers, snapped, quality)
    report_study(study, study.layers, inputs, snapped.rows, snapped.sites, quality)
    report_thoroughly(study, inputs, quality)
    # Not read by a run, but a file of the study that must be readable.
    alternative_roads(study, quality, cache=cache)
    return quality.frame(), quality.named_inputs()
