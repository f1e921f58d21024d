"""Roads from OSM files, GraphML and edge tables; overrides."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.roads.overrides import read_overrides
from geo.readers.roads.read import read_roads
from geo.roads.roads import CLOSED, OPEN, PRIVATE, Roads
from geo.study.load import load_study
from geo.study.model import Study
from tests.worlds.streets import SHARED

DATA = SHARED


def _study(folder: Path, network: str, extra: str = "") -> Study:
    text = '[study]\nname = "t"\n[units]\npath = "u"\n[demand]\npath = "d"\n'
    text += f'[network]\npath = "{network}"\n{extra}\n'
    text += '[[layers]]\nkey = "a"\nsites = "none"\nminutes = 15\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


def _read(folder: Path, network: str, extra: str = "") -> tuple[Roads, QualityLog]:
    quality = QualityLog()
    roads = read_roads(_study(folder, network, extra), quality)
    item = quality.inputs[0]
    assert item.role == "network"
    assert item.rows_in == item.rows_used + item.rows_set_aside
    _consistent(roads)
    return roads, quality


def _consistent(roads: Roads) -> None:
    """What every reader owes to the engine."""
    assert len(roads.start) == len(roads) + 1
    assert roads.start[-1] == len(roads.lonlat)
    assert (np.diff(roads.start) >= 2).all()
    np.testing.assert_allclose(
        roads.lonlat[roads.start[:-1]], roads.node_lonlat[roads.u], atol=1.1e-7
    )
    np.testing.assert_allclose(
        roads.lonlat[roads.start[1:] - 1], roads.node_lonlat[roads.v], atol=1.1e-7
    )
    assert np.isfinite(roads.lonlat).all()
    assert (roads.length_m >= 0).all()
    assert set(range(roads.node_count)) == set(roads.u.tolist()) | set(roads.v.tolist())
    for name, kind in (("foot", "u1"), ("oneway_drive", "i1"), ("maxspeed_kmh", "f4"), ("u", "i4")):
        assert getattr(roads, name).dtype == np.dtype(kind)


def _line(roads: Roads, edge: int) -> list[tuple[float, float]]:
    return [tuple(xy) for xy in roads.lonlat[roads.start[edge] : roads.start[edge + 1]].tolist()]


def _osm(folder: Path, ways: str, nodes: int = 9) -> None:
    """Nodes 1..n on a row, 0.001 degrees apart."""
    xml = "".join(
        f'<node id="{i}" lat="30.5" lon="{114 + i / 1000}"/>' for i in range(1, nodes + 1)
    )
    (folder / "roads.osm").write_text(f'<osm version="0.6">{xml}{ways}</osm>', encoding="utf-8")


def _way(number: int, refs: str, **tags: str) -> str:
    tags = tags or {"highway": "residential"}
    text = "".join(f'<nd ref="{ref}"/>' for ref in refs.split())
    text += "".join(f'<tag k="{k.replace("__", ":")}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}">{text}</way>'


def test_osm_ways_are_split_where_they_meet(tmp_path: Path) -> None:
    _osm(
        tmp_path,
        _way(10, "1 2 3 4")
        + _way(11, "5 3 6", highway="footway", oneway="yes")
        + _way(12, "2 7", building="yes")
        + _way(13, "7 8", route="hiking"),
    )
    roads, quality = _read(tmp_path, "roads.osm")
    assert roads.edge_id.tolist() == [10, 10, 11, 11]
    assert [len(_line(roads, edge)) for edge in range(4)] == [3, 2, 2, 2]
    assert (roads.u.tolist(), roads.v.tolist()) == ([0, 1, 3, 1], [1, 2, 1, 4])
    assert roads.highway.tolist() == ["residential"] * 2 + ["footway"] * 2
    assert roads.foot.tolist() == [OPEN] * 4
    assert roads.cycle.tolist() == [OPEN, OPEN, CLOSED, CLOSED]
    assert roads.oneway_drive.tolist() == [0, 0, 1, 1]
    assert quality.rows == []
    geod = pyproj.Geod(ellps="WGS84")
    expected = geod.line_length([114.001, 114.002, 114.003], [30.5] * 3)
    assert roads.length_m[0] == pytest.approx(expected, rel=1e-12)


def test_osm_keys_and_words_whatever_their_case(tmp_path: Path) -> None:
    _osm(
        tmp_path,
        _way(10, "1 2", HIGHWAY="Residential", OneWay="Yes")
        + _way(11, "3 4", Highway="Service", ACCESS="No")
        + _way(12, "5 6", ROUTE="Ferry"),
    )
    roads, _ = _read(tmp_path, "roads.osm")
    assert roads.edge_id.tolist() == [10, 11, 12]
    assert roads.highway.tolist() == ["residential", "service", "ferry"]
    assert roads.oneway_drive.tolist() == [1, 0, 0]
    assert roads.foot.tolist() == [OPEN, CLOSED, CLOSED]


def test_osm_loops_and_ways_that_meet_themselves(tmp_path: Path) -> None:
    _osm(tmp_path, _way(1, "1 2 3 1") + _way(2, "4 5 6 7 5") + _way(3, "8 8 9"))
    roads, _ = _read(tmp_path, "roads.osm")
    assert roads.edge_id.tolist() == [1, 2, 2, 3]
    assert roads.u[0] == roads.v[0]  # a roundabout that nothing joins
    assert roads.u[2] == roads.v[2]  # the loop of a lollipop
    assert len(_line(roads, 2)) == 4
    assert len(_line(roads, 3)) == 2  # a node that follows itself


def test_osm_nodes_that_are_missing_cut_the_way(tmp_path: Path) -> None:
    _osm(tmp_path, _way(1, "1 2 99 3 4") + _way(2, "98 97") + _way(3, "5") + _way(4, "6 99"))
    roads, quality = _read(tmp_path, "roads.osm")
    assert roads.edge_id.tolist() == [1, 1]
    assert len(np.unique(np.concatenate([roads.u, roads.v]))) == 4
    found = {row.problem: (row.action, row.value) for row in quality.rows}
    assert found == {
        "osm_nodes_missing": ("repaired", "4"),
        "osm_ways_cut": ("repaired", "1"),
        "osm_ways_without_nodes": ("set_aside", "3"),
    }
    item = quality.inputs[0]
    assert (item.rows_in, item.rows_used) == (4, 1)


def test_overrides_name_ways_of_any_sign(tmp_path: Path) -> None:
    _osm(tmp_path, _way(-7, "1 2 3") + _way(7, "3 4"))
    (tmp_path / "o.csv").write_text("edge,allowed\n-7,no\n8,no\n", encoding="utf-8")
    study = _study(tmp_path, "roads.osm", 'overrides = "o.csv"')
    quality = QualityLog()
    roads = read_roads(study, quality)
    assert roads.edge_id.tolist() == [-7, 7]
    assert read_overrides(study, roads, quality)["edge_index"].tolist() == [0]
    assert [(row.problem, row.value) for row in quality.rows] == [("edge_unknown", "8")]


def test_osm_file_with_ways_before_nodes_and_a_ferry(tmp_path: Path) -> None:
    ways = (
        _way(1, "1 2")
        + _way(2, "2 3", route="ferry")
        + _way(
            3, "3 4", highway="service", access="private", maxspeed="20 mph", oneway__bicycle="no"
        )
    )
    nodes = "".join(f'<node id="{i}" lat="30.5" lon="{114 + i / 1000}"/>' for i in range(1, 5))
    (tmp_path / "roads.osm").write_text(f'<osm version="0.6">{ways}{nodes}</osm>')
    roads, _ = _read(tmp_path, "roads.osm")
    assert roads.highway.tolist() == ["residential", "ferry", "service"]
    assert roads.foot.tolist() == roads.drive.tolist() == [OPEN, CLOSED, PRIVATE]
    assert roads.maxspeed_kmh[2] == pytest.approx(32.18688)


def test_osm_datum(tmp_path: Path) -> None:
    _osm(tmp_path, _way(1, "1 2"))
    plain, _ = _read(tmp_path, "roads.osm")
    shifted, _ = _read(tmp_path, "roads.osm", 'datum = "gcj02"')
    assert 0.001 < np.abs(plain.lonlat - shifted.lonlat).max() < 0.01


@pytest.mark.parametrize("ways", ["", _way(1, "98 99"), _way(1, "1 2", building="yes")])
def test_network_empty(tmp_path: Path, ways: str) -> None:
    _osm(tmp_path, ways)
    with pytest.raises(StudyError) as caught:
        _read(tmp_path, "roads.osm")
    assert caught.value.code == "network_empty"


def test_osm_broken(tmp_path: Path) -> None:
    (tmp_path / "roads.osm").write_text("<osm><way>")
    with pytest.raises(StudyError) as caught:
        _read(tmp_path, "roads.osm")
    assert caught.value.code == "osm_broken"


def _table(folder: Path, rows: list[tuple[list | None, dict]], crs: object = None) -> None:
    features = []
    for line, properties in rows:
        kind = "MultiLineString" if line and isinstance(line[0][0], list) else "LineString"
        geometry = None if line is None else {"type": kind, "coordinates": line}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    content = {"type": "FeatureCollection", "features": features}
    (folder / "roads.geojson").write_text(json.dumps(content))


def _at(*numbers: float) -> list[list[float]]:
    return [[114 + number / 1000, 30.5] for number in numbers]


def test_edge_table_by_place(tmp_path: Path) -> None:
    _table(
        tmp_path,
        [
            (_at(1, 2, 3), {"id": "x", "highway": "['residential', 'service']", "oneway": "-1"}),
            (_at(3.00009, 4), {"id": "y", "highway": "motorway", "length_m": 250.5}),
            (
                _at(3.0004, 5),
                {"id": "z", "highway": "service", "access": "private", "maxspeed": "['50', '30']"},
            ),
            (None, {}),
            ([], {}),
            (_at(6, 6), {"length_m": -3, "speed_kmh": "18"}),
            ([_at(7, 8), _at(8, 9)], {"length_m": 100}),
            (_at(1000_000, 2), {}),
        ],
    )
    roads, quality = _read(tmp_path, "roads.geojson")
    assert roads.edge_id.tolist() == ["x", "y", "z", "", "", ""]
    # 0.9e-7 degrees apart is one node, 4e-7 are two.
    assert roads.v[0] == roads.u[1] != roads.u[2]
    assert roads.highway.tolist()[:3] == ["residential", "motorway", "service"]
    assert roads.oneway_drive[0] == -1
    assert roads.length_m[1] == 250.5
    assert roads.foot.tolist()[:3] == [OPEN, CLOSED, PRIVATE]
    assert roads.maxspeed_kmh[2] == 30
    assert roads.length_m[3] == 0  # a zero-length edge stays
    assert roads.speed_kmh[3] == 18
    assert roads.length_m[4] + roads.length_m[5] == pytest.approx(100)
    assert [(row.problem, row.row) for row in quality.rows] == [
        ("geometry_missing", 4),
        ("geometry_empty", 5),
        ("coordinate_range", 8),
        ("line_exploded", 7),
        ("number_ignored", 6),
        ("road_without_class", None),
    ]
    assert quality.rows[-1].value == "2"


def test_edge_table_nodes_a_hair_apart_are_one_wherever_they_lie(tmp_path: Path) -> None:
    # Rounding to 1e-7 would part these two.
    x = 114.00000005
    _table(tmp_path, [([[114.1, 30], [x - 4e-9, 30]], {}), ([[x + 4e-9, 30], [114.2, 30]], {})])
    roads, _ = _read(tmp_path, "roads.geojson")
    assert roads.v[0] == roads.u[1]
    assert roads.node_count == 3


def test_edge_table_without_classes_is_open_to_all(tmp_path: Path) -> None:
    _table(tmp_path, [(_at(1, 2), {})])
    roads, _ = _read(tmp_path, "roads.geojson")
    assert roads.foot[0] == roads.cycle[0] == roads.drive[0] == OPEN
    assert roads.edge_id.tolist() == [1]


def test_edge_table_lines_that_run_from_v_to_u_are_turned(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    spots = {f"n{i}": [114 + i % 5 / 100, 30 + i // 5 / 100] for i in range(25)}
    names = list(spots)
    rows = []
    for i in range(25):
        for j in (i + 1, i + 5):
            if j < 25 and (j % 5 or j == i + 5):
                line = [spots[names[i]], [114.9, 30.9 + i / 1000], spots[names[j]]]
                back = bool(rng.integers(2))
                rows.append((line[::-1] if back else line, {"u": names[i], "v": names[j]}))
    rows.append(([spots["n3"], [114.5, 30.5], spots["n3"]], {"u": "n3", "v": "n3"}))
    rows.append(([[115, 31], [115.1, 31]], {"u": "a", "v": "b"}))
    rows.append(([[115, 31], [115.2, 31.1], [115.1, 31]], {"u": "b", "v": "a"}))
    rows.append(([spots["n0"], [116, 31]], {"u": "n24", "v": "far"}))
    rows.append(([spots["n0"], [116, 31]], {"u": "", "v": "far"}))
    _table(tmp_path, rows)
    roads, quality = _read(tmp_path, "roads.geojson")
    problems = {row.problem: (row.row, row.value) for row in quality.rows}
    assert problems["edge_ends_disagree"] == (len(rows) - 1, "n24 → far")
    assert problems["node_name_missing"][0] == len(rows)
    assert int(problems["line_turned"][1]) > 10
    for edge, (_, properties) in enumerate(rows[:41]):
        assert _line(roads, edge)[0] == tuple(spots[properties["u"]])
        assert _line(roads, edge)[-1] == tuple(spots[properties["v"]])
    assert roads.u[42] == roads.v[41]


def test_edge_table_whose_names_fit_nowhere_is_refused(tmp_path: Path) -> None:
    rows = [(_at(i, i + 1), {"u": f"{i % 7}", "v": f"{i % 5 + 20}"}) for i in range(60)]
    _table(tmp_path, rows)
    with pytest.raises(StudyError) as caught:
        _read(tmp_path, "roads.geojson")
    assert caught.value.code == "edges_uv_broken"


@pytest.mark.parametrize("suffix", ["gpkg", "parquet"])
def test_edge_table_projected(tmp_path: Path, suffix: str) -> None:
    lines = [shapely.LineString(_at(1, 2)), shapely.LineString(_at(2, 3))]
    frame = gpd.GeoDataFrame(
        {"highway": ["residential", "steps"]}, geometry=lines, crs=4326
    ).to_crs(32650)
    path = tmp_path / f"roads.{suffix}"
    frame.to_file(path) if suffix == "gpkg" else frame.to_parquet(path)
    roads, _ = _read(tmp_path, path.name)
    assert roads.v[0] == roads.u[1]
    np.testing.assert_allclose(roads.lonlat[0], _at(1)[0], atol=1e-8)
    assert roads.drive.tolist() == [OPEN, CLOSED]


@pytest.mark.parametrize(
    ("content", "code"),
    [("id,lon\n1,2\n", "format_not_network"), ('{"type": "Feature"}', "network_empty")],
)
def test_no_network(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "roads.x").write_text(content)
    with pytest.raises(StudyError) as caught:
        _read(tmp_path, "roads.x")
    assert caught.value.code == code


def test_graphml(tmp_path: Path) -> None:
    import networkx as nx
    import osmnx

    graph = nx.MultiDiGraph(crs="epsg:4326")
    for i in range(1, 5):
        graph.add_node(i, x=114 + i / 1000, y=30.5)
    bend = shapely.LineString([*_at(1), [114.0015, 30.6], *_at(2)])
    graph.add_edge(1, 2, osmid=10, highway="residential", oneway=False, length=500.0, geometry=bend)
    graph.add_edge(
        2, 1, osmid=10, highway="residential", oneway=False, length=500.0, geometry=bend.reverse()
    )
    graph.add_edge(
        2,
        3,
        osmid=[11, 12],
        highway=["tertiary", "service"],
        oneway=True,
        length=96.0,
        maxspeed=["50", "30"],
    )
    graph.add_edge(3, 4, osmid=13, highway="footway", oneway=False, length=96.0)
    graph.add_edge(4, 3, osmid=13, highway="footway", oneway=False, length=96.0)
    graph.add_edge(
        3,
        3,
        osmid=14,
        highway="service",
        oneway=True,
        length=10.0,
        geometry=shapely.LineString([*_at(3), [114.01, 30.6], [114.02, 30.6], *_at(3)]),
    )
    osmnx.save_graphml(graph, tmp_path / "roads.graphml")
    roads, quality = _read(tmp_path, "roads.graphml")
    assert roads.edge_id.tolist() == [10, 11, 13, 14]
    assert roads.oneway_drive.tolist() == [0, 1, 0, 1]
    # Of several classes, the least important.
    assert roads.highway.tolist() == ["residential", "service", "footway", "service"]
    assert roads.length_m.tolist() == [500, 96, 96, 10]
    assert roads.maxspeed_kmh[1] == 30
    assert len(_line(roads, 0)) == 3
    assert roads.drive.tolist() == [OPEN, OPEN, CLOSED, OPEN]
    assert (quality.inputs[0].rows_in, quality.inputs[0].rows_used) == (6, 6)


def test_graphml_broken(tmp_path: Path) -> None:
    (tmp_path / "roads.graphml").write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
        '<node id="1"/><node id="2"/><edge source="1" target="2"/></graph></graphml>'
    )
    with pytest.raises(StudyError) as caught:
        _read(tmp_path, "roads.graphml")
    assert caught.value.code == "graphml_broken"


def test_overrides(tmp_path: Path) -> None:
    _osm(tmp_path, _way(1, "1 2 3 5") + _way(2, "3 4", route="ferry") + _way(3, "5 6"))
    rows = [
        "1,walk,no,,",
        "1,,,,12",
        "2,,是,,8.5",
        "3,drive,,20,",
        "99,,no,,",
        "3,fly,no,,",
        "3,,perhaps,,",
        "3,,,fast,",
        "3,,,0,",
        "3,,,,-1",
        "3,,,,",
    ]
    csv = "edge,profile,allowed,speed_kmh,minutes\n" + "\n".join(rows) + "\n"
    (tmp_path / "o.csv").write_text(csv, encoding="utf-8")
    study = _study(tmp_path, "roads.osm", 'overrides = "o.csv"')
    quality = QualityLog()
    roads = read_roads(study, quality)
    frame = read_overrides(study, roads, quality)
    assert frame["edge_index"].tolist() == [0, 1, 0, 1, 2, 3]
    assert frame["profile"].tolist() == ["walk", "walk", "", "", "", "drive"]
    assert frame["allowed"].tolist() == [False, False, None, None, True, None]
    assert frame["minutes"].iloc[2:4].tolist() == pytest.approx([6, 6], rel=1e-6)
    assert frame["minutes"].iloc[4] == 8.5
    assert frame["speed_kmh"].iloc[5] == 20
    problems = [(row.problem, row.row) for row in quality.rows]
    assert sorted(problems, key=lambda item: item[1] or 0) == [
        ("edge_unknown", 6),
        ("profile_unknown", 7),
        ("allowed_bad", 8),
        ("number_bad", 9),
        ("number_bad", 10),
        ("number_bad", 11),
        ("override_empty", 12),
    ]
    item = quality.inputs[-1]
    assert (item.role, item.rows_in, item.rows_used) == ("overrides", 11, 4)


def test_no_overrides_and_a_file_without_edges(tmp_path: Path) -> None:
    _osm(tmp_path, _way(1, "1 2"))
    study = _study(tmp_path, "roads.osm")
    quality = QualityLog()
    roads = read_roads(study, quality)
    frame = read_overrides(study, roads, quality)
    assert frame.columns.tolist() == ["edge_index", "profile", "allowed", "speed_kmh", "minutes"]
    assert len(frame) == 0
    (tmp_path / "o.csv").write_text("way,allowed\n1,no\n")
    study = _study(tmp_path, "roads.osm", 'overrides = "o.csv"')
    with pytest.raises(StudyError) as caught:
        read_overrides(study, roads, quality)
    assert caught.value.code == "column_missing"


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("poa/poa_osm.pbf", 15_886),
        ("liechtenstein/liechtenstein-latest.osm.pbf", 4_660),
        ("heidelberg/heidelberg.test.pbf", 25_359),
    ],
)
def test_real_extracts(tmp_path: Path, name: str, ways: int) -> None:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"the shared data are not here: {path}")
    (tmp_path / "roads.osm.pbf").write_bytes(path.read_bytes())
    roads, quality = _read(tmp_path, "roads.osm.pbf")
    item = quality.inputs[0]
    ferries = len(np.unique(roads.edge_id[roads.highway == "ferry"]))
    assert item.rows_in - ferries == ways
    assert item.rows_set_aside == 0
    # Splitting keeps the ground: the pieces of a way follow each other.
    same = roads.edge_id[1:] == roads.edge_id[:-1]
    assert (roads.v[:-1][same] == roads.u[1:][same]).all()
    assert 1_000 < roads.length_m.sum() / 1000 < 5_000
    assert (roads.highway != "").all()
