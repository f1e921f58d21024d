"""The synthetic province that the app benchmark opens: a real study folder, built once.

1,220 units with wavy borders in counties and cities, 27,000 villages with people, 15,000 sites in
three layers, on the streets of Wuhan laid side by side. Unlike `cases_province` nothing is put
into the cache beforehand: the app reads every file as it would a user's.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from worlds import tiled

from geo.base.quality_log import QualityLog
from geo.readers.roads.read import read_roads
from geo.roads.roads import Roads
from geo.study.load import load_study

__all__ = ["province_study"]

_TOWN = Path(__file__).resolve().parent.parent / "data" / "wuhan"
UNITS, VILLAGES, SITES = 1_220, 27_000, 15_000
_COUNTY, _CITY = 12, 120  # units in a county, in a city
# Points on each side of a unit: 198 vertices in all, as townships have.
_ON_A_SIDE = 50
_STUDY = """[study]
name = { "zh-CN" = "合成省", en = "Synthetic province" }
locale = "zh-CN"
[units]
path = "units.parquet"
level = "township"
parents = ["county", "city"]
[demand]
path = "villages.csv"
weight = "population"
weight_unit = "人"
[network]
path = "roads.parquet"
"""
_LAYER = """
[[layers]]
key = "{key}"
service = "{service}"
title = {{ "zh-CN" = "{zh}", en = "{en}" }}
path = "{file}"
profile = "{profile}"
minutes = 15
bands = [5, 10]
"""
_LAYERS = (
    ("station", "station", "服务站·步行", "Stations, on foot", "sites_0.csv", "walk"),
    ("station_ebike", "station", "服务站·电动车", "Stations, by e-bike", "sites_1.csv", "ebike"),
    ("canteen", "canteen", "食堂·步行", "Canteens, on foot", "sites_2.csv", "walk"),
)  # fmt: skip


def province_study(cache: Path, copies: int) -> Path:
    """The study's folder below `cache`, written where it is not there yet.

    Parameters
    ----------
    cache : Path
        Where folders of former runs are.
    copies : int
        How often the streets are laid out: a square number fills the area.
    """
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    folder = cache / f"province-{copies}-{code}"
    if not (folder / "study.toml").exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=cache))
        town = read_roads(load_study(_TOWN), QualityLog())
        _write(part, tiled(town, copies * town.node_count))
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    return folder


def _write(folder: Path, roads: Roads) -> None:
    random = np.random.default_rng(5)
    low, high = roads.node_lonlat.min(axis=0), roads.node_lonlat.max(axis=0)
    _write_roads(folder / "roads.parquet", roads)
    _units(low, high).to_parquet(folder / "units.parquet")
    at = roads.node_lonlat[random.integers(0, roads.node_count, VILLAGES)]
    villages = _points(at + random.normal(0, 0.001, at.shape), "V", "村")
    villages["population"] = random.integers(50, 3_000, VILLAGES)
    villages.to_csv(folder / "villages.csv", index=False)
    toml = _STUDY
    for n, (key, service, zh, en, file, profile) in enumerate(_LAYERS):
        at = roads.node_lonlat[random.integers(0, roads.node_count, SITES // 3)]
        sites = _points(at + random.normal(0, 0.0003, at.shape), f"S{n}", "站")
        sites.to_csv(folder / file, index=False)
        toml += _LAYER.format(key=key, service=service, zh=zh, en=en, file=file, profile=profile)
    (folder / "study.toml").write_text(toml, encoding="utf-8")


def _write_roads(path: Path, roads: Roads) -> None:
    edge = np.repeat(np.arange(len(roads)), np.diff(roads.start))
    table = {
        "id": roads.edge_id,
        "highway": pd.Categorical(roads.highway).astype(str),
        "u": roads.u,
        "v": roads.v,
        "length_m": roads.length_m,
    }
    lines = shapely.linestrings(np.round(roads.lonlat, 7), indices=edge)
    gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326").to_parquet(path)


def _points(lonlat: NDArray[np.float64], letter: str, word: str) -> pd.DataFrame:
    count = len(lonlat)
    return pd.DataFrame(
        {
            "id": [f"{letter}{i:05d}" for i in range(count)],
            "name": [f"{_name(i)}{word}" for i in range(count)],
            "lon": lonlat[:, 0].round(7),
            "lat": lonlat[:, 1].round(7),
        }
    )


def _name(number: int) -> str:
    """A name of three common characters: the search has something to search in."""
    signs = "东南西北中上下大小新老金银石泉山河湖林平安和兴永福龙凤白青红"
    return "".join(signs[number // len(signs) ** place % len(signs)] for place in range(3))


def _units(low: NDArray[np.float64], high: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """A grid whose lines are bent by one smooth field, so that neighbours share every vertex."""
    columns = round(np.sqrt(UNITS * np.divide(*(high - low))))
    rows = -(-UNITS // columns)
    size = (high - low) / [columns, rows]
    step = np.linspace(0.0, 1.0, _ON_A_SIDE)[:-1]
    zero, one = np.zeros_like(step), np.ones_like(step)
    ring = np.concatenate(
        [
            np.column_stack([step, zero]),
            np.column_stack([one, step]),
            np.column_stack([1 - step, one]),
            np.column_stack([zero, 1 - step]),
            [[0.0, 0.0]],
        ]
    )
    order = np.arange(UNITS)
    cells = np.column_stack([order % columns, order // columns])
    shapes = [shapely.Polygon(low + _bent(ring + cell) * size) for cell in cells]
    table = {
        "id": [f"42{n:07d}" for n in order],
        "name": [f"{_name(n + 7_000)}镇" for n in order],
        "county": [f"{_name(n // _COUNTY + 300)}县" for n in order],
        "city": [f"{_name(n // _CITY + 90)}市" for n in order],
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def _bent(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the grid (in cells) after bending; equal places stay equal."""
    at = at.round(9)
    x, y = at.T
    bend_x = sum(0.32 / k * np.sin(2.1 * k * y + 1.7 * k * x + k * k) for k in (1, 3, 7, 15))
    bend_y = sum(0.32 / k * np.sin(1.9 * k * x - 1.3 * k * y + 2 * k) for k in (1, 3, 7, 15))
    return np.column_stack([x + 0.5 * bend_x, y + 0.5 * bend_y])
