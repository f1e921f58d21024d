"""GraphML as OSMnx saves it gives the minutes of the OSM file that the graph was made from."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo import pipeline
from geo.base.quality_log import QualityLog
from geo.readers.osm.roads import read_osm
from geo.readers.roads.graphml import read_graphml
from geo.roads.roads import CLOSED, OPEN, Roads
from geo.study.load import load_study
from tests.worlds.field import field_study
from tests.worlds.osmnx_graphs import SAVED, write_city, write_study

SEED = 3


def _times(folder: Path, roads: str) -> pd.DataFrame:
    write_study(folder, roads, SEED)
    demand = pipeline.run(load_study(folder)).demand
    return demand.pivot(index="demand_id", columns="layer", values="time_ms").astype("float64")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The OSM file, and the times on it."""
    folder = tmp_path_factory.mktemp("city")
    write_city(folder / "roads.osm", SEED)
    expected = _times(folder, "roads.osm")
    assert expected.notna().mean(axis=None) > 0.9 and expected.shape == (40, 6)
    # One-ways count: the way there is not the way back.
    assert (expected["drive_to"] - expected["drive_from"]).abs().median() > 1000
    return folder / "roads.osm", expected


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_graph_has_the_minutes_of_its_source(city: Any, name: str, tmp_path: Path) -> None:
    source, expected = city
    SAVED[name](source, tmp_path / "roads.graphml")
    times = _times(tmp_path, "roads.graphml")
    # Every edge is rounded to a millisecond, and simplified edges are longer.
    np.testing.assert_allclose(times, expected, atol=25)


def _graphml(path: Path, edges: list[tuple[str, str, dict[str, str]]]) -> None:
    """Nodes a to f on a row, arcs with these values."""
    keys = sorted({key for _, _, data in edges for key in data})
    text = ['<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    text += [f'<key id="{k}" for="edge" attr.name="{k}" attr.type="string"/>' for k in keys]
    text += [f'<key id="{k}" for="node" attr.name="{k}" attr.type="double"/>' for k in "xy"]
    text.append('<graph edgedefault="directed">')
    for at, node in enumerate("abcdef"):
        x, y = 114.3 + 0.001 * at, 30.5
        text.append(f'<node id="{node}"><data key="x">{x}</data><data key="y">{y}</data></node>')
    for at, (u, v, data) in enumerate(edges):
        inner = "".join(f'<data key="{key}">{value}</data>' for key, value in data.items())
        text.append(f'<edge source="{u}" target="{v}" id="{at}">{inner}</edge>')
    path.write_text("".join([*text, "</graph></graphml>"]))


def _read(path: Path) -> tuple[Roads, QualityLog]:
    quality = QualityLog()
    roads, rows_in, used = read_graphml(path, "g", quality, "wgs84")
    assert used <= rows_in
    return roads, quality


def _street(osmid: str, **more: str) -> dict[str, str]:
    return {"osmid": osmid, "highway": "residential", "oneway": "[True, False]", **more}


@pytest.mark.parametrize("order", itertools.permutations(("7", "15", "-23")))
@pytest.mark.parametrize("shape", ["[{}]", "{{{}}}", "({})"])
def test_merged_ways_pair_in_any_order(tmp_path: Path, order: tuple[str, ...], shape: str) -> None:
    path = tmp_path / "g"
    there, back = shape.format("7, 15, -23"), shape.format(", ".join(order))
    _graphml(path, [("a", "b", _street(there)), ("b", "a", _street(back))])
    roads, _ = _read(path)
    assert roads.oneway_drive.tolist() == [0]
    assert roads.edge_id.tolist() == [-23]


def test_parallel_arcs_stay_apart(tmp_path: Path) -> None:
    """Two carriageways of the same ways, on lines of their own, each open one way."""
    path = tmp_path / "g"
    lines = ["LINESTRING (114.3 30.5, 114.3005 30.501, 114.301 30.5)",
             "LINESTRING (114.301 30.5, 114.3005 30.499, 114.3 30.5)"]  # fmt: skip
    arcs = [
        ("a", "b", _street("[1, 2]", geometry=lines[0])),
        ("b", "a", _street("[2, 1]", geometry=lines[1])),
        ("a", "b", _street("[1, 3]")),
        ("b", "a", _street("[2, 3]")),
    ]
    _graphml(path, arcs)
    roads, _ = _read(path)
    assert roads.oneway_drive.tolist() == [1, 1, 1, 1]


def test_direction_and_tags_come_from_the_arc_along_its_way(tmp_path: Path) -> None:
    path = tmp_path / "g"
    tags = {"osmid": "5", "highway": "residential", "oneway": "False"}
    _graphml(
        path,
        [("b", "a", {**tags, "reversed": "True"}), ("a", "b", {**tags, "reversed": "False"})],
    )
    roads, _ = _read(path)
    assert roads.lonlat[:, 0].tolist() == [114.3, 114.301]


@pytest.mark.parametrize(
    ("oneway", "expected"),
    [
        ("False", 0),
        ("True", 1),
        ("[True, False]", 1),
        ("[False]", 0),
        ("false", 0),
        ("nan", 1),
    ],
)
def test_an_arc_without_its_opposite(tmp_path: Path, oneway: str, expected: int) -> None:
    path = tmp_path / "g"
    _graphml(path, [("a", "b", {"osmid": "1", "highway": "service", "oneway": oneway})])
    roads, _ = _read(path)
    assert roads.oneway_drive.tolist() == [expected]


def test_what_is_no_street_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "g"
    arcs = [
        ("a", "b", {"osmid": "1", "highway": "service"}),
        ("b", "c", {"osmid": "2"}),
        ("c", "d", {"osmid": "3", "highway": ""}),
        ("d", "e", {"osmid": "4", "highway": "nan"}),
    ]
    _graphml(path, arcs)
    roads, _ = _read(path)
    assert roads.foot.tolist() == [OPEN, CLOSED, CLOSED, CLOSED]
    assert roads.drive.tolist() == [OPEN, CLOSED, CLOSED, CLOSED]
    # Where no arc has a class, the file has none to go by.
    _graphml(path, [("a", "b", {"osmid": "2"})])
    roads, _ = _read(path)
    assert roads.foot.tolist() == [OPEN]


def test_arcs_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "g"
    bad = ("LINESTRING (114.3 30.5, oops", "POINT (1 2)", "LINESTRING EMPTY")
    arcs = [("a", "b", _street("1", geometry=text)) for text in bad]
    _graphml(path, [*arcs, ("b", "c", _street("x", length="[10.5, 20]"))])
    roads, quality = _read(path)
    assert roads.edge_id.tolist() == ["x"] and roads.length_m.tolist() == [30.5]
    assert [(row.problem, row.value) for row in quality.rows] == [("coordinate_bad", "3")]


def test_a_line_may_run_against_its_arc(tmp_path: Path) -> None:
    path = tmp_path / "g"
    line = "LINESTRING (114.301 30.5, 114.3005 30.501, 114.3 30.5)"
    _graphml(path, [("a", "b", _street("1", geometry=line))])
    roads, _ = _read(path)
    assert roads.lonlat[0].tolist() == [114.3, 30.5]


def test_one_arc_a_way_is_read_by_the_words_of_osm(tmp_path: Path) -> None:
    """OSMnx with all_oneway turns ways with -1, and keeps OSM's words."""
    path = tmp_path / "g"
    words: list[dict[str, str]] = [
        {"oneway": "no"}, {"oneway": "yes"}, {"oneway": "-1"}, {}, {"junction": "roundabout"},
    ]  # fmt: skip
    arcs = [
        (u, v, {"osmid": str(at), "highway": "residential", **more})
        for at, ((u, v), more) in enumerate(zip(itertools.pairwise("abcdef"), words, strict=True))
    ]
    _graphml(path, arcs)
    roads, _ = _read(path)
    assert roads.oneway_drive.tolist() == [0, 1, 1, 0, 1]


def test_a_railway_is_no_street() -> None:
    """A field case: a point beside rails stands on a street or off network, and is not cut off."""
    demand = pipeline.run(load_study(field_study("graphml_with_rail"))).demand
    found = demand.set_index("demand_id")
    assert found.loc["by_rail", "cause"] != "cut_off"
    assert found.loc["west", "minutes"] == pytest.approx(27.0)


def test_the_same_city_from_both_files_is_one_network(tmp_path: Path) -> None:
    """Not simplified, every street is there once, two-way where the file says so."""
    write_city(tmp_path / "roads.osm", 11)
    SAVED["not simplified"](tmp_path / "roads.osm", tmp_path / "g")
    source, *_ = read_osm(tmp_path / "roads.osm", "o", QualityLog(), "wgs84", tmp_path)
    roads, _ = _read(tmp_path / "g")
    oneways = source.oneway_drive != 0
    pieces = np.diff(source.start) - 1
    assert (roads.oneway_drive != 0).sum() == pieces[oneways].sum()
    assert len(roads) == pieces.sum()
