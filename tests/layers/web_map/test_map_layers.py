"""Map layers as data: packed points, shadings, symbols, paths, small maps."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import layers.web_map.base_map
from geo.analysis import Analysis
from layers.inline.small_maps import SmallMap, small_multiples
from layers.shapes.point_field import CHUNK, PointField, point_field
from layers.shapes.points import gap_rows
from layers.shapes.units import level_areas
from layers.style.palette import CAUSE_ORDER, NO_DEMAND_COLOUR, SHARE_COLOURS
from layers.style.shading import DIFFERENCE_COLOURS, together_shading, unit_shading
from layers.style.symbols import SHAPES, site_symbol, symbol_svg
from layers.web_map.base_map import LEVELS, MapAssets, MapWords, base_map, map_script
from layers.web_map.changed_demand import change_data
from layers.web_map.pins_and_path import Pin, path_layer, path_parts, pin_layer
from layers.web_map.services_count import together_colours, together_data
from layers.web_map.sites import site_data
from layers.web_map.uncovered_demand import demand_data
from layers.words.catalogue import words_for
from tests.worlds.made_analysis import HOSTILE

ZH, EN = words_for("zh-CN"), words_for("en")


def read_points(field: PointField) -> pd.DataFrame:
    """What the page's own script does, with the details of all pieces."""
    content = field.files["points.bin"]
    n = int(np.frombuffer(content, "<u4", 1)[0])
    lon, lat = np.frombuffer(content, "<i4", 2 * n, 4).reshape(2, n) / 1e5
    style, size = np.frombuffer(content, "u1", 2 * n, 4 + 8 * n).reshape(2, n)
    assert len(content) == 4 + 10 * n
    pieces = [json.loads(field.files[f"{k}.json"]) for k in range(-(-n // CHUNK))]
    assert len(field.files) == 1 + len(pieces)
    assert all(len(piece) == CHUNK for piece in pieces[:-1])
    details = [row for piece in pieces for row in piece]
    frame = {"lon": lon, "lat": lat, "style": style, "radius": size / 16, "detail": details}
    return pd.DataFrame(frame)


def test_points_come_back_as_they_were() -> None:
    rng = np.random.default_rng(1)
    n = 2 * CHUNK + 5
    lon, lat = rng.uniform(-180, 180, n), rng.uniform(-85, 85, n)
    style, radius = rng.integers(0, 4, n), rng.uniform(0, 15, n)
    field = point_field(lon, lat, style=style, radius=radius, details=[[i] for i in range(n)])
    back = read_points(field)
    assert np.abs(back["lon"] - lon).max() <= 0.5e-5 + 1e-12
    assert np.abs(back["lat"] - lat).max() <= 0.5e-5 + 1e-12
    assert (back["style"] == style).all()
    assert np.abs(back["radius"] - radius).max() <= 1 / 32
    assert back["detail"].to_list() == [[i] for i in range(n)]


def test_no_points_at_all() -> None:
    field = point_field([], [], style=[], radius=[], details=[])
    assert len(read_points(field)) == 0


def test_a_way_beyond_the_search_is_told_and_a_missing_one_is_not(analysis: Analysis) -> None:
    points = gap_rows(analysis, "clinic").assign(minutes=float("nan"))
    for cause, text in (("too_far", ">120"), ("data_doubt", None)):
        rows = points.assign(cause=cause)
        back = read_points(demand_data(rows, causes=CAUSE_ORDER, horizon_minutes=120.0))
        assert {row[5] for row in back["detail"]} == {text}


def test_uncovered_points_say_what_the_table_says(analysis: Analysis) -> None:
    points = gap_rows(analysis, "clinic")
    back = read_points(demand_data(points, causes=CAUSE_ORDER))
    assert [CAUSE_ORDER[style] for style in back["style"]] == points["cause"].to_list()
    details = pd.DataFrame(back["detail"].to_list())
    assert details[1].to_list() == points["demand_id"].to_list()
    # 15.001 minutes are over the limit and must not read as 15.0.
    assert "15.1" in details[5].to_list()
    # The heaviest is the largest, and area goes with weight.
    assert back["radius"].idxmax() == points["weight"].to_numpy().argmax()


def test_points_that_weigh_the_same_show_no_weight(analysis: Analysis) -> None:
    points = gap_rows(analysis, "clinic").assign(weight=1.0)
    back = read_points(demand_data(points, causes=CAUSE_ORDER))
    assert back["radius"].nunique() == 1
    assert {row[3] for row in back["detail"]} == {None}


def test_texts_of_points_are_escaped(hostile: Analysis) -> None:
    sites = hostile.sites[hostile.sites["layer"] == "clinic"]
    rows = gap_rows(hostile, "clinic")
    told = rows.assign(within=0)[["demand_id", "unit_id", "weight", "lon", "lat", "within"]]
    tips = [[name, "x<b>"] for name in rows["name"]]
    fields = [
        site_data(sites),
        demand_data(rows, causes=CAUSE_ORDER),
        change_data(told, told.iloc[:0], tips),
        together_data(told, tips),
    ]
    for field in fields:
        for row in read_points(field)["detail"]:
            shown = [row[4]] if len(row) == 6 else []
            for text in [row[2], *shown]:
                plain = re.sub(r"</?b>|<br>", "", text)
                assert not set("<>\"'`$\\") & set(plain), text
    assert any(HOSTILE[0] in name for name in rows["name"])


def test_shading_by_time_is_the_tables_share(analysis: Analysis) -> None:
    shaded = unit_shading(analysis, "clinic", by="time")
    assert shaded.table["unit_id"].to_list() == ["U1", "U2", "U3", "U4"]
    units = analysis.units
    rows = units[(units["layer"] == "clinic") & (units["level"] == "township")]
    wanted = rows[rows["unit_id"] != ""].set_index("unit_id")["share_by_time"]
    assert shaded.table.set_index("unit_id")["value"].equals(wanted.rename("value"))
    assert shaded.classes()["U4"] is None  # nobody lives there
    assert shaded.colours == SHARE_COLOURS


def test_shading_by_presence_and_difference(analysis: Analysis) -> None:
    presence = unit_shading(analysis, "clinic", by="presence")
    assert presence.classes() == {"U1": 1, "U2": 0, "U3": 0, "U4": 1}
    assert [entry.text for entry in presence.legend(EN)] == [
        "has no service point",
        "has a service point",
    ]
    difference = unit_shading(analysis, "clinic", by="difference")
    table = difference.table.set_index("unit_id")
    expected = table["has_site"].astype(float) - table["share"]
    assert np.allclose(table["value"].dropna(), expected.dropna())
    assert difference.classes()["U4"] is None
    with pytest.raises(ValueError, match="none of"):
        unit_shading(analysis, "clinic", by="nothing")


def test_presence_of_a_county_is_the_share_of_its_units(analysis: Analysis) -> None:
    units = analysis.units[analysis.units["level"] == "township"]
    counties = pd.DataFrame(
        {"unit_id": ["某市/乙区", "某市/甲区"], "unit_name": ["乙区", "甲区"], "level": "county"}
    ).assign(layer="clinic", has_site=True, share_by_time=[0.25, 0.5], sites=1)
    counties = counties.assign(demand_total=10.0, demand_covered=[2.5, 5.0])
    made = replace(analysis, units=pd.concat([units, counties], ignore_index=True))
    shaded = unit_shading(made, "clinic", by="presence", level="county")
    # U1 of 甲区 (U1, U2) and U4 of 乙区 (U3, U4) hold a site.
    assert shaded.table["value"].to_list() == [0.5, 0.5]
    assert len(shaded.colours) == 5
    areas = level_areas(made.areas, made.study, "county")
    assert areas["unit_id"].to_list() == shaded.table["unit_id"].to_list()
    away = unit_shading(made, "clinic", by="difference", level="county")
    assert away.table["value"].to_list() == [0.25, 0.0]


def test_several_services_together() -> None:
    rows = pd.DataFrame(
        {"unit_id": ["B", "A", "C"], "unit_name": ["b", "a", "c"], "total": [10.0, 4.0, 0.0]}
    ).assign(within_0=[10.0, 0.0, 0.0], within_1=[0.0, 1.0, 0.0], within_all=[0.0, 3.0, 0.0])
    shaded = together_shading(rows)
    assert shaded.classes() == {"A": 3, "B": 0, "C": None}
    assert shaded.legend(ZH)[-1].colour == NO_DEMAND_COLOUR


def _lightness(colour: str) -> float:
    """CIE L*: what is left of a colour in grey print."""
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def test_paper_coverage_is_the_darkest_in_grey() -> None:
    light = [_lightness(colour) for colour in DIFFERENCE_COLOURS]
    assert light[-1] == min(light)
    assert min(np.diff(sorted(light))) >= 5
    assert sorted(light)[1] - light[-1] > 25


def test_classes_of_shares_are_steps_in_grey() -> None:
    light = [_lightness(colour) for colour in SHARE_COLOURS]
    assert min(-np.diff(light)) >= 10


@pytest.mark.parametrize("services", [1, 2, 3, 4, 7])
def test_fewer_services_are_darker(services: int) -> None:
    light = [_lightness(colour) for colour in together_colours(services)]
    assert len(light) == services + 1
    assert light == sorted(light)


def test_every_service_has_its_symbol(analysis: Analysis) -> None:
    symbols = [site_symbol(analysis.study, layer.key) for layer in analysis.study.layers]
    assert len({symbol["shape"] for symbol in symbols}) == len(symbols)
    drawn = symbol_svg(**symbols[1])
    assert drawn.startswith("<svg") and "polygon" in drawn and 'aria-hidden="true"' in drawn


def test_both_drawings_of_the_symbols_agree() -> None:
    script = (Path(layers.web_map.base_map.__file__).parent / "map_js" / "field.js").read_text(
        encoding="utf-8"
    )
    for name, corners in SHAPES.items():
        found = re.search(rf"\b{name}: (\[\[.*?\]\])", script, re.DOTALL)
        assert found, name
        assert json.loads(found[1]) == [[float(x), float(y)] for x, y in corners], name


def test_path_is_straight_at_both_ends() -> None:
    path = shapely.LineString([(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)])
    kinds = [kind for kind, _ in path_parts(path)]
    assert kinds == ["straight", "road", "straight"]
    assert sum(line.length for _, line in path_parts(path)) == path.length
    at_road = shapely.LineString([(1, 0), (1, 0), (1, 1), (2, 1), (2, 2)])
    assert [kind for kind, _ in path_parts(at_road)] == ["road", "straight"]


def test_layers_without_data_carry_it_themselves() -> None:
    for group in (pin_layer([Pin(114.3, 30.5, "1")]), path_layer([])):
        spec = next(iter(group._children.values())).spec
        assert spec["url"] == ""
        assert json.loads(json.dumps(spec)) == spec
    assert len(set(LEVELS.values())) == len(LEVELS)


def test_the_base_map_names_no_address_outside() -> None:
    assets = MapAssets("../l/leaflet.js", "../l/leaflet.css", "../d/x.js")
    words = MapWords("+", "-", ["</script><img src=x onerror=alert(1)>"], ["`${alert(1)}"], "map")
    drawn = base_map(((30.0, 114.0), (31.0, 115.0)), assets=assets, words=words)
    page = drawn.get_root().render()
    assert not re.findall(r"https?://(?!www\.w3\.org)", page)
    assert "<img src=x" not in page and "${alert" not in page
    # Tianditu is the only address that the script knows, and it needs a key.
    assert set(re.findall(r"https?://[^/\"]+", map_script())) == {"https://t{s}.tianditu.gov.cn"}


def _square_units(side: int, vertices: int) -> gpd.GeoDataFrame:
    """A grid of units whose borders are wavy, shared, and have `vertices` in all each."""
    per = vertices // 4
    along = np.arange(side * per + 1) / per
    wave = 0.08 * np.sin(along * 40.0)

    def edge(fixed: int, low: int, upright: bool) -> np.ndarray:
        span = slice(low * per, (low + 1) * per + 1)
        moved = fixed + wave[span] * (0 < fixed < side)
        pair = (moved, along[span]) if upright else (along[span], moved)
        return np.column_stack(pair)

    shapes = []
    for i in range(side):
        for j in range(side):
            ring = [
                edge(j, i, False),
                edge(i + 1, j, True),
                edge(j + 1, i, False)[::-1],
                edge(i, j, True)[::-1],
            ]
            shapes.append(shapely.Polygon(np.concatenate(ring)))
    names = [f"U{n:04d}" for n in range(len(shapes))]
    scaled = shapely.transform(np.array(shapes), lambda xy: xy * 0.15 + [108.0, 29.0])
    return gpd.GeoDataFrame({"unit_id": names}, geometry=scaled, crs="EPSG:4326")


def test_small_maps_are_small_and_say_whose_they_are() -> None:
    areas = _square_units(35, 200)
    assert len(areas) == 1_225
    classes = {unit: n % 6 - 1 if n % 6 else None for n, unit in enumerate(areas["unit_id"])}
    maps = [
        SmallMap(HOSTILE[0], "18.2%", classes, SHARE_COLOURS, NO_DEMAND_COLOUR),
        SmallMap("停车场", "41.0%", classes, SHARE_COLOURS, NO_DEMAND_COLOUR),
    ]
    page = small_multiples(areas, maps, [])
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 2
    assert max(len(figure.encode()) for figure in figures) <= 150_000
    assert HOSTILE[0] not in page
    assert 'alt="停车场: 41.0%"' in page
    # Every unit is there, in the colour of its class.
    picture = unquote(html.unescape(re.findall(r'src="([^"]*)"', figures[0])[0]))
    assert picture.startswith("data:image/svg+xml,<svg")
    root = ElementTree.fromstring(picture.split(",", 1)[1])
    paths = root.findall(".//{http://www.w3.org/2000/svg}path")
    assert [path.get("fill") for path in paths] == [NO_DEMAND_COLOUR, *SHARE_COLOURS]
    assert sum(path.get("d", "").count("M") for path in paths) == 1_225


def test_a_small_map_without_areas_is_empty() -> None:
    none = gpd.GeoDataFrame({"unit_id": []}, geometry=[], crs="EPSG:4326")
    one = SmallMap("a", "b", {}, SHARE_COLOURS, NO_DEMAND_COLOUR)
    assert "path" not in small_multiples(none, [one], [])


def test_details_of_uncovered_demand_are_rounded_up(analysis: Analysis) -> None:
    points = analysis.gap_points.assign(minutes=1.1, metres=300.2)
    for in_metres, shown in ((False, "1.1"), (True, "301")):
        found = read_points(demand_data(points, causes=CAUSE_ORDER, in_metres=in_metres))
        assert {row[5] for row in found["detail"]} == {shown}


def test_the_script_has_a_function_for_every_layer() -> None:
    folder = Path(layers.web_map.base_map.__file__).parent
    named = {
        name
        for path in folder.glob("*.py")
        for name in re.findall(r'\bdraw="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert named == set(re.findall(r"qh\.draw\.(\w+) = ", map_script()))
