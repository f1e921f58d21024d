"""Computes a study in parts: the task for one part, and the driver of all parts.

The driver decides `cut_off` on the whole network, cuts the parts, submits them, and merges their
rows into the demand of each layer. Units, gaps and summaries are then computed by the same
functions as in a run without division. Isochrones depend only on the bands of the layer. They are
drawn on the whole network, not in parts.
"""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sums
from geo.base.progress import Progress
from geo.coverage.figures.capacity import with_capacity
from geo.coverage.figures.site_figures import with_site_sets
from geo.coverage.layer_run import LayerRun, assemble_run, find_demand
from geo.coverage.tables import (
    SiteSums,
    points_within,
    site_rows,
    summed_values,
    with_counts,
)
from geo.inputs.read import Inputs
from geo.network.network import Network
from geo.network.positions import Positions
from geo.parts.cutter import Place, StudyCutter, graph_of
from geo.parts.division import Division, DivisionReport, PartCost, divide
from geo.parts.files import PartResult, SiteTerms, read_part, read_result, write_result
from geo.rules import rule_of
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import limit_bound_ms
from geo.search.seeds import Seeds, place_sites
from geo.search.site_union import SiteUnion
from geo.search.times import node_metres
from geo.study.model import Layer

__all__ = ["compute_here", "run_in_parts", "run_part"]

_RESULTS = "results"


def run_part(folder: str) -> PartCost:
    """Compute the part in `folder`; this is the task of a worker.

    The results are written to the results folder next to `folder`. If a part is computed twice, the
    files are the same.
    """
    began = time.process_time()
    part = read_part(Path(folder))
    found: dict[str, PartResult] = {}
    for one in part.layers:
        network, rows = part.networks[one.graph], part.rows[one.graph]
        seeds = place_sites(network, one.sites, delay_ms=one.delay_ms)
        _, _, demand = find_demand(
            one.layer,
            network,
            seeds,
            part.points,
            rows,
            served=one.served,
            horizon_ms=part.horizon_ms,
            threads=1,
            joined=one.joined,
        )
        first, listed = points_within(
            one.layer,
            network,
            seeds,
            demand,
            part.points,
            rows,
            served=one.served,
            horizon_ms=part.horizon_ms,
            threads=1,
        )
        demand = with_counts(demand, listed)
        sums = {}
        for name, values in summed_values(demand, listed, at_least=one.layer.sites_needed).items():
            site, terms = _terms(values, first)
            sums[name] = SiteTerms(one.rank[seeds.rank[site]], terms)
        found[one.layer.key] = PartResult(_in_whole(demand, part.point, one.rank), sums)
    write_result(_result_of(Path(folder)), Path(folder), part, found)
    return PartCost(time.process_time() - began, _peak_bytes())


def _in_whole(
    demand: LayerDemand, point: NDArray[np.int64], rank: NDArray[np.int64]
) -> LayerDemand:
    """Return the same rows with the point and site numbers of the whole study."""
    owner = np.append(rank, -1)[demand.rank]
    return LayerDemand(**{**vars(demand), "point": point[demand.point], "rank": owner})


def _terms(
    values: NDArray[np.float64], first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each site, a few terms with the exact sum of ``values[first[i]:first[i + 1]]``.

    One rounded sum for each part would not be enough: rounded sums of parts do not always add up to
    the rounded sum of the whole.

    Returns
    -------
    sites : int64 (t)
        The site of each term.
    terms : float64 (t)
    """
    if np.all(values == np.floor(values)) and np.abs(values).sum() < 2**53:
        return np.arange(len(first) - 1), exact_sums(values, first)
    sites, terms = [], []
    for site, (a, b) in enumerate(pairwise(first)):
        rest = values[a:b].tolist()
        while (term := math.fsum(rest)) != 0.0:
            sites.append(site)
            terms.append(term)
            rest.append(-term)
    return np.array(sites, np.int64), np.array(terms, np.float64)


def _peak_bytes() -> int:
    """Return the peak memory of this process so far, or 0 if the system does not report it."""
    try:
        # In a worker, getrusage would return the peak of the process that started it.
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    kilobytes = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(kilobytes[1]) * 1024 if kilobytes else 0


def _result_of(folder: Path) -> Path:
    return folder.parent / _RESULTS / f"{folder.name}.parquet"


def compute_here(folders: Iterator[Path], progress: Progress) -> Iterator[tuple[Path, PartCost]]:
    """Compute the parts one by one in this process, with memory for one part at a time."""
    for folder in folders:
        yield folder, run_part(str(folder))


def run_in_parts(
    layers: Sequence[Layer],
    inputs: Inputs,
    rows: Place,
    sites: Place,
    *,
    division: Division,
    horizon_ms: int,
    progress: Progress,
) -> tuple[list[LayerRun], list[pd.DataFrame]]:
    """Compute all layers in parts and return their runs and rows of sites.csv.

    The results are those of `geo.coverage.layer_run` and `geo.coverage.tables` without division.

    Parameters
    ----------
    rows, sites : Callable
        Return the positions of the demand rows and of the sites on the network of a layer.
    """
    progress.stage("cut")
    cutter = StudyCutter(layers, inputs, rows, sites, horizon_ms=horizon_ms)
    parts = divide(inputs.points, inputs.areas, division.count)
    (division.folder / _RESULTS).mkdir()
    progress.stage("parts", len(parts))
    keys = [layer.key for layer in layers]
    found: list[dict[str, PartResult]] = []
    costs: dict[Path, PartCost] = {}
    for folder, cost in division.compute(cutter.cut(parts, division.folder), progress):
        found.append(read_result(_result_of(folder), inputs.points.unit, keys))
        costs[folder] = cost
        shutil.rmtree(folder, ignore_errors=True)
        progress.step()
    in_order = tuple(costs[folder] for folder in sorted(costs))
    division.reports.append(
        DivisionReport(tuple(cutter.sizes), in_order, cutter.whole(), cutter.seconds)
    )
    runs, tables = [], []
    for layer in layers:
        mine = [part[layer.key] for part in found]
        network, seeds = cutter.networks[graph_of(layer)], cutter.seeds[layer.key]
        run = _whole_run(layer, network, seeds, sites(layer), _joined(mine), inputs)
        # Demand on both sides of a cut competes for the same sites, so this is done on the whole.
        run = with_capacity(run, inputs.points, rows(layer), horizon_ms=horizon_ms)
        run = with_site_sets(run, inputs.points, rows(layer), horizon_ms=horizon_ms)
        runs.append(run)
        tables.append(site_rows(run, _merged_sums(run, mine), inputs.areas))
    return runs, tables


def _joined(found: list[PartResult]) -> LayerDemand:
    """Merge the demand of one layer from all parts, ordered by id as without division."""
    order = np.argsort(np.concatenate([part.demand.point for part in found]))
    columns = {
        f.name: np.concatenate([getattr(part.demand, f.name) for part in found])[order]
        for f in fields(LayerDemand)
    }
    return LayerDemand(**columns)


def _whole_run(
    layer: Layer,
    network: Network,
    seeds: Seeds,
    positions: Positions,
    demand: LayerDemand,
    inputs: Inputs,
) -> LayerRun:
    """Build the run of a layer from its merged demand. The search is for isochrones only."""
    longest = layer.limit.with_value(max([*layer.bands, layer.limit.value]))
    reach_ms = limit_bound_ms(network, longest, 2**31)
    union = SiteUnion(network, seeds, horizon_ms=reach_ms, near_ms=reach_ms)
    sites = inputs.sites[layer.key]
    return assemble_run(
        layer, network, sites, positions, inputs.areas,
        seeds=seeds, union=union, metres=node_metres(network, seeds, union.label), demand=demand,
        served=rule_of(layer.rule).served(layer, sites, inputs.areas),
    )  # fmt: skip


def _merged_sums(run: LayerRun, found: list[PartResult]) -> SiteSums:
    """Return the sums of each used site: the exact sums of the terms of all parts."""

    def merged(name: str) -> NDArray[np.float64]:
        rank = np.concatenate([part.sums[name].rank for part in found])
        order = np.argsort(rank, kind="stable")
        terms = np.concatenate([part.sums[name].value for part in found])[order]
        cuts = np.searchsorted(rank[order], np.append(run.seeds.rank, len(run.sites)))
        return exact_sums(terms, cuts)

    return SiteSums(**{field.name: merged(field.name) for field in fields(SiteSums)})
