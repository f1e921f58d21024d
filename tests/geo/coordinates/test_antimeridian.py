"""Roads and areas over 180 degrees of longitude, against the same ones elsewhere on the globe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import pipeline
from geo.base.quality_log import QualityLog
from geo.coordinates.antimeridian import split_areas, split_lines
from geo.readers.osm.roads import read_osm
from geo.readers.roads.assemble import assemble
from geo.readers.roads.graphml import read_graphml
from geo.roads.osm_access import classify
from geo.roads.roads import Roads
from geo.study.load import load_study
from tests.worlds.field import field_study
from tests.worlds.osm_dialects import street_xml

GEOD = pyproj.Geod(ellps="WGS84")
# Thousandths of a degree east of 180; 0 is the meridian itself.
STEPS = st.lists(st.integers(-5, 5), min_size=2, max_size=8)


def _at(step: int, *, east: bool = False) -> float:
    """The longitude; the meridian itself as 180, or as -180 where `east`."""
    lon = 180 + step / 1000
    return round(lon - 360 if lon > 180 or (east and step == 0) else lon, 6)


@given(st.lists(STEPS, min_size=1, max_size=4), st.data())
def test_lines_stay_whole_and_on_one_side(worlds: list[list[int]], data: st.DataObject) -> None:
    lines = [
        np.array([(_at(x, east=data.draw(st.booleans())), 0.001 * at) for at, x in enumerate(w)])
        for w in worlds
    ]
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    ends = np.arange(2 * len(lines)).reshape(-1, 2)
    nodes = np.array([end for line in lines for end in (line[0], line[-1])])
    cut = split_lines(np.concatenate(lines), start, ends[:, 0], ends[:, 1], nodes)
    if cut is None:
        assert all(np.abs(np.diff(line[:, 0])).max() <= 180 for line in lines)
        return
    parts = np.split(cut.lonlat, cut.start[1:-1])
    assert all(len(part) > 1 and np.ptp(part[:, 0]) < 1 for part in parts)
    for row, line in enumerate(lines):
        mine = np.flatnonzero(cut.row == row)
        assert cut.share[mine].sum() == pytest.approx(1)
        length = sum(GEOD.line_length(*parts[at].T) for at in mine)
        assert length == pytest.approx(GEOD.line_length(*line.T), rel=1e-6)
        # From u to v through nodes that the parts share.
        assert cut.u[mine[0]] == ends[row, 0] and cut.v[mine[-1]] == ends[row, 1]
        assert (cut.v[mine[:-1]] == cut.u[mine[1:]]).all()
    for ends_at, of in ((cut.start[:-1], cut.u), (cut.start[1:] - 1, cut.v)):
        away = np.abs(cut.lonlat[ends_at] - cut.node_lonlat[of])
        assert np.minimum(away, np.abs(away - [360, 0])).max() < 1e-9


def _streets_km() -> float:
    """Length of the streets of the field case."""
    lon, lat = [179.995, 179.995, -179.995, -179.995], [-16.79, -16.8, -16.8, -16.79]
    return float(GEOD.line_length(lon, lat)) / 1000


def test_a_field_case_over_the_antimeridian() -> None:
    analysis = pipeline.run(load_study(field_study("antimeridian")))
    found = analysis.demand.set_index("demand_id")
    assert found.loc["d_far", "cause"] == "data_doubt" and not found.loc["d_far", "covered"]
    assert found.loc["d_w", "minutes"] == pytest.approx(49.19, abs=0.01)
    # The drawn area lies along the streets, on both sides.
    (area,) = analysis.isochrones.geometry
    assert area.is_valid and all(part.bounds[2] - part.bounds[0] < 1 for part in area.geoms)
    on_street = shapely.contains_xy(area, [179.9999, -179.9999, 179.995, -179.995], -16.8)
    assert on_street.all() and not shapely.contains_xy(area, 100.0, -16.8)
    (area_km2,) = analysis.isochrones["area_km2"]
    assert area_km2 == pytest.approx(_streets_km() * 0.1, rel=0.05)


def _shifted(roads: Roads) -> tuple[float, list[int]]:
    """Length of all edges, and how many edges meet at each node, without the cuts."""
    degree = np.bincount(np.concatenate([roads.u, roads.v]))
    return float(roads.length_m.sum()), sorted(degree[degree != 2].tolist())


CROSS = "1 {a} -16.8; 2 {b} -16.8; 3 {c} -16.8; 4 {c} -16.79; 5 {b} -16.79"
WAYS = "10: 1 2 3 4; 11: 5 2; 12: 3 5"


@pytest.mark.parametrize("steps", [(-4, -1, 3), (-4, 0, 3), (-4, 2, 0), (0, -1, 5)])
def test_osm_roads_are_joined_across(tmp_path: Path, steps: tuple[int, ...]) -> None:
    found = []
    for middle in (180, 100):
        places = dict(
            zip("abc", ((middle + s / 1000 + 180) % 360 - 180 for s in steps), strict=True)
        )
        path = tmp_path / "roads.osm"
        path.write_text(street_xml(CROSS.format(**places), WAYS))
        roads, *_ = read_osm(path, "r", QualityLog(), "wgs84", tmp_path)
        assert np.ptp(roads.lonlat[:, 0]) > 300 or middle == 100
        found.append(_shifted(roads))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    assert found[0][1] == found[1][1]


def test_graphml_arcs_are_cut_in_both_directions(tmp_path: Path) -> None:
    """The two arcs of one street, projected or not, are one street in two parts."""
    path = tmp_path / "g"
    keys = "".join(f'<key id="{k}" for="node" attr.name="{k}" attr.type="double"/>' for k in "xy")
    nodes = "".join(
        f'<node id="{name}"><data key="x">{x}</data><data key="y">-16.8</data></node>'
        for name, x in (("a", 179.99), ("b", -179.98))
    )
    text = f'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{keys}'
    text += '<key id="o" for="edge" attr.name="osmid" attr.type="long"/>'
    text += '<key id="l" for="edge" attr.name="length" attr.type="double"/>'
    text += f'<graph edgedefault="directed">{nodes}'
    for u, v in (("a", "b"), ("b", "a")):
        text += f'<edge source="{u}" target="{v}"><data key="o">7</data>'
        text += '<data key="l">3000</data></edge>'
    path.write_text(text + "</graph></graphml>")
    roads, rows_in, used = read_graphml(path, "g", QualityLog(), "wgs84")
    assert (rows_in, used) == (2, 2)
    assert roads.edge_id.tolist() == [7, 7]
    np.testing.assert_allclose(roads.length_m, [1000, 2000], rtol=1e-3)
    assert roads.oneway_drive.tolist() == [0, 0]
    assert roads.lonlat[:, 0].tolist() == [179.99, 180, -180, -179.98]
    assert roads.v[0] == roads.u[1]


def test_what_belongs_to_an_edge_goes_with_its_parts() -> None:
    roads = assemble(
        lonlat=np.array([[179.9, 0], [-179.9, 0], [10, 0], [11, 0.0]]),
        start=np.array([0, 2, 4]),
        u=np.array([0, 2]),
        v=np.array([1, 3]),
        node_lonlat=np.array([[179.9, 0], [-179.9, 0], [10, 0], [11, 0.0]]),
        edge_id=np.array(["x", "y"]),
        classes=[classify({"highway": "service"}), classify({"highway": "track"})],
        class_of=np.array([0, 1]),
        length_m=np.array([100.0, np.nan]),
        speed_kmh=np.array([np.nan, 7.0]),
    )
    assert roads.consistent
    assert roads.edge_id.tolist() == ["x", "x", "y"]
    assert roads.highway.tolist() == ["service", "service", "track"]
    np.testing.assert_allclose(roads.length_m, [50, 50, 111319.49], rtol=1e-6)
    assert roads.speed_kmh.tolist()[2] == 7.0


SQUARE = [(-3, 0), (4, 0), (4, 5), (-3, 5), (-3, 0)]
HOLE = [(-1, 1), (2, 1), (2, 3), (-1, 3), (-1, 1)]
EAST_HOLE = [(1, 1), (2, 1), (2, 3), (1, 3), (1, 1)]


def _world(ring: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [((x + 360) % 360 - 180 if x else 180.0, float(y)) for x, y in ring]


@pytest.mark.parametrize("holes", [[], [HOLE], [EAST_HOLE]])
@pytest.mark.parametrize("back", [False, True])
def test_areas_are_cut(holes: list[list[tuple[int, int]]], back: bool) -> None:
    turned = slice(None, None, -1 if back else 1)
    area = shapely.Polygon(_world(SQUARE)[turned], [_world(hole) for hole in holes])
    (found,), split = split_areas(np.array([area], dtype=object))
    assert split.tolist() == [True] and found.is_valid
    assert found.area == pytest.approx(shapely.Polygon(SQUARE, holes).area)
    inside = shapely.contains_xy(found, [-179.5, 179.5, 100, -100, -178.5], [4.5, 4.5, 4, 4, 2])
    assert inside.tolist() == [True, True, False, False, not holes]


def test_areas_that_are_left_as_they_are() -> None:
    areas = [
        shapely.box(-180, -90, 180, 90),
        shapely.Polygon([(-170, 80), (-60, 80), (60, 80), (170, 80)]),  # round the pole
        shapely.box(100, 0, 101, 1),
        shapely.box(-80, 0, 90, 1),
        None,
    ]
    given_areas = np.array(areas, dtype=object)
    found, split = split_areas(given_areas)
    assert not split.any()
    assert shapely.equals(found[:4], given_areas[:4]).all()


def test_a_unit_over_the_antimeridian_holds_its_own_points_only(tmp_path: Path) -> None:
    """The field case with one unit that nobody has cut, as OSM and some offices give it."""
    source = field_study("antimeridian")
    for name in ("study.toml", "roads.osm", "demand.csv", "sites.csv"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    ring = [[179.9, -17], [-179.9, -17], [-179.9, -16.7], [179.9, -16.7], [179.9, -17]]
    unit = {
        "type": "Feature",
        "properties": {"id": "F", "name": "Both"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    content = {"type": "FeatureCollection", "features": [unit]}
    (tmp_path / "units.geojson").write_text(json.dumps(content))
    analysis = pipeline.run(load_study(tmp_path))
    units = analysis.demand.set_index("demand_id")["unit_id"].to_dict()
    assert units == {"d_far": "", "d_w": "F"}
    assert "area_over_180" in analysis.quality["problem"].tolist()
