"""Weights of areas on their streets; units by their codes; estates found by a repeated name."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.base.quality_log import QualityLog
from geo.inputs.read import read_inputs
from geo.pipeline import check, run
from geo.study.load import load_study
from geo.study.model import Study

STREETS = [[(114.0, 30.0), (114.02, 30.0)], [(114.005, 30.0), (114.005, 30.01)]]


def _features(*rows: tuple[Any, dict[str, Any]]) -> str:
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}
        for shape, properties in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _study(folder: Path, *, units: str, demand: str, care: str, files: dict[str, str]) -> Study:
    lines = [
        (shapely.LineString(line), {"id": str(n), "highway": "residential"})
        for n, line in enumerate(STREETS)
    ]
    motorway = (shapely.LineString([(114.001, 30.002), (114.009, 30.002)]), {"id": "m"})
    motorway[1]["highway"] = "motorway"
    (folder / "roads.geojson").write_text(_features(*lines, motorway), encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    text = f'[study]\nname = "t"\n[units]\n{units}\n[demand]\n{demand}\n'
    text += f'[network]\npath = "roads.geojson"\n[[layers]]\nkey = "care"\nminutes = 15\n{care}\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


UNITS = _features((shapely.box(113.9, 29.9, 114.1, 30.1), {"id": "u", "name": "甲"}))
CARE = "id,name,lon,lat\ns,S,114.0,30.0\n"
AREAS = _features(
    (shapely.box(114.0, 29.999, 114.01, 30.011), {"id": "a", "pop": 1000, "old": 333}),
    (shapely.box(114.05, 30.05, 114.06, 30.06), {"id": "b", "pop": 10, "old": 1}),
)


def test_the_weight_of_an_area_is_spread_over_its_streets(tmp_path: Path) -> None:
    study = _study(
        tmp_path,
        units='path = "units.geojson"',
        demand='path = "areas.geojson"\nweight = "pop"\nspread = true\nbands = { "60+" = "old" }',
        care='path = "care.csv"',
        files={"units.geojson": UNITS, "areas.geojson": AREAS, "care.csv": CARE},
    )
    quality = QualityLog()
    points = read_inputs(study, quality).points
    frame = points.frame
    pieces = frame["id"].str.startswith("a#").to_numpy()
    # 965 m along the first street, 1,109 m along the second: ten pieces and twelve.
    assert pieces.sum() == 22
    assert frame["id"].tolist()[-1] == "b"  # without a street it stays where it is
    assert math.fsum(frame["weight"][pieces]) == pytest.approx(1000, abs=1e-6)
    assert math.fsum(frame["band:60+"][pieces]) == pytest.approx(333, abs=1e-6)
    streets = shapely.MultiLineString(STREETS)
    spots = shapely.points(points.lon[:22], points.lat[:22])
    assert shapely.distance(spots, streets).max() < 1e-9  # and none on the motorway
    problems = {row.problem for row in quality.rows}
    assert {"demand_spread", "demand_spread_no_street"} <= problems
    demand = next(item for item in quality.inputs if item.role == "demand")
    assert (demand.rows_in, demand.rows_used) == (2, 2)


def test_without_spread_an_area_stands_at_one_point(tmp_path: Path) -> None:
    study = _study(
        tmp_path,
        units='path = "units.geojson"',
        demand='path = "areas.geojson"\nweight = "pop"',
        care='path = "care.csv"',
        files={"units.geojson": UNITS, "areas.geojson": AREAS, "care.csv": CARE},
    )
    frame = read_inputs(study, QualityLog()).points.frame
    assert frame["id"].tolist() == ["a", "b"]
    assert frame["weight"].tolist() == [1000, 10]


def test_a_list_of_units_without_areas_gives_the_denominator(tmp_path: Path) -> None:
    listed = (
        "代码,名称,县\n429001001000,甲,省直管\n429001002000,乙,省直管\n429001400000,农场,省直管\n"
    )
    demand = "id,lon,lat,pop,街道代码\na,114.0,30.0,5,429001001000\nb,114.02,30.0,7,429001002000\n"
    demand += "c,114.02,30.0,1,999\n"
    study = _study(
        tmp_path,
        units='path = "units.csv"\nid = "代码"\nname = "名称"\nparents = ["县"]',
        demand='path = "d.csv"\nweight = "pop"\nunit = "街道代码"',
        care='path = "care.csv"\nunit = "town"',
        files={
            "units.csv": listed,
            "d.csv": demand,
            "care.csv": "id,lon,lat,town\ns,114.0,30.0,429001001000\n",
        },
    )
    analysis = run(study)
    figures = analysis.summary["layers"]["care"]
    assert (figures["units_with_site"], figures["units_total"]) == (1, 3)
    assert figures["share_by_presence"] == pytest.approx(1 / 3, abs=1e-6)
    finest = analysis.units[analysis.units["level"] == "unit"].set_index("unit_id")
    assert finest.loc["429001002000", "demand_total"] == 7
    assert finest.loc["429001400000", "demand_total"] == 0
    assert figures["demand_total"] == 13  # the unknown code counts in the totals
    unknown = analysis.quality[analysis.quality["problem"] == "unit_code_unknown"]
    assert unknown["value"].tolist() == ["999"]


def test_a_code_decides_over_the_polygon_and_an_empty_one_does_not(tmp_path: Path) -> None:
    two = _features(
        (shapely.box(113.9, 29.9, 114.01, 30.1), {"id": "w", "name": "西"}),
        (shapely.box(114.01, 29.9, 114.1, 30.1), {"id": "e", "name": "东"}),
    )
    study = _study(
        tmp_path,
        units='path = "units.geojson"',
        demand='path = "d.csv"\nunit = "town"',
        care='path = "care.csv"',
        files={
            "units.geojson": two,
            "d.csv": "id,lon,lat,town\na,114.0,30.0,e\nb,114.0,30.0,\n",
            "care.csv": CARE,
        },
    )
    inputs = read_inputs(study, QualityLog())
    ids = inputs.areas.frame["unit_id"].to_numpy()
    assert ids[inputs.points.unit].tolist() == ["e", "w"]


def test_gates_of_an_estate_by_a_repeated_name(tmp_path: Path) -> None:
    demand = (
        "id,name,lon,lat,pop\n1,光谷,114.0,30.0,9\n2,光谷,114.02,30.0,9\n3,江岸,114.02,30.0,4\n"
    )
    study = _study(
        tmp_path,
        units='path = "units.geojson"',
        demand='path = "d.csv"\nweight = "pop"\ngroup = "name"',
        care='path = "care.csv"',
        files={"units.geojson": UNITS, "d.csv": demand, "care.csv": CARE},
    )
    points = read_inputs(study, QualityLog()).points
    assert points.frame["name"].tolist() == ["光谷", "江岸"]
    assert points.frame["weight"].tolist() == [9, 4]
    assert run(study).summary["layers"]["care"]["demand_total"] == 13


def test_counties_under_the_province_stand_where_a_city_would(tmp_path: Path) -> None:
    listed = "代码,名称,县,市\n429005001,园林,潜江市,\n429004001,沙嘴,仙桃市,省直辖县级行政区划\n"
    listed += "420102002,大智,江岸区,武汉市\n420102400,开发区,江岸区,武汉市\n"
    study = _study(
        tmp_path,
        units='path = "u.csv"\nid = "代码"\nname = "名称"\nparents = ["县", "市"]',
        demand='path = "d.csv"\nunit = "街道"',
        care='path = "care.csv"\nunit = "town"',
        files={
            "u.csv": listed,
            "d.csv": "id,lon,lat,街道\na,114.0,30.0,429005001\nb,114.02,30.0,420102002\n",
            "care.csv": "id,lon,lat,town\ns,114.0,30.0,429005001\n",
        },
    )
    analysis = run(study)
    cities = analysis.units[analysis.units["level"] == "市"]
    assert sorted(cities["unit_name"]) == ["仙桃市", "武汉市", "潜江市"]
    assert (analysis.units["unit_id"] == "").sum() == 1  # demand outside, and nothing else
    found = {row.problem: row.value for row in check(study)[0].itertuples()}
    assert found["parent_direct"] == "2"
    assert found["units_special_codes"] == "1: 420102400"
