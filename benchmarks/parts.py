"""What cutting a province into parts costs, and that it changes nothing: `docs/scale.md`.

    python benchmarks/parts.py --nodes 1100000 --parts 16 --workers 2
    python benchmarks/parts.py --nodes 1100000 --profile drive --horizon 60

A province of `benchmarks/run.py`'s kind (tiled streets; units, villages, raster cells and sites in
proportion to its nodes) is computed in parts on local workers, then in one piece, and the tables
are compared as the bytes of their files. Isochrones and result files are left out: they are the
same work either way.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from cases_province import cache_graph, write_province
from worlds import heidelberg, tiled

from geo.base.progress import Progress
from geo.base.quality_log import QualityLog
from geo.coverage.gap_tables import gap_table
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import demand_table, sites_searched
from geo.coverage.unit_table import unit_table
from geo.inputs.read import Inputs, read_inputs
from geo.network.positions import Positions
from geo.network.snapping import Snapper
from geo.parts.dask_workers import divided
from geo.parts.division import DivisionReport
from geo.parts.run import run_in_parts
from geo.study.limit import whole_ms
from geo.study.load import load_study
from geo.study.model import Layer, Study
from layers.export.csv import csv_bytes


class Snapped:
    """Positions of demand and sites, found once."""

    def __init__(self, study: Study, inputs: Inputs) -> None:
        first = study.layers[0]
        network = inputs.roads.network(first.profile, first.direction)
        snapper = Snapper(inputs.roads.roads, network.road)
        limit_m = study.network.max_access_m
        points = inputs.points
        self._rows = snapper.snap(points.lon, points.lat, max_access_m=limit_m)
        self._sites = {
            key: snapper.snap(
                table["lon"].to_numpy(float), table["lat"].to_numpy(float), max_access_m=limit_m
            )
            for key, table in inputs.sites.items()
        }

    def rows(self, layer: Layer) -> Positions:
        return self._rows

    def sites(self, layer: Layer) -> Positions:
        return self._sites[layer.key]


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="quarterhour-bench-") as name:
        root = Path(name)
        study = _province(root, args)
        clock = _Clock()
        inputs = read_inputs(study, QualityLog(), cache=root / "cache")
        clock.says("read")
        snapped = Snapped(study, inputs)
        clock.says("snap")
        horizon_ms = whole_ms(study.network.horizon_minutes)
        with divided(root / "out", count=args.workers, parts=args.parts) as division:
            assert division is not None
            clock.says("start workers")
            cut = run_in_parts(
                study.layers,
                inputs,
                snapped.rows,
                snapped.sites,
                division=division,
                horizon_ms=horizon_ms,
                progress=Progress(),
            )
            clock.says("in parts")
            found = (division.folder / "results").iterdir()
            print(f"rows of the parts: {sum(path.stat().st_size for path in found) / 1e6:.0f} MB")
        _report(division.reports[0])
        whole = _in_one_piece(study, inputs, snapped, horizon_ms)
        clock.says("in one piece")
        same = [_bytes(*one, inputs) for one in (cut, whole)]
        print("tables in parts and in one piece:", "same" if same[0] == same[1] else "DIFFERENT")
        sys.exit(same[0] != same[1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1_100_000)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--profile", default="walk")
    parser.add_argument("--horizon", type=float, default=120.0, help="minutes")
    return parser.parse_args()


def _province(root: Path, args: argparse.Namespace) -> Study:
    """In the proportions of a real one: Hubei has 1,220 townships and 27,000 villages."""
    roads = tiled(heidelberg()[1], args.nodes)
    share = args.nodes / 5_000_000
    counts = {"units": 1_220, "villages": 27_000, "cells": 1_000_000, "sites": 15_000}
    scaled = {name: max(int(count * share), 3) for name, count in counts.items()}
    folder = write_province(root / "study", roads, **scaled)
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8").replace('"walk"', f'"{args.profile}"')
    text = text.replace("[network]", f"[network]\nhorizon_minutes = {args.horizon}")
    toml.write_text(text, encoding="utf-8")
    cache_graph(folder, roads, root / "cache")
    low, high = roads.node_lonlat.min(axis=0), roads.node_lonlat.max(axis=0)
    size_km = (high - low) * 111.2
    print(f"{roads.node_count:,} nodes, {len(roads):,} edges,", end=" ")
    print(f"{size_km[0]:.0f} × {size_km[1]:.0f} km;", scaled)
    return load_study(folder)


class _Clock:
    """Says what each stage took, and the peak memory of this process so far."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def says(self, stage: str) -> None:
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{stage}: {now - self._began:.1f} s (driver's peak {peak:,.0f} MB)", flush=True)
        self._began = now


def _report(report: DivisionReport) -> None:
    cpu = np.array([cost.cpu_s for cost in report.costs])
    peak = max(cost.peak_bytes for cost in report.costs) / 1e6
    stored = np.array([size.stored_bytes for size in report.sizes]) / 1e6
    print(f"parts {len(cpu)}: {cpu.sum():.1f} core-s, at most {cpu.max():.1f}; cutting ", end="")
    print(f"{report.cut_s:.1f} core-s; worker's peak {peak:,.0f} MB; ", end="")
    print(f"files {stored.sum():,.0f} MB, at most {stored.max():,.0f} a part")
    for minutes in report.whole.edges_within:
        shares = report.shares(minutes)
        edges = shares * report.whole.edges
        print(f"horizon {minutes:g} min: {edges.mean():,.0f} edges a part, ", end="")
        print(f"{shares.mean():.1%} of all ({shares.min():.1%} to {shares.max():.1%})")


def _in_one_piece(
    study: Study, inputs: Inputs, snapped: Snapped, horizon_ms: int
) -> tuple[list[LayerRun], list[pd.DataFrame]]:
    runs, tables = [], []
    for layer in study.layers:
        network = inputs.roads.network(layer.profile, layer.direction)
        rows, sites = snapped.rows(layer), snapped.sites(layer)
        table, points, areas = inputs.sites[layer.key], inputs.points, inputs.areas
        run = run_layer(layer, network, table, sites, points, rows, areas, horizon_ms=horizon_ms)
        run, table = sites_searched(run, points, rows, areas, horizon_ms=horizon_ms)
        runs.append(run)
        tables.append(table)
    return runs, tables


def _bytes(runs: list[LayerRun], sites: list[pd.DataFrame], inputs: Inputs) -> list[bytes]:
    points, areas = inputs.points, inputs.areas
    found = [csv_bytes(table) for table in sites]
    for run in runs:
        key = run.layer.key
        found.append(csv_bytes(demand_table(run, points, areas, with_class=False)))
        found.append(csv_bytes(unit_table(key, run.demand, run.site_unit, areas)))
        found.append(csv_bytes(gap_table(key, run.demand, run.sites, areas)))
    return found


if __name__ == "__main__":
    main()
