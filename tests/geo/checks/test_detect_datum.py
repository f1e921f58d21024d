"""Datums told by the roads: hit rates on real points, doubt where there is reason for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.base.quality_log import QualityLog
from geo.checks.detect_datum import (
    HYPOTHESES,
    DatumFinding,
    Distance,
    contradicts,
    detect_datum,
    detect_roads_datum,
    road_distance,
)
from geo.coordinates.datum import from_wgs84, to_wgs84
from geo.inputs.road_source import RoadSource
from geo.pipeline import check
from geo.readers.roads.assemble import assemble
from geo.roads.osm_access import classify
from geo.roads.roads import Roads
from geo.study.load import load_study
from geo.workspace.trial import reference_places
from layers.words.catalogue import words_for
from layers.words.lines.result import quality_lines
from tests.worlds.streets import SHARED, WUHAN

TOWNSHIPS = SHARED / "hubei" / "hubei_townships_2023_points_wgs84.csv"
VILLAGES = SHARED / "datum" / "hubei_adcode2016_vonng.csv"
YIYANG = SHARED / "datum" / "yiyang_17_townships_WGS84.geojson"
needs_shared = pytest.mark.skipif(not TOWNSHIPS.exists(), reason="needs ../shared/data")


@cache
def _roads() -> Roads:
    """The roads of the sample; no test changes them."""
    return RoadSource(load_study(WUHAN), QualityLog(), cache=None).roads


@cache
def _wuhan() -> tuple[Distance, tuple[float, float, float, float]]:
    roads = _roads()
    low, high = roads.lonlat.min(axis=0), roads.lonlat.max(axis=0)
    return road_distance(roads), (low[0], low[1], high[0], high[1])


def _inside(table: pd.DataFrame, lon: str, lat: str) -> np.ndarray:
    west, south, east, north = _wuhan()[1]
    xy = table[[lon, lat]].to_numpy(np.float64)
    return xy[(xy >= [west, south]).all(axis=1) & (xy <= [east, north]).all(axis=1)]


def _tally(xy: np.ndarray, datum: str, *, samples: int, seed: int) -> dict[str, int]:
    distance, _ = _wuhan()
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(("right", "wrong", "none", "certainly_wrong", "median_right"), 0)
    for _ in range(samples):
        chosen = xy[rng.choice(len(xy), 30, replace=False)]
        found = detect_datum(*from_wgs84(chosen[:, 0], chosen[:, 1], datum), distance)
        counts["none" if found.best is None else "right" if found.best == datum else "wrong"] += 1
        counts["certainly_wrong"] += contradicts(found, datum)
        nearest = min(found.evidence, key=lambda item: item.median_m)
        counts["median_right"] += nearest.hypothesis == datum
    return counts


@needs_shared
@pytest.mark.parametrize("datum", HYPOTHESES)
def test_townships_are_recognised(datum: str) -> None:
    """The measure of the issue: 30 of the township points in the roads' box, 100 times."""
    points = _inside(pd.read_csv(TOWNSHIPS), "lon", "lat")
    assert len(points) > 90
    counts = _tally(points, datum, samples=100, seed=1)
    assert counts["right"] >= 95
    assert counts["certainly_wrong"] <= 1


@needs_shared
def test_villages_are_told_better_than_by_the_median() -> None:
    """The median is right on 61 to 71 of 100 and wrong on all the others."""
    table = pd.read_csv(VILLAGES, dtype=str)
    points = _inside(table[table["level"] == "village"], "lon_wgs", "lat_wgs")
    counts = [_tally(points, datum, samples=100, seed=2) for datum in HYPOTHESES]
    total = {key: sum(item[key] for item in counts) for key in counts[0]}
    by_median = total["median_right"]
    assert total["right"] > by_median
    assert total["wrong"] < 0.75 * (300 - by_median)
    assert total["certainly_wrong"] <= 3


@pytest.mark.parametrize("datum", HYPOTHESES)
def test_estates_are_never_certainly_wrong(datum: str) -> None:
    """The medians say GCJ-02 of the sample's WGS-84 estates, which lie inside their blocks."""
    distance, _ = _wuhan()
    xy = pd.read_csv(WUHAN / "estates.csv")[["lon", "lat"]].to_numpy()
    whole = detect_datum(*from_wgs84(xy[:, 0], xy[:, 1], datum), distance)
    assert (whole.best, whole.certain) == (datum, True)
    medians = {item.hypothesis: item.median_m for item in whole.evidence}
    assert medians[datum] == max(medians.values())
    counts = _tally(xy, datum, samples=50, seed=3)
    assert counts["right"] >= 46
    assert counts["certainly_wrong"] == 0


def test_sites_of_the_sample_are_not_doubted() -> None:
    distance, _ = _wuhan()
    for name in ("medical_insurance", "canteens", "parking"):
        xy = pd.read_csv(WUHAN / f"{name}.csv")[["lon", "lat"]].to_numpy()
        assert not contradicts(detect_datum(xy[:, 0], xy[:, 1], distance), "wgs84")


@pytest.mark.parametrize("datum", HYPOTHESES)
def test_a_road_file_is_weighed_by_the_places_of_the_study(datum: str) -> None:
    """Roads in GCJ-02 or BD-09, held against places in WGS-84."""
    roads = _roads()
    lonlat = np.column_stack(from_wgs84(roads.lonlat[:, 0], roads.lonlat[:, 1], datum))
    lon, lat = reference_places(load_study(WUHAN))
    found = detect_roads_datum(lon, lat, road_distance(replace(roads, lonlat=lonlat)))
    assert (found.best, found.certain) == (datum, True)
    assert detect_roads_datum(lon[:0], lat[:0], road_distance(roads)).best is None


def test_chance_tells_nothing() -> None:
    distance, (west, south, east, north) = _wuhan()
    rng = np.random.default_rng(4)
    certain = 0
    for _ in range(40):
        found = detect_datum(rng.uniform(west, east, 60), rng.uniform(south, north, 60), distance)
        certain += found.certain
    assert certain <= 1


def test_few_points_and_points_outside_china() -> None:
    distance, _ = _wuhan()
    assert detect_datum(np.full(0, 1.0), np.full(0, 1.0), distance) == DatumFinding(
        None, False, 0, ()
    )
    few = detect_datum(np.array([114.3, 114.3, np.nan]), np.array([30.5, 30.5, 30.5]), distance)
    assert (few.best, few.certain, few.points) == (None, False, 1)
    abroad = detect_datum(np.linspace(-51.2, -51.1, 30), np.linspace(-30.1, -30, 30), distance)
    assert [item.hypothesis for item in abroad.evidence] == ["wgs84"]
    assert (abroad.best, abroad.certain) == (None, False)
    assert not contradicts(abroad, "gcj02")
    assert few.of("cgcs2000") == few.of("wgs84")


def _roads_along(lines: list[np.ndarray]) -> Distance:
    counts = np.array([len(line) for line in lines])
    start = np.concatenate([[0], np.cumsum(counts)])
    lonlat = np.concatenate(lines)
    return road_distance(
        assemble(
            lonlat=lonlat,
            start=start,
            u=2 * np.arange(len(lines)),
            v=2 * np.arange(len(lines)) + 1,
            node_lonlat=np.stack([lonlat[start[:-1]], lonlat[start[1:] - 1]], axis=1).reshape(
                -1, 2
            ),
            edge_id=np.arange(1, len(lines) + 1),
            classes=[classify({"highway": "residential"})],
            class_of=np.zeros(len(lines), dtype=np.int64),
        )
    )


def _yiyang() -> np.ndarray:
    features = json.loads(YIYANG.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.make_valid(shapely.geometry.shape(item["geometry"])) for item in features]
    return np.array(shapes, dtype=object)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder: the roads of the sample are read once."""
    return tmp_path_factory.mktemp("cache")


def test_check_warns_and_applies_nothing(tmp_path: Path, kept: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(WUHAN, folder)
    table = pd.read_csv(folder / "estates.csv")
    lon, lat = from_wgs84(table["lon"], table["lat"], "gcj02")
    table.assign(lon=lon, lat=lat).to_csv(folder / "estates.csv", index=False)
    quality, _ = check(load_study(folder), cache=kept)
    doubts = quality[quality["problem"] == "datum_doubt"]
    assert doubts[["severity", "file", "field", "action"]].values.tolist() == [
        ["warning", "estates.csv", "demand.datum", "kept"]
    ]
    value = doubts["value"].iloc[0]
    assert value.startswith("GCJ-02 ") and "WGS-84 " in value
    for locale, phrase in (("zh-CN", "到道路的距离中位数"), ("en", "median distance to a road")):
        (line,) = [x for x in quality_lines(doubts, words_for(locale)) if value in x]
        assert phrase in line
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace(
        'weight_unit = "个"\ndatum = "wgs84"', 'weight_unit = "个"\ndatum = "gcj02"'
    )
    (folder / "study.toml").write_text(text, encoding="utf-8")
    again, _ = check(load_study(folder), cache=kept)
    assert "datum_doubt" not in set(again["problem"])


def test_the_sample_has_no_doubt(kept: Path) -> None:
    quality, _ = check(load_study(WUHAN), cache=kept)
    assert "datum_doubt" not in set(quality["problem"])


def test_shift_is_undone_exactly() -> None:
    """The pipeline holds WGS-84; detection needs what the file said."""
    units = gpd.read_file(WUHAN / "units.geojson")
    xy = shapely.get_coordinates(units.geometry)
    for datum in ("gcj02", "bd09"):
        x, y = to_wgs84(xy[:, 0], xy[:, 1], datum)
        back = np.column_stack(from_wgs84(x, y, datum))
        assert np.abs(back - xy).max() < 1e-9
