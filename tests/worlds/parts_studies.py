"""Studies that are computed in one piece and in parts, and the bytes that must be the same.

Plain helpers, no tests.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis import Analysis
from geo.parts.division import Division, DivisionReport
from geo.parts.run import compute_here
from geo.pipeline import run
from geo.study.load import load_study
from geo.study.model import Study
from layers.export.csv import csv_bytes
from tests.worlds.streets import SHARED

POA = SHARED / "poa"
TABLES = ("demand", "units", "gaps", "gap_points", "sites", "quality", "equity")


def contents(analysis: Analysis) -> dict[str, Any]:
    """All that a run found, as bytes and plain values."""
    found: dict[str, Any] = {name: csv_bytes(getattr(analysis, name)) for name in TABLES}
    shapes = analysis.isochrones
    found["isochrones"] = csv_bytes(pd.DataFrame(shapes.drop(columns="geometry")))
    found["shapes"] = shapes.geometry.to_wkb().tolist()
    # NaN is no NaN's equal; the text of it is.
    found["summary"] = repr(analysis.summary)
    return found


def in_parts(
    study: Study, count: int, folder: Path, cache: Path | None, compute: Any = compute_here
) -> tuple[Analysis, DivisionReport]:
    """A run in parts, with its report; the parts' folder is empty afterwards but for results."""
    folder.mkdir(parents=True)
    division = Division(count, folder, compute)
    analysis = run(study, cache=cache, division=division)
    assert [path.name for path in folder.iterdir()] == ["results"]
    return analysis, division.reports[0]


def differing(one: Analysis, other: Analysis) -> list[str]:
    """Names of what is not the same to the byte."""
    a, b = contents(one), contents(other)
    return [name for name in a if a[name] != b[name]]


def squares(
    west: float, south: float, east: float, north: float, *, columns: int, rows: int
) -> gpd.GeoDataFrame:
    """A grid of units with two levels above; the last square is left out."""
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    at = [(i, j) for j in range(rows) for i in range(columns)][:-1]
    return gpd.GeoDataFrame(
        {
            "id": [f"U{j:02d}{i:02d}" for i, j in at],
            "name": [f"街道{i}-{j}" for i, j in at],
            "county": [f"县{i // 2}" for i, _ in at],
            "city": ["市辖区" if j < rows // 2 else "外市" for _, j in at],
        },
        geometry=[shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i, j in at],
        crs="EPSG:4326",
    )


def poa_study(folder: Path) -> Study:
    """Porto Alegre on foot and by car, to and from, with weights that do not add up exactly."""
    folder.mkdir()
    shutil.copyfile(POA / "poa_osm.pbf", folder / "roads.osm.pbf")
    cells = pd.read_csv(POA / "poa_hexgrid.csv", dtype={"id": str})
    cells["name"] = cells["id"]
    cells["tenths"] = cells["population"] / 10
    cells.to_csv(folder / "cells.csv", index=False)
    cells[cells["healthcare"] > 0].to_csv(folder / "clinics.csv", index=False)
    box = (cells["lon"].min(), cells["lat"].min(), cells["lon"].max(), cells["lat"].max())
    squares(*box, columns=7, rows=9).to_file(folder / "units.geojson")
    layers = "".join(
        f"""
[[layers]]
key = "{profile}_{direction}"
path = "clinics.csv"
profile = "{profile}"
direction = "{direction}"
minutes = {minutes}
"""
        for profile, minutes in (("walk", 15), ("drive", 5))
        for direction in ("to", "from")
    )
    return _study(folder, "cells.csv", "tenths", "roads.osm.pbf", 30, layers)


def province_study(folder: Path, *, seed: int = 5, side: int = 40) -> Study:
    """A made-up province: `side` × `side` crossings with everything that roads can have.

    One-ways, private ways, parallel streets, an island, dead ends; estates with several gates, a
    filter by class, points outside every unit and off the roads, sites in the same place.
    """
    folder.mkdir()
    rng = np.random.default_rng(seed)
    step = 0.0025
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    at = np.column_stack([114.0 + step * x.ravel(), 30.0 + step * y.ravel()])
    at += rng.uniform(-step / 4, step / 4, at.shape)
    right = [(n, n + 1) for n in range(side * side) if n % side < side - 1]
    up = [(n, n + side) for n in range(side * (side - 1))]
    pairs = np.array(right + up)
    pairs = pairs[rng.random(len(pairs)) < 0.85]
    pairs = np.concatenate([pairs, pairs[:40]])  # streets twice
    # A block of crossings that nothing leads to.
    island = (at[:, 0] > 114.0 + step * (side - 4)) & (at[:, 1] < 30.0 + step * 3)
    pairs = pairs[island[pairs[:, 0]] == island[pairs[:, 1]]]
    count = len(pairs)
    streets = gpd.GeoDataFrame(
        {
            "highway": rng.choice(["residential", "primary", "service", "footway"], count),
            "oneway": rng.choice(["", "", "", "yes", "-1"], count),
            "access": rng.choice(["", "", "", "", "private"], count),
        },
        geometry=shapely.linestrings(at[pairs]),
        crs="EPSG:4326",
    )
    streets.to_parquet(folder / "roads.parquet")
    east, north = at.max(axis=0)
    squares(114.0, 30.0, east, north, columns=6, rows=6).to_file(folder / "units.geojson")

    def somewhere(number: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.column_stack(
            [rng.uniform(113.998, east + 0.002, number), rng.uniform(29.998, north + 0.01, number)]
        )

    points = 700
    demand = pd.DataFrame(somewhere(points), columns=["lon", "lat"])
    demand.insert(0, "id", [f"P{n:05d}" for n in rng.permutation(points)])
    demand["people"] = np.round(rng.lognormal(3, 2, points), 3)
    demand["old"] = np.floor(demand["people"])
    demand["estate"] = ["" if n % 5 else f"小区{n // 40}" for n in range(points)]
    demand["kind"] = rng.choice(["urban", "rural"], points)
    demand.to_csv(folder / "demand.csv", index=False)
    sites = pd.DataFrame(np.repeat(somewhere(30), 2, axis=0)[:50], columns=["lon", "lat"])
    sites.insert(0, "id", [f"S{n}" for n in range(50)])
    sites.to_csv(folder / "sites.csv", index=False)
    rules = (
        ("walk_to", "walk", "to", "minutes = 8\nbands = [5, 12]"),
        ("ebike_from", "ebike", "from", "minutes = 6"),
        ("drive_to", "drive", "to", 'minutes = 3\ndemand = "60+"'),
        ("drive_from", "drive", "from", 'minutes = 3\nonly = { kind = ["rural"] }'),
        ("parking", "walk", "to", "metres = 300"),
    )
    layers = "".join(
        f"""
[[layers]]
key = "{key}"
path = "sites.csv"
profile = "{profile}"
direction = "{direction}"
{rule}
"""
        for key, profile, direction, rule in rules
    )
    layers += '\n[[layers]]\nkey = "none"\nsites = "none"\nminutes = 15\n'
    more = 'group = "estate"\nclass = "kind"\nbands = { "60+" = "old" }\n'
    return _study(folder, "demand.csv", "people", "roads.parquet", 15, layers, more=more)


def _study(
    folder: Path, demand: str, weight: str, roads: str, horizon: int, layers: str, *, more: str = ""
) -> Study:
    (folder / "study.toml").write_text(
        f"""[study]
name = "分区"
[units]
path = "units.geojson"
level = "township"
parents = ["county", "city"]
[demand]
path = "{demand}"
weight = "{weight}"
{more}[network]
path = "{roads}"
horizon_minutes = {horizon}
{layers}""",
        encoding="utf-8",
    )
    return load_study(folder)
