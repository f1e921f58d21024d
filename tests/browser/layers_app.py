"""A page with the map's layers and nothing else: hand-made ones, or as many as a province has.

Run by `test_map_layers.py`; ``?scene=`` says what is shown. What a click hands over is written
below the map.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st
from streamlit_folium import st_folium

from app_pages.shell.served_files import ground_of, leaflet_assets, publish
from geo.study.load import load_study
from layers.inline.small_maps import SmallMap, small_multiples
from layers.shapes.units import label_points, simplified_units
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    SHARE_COLOURS,
    LegendEntry,
)
from layers.web_map.base_map import Ground, MapWords, base_map, tool_words
from layers.web_map.changed_demand import change_data, change_layer
from layers.web_map.isochrones import isochrone_data, isochrone_layer, site_area_layer
from layers.web_map.pins_and_path import Pin, path_layer, path_parts, pin_layer
from layers.web_map.services_count import together_data, together_layer
from layers.web_map.sites import site_data, site_layer
from layers.web_map.uncovered_demand import demand_data, demand_layer
from layers.web_map.units import (
    border_data,
    border_layer,
    name_layer,
    unit_data,
    unit_layer,
    unit_outline,
    unit_shapes,
)
from layers.web_map.view_commands import place_clicks, say_drawn, say_picture
from layers.words.catalogue import words_for
from tests.worlds.payload import PAYLOAD

Groups = list[folium.FeatureGroup]
BOXES = [shapely.box(114.30, 30.50, 114.31, 30.52), shapely.box(114.31, 30.50, 114.32, 30.52)]


def made() -> tuple[list[list[float]], Groups]:
    """Two units, one of everything, every text a payload."""
    areas = gpd.GeoDataFrame({"unit_id": [PAYLOAD, "U2"]}, geometry=BOXES, crs="EPSG:4326")
    shapes = publish(unit_shapes(areas))
    shade = st.query_params.get("shade", "a")
    classes: dict[str, int | None] = {PAYLOAD: 1 if shade == "a" else 4, "U2": None}
    values = publish(unit_data(classes, {unit: [f"unit {PAYLOAD}", PAYLOAD] for unit in classes}))
    places = {"lon": [114.302, 114.3095], "lat": [30.504, 30.5095]}
    sites = pd.DataFrame({"site_id": [f"S{PAYLOAD}", "S2"], "name": [f"site {PAYLOAD}", ""]})
    sites = sites.assign(used=[True, False], unit_id=[PAYLOAD, "U1"], **places)
    point = {"demand_id": [f"D{PAYLOAD}"], "unit_id": [PAYLOAD], "name": [f"estate {PAYLOAD}"]}
    gaps = pd.DataFrame(point).assign(
        weight=7.0, cause="too_far", nearest_site_id="S", nearest_site_name=PAYLOAD, minutes=20.01,
        metres=1334.0, lon=114.304, lat=30.512,
    )  # fmt: skip
    moved = gaps.assign(lon=114.313, lat=30.512)
    groups = [
        unit_layer(shapes, values=values, colours=SHARE_COLOURS, blank=NO_DEMAND_COLOUR),
        border_layer(publish(border_data(BOXES))),
        isochrone_layer(publish(isochrone_data([("#4d004b", BOXES[0].centroid.buffer(0.004))]))),
        site_area_layer(publish(isochrone_data([("#7a0177", BOXES[1].centroid.buffer(0.002))]))),
        demand_layer(
            publish(demand_data(gaps, causes=CAUSE_ORDER)),
            causes={cause: PAYLOAD for cause in CAUSE_ORDER},
            colours=[CAUSE_COLOURS[cause] for cause in CAUSE_ORDER],
            nearest=PAYLOAD + "{site}",
            measure=PAYLOAD + "{value}",
            weight=PAYLOAD + "{value}",
        ),
        change_layer(publish(change_data(moved, moved.iloc[:0], [[f"change {PAYLOAD}", PAYLOAD]]))),
        site_layer(
            publish(site_data(sites)),
            colour="#8b1a1a",
            unused="#9a9a9a",
            unused_word=PAYLOAD,
            shape="triangle",
            layer=PAYLOAD,
            cluster=True,
            cluster_word="{value} " + PAYLOAD,
        ),
        pin_layer([Pin(114.316, 30.508, PAYLOAD)]),
        path_layer(
            path_parts(
                shapely.LineString(
                    [(114.313, 30.503), (114.314, 30.503), (114.318, 30.503), (114.318, 30.505)]
                )
            )
        ),
    ]
    if "selected" in st.query_params:
        groups.append(unit_outline(shapes, selected=PAYLOAD))
    if "tools" in st.query_params:
        names = label_points(areas.assign(unit_name=[f"name {PAYLOAD}", "东街道"]))
        drawn = {name: True for name in ("units", "isochrones", "sites", "gaps")}
        groups += [
            name_layer(
                publish({"state": "ready", "data": [names, [["甲区", 11431000, 3051000, 1000]]]})
            ),
            say_drawn(drawn),
            say_picture(
                title=f"title {PAYLOAD}", subtitle=PAYLOAD, file="map/of: 甲区", north="N",
                legend=[{"name": PAYLOAD, "items": [
                    {"symbol": symbol, "colour": "#d55e00", "text": PAYLOAD, "shape": "triangle"}
                    for symbol in ("fill", "line", "dot", "ring", "square", "thin", "border",
                                   "cluster", "sizes")
                ]}],
                lines=[PAYLOAD, "审图号"],
            ),
        ]  # fmt: skip
    return [[30.5, 114.3], [30.52, 114.32]], groups


def together() -> tuple[list[list[float]], Groups]:
    """Points with 0 to 3 of three services."""
    points = pd.DataFrame({"demand_id": list("abcd"), "unit_id": "U", "within": range(4)}).assign(
        weight=1.0, lon=[114.304, 114.308, 114.312, 114.316], lat=30.51
    )
    url = publish(together_data(points, [[PAYLOAD]] * 4))
    return [[30.5, 114.3], [30.52, 114.32]], [together_layer(url, services=3)]


@st.cache_resource
def province() -> dict[str, Any]:
    """1,225 units of 200 vertices, 27,000 villages, 15,000 sites, without a pattern."""
    rng = np.random.default_rng(5)
    side, per = 35, 50
    along = np.arange(side * per + 1) / per
    wave = 0.08 * np.sin(along * 40.0) + 0.02 * np.sin(along * 170.0)
    shapes = []
    for i in range(side):
        for j in range(side):
            ring = [
                _edge(j, i, wave, along, per, side, False),
                _edge(i + 1, j, wave, along, per, side, True),
                _edge(j + 1, i, wave, along, per, side, False)[::-1],
                _edge(i, j, wave, along, per, side, True)[::-1],
            ]
            shapes.append(shapely.Polygon(np.concatenate(ring)))
    scaled = shapely.transform(np.array(shapes), lambda xy: xy * [0.2, 0.12] + [108.4, 29.1])
    names = [f"42{n:07d}" for n in range(len(shapes))]
    areas = gpd.GeoDataFrame({"unit_id": names}, geometry=scaled, crs="EPSG:4326")
    n, m = 27_000, 15_000
    unit = rng.integers(0, len(names), n)
    gaps = pd.DataFrame({"demand_id": [f"4201{i:08d}" for i in range(n)]}).assign(
        unit_id=np.array(names)[unit], name=[f"某某镇第{i}村民委员会" for i in range(n)],
        weight=rng.integers(50, 3_000, n).astype(float), cause="too_far",
        nearest_site_id=[f"S{i % m}" for i in range(n)],
        nearest_site_name=[f"第{i % m}卫生服务站" for i in range(n)],
        minutes=rng.uniform(15, 90, n), metres=rng.uniform(1_000, 6_000, n),
        lon=rng.uniform(108.4, 115.4, n), lat=rng.uniform(29.1, 33.3, n),
    )  # fmt: skip
    layers = {}
    for number, key in enumerate("ab"):
        sites = pd.DataFrame({"site_id": [f"S{i}" for i in range(m)]}).assign(
            name=[f"第{i}卫生服务站" for i in range(m)], used=True, unit_id=names[0],
            lon=rng.uniform(108.4, 115.4, m), lat=rng.uniform(29.1, 33.3, m),
        )  # fmt: skip
        drawn = rng.integers(0, 5, len(names)).tolist()
        classes: dict[str, int | None] = dict(zip(names, drawn, strict=True))
        tip = ["某某街道", "15分钟可达率（步行）：18.2%", "未覆盖：1,190人"]
        tips = {name: tip for name in names}
        layers[key] = {
            "values": publish(unit_data(classes, tips)),
            "sites": publish(site_data(sites)),
            "gaps": publish(
                demand_data(gaps.sample(frac=0.9, random_state=number), causes=CAUSE_ORDER)
            ),
        }
    return {"shapes": publish(unit_shapes(simplified_units(areas))), "layers": layers}


def _edge(
    fixed: int, low: int, wave: Any, along: Any, per: int, side: int, upright: bool
) -> np.ndarray:
    span = slice(low * per, (low + 1) * per + 1)
    moved = fixed + wave[span] * (0 < fixed < side)
    return np.column_stack((moved, along[span]) if upright else (along[span], moved))


def services() -> tuple[list[list[float]], Groups]:
    """Three services at the same twelve places, five sites of each at most of them."""
    groups = []
    for number, colour in enumerate(("#111111", "#8b1a1a", "#5b2a86")):
        random = np.random.default_rng(number)
        count = np.where(np.arange(12) % 4 == number, 1, 5)
        lon = np.repeat(114.3 + 0.02 * (np.arange(12) % 4), count)
        lat = np.repeat(30.5 + 0.02 * (np.arange(12) // 4), count)
        places = random.normal(0, 2e-4, (2, len(lon))) + np.stack([lon, lat])
        sites = pd.DataFrame({"lon": places[0], "lat": places[1]}).assign(
            site_id=[f"{number}-{i}" for i in range(len(lon))], name="", used=True, unit_id=""
        )
        url = publish(site_data(sites))
        groups.append(
            site_layer(url, colour=colour, unused="#9a9a9a", unused_word="", cluster=True)
        )
    return [[30.49, 114.29], [30.55, 114.37]], groups


def large() -> tuple[list[list[float]], Groups]:
    found = province()
    layer = found["layers"][st.radio("layer", ["a", "b"], horizontal=True)]
    groups = [
        unit_layer(
            found["shapes"],
            values=layer["values"],
            colours=SHARE_COLOURS,
            blank=NO_DEMAND_COLOUR,
        ),
        demand_layer(
            layer["gaps"],
            causes={cause: cause for cause in CAUSE_ORDER},
            colours=[CAUSE_COLOURS[cause] for cause in CAUSE_ORDER],
            nearest="{site}",
            measure="{value}",
            weight="{value}",
        ),
        site_layer(
            layer["sites"], colour="#111111", unused="#9a9a9a", unused_word="", cluster=True
        ),
    ]
    return [[29.1, 108.4], [33.3, 115.4]], groups


def small() -> None:
    """Small maps with payloads for names."""
    areas = gpd.GeoDataFrame({"unit_id": ["A", "B"]}, geometry=BOXES, crs="EPSG:4326")
    maps = [
        SmallMap(PAYLOAD, "18.2%", {"A": 1, "B": 4}, SHARE_COLOURS, NO_DEMAND_COLOUR),
        SmallMap("停车场", "41.0%", {"A": None, "B": 2}, SHARE_COLOURS, NO_DEMAND_COLOUR),
    ]
    st.html(small_multiples(areas, maps, [LegendEntry("units", "fill", "#253494", PAYLOAD)]))


def roads() -> tuple[Ground, list[list[float]], Groups]:
    """One road from west to east, and a lane that crosses it."""
    folder = Path(os.environ["ROADS_STUDY"])
    ground = ground_of(load_study(folder), str(folder), words_for("en"))
    return ground, [[30.49, 114.30], [30.51, 114.33]], [pin_layer([Pin(114.31, 30.495, "1")])]


st.set_page_config(layout="wide")
scene = st.query_params.get("scene", "made")
if scene == "small":
    small()
else:
    beneath = Ground(
        tianditu_key=os.environ.get("QUARTERHOUR_TIANDITU_KEY", ""), tiles_word="tiles " + PAYLOAD
    )
    if scene == "roads":
        beneath, bounds, shown = roads()
    else:
        scenes = {"made": made, "together": together, "large": large, "services": services}
        bounds, shown = scenes[scene]()
    if "place" in st.query_params:
        shown = [*shown, place_clicks()]
    words = MapWords(
        zoom_in=PAYLOAD, zoom_out=PAYLOAD, attribution=[PAYLOAD], notices=[PAYLOAD], label=PAYLOAD,
        tools=tool_words(words_for("en")),
    )  # fmt: skip
    if st.button("again"):
        st.session_state["times"] = st.session_state.get("times", 0) + 1
    st_folium(
        base_map(bounds, assets=leaflet_assets(), words=words, ground=beneath),
        feature_group_to_add=shown,
        returned_objects=["last_active_drawing"],
        key="map",
        height=600,
        use_container_width=True,
    )
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    drawing = (st.session_state.get("map") or {}).get("last_active_drawing") or {}
    st.code(json.dumps({"runs": runs, **drawing.get("properties", {})}, ensure_ascii=False))
