"""How large map.html is: a province of 1,225 units and 27,000 points, and the bundled sample."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.pipeline import run
from geo.study.load import load_study
from layers.web_map.standalone import render_map
from tests.worlds.streets import WUHAN

MB = 2**20
SIDE, POINTS = 35, 27_000
WEST, SOUTH, STEP = 109.0, 29.0, 0.17


def _bent(xy: Any) -> Any:
    """A border as crooked as a river, the same from both sides: by its coordinates alone."""
    x, y = xy[:, 0], xy[:, 1]
    # Each wave is flat enough for all of them together to fold nothing.
    waves = (30.0, 101.0, 307.0, 911.0, 2777.0)
    east = sum(np.sin(y * k + k) * 0.15 / k for k in waves)
    north = sum(np.sin(x * k - k) * 0.15 / k for k in waves)
    return np.column_stack([x + east, y + north])


def _areas() -> gpd.GeoDataFrame:
    """35 by 35 townships of 200 vertices each, in 49 counties of one province."""
    cells = [
        shapely.box(
            WEST + i * STEP, SOUTH + j * STEP, WEST + (i + 1) * STEP, SOUTH + (j + 1) * STEP
        )
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    dense = shapely.segmentize(np.array(cells), STEP / 50)
    number = np.arange(len(cells))
    frame = {
        "unit_id": [f"42{n:07d}" for n in number],
        "unit_name": [f"第{n}街道办事处辖区" for n in number],
        "county": [f"第{n // SIDE // 5 * 7 + n % SIDE // 5}县" for n in number],
        "city": ["某市"] * len(cells),
    }
    return gpd.GeoDataFrame(frame, geometry=shapely.transform(dense, _bent), crs="EPSG:4326")


def _province(analysis: Analysis) -> Analysis:
    """The made analysis with the tables of a province; nearly every point is uncovered."""
    areas = _areas()
    draw = np.random.default_rng(7)
    unit = draw.integers(0, len(areas), POINTS)
    middle = shapely.get_coordinates(shapely.centroid(areas.geometry.to_numpy()))[unit]
    lonlat = middle + draw.uniform(-0.06, 0.06, (POINTS, 2))
    minutes = np.round(draw.uniform(16, 119, POINTS), 3)
    points, units, gaps = [], [], []
    for layer in ("clinic", "parking"):
        named = areas.drop(columns="geometry").iloc[unit].reset_index(drop=True)
        found = named.assign(
            layer=layer, demand_id=[f"V{n:06d}" for n in range(POINTS)],
            name=[f"第{n}村民小组" for n in range(POINTS)],
            weight=draw.integers(1, 900, POINTS) * 1.0,
            nearest_site_id="S1", nearest_site_name="第一服务站", minutes=minutes,
            metres=np.round(minutes * 66.7, 1),
            cause=draw.choice(["too_far", "data_doubt"], POINTS),
            lon=lonlat[:, 0], lat=lonlat[:, 1],
        )  # fmt: skip
        points.append(found)
        total = found.groupby("unit_id")["weight"].sum()
        shown = areas.drop(columns="geometry").assign(layer=layer)
        amount = shown["unit_id"].map(total).fillna(0.0)
        units.append(
            shown.assign(
                level="township",
                sites=1,
                has_site=True,
                demand_total=amount * 1.5,
                demand_covered=amount * 0.5,
                share_by_time=0.333333,
                minutes_p50=21.5,
                minutes_p90=88.25,
            )
        )
        gaps.append(
            shown.assign(
                rank=range(1, len(shown) + 1),
                demand_total=amount * 1.5,
                uncovered=amount,
                uncovered_share=0.666667,
                main_cause="too_far",
                uncovered_data_doubt=0.0,
                uncovered_cut_off=0.0,
                uncovered_too_far=amount,
                nearest_site_id="S1",
                nearest_site_name="第一服务站",
                nearest_minutes_p50=33.333,
                lon=WEST,
                lat=SOUTH,
            )
        )
    sites = pd.concat([analysis.sites.head(1)] * len(areas), ignore_index=True)
    centres = shapely.get_coordinates(shapely.centroid(areas.geometry.to_numpy()))
    sites = pd.concat([sites.assign(layer=layer) for layer in ("clinic", "parking")])
    sites["lon"], sites["lat"] = np.tile(centres[:, 0], 2), np.tile(centres[:, 1], 2)
    sites["site_id"] = [f"S{n:05d}" for n in range(len(sites))]
    return replace(
        analysis, areas=areas, units=pd.concat(units, ignore_index=True),
        gaps=pd.concat(gaps, ignore_index=True), sites=sites.reset_index(drop=True),
        gap_points=pd.concat(points, ignore_index=True), isochrones=_outlines(centres),
    )  # fmt: skip


def _outlines(centres: Any) -> gpd.GeoDataFrame:
    """Three bands around every township's station, as ragged as streets make them."""
    angle = np.linspace(0, 2 * np.pi, 121)[:-1]
    rows = []
    for minutes, radius in ((5.0, 0.004), (10.0, 0.008), (15.0, 0.012)):
        ragged = radius * (0.6 + 0.4 * np.sin(angle * 17) ** 2)
        ring = np.column_stack([ragged * np.cos(angle), ragged * np.sin(angle)])
        shape = shapely.union_all([shapely.Polygon(centre + ring) for centre in centres])
        rows.append(("clinic", "", minutes, np.nan, 900.0, shape))
    names = ["layer", "site_id", "minutes", "metres", "area_km2", "geometry"]
    return gpd.GeoDataFrame(rows, columns=names, geometry="geometry", crs="EPSG:4326")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_province_stays_below_15_mb(analysis: Analysis, locale: str) -> None:
    page = render_map(_province(analysis), locale=locale)
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert len(data["units"]) == SIDE * SIDE
    # Every point is drawn, not only the heaviest.
    assert all(len(layer["gaps"]["rows"]) == POINTS for layer in data["layers"])
    assert len(page.encode()) < 15 * MB, len(page.encode())


def test_the_sample_stays_below_5_mb() -> None:
    if not WUHAN.is_dir():
        pytest.skip("data/wuhan is missing")
    analysis = run(load_study(WUHAN), cache=default_cache())
    assert MB / 2 < len(render_map(analysis, locale="zh-CN").encode()) < 5 * MB
