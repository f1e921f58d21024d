"""`run(study) -> Analysis`: composes the stages; nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from geo.analysis import Analysis
from geo.base.jobs import in_threads
from geo.base.progress import Progress
from geo.base.quality_log import InputCount, QualityLog
from geo.checks.catalogue import report_off_network, report_study, report_thoroughly
from geo.coverage.join import join_analysis, with_isochrones
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import site_table
from geo.inputs.read import Inputs, read_inputs
from geo.inputs.snapped import SnappedInputs
from geo.isochrones.table import isochrone_table
from geo.parts.cutter import Place
from geo.parts.division import Division
from geo.parts.run import run_in_parts
from geo.questions.explorer import Explorer
from geo.study.limit import whole_ms
from geo.study.model import Layer, Study

__all__ = ["check", "open_explorer", "run"]


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
        Where roads and graphs are kept between runs (`geo.base.cache.default_cache`), None:
        nowhere.
    progress : Progress, optional
    division : Division, optional
        Compute in parts, on other machines perhaps; the result is the same to the byte.

    Raises
    ------
    StudyError
        The study is wrong; every problem found in one pass is in the error.
    CancelledError
        The listener asked to stop.

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
    progress = progress or Progress()
    quality = QualityLog()
    progress.stage("read")
    inputs = read_inputs(study, quality, cache=cache)
    snapped = SnappedInputs(study, inputs)
    horizon_ms = whole_ms(study.network.horizon_minutes)
    compute = _run_whole if division is None else partial(run_in_parts, division=division)
    runs, sites = compute(
        chosen, inputs, snapped.rows, snapped.sites, horizon_ms=horizon_ms, progress=progress
    )
    inputs.roads.drop_grids()

    def tables() -> Analysis:
        report_off_network(study, chosen, snapped, quality)
        report_study(study, chosen, inputs, snapped.rows, snapped.sites, quality)
        return join_analysis(study, inputs, quality, runs, sites)

    # Compiled code draws without the interpreter, in which the tables are put together meanwhile.
    with ThreadPoolExecutor(1) as pool:
        joined = pool.submit(tables)
        progress.stage("isochrones", len(chosen))
        isochrones = []
        for found in runs:
            isochrones.append(isochrone_table(found, inputs.roads, per_site=per_site))
            progress.step()
        progress.stage("tables")
        return with_isochrones(joined.result(), isochrones)


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
    progress.stage("travel", len(layers))
    # Snapping fills the cache of the profile, and so goes layer by layer.
    places = [
        (inputs.roads.network(layer.profile, layer.direction), rows(layer), sites(layer))
        for layer in layers
    ]

    # Much of a layer's work is on one thread, so that two layers go beside each other.
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
        table = site_table(
            found, inputs.points, at_rows, inputs.areas, horizon_ms=horizon_ms, threads=threads
        )
        return found, table

    found = in_threads(travel, range(len(layers)), progress)
    return [run for run, _ in found], [table for _, table in found]


def open_explorer(
    study: Study,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    inputs: Inputs | None = None,
) -> Explorer:
    """Read and snap a study once, so that questions about it are answered at once.

    A layer is searched when it is first asked for (`Explorer.prepare` does it beforehand).

    Parameters
    ----------
    study : Study
    cache : Path, optional
        As in `run`.
    progress : Progress, optional
    inputs : Inputs, optional
        What has been read already, perhaps changed: scenarios and sensitivity read a study once
        and vary it. They are read here otherwise.

    Raises
    ------
    StudyError
        The study is wrong.

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
        inputs = read_inputs(study, QualityLog(), cache=cache)
    return Explorer(study, inputs, SnappedInputs(study, inputs))


def check(
    study: Study, *, cache: Path | None = None, progress: Progress | None = None
) -> tuple[pd.DataFrame, list[InputCount]]:
    """Read a study and place its points without computing any travel time.

    Returns
    -------
    quality : pd.DataFrame
        The quality report: severity, file, row, field, problem, action, value.
    inputs : list of InputCount
        For every file: rows in it, rows used, rows set aside.

    Raises
    ------
    StudyError
        The study is wrong; every problem found in one pass is in the error.

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
    quality = QualityLog()
    progress.stage("read")
    inputs = read_inputs(study, quality, cache=cache)
    snapped = SnappedInputs(study, inputs)
    progress.stage("travel", len(study.layers))
    for layer in study.layers:
        snapped.rows(layer)
        snapped.sites(layer)
        progress.step()
    report_off_network(study, study.layers, snapped, quality)
    report_study(study, study.layers, inputs, snapped.rows, snapped.sites, quality)
    report_thoroughly(study, inputs, quality)
    return quality.frame(), quality.inputs
