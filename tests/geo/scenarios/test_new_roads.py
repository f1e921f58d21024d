"""New roads: how they join those of the study, and what becomes of lengths and overrides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.base.quality_log import QualityLog
from geo.readers.roads.edge_table import read_edge_table
from geo.roads.roads import OPEN, Roads
from geo.scenarios.changes import AddRoad
from geo.scenarios.new_roads import add_roads, joined_line, loose_ends
from tests.worlds.streets import write_geojson

EAST = [(114.0, 30.0), (114.01, 30.0), (114.02, 30.0)]
ACROSS = [(114.015, 29.99), (114.015, 30.01)]


def read(folder: Path, lines: list[tuple[str, list[tuple[float, float]]]]) -> Roads:
    path = folder / "roads.geojson"
    rows = [
        ({"id": name, "highway": "residential"}, shapely.LineString(line)) for name, line in lines
    ]
    write_geojson(path, rows)
    roads, _, _ = read_edge_table(path, path.name, QualityLog(), "wgs84")
    return roads


def new(line: list[tuple[float, float]], **keys: object) -> AddRoad:
    return AddRoad.model_validate({"do": "add_road", "line": line, **keys})


@pytest.mark.parametrize(
    "line",
    [
        [(114.01, 30.0), (114.01, 30.02)],
        [(114.0, 30.0), (114.0, 30.02), (114.02, 30.0)],
        [(114.01, 30.02), (114.01, 30.0), (114.01, 30.0), (114.01, 29.98)],
    ],
    ids=["at an inner vertex", "between two ends", "through a vertex"],
)
def test_a_line_that_shares_vertices_is_read_as_from_the_file(
    tmp_path: Path, line: list[tuple[float, float]]
) -> None:
    base = read(tmp_path, [("a", EAST), ("b", ACROSS)])
    expected = read(tmp_path, [("a", EAST), ("b", ACROSS), ("c", line)])
    found = add_roads(base, [new(line, road="c", highway="residential")]).roads
    assert found.consistent
    for name in Roads.__dataclass_fields__:
        ours, theirs = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


def test_roads_that_it_crosses_are_not_joined(tmp_path: Path) -> None:
    base = read(tmp_path, [("a", EAST)])
    found = add_roads(base, [new(ACROSS)]).roads
    assert len(found) == len(base) + 1 and found.node_count == base.node_count + 2
    assert found.edge_id.tolist() == ["a", "+1"]


def test_an_end_near_a_road_is_led_to_it(tmp_path: Path) -> None:
    base = read(tmp_path, [("a", EAST)])
    near, far = (114.005, 30.0002), (114.016, 30.01)
    found = add_roads(base, [new([near, far], highway="path")])
    roads = found.roads
    assert found.edge_of.tolist() == [0, 0, -1] and roads.node_count == base.node_count + 2
    assert {int(roads.u[2]), int(roads.v[2])} & {int(roads.v[0])}
    assert (roads.foot[2], roads.drive[2]) == (OPEN, 0)
    assert roads.length_m[:2].sum() == pytest.approx(base.length_m[0], rel=1e-6)


def test_overrides_hold_for_the_pieces_and_share_minutes(tmp_path: Path) -> None:
    base = read(tmp_path, [("a", EAST), ("b", ACROSS)])
    found = add_roads(base, [new([(114.01, 30.0), (114.01, 30.02)])])
    rows = pd.DataFrame(
        {
            "edge_index": np.array([1, 0]),
            "profile": ["", "walk"],
            "allowed": np.array([False, None], object),
            "speed_kmh": [np.nan, np.nan],
            "minutes": [np.nan, 10.0],
        }
    )
    after = found.overrides(rows)
    assert after is not None
    assert after["edge_index"].tolist() == [2, 0, 1]
    assert after["minutes"][1:].sum() == pytest.approx(10.0)
    assert found.overrides(None) is None


def test_ends_that_join_nothing_are_named_and_led_to_the_nearest_road(tmp_path: Path) -> None:
    base = read(tmp_path, [("a", EAST)])
    near, far, on = (114.005, 30.0002), (114.016, 30.01), (114.01, 30.0)
    (loose,) = loose_ends(base, new([near, far]))
    assert loose.number == 2 and loose.distance_m == pytest.approx(1_106, abs=2)
    assert loose.place == pytest.approx((114.016, 30.0), abs=1e-9)
    both = loose_ends(base, new([far, (114.02, 30.01), (114.03, 30.01)]))
    assert [end.number for end in both] == [1, 3]
    assert loose_ends(base, new([on, near])) == ()
    joined = new(list(joined_line((near, far), [loose])))
    assert loose_ends(base, joined) == ()
    roads = add_roads(base, [joined]).roads
    # Between its two joins the road has three pieces, and the new one leads from one to the other.
    assert len(roads) == 4 and roads.node_count == base.node_count + 2
    assert len(joined_line((far, near), both)) == 4


def test_an_end_joins_a_road_that_its_users_may_use(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    beside = [(lon, lat + 0.0002) for lon, lat in EAST]
    rows = [
        ({"id": "m", "highway": "motorway"}, shapely.LineString(EAST)),
        ({"id": "s", "highway": "residential"}, shapely.LineString(beside)),
    ]
    write_geojson(path, rows)
    base, _, _ = read_edge_table(path, path.name, QualityLog(), "wgs84")
    line = [(114.005, 30.00005), (114.005, 29.99)]
    walked = add_roads(base, [new(line, highway="footway")])
    assert walked.edge_of.tolist() == [0, 1, 1, -1]
    driven = add_roads(base, [new(line, highway="primary")])
    assert driven.edge_of.tolist() == [0, 0, 1, -1]
    far = loose_ends(base, new([(114.005, 29.9998), (114.005, 29.99)], highway="footway"))
    assert [end.number for end in far] == [1, 2]


def test_an_end_joins_a_new_road_before_it(tmp_path: Path) -> None:
    base = read(tmp_path, [("a", EAST)])
    first = new([(114.01, 30.0), (114.01, 30.02)])
    second = new([(114.0101, 30.01), (114.02, 30.01)])
    roads = add_roads(base, [first, second]).roads
    assert roads.consistent and len(roads) == len(base) + 4
    assert loose_ends(add_roads(base, [first]).roads, second)[0].number == 2
    # A road on which nobody may walk or ride is none to join.
    closed = add_roads(base, [new([(114.01, 30.0), (114.01, 30.02)], highway="motorway")]).roads
    assert len(loose_ends(closed, new([*second.line], highway="footway"))) == 2
