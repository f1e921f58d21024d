"""Broken studies: each gives its exact code, in one line, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.readers.roads.overrides import read_overrides
from geo.readers.roads.read import read_roads
from geo.study.load import load_study
from layers.words.catalogue import words_for

TOML = """[study]
name = "t"
[units]
path = "units.geojson"
[demand]
path = "demand.csv"
weight = "pop"
[network]
path = "roads.osm"
[[layers]]
key = "care"
path = "care.csv"
minutes = 15
"""
UNIT = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "1", "name": "甲"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[114, 30], [115, 30], [115, 31], [114, 30]]],
            },
        }
    ],
}
OSM = """<osm version="0.6"><node id="1" lat="30" lon="114"/><node id="2" lat="30.01" lon="114"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"""
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    '<osm version="0.6"><node id="1" lat="30" lon="114"><tag k="name" v="&a;"/></node></osm>'
)


def _good(folder: Path) -> None:
    files = {
        "study.toml": TOML,
        "units.geojson": json.dumps(UNIT),
        "demand.csv": "id,name,lon,lat,pop\na,A,114.3,30.2,10\nb,B,114.4,30.2,20\n",
        "care.csv": "id,name,lon,lat\ns,S,114.3,30.2\n",
        "roads.osm": OSM,
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")


def _read(folder: Path) -> QualityLog:
    quality = QualityLog()
    study = load_study(folder)
    read_units(study, quality)
    roads = read_roads(study, quality)
    read_overrides(study, roads, quality)
    read_demand(study, quality)
    for layer in study.layers:
        read_sites(study, layer, quality)
    return quality


def _toml(old: str, new: str) -> Callable[[Path], object]:
    assert old in TOML
    return lambda folder: (folder / "study.toml").write_text(
        TOML.replace(old, new, 1), encoding="utf-8"
    )


def _file(name: str, content: str | bytes) -> Callable[[Path], object]:
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / name).write_bytes(raw)


def _link(folder: Path) -> None:
    outside = folder.parent / f"{folder.name}-outside.csv"
    outside.write_text("id,lon,lat,pop\na,114,30,1\n")
    (folder / "demand.csv").unlink()
    (folder / "demand.csv").symlink_to(outside)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no study": (lambda folder: (folder / "study.toml").unlink(), "no_study"),
    "broken toml": (_toml("[units]", "[units"), "toml_broken"),
    "toml in gbk": (_file("study.toml", "# 武汉".encode("gbk")), "toml_not_utf8"),
    "unknown key": (_toml("minutes = 15", "minutes = 15\nprofil = 'walk'"), "unknown_key"),
    "unknown far key": (_toml("[study]", "[study]\nqqqqqqq = 1"), "unknown_key_alone"),
    "text of two lines": (
        _toml('path = "demand.csv"', 'path = "demand.csv"\ndatum = """gcj\n02"""'),
        "value_wrong",
    ),
    "missing key": (_toml('path = "roads.osm"', ""), "key_missing"),
    "two sources of units": (_toml("[units]", "[units]\nseats = 'a.csv'"), "units_source"),
    "no limit": (_toml("minutes = 15", ""), "layer_limit"),
    "need without capacity": (
        _toml("minutes = 15", "minutes = 15\nneed = 'cars'"),
        "need_without_capacity",
    ),
    "own without capacity": (
        _toml("minutes = 15", "minutes = 15\nown = 'spaces'"),
        "need_without_capacity",
    ),
    "two sources": (_toml("minutes", "sites = 'none'\nminutes"), "layer_source"),
    "layer twice": (
        _toml("minutes = 15", "minutes = 15\n[[layers]]\nkey = 'care'\nsites='none'\nmetres = 9"),
        "layer_twice",
    ),
    "band unknown": (_toml("minutes = 15", "minutes = 15\ndemand = '60+'"), "band_unknown"),
    "limit over horizon": (_toml("minutes = 15", "minutes = 500"), "limit_over_horizon"),
    "speeds of walkers": (
        _toml("[[layers]]", "[profiles.walk]\nspeeds = {primary = 5}\n[[layers]]"),
        "speeds_only_drive",
    ),
    "missing file": (lambda folder: (folder / "care.csv").unlink(), "file_missing"),
    "path outside": (_toml("demand.csv", "../demand.csv"), "path_outside"),
    "link outside": (_link, "path_outside"),
    "absent column": (_toml('weight = "pop"', 'weight = "population"'), "column_missing"),
    "empty file": (_file("demand.csv", ""), "file_empty"),
    "no usable demand": (_file("demand.csv", "id,lon,lat,pop\na,x,y,1\n"), "demand_empty"),
    "empty layer": (_file("care.csv", "id,name,lon,lat\n"), "layer_empty"),
    "column twice": (_file("care.csv", "id,lon,lat,lat\n1,2,3,4\n"), "column_twice"),
    "open quote": (_file("care.csv", 'id,lon,lat\n"1,114,30\n2,114,30\n'), "csv_broken"),
    "no text": (_file("care.csv", b"id\n\xff\xff\xff\xff"), "text_encoding"),
    "binary": (_file("care.csv", b"\x01\x00\x02"), "format_unknown"),
    "shapefile": (_file("care.csv", b"\x00\x00\x27\x0a" + bytes(96)), "format_shp"),
    "vrt as geojson": (_file("units.geojson", VRT), "format_not_built"),
    "network as units": (_file("units.geojson", OSM), "format_not_table"),
    "table as units": (_file("units.geojson", "id,name\n1,a\n"), "units_no_geometry"),
    "no json": (_file("units.geojson", '{"type": "Feature'), "geojson_broken"),
    "topojson": (_file("units.geojson", '{"type": "Topology"}'), "geojson_wrong"),
    "unknown crs": (
        _file("units.geojson", json.dumps({**UNIT, "crs": {"properties": {"name": "EPSG:1"}}})),
        "crs_unknown",
    ),
    "units without areas": (
        _file(
            "units.geojson",
            json.dumps({"type": "Feature", "properties": {"id": 1, "name": "a"}, "geometry": None}),
        ),
        "units_empty",
    ),
    "no geopackage": (_file("units.geojson", b"SQLite format 3\0" + bytes(99)), "gpkg_broken"),
    "no parquet": (_file("units.geojson", b"PAR1" + bytes(99)), "parquet_broken"),
    "doctype": (_file("roads.osm", BOMB), "xml_doctype"),
    "broken xml": (_file("roads.osm", "<osm"), "xml_broken"),
    "half an osm file": (_file("roads.osm", OSM[:-20]), "osm_broken"),
    "half a pbf": (_file("roads.osm", b"\0\0\0\x0e\x0a\x09OSMHeader\x18\x7f"), "osm_broken"),
    "graph without edges": (
        _file("roads.osm", '<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>'),
        "network_empty",
    ),
    "table as network": (_file("roads.osm", "id,lon\n1,2\n"), "format_not_network"),
    "tags without osm": (
        _toml('path = "care.csv"', 'osm = { amenity = ["bank"] }'),
        "layer_empty",
    ),
}


def test_the_good_study_is_good(tmp_path: Path) -> None:
    _good(tmp_path)
    quality = _read(tmp_path)
    assert quality.rows == []
    assert [item.role for item in quality.inputs] == ["units", "network", "demand", "layer:care"]


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken(tmp_path: Path, name: str) -> None:
    damage, code = BROKEN[name]
    folder = tmp_path / "study"
    folder.mkdir()
    _good(folder)
    damage(folder)
    with pytest.raises(StudyError) as caught:
        _read(folder)
    assert caught.value.code == code
    assert caught.value.exit_code == 1
    for locale in ("zh-CN", "en"):
        for line in words_for(locale).error(caught.value):
            assert len(line.splitlines()) == 1
            assert "{" not in line.replace("{primary", "")
            assert line.endswith(("。", "."))


def test_the_nearest_column_is_named(tmp_path: Path) -> None:
    _good(tmp_path)
    BROKEN["absent column"][0](tmp_path)
    with pytest.raises(StudyError) as caught:
        _read(tmp_path)
    for locale in ("zh-CN", "en"):
        line = words_for(locale).error(caught.value)[0]
        for part in ("demand.csv", "demand.weight", "population", "pop"):
            assert part in line


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("c,C,一百一十四,30.2,1", "coordinate_bad"),
        ("c,C,114.3,30.2,-5", "weight_negative"),
        ("c,C,114.3", "row_ragged"),
        ("a,C,114.3,30.2,1", "id_twice"),
        ("c,C,0,0,1", "coordinate_zero"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_bad_row_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, row: str, problem: str, encoding: str
) -> None:
    _good(tmp_path)
    path = tmp_path / "demand.csv"
    path.write_bytes((path.read_text().replace("A", "光谷") + row + "\n").encode(encoding))
    quality = _read(tmp_path)
    found = [(item.problem, item.row) for item in quality.rows if item.action == "set_aside"]
    assert found == [(problem, 4)]
    demand = next(item for item in quality.inputs if item.role == "demand")
    assert (demand.rows_in, demand.rows_used, demand.rows_set_aside) == (3, 2, 1)
    for locale in ("zh-CN", "en"):
        for item in quality.rows:
            line = words_for(locale)(f"quality.{item.problem}", **vars(item))
            assert "None" not in line
            assert "{" not in line
