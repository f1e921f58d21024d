"""A synthetic province, from files to results: what a provincial bureau would run.

Tiled streets, a grid of units, villages and raster cells as demand, three layers of sites. The
graph is in the cache (its building is measured by itself); reading every table, snapping,
searching, isochrones, tables and all output files are in the time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely
from measure import OURS, Table
from worlds import heidelberg, tiled

from geo.base.quality_log import InputCount, QualityLog
from geo.coverage.access_table import ACCESS_SCHEMA
from geo.inputs import road_source
from geo.pipeline import run
from geo.roads.roads import Roads
from geo.study.load import load_study

__all__ = ["access_table", "cache_graph", "doubling", "province", "write_province"]

_STUDY = """
[study]
name = "Synthetic province"
locale = "en"
[units]
path = "units.geojson"
level = "township"
parents = ["county"]
[demand]
path = "demand.csv"
weight = "population"
[network]
path = "roads.parquet"
"""
_LAYER = """
[[layers]]
key = "layer_{n}"
path = "sites_{n}.csv"
profile = "walk"
minutes = 15
bands = [5, 10]
"""
# Runs in a process of its own, so that its peak memory is the run's alone. Not getrusage: its peak
# begins with that of the process that started this one.
_RUN = """
import json, re, sys, time
from pathlib import Path
from geo.base.progress import Progress
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import write_results

def memory_mb(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def next_stage(name):
    now = time.perf_counter()
    if stages:
        stages[-1] += [now - stages[-1].pop(), memory_mb("VmHWM"), memory_mb("RssAnon")]
    stages.append([name, now])
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    except OSError:
        pass

stages = []
progress = Progress(lambda state: next_stage(state.stage) if state.done == 0 else None)
begin = time.perf_counter()
analysis = run(load_study(sys.argv[1]), cache=Path(sys.argv[2]), progress=progress)
computed = time.perf_counter() - begin
write_results(analysis, Path(sys.argv[3]), progress=progress)
whole = time.perf_counter() - begin
next_stage("")
print(json.dumps({"computed": computed, "whole": whole, "stages": stages[:-1]}))
"""
_PROFILE = ("stage", "seconds", "peak, MB", "own memory at its end (without mapped files), MB")


def province(
    table: Table,
    *,
    nodes: int,
    units: int,
    villages: int,
    cells: int,
    sites: int,
    twice: bool = True,
) -> float:
    """The whole run, with its peak memory, after the graph has been cached; its seconds.

    With `twice`, a second run, which finds the points' positions in the cache, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        roads = tiled(heidelberg()[1], nodes)
        study = write_province(
            root / "study", roads, units=units, villages=villages, cells=cells, sites=sites
        )
        cache = root / "cache"
        begin = time.perf_counter()
        cache_graph(study, roads, cache)
        build_s = time.perf_counter() - begin
        del roads
        found = _run(study, cache, root / "out")
        again = _run(study, cache, root / "out") if twice else None
    stages = found["stages"]
    peak_mb = max(stage[2] for stage in stages)
    place = f"{nodes:,} nodes, {villages + cells:,} demand, {sites:,} sites"
    size = f"{place}, {units:,} units, 3 layers, peak {peak_mb:,.0f} MB"
    table.add("province: arrays to a saved graph", f"{nodes:,} nodes", OURS, build_s)
    table.add("province: run, without writing", size, OURS, found["computed"])
    table.add("province: run and all files", size, OURS, found["whole"])
    if again is not None:
        table.add("province: the same once more, points placed", size, OURS, again["whole"])
    for name, seconds, stage_mb, own_mb in stages:
        cells_of = (name, f"{seconds:.1f}", f"{stage_mb:,.0f}", f"{own_mb:,.0f}")
        table.section(f"Memory profile: province of {place}", _PROFILE, cells_of)
    whole: float = found["whole"]
    return whole


def access_table(table: Table, *, nodes: int, villages: int, sites: int) -> None:
    """Every pair of site and demand point within 15 minutes on foot: searched and written."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        roads = tiled(heidelberg()[1], nodes)
        study = write_province(
            root / "study", roads, units=60, villages=villages, cells=0, sites=3 * sites
        )
        cache_graph(study, roads, root / "cache")
        del roads
        analysis = run(
            load_study(study), layers=["layer_0"], access_table=True, cache=root / "cache"
        )
        assert analysis.access is not None
        for _ in range(2):  # the first time loads compiled code
            begin, pairs = time.perf_counter(), 0
            with pq.ParquetWriter(root / "access.parquet", ACCESS_SCHEMA) as writer:
                for block in analysis.access():
                    writer.write_table(block)
                    pairs += block.num_rows
            took = time.perf_counter() - begin
    size = f"{nodes:,} nodes, {sites:,} sites, {villages:,} demand, {pairs:,} pairs"
    table.add("access table of a layer, written", size, OURS, took)


def doubling(table: Table) -> None:
    """One of nodes, demand and sites halved, the others whole: what a doubling of it costs."""
    base = {"nodes": 1_100_000, "villages": 27_000, "cells": 200_000, "sites": 3_300}
    halves = {
        "nodes": {"nodes": 550_000},
        "demand": {"villages": 13_500, "cells": 100_000},
        "sites": {"sites": 1_650},
    }
    whole = province(table, units=1_220, **base)
    head = ("doubled", "run before, s", "run after, s", "cost (2 is linear)")
    for name, halved in halves.items():
        half = province(table, units=1_220, twice=False, **(base | halved))
        cells = (name, f"{half:.1f}", f"{whole:.1f}", f"{whole / half:.2f}×")
        table.section("Cost per doubling", head, cells)


def _run(study: Path, cache: Path, out: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(study), str(cache), str(out)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def cache_graph(study: Path, roads: Roads, cache: Path) -> None:
    """Put the tiled roads where the reader's result would be."""
    read = road_source.read_roads

    def tiles(study, quality):  # type: ignore[no-untyped-def]
        rows = len(roads)
        quality.inputs.append(InputCount("network", "roads.parquet", "", rows, rows, 0))
        return roads

    road_source.read_roads = tiles
    try:
        loaded = load_study(study)
        source = road_source.RoadSource(loaded, QualityLog(), cache=cache)
        source.network("walk", "to")
    finally:
        road_source.read_roads = read


def write_province(
    folder: Path, roads: Roads, *, units: int, villages: int, cells: int, sites: int
) -> Path:
    """Write a study folder over `roads`; returns it."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    low, high = roads.node_lonlat.min(axis=0), roads.node_lonlat.max(axis=0)
    (folder / "roads.parquet").write_bytes(b"in the cache")
    _write_units(folder / "units.geojson", low, high, units)
    at = roads.node_lonlat[random.integers(0, roads.node_count, villages)]
    lonlat = [at + random.normal(0, 0.001, at.shape)]
    population = [random.integers(50, 3_000, villages)]
    side = max(1, int(np.sqrt(cells)))
    x, y = np.meshgrid(np.linspace(low[0], high[0], side), np.linspace(low[1], high[1], side))
    lonlat.append(np.column_stack([x.ravel(), y.ravel()]))
    population.append(random.integers(0, 200, side * side))
    _write_points(folder / "demand.csv", np.concatenate(lonlat), np.concatenate(population))
    toml = _STUDY
    for n in range(3):
        count = sites // 3
        at = roads.node_lonlat[random.integers(0, roads.node_count, count)]
        _write_points(folder / f"sites_{n}.csv", at + random.normal(0, 0.0003, at.shape), None)
        toml += _LAYER.format(n=n)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder


def _write_points(path: Path, lonlat: np.ndarray, population: np.ndarray | None) -> None:
    lines = ["id,name,lon,lat" + (",population" if population is not None else "")]
    for i, (lon, lat) in enumerate(lonlat):
        line = f"P{i:07d},point {i},{lon:.7f},{lat:.7f}"
        lines.append(line if population is None else f"{line},{population[i]}")
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_units(path: Path, low: np.ndarray, high: np.ndarray, units: int) -> None:
    columns = int(np.ceil(np.sqrt(units)))
    rows = int(np.ceil(units / columns))
    x = np.linspace(low[0] - 1e-3, high[0] + 1e-3, columns + 1)
    y = np.linspace(low[1] - 1e-3, high[1] + 1e-3, rows + 1)
    features = []
    for n in range(units):
        i, j = n % columns, n // columns
        polygon = shapely.box(x[i], y[j], x[i + 1], y[j + 1])
        features.append(
            {
                "type": "Feature",
                "properties": {"id": f"{n:06d}", "name": f"unit {n}", "county": f"c{n // 12}"},
                "geometry": json.loads(shapely.to_geojson(polygon)),
            }
        )
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection), encoding="utf-8")
