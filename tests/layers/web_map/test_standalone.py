"""map.html as text; tests/browser opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from geo.analysis import Analysis
from layers.web_map.standalone import render_map
from tests.worlds.made_analysis import HOSTILE, made_analysis


def _data(page: str) -> Any:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1], parse_constant=lambda name: pytest.fail(name))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nothing_is_loaded(analysis: Analysis, locale: str) -> None:
    page = render_map(analysis, locale=locale)
    assert f'<html lang="{locale}">' in page
    assert not re.findall(r"""(?:src|href)=["']?https?://""", page.split("<script>")[0])
    assert "sourceMappingURL" not in page
    assert "url(images" not in page
    assert re.search(r"default-src &#39;none&#39;|default-src 'none'", page)


def test_the_policy_knows_both_scripts_by_hash(analysis: Analysis) -> None:
    page = render_map(analysis, locale="en")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"sha256-{digest}".replace("+", "&#43;") in page or f"sha256-{digest}" in page


def test_names_cannot_leave_the_data(hostile: Analysis) -> None:
    page = render_map(hostile, locale="zh-CN")
    data = re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert data
    assert not set("<>&\u2028\u2029") & set(data[1])
    names = {unit["name"] for unit in _data(page)["units"]}
    assert names <= set(HOSTILE)
    assert "<img" not in page


def test_the_figures_are_the_summarys(analysis: Analysis) -> None:
    data = _data(render_map(analysis, locale="zh-CN"))
    clinic = data["layers"][0]
    assert clinic["presence"]["value"] == "50.0%"
    assert clinic["time"]["name"] == "15分钟可达率（步行）"
    assert clinic["time"]["value"] == "59.4%"
    assert len(clinic["gaps"]["rows"]) == 4
    assert data["not_comparable"] == "两项指标口径不同，不宜直接比较。"
    # 15.001 minutes are over the limit and must not read as 15.0.
    assert 15.1 in [row[6] for row in clinic["gaps"]["rows"]]
    assert clinic["values"][3][0] is None


def test_the_map_says_whether_it_was_approved() -> None:
    assert _data(render_map(made_analysis(), locale="zh-CN"))["map_notice"] == (
        "未经审图，仅限内部使用"
    )
    page = render_map(made_analysis(approval="GS(2024)1号"), locale="zh-CN")
    assert _data(page)["map_notice"] == "审图号：GS(2024)1号。底图无修改，界线不作划界依据。"


def test_attribution_stands_without_sources(analysis: Analysis) -> None:
    info = analysis.study.study.model_copy(update={"sources": ("统计局",)})
    study = analysis.study.model_copy(update={"study": info})
    data = _data(render_map(Analysis(**{**vars(analysis), "study": study}), locale="en"))
    assert data["sources"] == ["© OpenStreetMap contributors (ODbL)", "统计局"]


def test_the_same_page_every_time(analysis: Analysis) -> None:
    assert render_map(analysis, locale="en") == render_map(analysis, locale="en")


def test_distances_are_rounded_up(analysis: Analysis) -> None:
    # 300.2 m exceeds a limit of 300 and must not read 300; whole tenths stay.
    points = analysis.gap_points.assign(minutes=1.1, metres=300.2)
    data = _data(render_map(replace(analysis, gap_points=points), locale="zh-CN"))
    rows = [row for layer in data["layers"] for row in layer["gaps"]["rows"]]
    assert {(row[6], row[7]) for row in rows} == {(1.1, 301)}
