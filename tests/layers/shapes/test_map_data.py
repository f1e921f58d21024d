"""What maps are drawn from: classes, geometry, legend."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.analysis import Analysis
from geo.inputs.areas import build_areas
from layers.shapes.bands import isochrone_shapes
from layers.shapes.legend import legend, map_notices, size_entries
from layers.shapes.packing import pack, pack_lines
from layers.shapes.points import gap_rows
from layers.shapes.units import (
    extent,
    label_points,
    level_areas,
    levels,
    parent_borders,
    parent_outlines,
    populated_extent,
    simplified_units,
    unit_values,
)
from layers.style.palette import SHARE_COLOURS, share_class
from layers.web_map.units import unit_shapes
from layers.words.catalogue import words_for
from tests.worlds.made_analysis import made_analysis

ZH, EN = words_for("zh-CN"), words_for("en")


def _unpack(packed: list[list[list[int]]]) -> shapely.MultiPolygon:
    """What the page's own script does."""
    polygons = []
    for rings in packed:
        points = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 1e5 for ring in rings]
        polygons.append(shapely.Polygon(points[0], points[1:]))
    return shapely.MultiPolygon(polygons)


def _wavy(count: int) -> gpd.GeoDataFrame:
    """Two units with one wavy border between them."""
    y = np.linspace(30.0, 31.0, count)
    x = 114.5 + 0.01 * np.sin(40 * y)
    border = np.column_stack([x, y])
    west = shapely.Polygon([(114.0, 30.0), *border, (114.0, 31.0)])
    east = shapely.Polygon([(115.0, 30.0), *border, (115.0, 31.0)])
    frame = {"unit_id": ["W", "E"], "unit_name": ["西", "东"], "county": ["甲", "甲"]}
    return gpd.GeoDataFrame(frame, geometry=[west, east], crs="EPSG:4326")


@pytest.mark.parametrize(
    ("share", "wanted"),
    [(0.0, 0), (0.199999, 0), (0.2, 1), (0.6, 3), (0.8, 4), (1.0, 4), (None, None)],
)
def test_classes_take_their_lower_break(share: float | None, wanted: int | None) -> None:
    assert share_class(share) == wanted
    assert share_class(float("nan")) is None


def test_shared_borders_stay_shared() -> None:
    areas = _wavy(3_000)
    drawn = simplified_units(areas)
    assert shapely.get_num_coordinates(drawn.geometry.array).sum() < 2_000
    assert shapely.coverage_is_valid(np.asarray(drawn.geometry.array))
    assert list(drawn.index) == list(areas.index)
    assert areas.geometry.iloc[0].area == pytest.approx(drawn.geometry.iloc[0].area, rel=1e-4)


def test_overlapping_units_are_simplified_one_by_one() -> None:
    areas = _wavy(3_000)
    overlapping = areas.set_geometry(shapely.buffer(np.asarray(areas.geometry.array), 0.01))
    drawn = simplified_units(overlapping)
    assert not shapely.coverage_is_valid(np.asarray(overlapping.geometry.array))
    assert not drawn.geometry.is_empty.any()
    before = shapely.get_num_coordinates(overlapping.geometry.array).sum()
    assert shapely.get_num_coordinates(drawn.geometry.array).sum() < before


def test_no_units_at_all() -> None:
    none = _wavy(10).iloc[:0]
    assert len(simplified_units(none)) == 0
    assert unit_shapes(none) == []


def test_units_travel_packed(analysis: Analysis) -> None:
    moved = analysis.areas.set_geometry(analysis.areas.translate(1 / 3, 1 / 7))
    content = unit_shapes(moved)
    assert [unit for unit, _ in content] == ["U1", "U2", "U3", "U4"]
    drawn = _unpack(content[0][1])
    assert drawn.normalize().equals_exact(
        shapely.MultiPolygon([moved.geometry.iloc[0]]).normalize(), 1e-5
    )


def test_levels_have_the_ids_of_the_table() -> None:
    study = made_analysis().study
    areas = made_analysis().areas.assign(county="市辖区", city=["甲", "甲", "乙/丙", "乙/丙"])
    assert levels(study) == ["township", "county", "city"]
    counties = level_areas(areas, study, "county")
    table = build_areas(_as_read(areas), study.units).levels[1].units
    assert counties["unit_id"].to_list() == table["unit_id"].to_list()
    assert counties["unit_id"].to_list() == ["乙\\/丙/市辖区", "甲/市辖区"]
    assert counties["unit_name"].to_list() == ["市辖区", "市辖区"]
    assert counties.geometry.iloc[1].equals(shapely.union_all(areas.geometry[:2].array))
    assert level_areas(areas, study, "township")["unit_id"].to_list() == ["U1", "U2", "U3", "U4"]


def _as_read(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The units as their reader delivers them."""
    names = {"unit_id": "id", "unit_name": "name"}
    return areas.rename(columns=names | {p: f"parent:{p}" for p in ("county", "city")})


def test_pack_keeps_holes_and_parts() -> None:
    ring = shapely.box(114, 30, 114.1, 30.1) - shapely.box(114.02, 30.02, 114.04, 30.04)
    shape = shapely.MultiPolygon([ring, shapely.box(114.5, 30.5, 114.6, 30.6)])
    assert _unpack(pack(shape)).normalize().equals_exact(shape.normalize(), 1e-9)


def test_pack_drops_what_is_smaller_than_a_metre() -> None:
    assert pack(shapely.box(114, 30, 114.000001, 30.000001)) == []
    assert pack(shapely.Polygon()) == []


def test_lines_and_borders_of_areas_pack_alike() -> None:
    line = shapely.LineString([(114, 30), (114.00001, 30), (114.00001, 30), (114, 30.00002)])
    assert pack_lines(line) == [[11400000, 3000000, 1, 0, -1, 2]]
    assert pack_lines(shapely.MultiLineString([line, line])) == 2 * pack_lines(line)
    ring = shapely.box(114, 30, 114.1, 30.1) - shapely.box(114.02, 30.02, 114.04, 30.04)
    assert [len(deltas) for deltas in pack_lines(ring)] == [10, 10]
    assert pack_lines(shapely.Polygon()) == []


def test_parents_are_known_by_their_chain(analysis: Analysis) -> None:
    areas = analysis.areas.assign(county="市辖区", city=["甲", "甲", "乙", "乙"])
    assert len(parent_outlines(areas, ("county", "city"))) == 2
    assert parent_outlines(areas, ()) == []


def test_values_follow_the_areas(analysis: Analysis) -> None:
    values = unit_values(analysis, "clinic")
    assert list(values.index) == list(analysis.areas.index)
    assert values["demand_total"].to_list() == [140.5, 80.0, 9.0, 0.0]
    assert values["share"].isna().to_list() == [False, False, False, True]


def test_heavy_points_lie_on_top(analysis: Analysis) -> None:
    assert gap_rows(analysis, "parking")["weight"].is_monotonic_increasing


def test_bands_of_single_sites_stay_out(analysis: Analysis) -> None:
    assert [text for _, text, _ in isochrone_shapes(analysis, "clinic", ZH)] == ["15分钟", "5分钟"]
    assert [text for _, text, _ in isochrone_shapes(analysis, "parking", EN)] == ["300 m"]


def test_legend_in_both_languages(analysis: Analysis) -> None:
    entries = legend(analysis, "clinic", ZH)
    texts = [entry.text for entry in entries]
    assert [e.colour for e in entries if e.group == "units"][:5] == list(SHARE_COLOURS)
    assert texts[:6] == ["0%–20%", "20%–40%", "40%–60%", "60%–80%", "80%及以上", "无居民点"]
    assert {"5分钟以内", "15分钟以内", "超出时限", "路网待核实", "服务点（未接入路网）"} <= set(
        texts
    )
    assert "within 300 m" in [entry.text for entry in legend(analysis, "parking", EN)]


def test_notices_come_with_every_layer(analysis: Analysis) -> None:
    text = dict(map_notices(analysis, "clinic", ZH))
    assert text["地图"] == "未经审图，仅限内部使用"
    assert text["评价单元"] == "范围为近似"
    assert text["代用数据"] == "代用名单"
    assert "20%" in text["注意"]
    assert "代用数据" not in dict(map_notices(analysis, "parking", ZH))


def test_the_first_view_leaves_out_what_hardly_anybody_lives_in(analysis: Analysis) -> None:
    demand = analysis.demand
    weight = demand["weight"].where(demand["demand_id"] == "D1", 0.01)
    found = populated_extent(replace(analysis, demand=demand.assign(weight=weight)))
    (south, west), (north, east) = found
    assert south <= 30.501 <= north < 30.512 and west <= 114.301 <= east < 114.312
    # With all of them, and without any weight, the whole.
    assert populated_extent(replace(analysis, demand=demand.assign(weight=0.0))) == extent(analysis)
    (south, west), (north, east) = populated_extent(analysis)
    assert south <= 30.501 and east >= 114.314


def test_names_stand_inside_their_units() -> None:
    ring = shapely.Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (3, 2), (3, 3), (0, 3)])
    small = shapely.box(9, 9, 9.1, 9.1)
    shapes = [shapely.MultiPolygon([small, ring]), shapely.Polygon(), shapely.box(5, 5, 7, 6)]
    frame = {"unit_id": ["a", "b", "c"], "unit_name": ["甲", "乙", ""]}
    found = label_points(gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326"))
    assert [row[0] for row in found] == ["甲", "c"]
    for row, shape in zip(found, (ring, shapes[2]), strict=True):
        circle = shapely.Point(row[1] / 1e5, row[2] / 1e5).buffer(0.9 * row[3] / 1e5)
        assert shape.contains(circle) and row[3] > 40_000


def test_shared_borders_are_lines_once() -> None:
    boxes = [shapely.box(x, 0, x + 1, 1) for x in range(3)]
    frame = {"unit_id": list("abc"), "county": list("ABC")}
    areas = gpd.GeoDataFrame(frame, geometry=boxes, crs="EPSG:4326")
    assert sum(line.length for line in parent_borders(areas, ("county",))) == pytest.approx(10.0)
    assert parent_borders(areas, ()) == []


def test_the_legend_names_borders_services_and_nothing_that_is_not_coloured(
    analysis: Analysis,
) -> None:
    entries = legend(analysis, "clinic", ZH)
    borders = [entry for entry in entries if entry.symbol in ("thin", "border")]
    assert [entry.text[:2] for entry in borders] == ["乡镇", "县（"]
    assert next(e.text for e in entries if e.group == "sites") == "医保服务站"
    (sizes,) = size_entries(analysis, "clinic", ZH)
    assert sizes.symbol == "sizes"
    empty = analysis.areas.set_geometry([shapely.Polygon()] * len(analysis.areas), crs="EPSG:4326")
    bare = legend(replace(analysis, areas=empty), "clinic", ZH)
    assert {entry.group for entry in bare} == {"sites", "isochrones", "gaps"}
