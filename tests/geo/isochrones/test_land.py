"""Share by land, counted by hand on the tiny study, and areas against the ellipsoid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.coordinates.circles import equal_area_plane
from geo.isochrones.land import _in_plane
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.words.catalogue import words_for
from layers.words.phrases import time_basis
from tests.worlds.parts_studies import differing, in_parts
from tests.worlds.streets import write_geojson
from tests.worlds.tiny_study import write_study

GEOD = pyproj.Geod(ellps="WGS84")
CIRCLE = np.pi * 0.3**2
RING = 'path = "stations.csv"\nrule = "radius"\nmetres = 300\n'


def study(folder: Path, land: list[shapely.Geometry], layers: str, *, sites: str = "") -> Analysis:
    """The tiny study with these polygons of land and further layers."""
    write_study(folder)
    write_geojson(folder / "land.geojson", [({}, shape) for shape in land])
    if sites:
        (folder / "stations.csv").write_text(f"id,name,lon,lat\n{sites}", encoding="utf-8")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    named = 'path = "units.geojson"\nland = "land.geojson"\nland_name = "居住用地"'
    text = text.replace('path = "units.geojson"', named) + layers
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return run(load_study(folder))


def layer(key: str, rest: str) -> str:
    return f'\n[[layers]]\nkey = "{key}"\n{rest}'


def area_km2(shape: shapely.Geometry) -> float:
    """On the ellipsoid, with borders that are straight in degrees."""
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, 0.001))[0]) / 1e6


def test_circle_and_squares_by_hand(tmp_path: Path) -> None:
    # A square around the circle of the station, 192 m east of the border of U1, with a hole far
    # from it; a second part in U2; and once more the first part, which counts once.
    square = shapely.box(114.29, 30.49, 114.311, 30.51)
    hole = shapely.box(114.306, 30.502, 114.308, 30.504)
    far = shapely.box(114.315, 30.49, 114.32, 30.495)
    found = study(tmp_path, [square.difference(hole), far, square.difference(hole)],
                  layer("ring", RING))  # fmt: skip
    land = found.summary["layers"]["ring"]["land"]
    expected = area_km2(square) - area_km2(hole) + area_km2(far)
    assert land["land_km2"] == pytest.approx(expected, rel=1e-4)
    assert land["reached_km2"] == pytest.approx(CIRCLE, rel=1e-3)
    assert land["share_by_land"] == pytest.approx(CIRCLE / expected, rel=1e-3)
    units = found.units[found.units["layer"] == "ring"].set_index("unit_id")
    outside = area_km2(shapely.box(114.29, 30.49, 114.298, 30.51))
    assert units.loc["", "land_km2"] == pytest.approx(outside, rel=1e-4)
    assert units.loc["U2", "land_km2"] == pytest.approx(area_km2(far), rel=1e-4)
    assert units.loc["U2", "share_by_land"] == 0.0
    finest = units[units["level"].isin(["township", ""])]
    assert finest["land_km2"].sum() == pytest.approx(land["land_km2"], abs=1e-6)
    reached = (finest["share_by_land"] * finest["land_km2"]).sum()
    assert reached == pytest.approx(land["reached_km2"], abs=1e-5)
    county = units[units["level"] == "county"]
    assert sorted(county["land_km2"]) == sorted(finest["land_km2"][1:])
    others = found.units[found.units["layer"] != "ring"]
    assert others[["share_by_land", "land_km2"]].isna().all(axis=None)
    assert "居住用地" in time_basis(found, "ring", words_for("zh-CN"))


@pytest.mark.parametrize("parts", [2, 3])
def test_in_parts_land_of_several_parts_with_holes_is_the_same(tmp_path: Path, parts: int) -> None:
    # One land of two polygons: across both units with a hole on their border, and in U2 alone.
    across = shapely.box(114.29, 30.49, 114.315, 30.51)
    hole = shapely.box(114.309, 30.499, 114.311, 30.501)
    land = shapely.MultiPolygon(
        [across.difference(hole), shapely.box(114.317, 30.49, 114.32, 30.5)]
    )
    near = 'path = "stations.csv"\nminutes = 15\nland = "land.geojson"\n'
    found = study(tmp_path / "s", [land], layer("ring", RING) + layer("near", near))
    whole, _ = in_parts(load_study(tmp_path / "s"), parts, tmp_path / "parts", None)
    assert differing(found, whole) == []
    for key in ("ring", "near"):
        entry = found.summary["layers"][key]["land"]
        assert entry == whole.summary["layers"][key]["land"]
        assert entry["land_km2"] == pytest.approx(
            area_km2(land.geoms[0]) + area_km2(land.geoms[1]), rel=1e-4
        )
        assert 0 < entry["reached_km2"] < entry["land_km2"]


def test_overlapping_circles_count_once_and_holes_are_no_land(tmp_path: Path) -> None:
    hole = shapely.Point(114.303, 30.5).buffer(0.001, cap_style="square")
    square = shapely.box(114.298, 30.49, 114.311, 30.51).difference(hole)
    twice = "S1,one,114.303,30.5\nS2,two,114.303,30.5\n"
    found = study(tmp_path, [square], layer("ring", RING), sites=twice)
    land = found.summary["layers"]["ring"]["land"]
    assert land["reached_km2"] == pytest.approx(CIRCLE - area_km2(hole), rel=1e-3)


def test_a_reach_layer_counts_its_isochrone(tmp_path: Path) -> None:
    everywhere = shapely.box(114.2, 30.4, 114.4, 30.6)
    rest = 'path = "stations.csv"\nminutes = 15\nland = "land.geojson"\n'
    found = study(tmp_path, [everywhere], layer("near", rest))
    (drawn,) = found.isochrones.loc[found.isochrones["layer"] == "near", "area_km2"]
    land = found.summary["layers"]["near"]["land"]
    assert land["reached_km2"] == pytest.approx(drawn, rel=1e-4)
    assert "land" not in found.summary["layers"]["station"]
    assert differing(found, open_explorer(load_study(tmp_path)).analysis()) == []


@pytest.mark.parametrize("lat", [20.0, 35.0, 50.0])
def test_areas_are_those_of_the_ellipsoid(lat: float) -> None:
    box = shapely.box(113.0, lat - 0.5, 115.0, lat + 0.5)
    plane = equal_area_plane(114.0, lat)
    assert shapely.area(_in_plane(box, plane)) / 1e6 == pytest.approx(area_km2(box), rel=1e-3)


def test_no_land_within_is_zero(tmp_path: Path) -> None:
    found = study(tmp_path, [shapely.box(115, 31, 115.1, 31.1)], layer("ring", RING))
    land = found.summary["layers"]["ring"]["land"]
    assert land["share_by_land"] == 0.0 and land["reached_km2"] == 0.0


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        (layer("own", 'path = "stations.csv"\nrule = "radius"\nmetres = 1\nland = "no.geojson"\n'),
         "file_missing"),
        (layer("own", 'path = "stations.csv"\nrule = "radius"\nmetres = 1\nland = "estates.csv"\n'),
         "land_no_areas"),
        (layer("own", 'sites = "none"\nrule = "assigned"\nminutes = 1\nland = "land.geojson"\n'),
         "rule_key_foreign"),
    ],
)  # fmt: skip
def test_wrong_land_is_one_line(layers: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        study(tmp_path, [shapely.box(114.29, 30.49, 114.311, 30.51)], layers)
    assert caught.value.code == code
