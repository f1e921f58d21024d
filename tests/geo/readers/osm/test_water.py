"""Water of an OSM file: lakes with islands, wide rivers, nothing else, kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from geo.readers.osm.water import read_water
from geo.study.load import load_study
from layers.print_map.ground import read_ground

OSM = """<?xml version="1.0"?><osm version="0.6">
{nodes}
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="natural" v="water"/></way>
<way id="2"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/></way>
<way id="3"><nd ref="9"/><nd ref="10"/><nd ref="11"/><nd ref="12"/><nd ref="9"/></way>
<way id="4"><nd ref="1"/><nd ref="3"/><tag k="waterway" v="river"/></way>
<way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="6"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="landuse" v="forest"/></way>
<relation id="7"><member type="way" ref="2" role="outer"/><member type="way" ref="3" role="inner"/>
  <tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation>
</osm>"""
STUDY = """[study]
name = "s"
locale = "en"
[units]
path = "u.geojson"
[demand]
path = "d.csv"
[network]
path = "{roads}"
[[layers]]
key = "a"
title = "a"
path = "a.csv"
minutes = 15
"""


def _square(first: int, west: float, south: float, side: float) -> str:
    corners = ((0, 0), (side, 0), (side, side), (0, side))
    return "\n".join(
        f'<node id="{first + n}" lon="{west + x:.4f}" lat="{south + y:.4f}"/>'
        for n, (x, y) in enumerate(corners)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nodes = "\n".join(
        (_square(1, 114.30, 30.50, 0.01), _square(5, 114.32, 30.50, 0.01),
         _square(9, 114.323, 30.503, 0.004))
    )  # fmt: skip
    study = tmp_path / "study"
    study.mkdir()
    (study / "roads.osm").write_text(OSM.format(nodes=nodes), encoding="utf-8")
    (study / "study.toml").write_text(STUDY.format(roads="roads.osm"), encoding="utf-8")
    return study


def test_lakes_with_their_islands_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    study = load_study(folder)
    water = read_water(study, cache=cache)
    areas = sorted(round(shapely.area(shape) * 1e6) for shape in water)
    assert areas == [84, 100]  # a square of 0.01 degrees; another with an island of 0.004
    again = read_water(study, cache=cache)
    assert shapely.equals(water, again).all()


def test_the_ground_of_maps_holds_the_water(folder: Path, tmp_path: Path) -> None:
    ground = read_ground(load_study(folder), cache=tmp_path / "cache")
    assert ground is not None and len(ground.water) == 2
