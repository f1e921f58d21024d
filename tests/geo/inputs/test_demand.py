"""Demand points and units: groups, borders, overlaps, parents by chain."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.base.quality_log import QualityLog
from geo.inputs.demand import DemandPoints, build_demand
from tests.worlds.streets import LAT, LON, SHARED, areas_of, demand_rows


def box(x1: float, y1: float, x2: float, y2: float) -> shapely.Polygon:
    return shapely.box(LON + x1, LAT + y1, LON + x2, LAT + y2)


def one_area() -> object:
    return areas_of([("A", box(0, 0, 1, 1), {})])


def points_of(*rows: dict[str, object], units: object = None) -> tuple[DemandPoints, QualityLog]:
    log = QualityLog()
    areas = units or one_area()
    return build_demand(demand_rows(list(rows)), areas, log, file="d.csv"), log  # type: ignore[arg-type]


# --- units ---------------------------------------------------------------------------------------


def test_border_corner_and_overlap_go_to_the_smallest_id() -> None:
    areas = areas_of(
        [
            ("B", box(0, 0, 1, 1), {}),
            ("A", box(1, 0, 2, 1), {}),
            ("C", box(0.5, 0.5, 1.5, 1.5), {}),
            ("a", box(0, 0, 2, 2), {}),  # a small letter comes after all capitals
        ]
    )
    assert areas.frame["unit_id"].tolist() == ["A", "B", "C", "a"]
    spots = {
        (0.5, 0.2): "B",
        (1.0, 0.2): "A",  # on the border of A and B
        (1.5, 0.2): "A",
        (0.8, 0.8): "B",  # B and C overlap
        (0.8, 1.2): "C",
        (0.2, 1.8): "a",
        (1.0, 1.0): "A",  # a corner of all
        (2.0, 2.0): "a",
        (2.1, 0.0): "",
    }
    lon = LON + np.array([x for x, _ in spots])
    lat = LAT + np.array([y for _, y in spots])
    found = [areas.frame["unit_id"].iat[u] if u >= 0 else "" for u in areas.locate(lon, lat)]
    assert found == list(spots.values())


def test_ids_compare_by_code_point() -> None:
    # UTF-16 would put the astral character (U+20000) before U+FF01, a locale 一 by its sound.
    ids = ["b", "B", "10", "9", "\U00020000", "\uff01", "一", "阿"]
    areas = areas_of([(i, box(0, 0, 1, 1), {}) for i in ids])
    assert areas.frame["unit_id"].tolist() == sorted(ids)
    points, _ = points_of(*({"id": i, "lon": LON + 0.5, "lat": LAT + 0.5} for i in ids))
    assert points.frame["id"].tolist() == sorted(ids)


@given(
    st.lists(
        st.tuples(*(st.integers(0, 6) for _ in range(4)), st.text("AB10", max_size=3)),
        min_size=1,
        max_size=6,
        unique_by=lambda row: row[4],
    ),
    st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=12),
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_units_equal_brute_force(
    boxes: list[tuple[int, int, int, int, str]], spots: list[tuple[int, int]]
) -> None:
    units = [(i, box(x, y, x + w + 1, y + h + 1), {}) for x, y, w, h, i in boxes]
    areas = areas_of(units)
    lon = LON + np.array([x / 2 for x, _ in spots])
    lat = LAT + np.array([y / 2 for _, y in spots])
    found = [areas.frame["unit_id"].iat[u] if u >= 0 else None for u in areas.locate(lon, lat)]
    expected = [
        min((i for i, p, _ in units if p.intersects(shapely.Point(a, b))), default=None)
        for a, b in zip(lon, lat, strict=True)
    ]
    assert found == expected


def test_real_townships_that_overlap() -> None:
    path = SHARED / "datum" / "yiyang_17_townships_WGS84.geojson"
    if not path.is_file():
        pytest.skip("../shared/data/datum is missing")
    shapes = shapely.get_parts(shapely.from_geojson(path.read_text(encoding="utf-8")))
    assert len(shapes) == 17
    units = [(f"{i:02}", shapely.make_valid(g), {}) for i, g in enumerate(shapes)]
    areas = areas_of(units)
    west, south, east, north = areas.frame.total_bounds
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(west, east, 4_000), rng.uniform(south, north, 4_000)
    inside = np.array([shapely.intersects_xy(g, lon, lat) for _, g, _ in units])
    expected = np.where(inside.any(axis=0), inside.argmax(axis=0), -1)
    np.testing.assert_array_equal(areas.locate(lon, lat), expected)
    assert (inside.sum(axis=0) > 1).any()


def test_parents_are_known_by_their_chain() -> None:
    # 市辖区 is in both cities; 城关 in two counties.
    rows = [
        ("1", {"county": "市辖区", "city": "甲市"}),
        ("2", {"county": "市辖区", "city": "乙市"}),
        ("3", {"county": "城关", "city": "甲市"}),
        ("4", {"county": "市辖区", "city": "甲市"}),
    ]
    areas = areas_of([(i, box(0, 0, 1, 1), p) for i, p in rows], ["county", "city"])
    assert [level.name for level in areas.levels] == ["unit", "county", "city"]
    county, city = areas.levels[1], areas.levels[2]
    assert county.units["unit_id"].tolist() == ["乙市/市辖区", "甲市/城关", "甲市/市辖区"]
    assert county.units["unit_name"].tolist() == ["市辖区", "城关", "市辖区"]
    assert county.units["city"].tolist() == ["乙市", "甲市", "甲市"]
    assert county.units["county"].tolist() == ["", "", ""]
    assert county.of_finest.tolist() == [2, 0, 1, 2]
    assert city.units["unit_id"].tolist() == ["乙市", "甲市"]
    assert city.of_finest.tolist() == [1, 0, 1, 1]


def test_a_stroke_in_a_name_joins_no_parents() -> None:
    rows = [
        ("1", {"county": "C", "city": "A/B"}),
        ("2", {"county": "B/C", "city": "A"}),
    ]
    areas = areas_of([(i, box(0, 0, 1, 1), p) for i, p in rows], ["county", "city"])
    assert len(areas.levels[1].units) == 2


# --- demand points -------------------------------------------------------------------------------


def test_gates_of_an_estate_are_one_point() -> None:
    points, log = points_of(
        {"id": "g3", "group": "estate", "weight": 70.0, "name": "south gate", "lon": LON + 0.3},
        {"id": "g1", "group": "estate", "weight": 70.0, "name": "north gate", "lon": LON + 0.1},
        {"id": "alone", "weight": 5.0, "lon": LON + 0.2},
    )
    assert points.frame["id"].tolist() == ["alone", "g1"]
    assert points.frame["weight"].tolist() == [5.0, 70.0]  # once, not 140
    assert points.frame["name"].tolist() == ["", "estate"]  # of the group
    assert points.point_of_row.tolist() == [0, 1, 1]
    np.testing.assert_allclose(points.lon, LON + np.array([0.2, 0.1, 0.3]))
    assert [row.problem for row in log.rows] == []


def test_a_group_that_disagrees_is_reported() -> None:
    units = areas_of([("A", box(0, 0, 1, 1), {}), ("B", box(1, 0, 2, 1), {})])
    points, log = points_of(
        {"id": "1", "group": "E", "weight": 10.0, "lon": LON + 1.5, "lat": LAT + 0.5},
        {"id": "2", "group": "E", "weight": 20.0, "lon": LON + 0.5, "lat": LAT + 0.5},
        units=units,
    )
    assert points.frame["weight"].tolist() == [10.0]
    assert points.unit.tolist() == [1]  # of the row with the smallest id
    assert [(row.problem, row.row) for row in log.rows] == [
        ("group_weights_differ", 2),
        ("group_units_differ", 2),
    ]


def test_a_group_named_like_a_lone_row_does_not_swallow_it() -> None:
    points, _ = points_of(
        {"id": "7", "weight": 100.0},
        {"id": "8", "group": "7", "weight": 30.0},
        {"id": "9", "group": "7", "weight": 30.0},
    )
    assert points.frame["weight"].sum() == 130.0


def test_points_outside_every_unit_are_counted() -> None:
    points, log = points_of({"id": "in", "lon": LON + 0.5, "lat": LAT + 0.5}, {"id": "out"})
    # (LON, LAT) is a corner of the unit, so it is inside.
    assert points.unit.tolist() == [0, 0]
    points, log = points_of({"id": "in"}, {"id": "out", "lon": LON - 1})
    assert points.unit.tolist() == [0, -1]
    assert [(row.problem, row.value) for row in log.rows] == [("point_outside_units", "1")]


def test_zero_weights_stay() -> None:
    points, _ = points_of({"id": "a", "weight": 0.0}, {"id": "b", "weight": 2.0})
    assert points.frame["weight"].tolist() == [0.0, 2.0]


def test_bands_classes_and_filter_columns_come_along() -> None:
    row = {"band:60+": 3.0, "class": "rural", "col:kind": "x"}
    points, _ = points_of(row | {"id": "b"}, row | {"id": "a", "band:60+": 4.0})
    assert points.frame["band:60+"].tolist() == [4.0, 3.0]
    assert points.frame["class"].tolist() == ["rural"] * 2
    assert points.frame["col:kind"].tolist() == ["x"] * 2


def test_the_argument_is_left_as_it_was() -> None:
    rows = demand_rows([{"id": "b"}, {"id": "a"}])
    before = rows.copy()
    build_demand(rows, one_area(), QualityLog(), file="d.csv")  # type: ignore[arg-type]
    assert rows.equals(before)
