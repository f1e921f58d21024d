"""A bridge is drawn by clicks on the Scenarios page; the comparison opens without a network."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.scenarios.store import load_scenario
from geo.workspace.edit import copy_study
from layers.export.difference import COMPARISON_FILES
from layers.words.catalogue import words_for
from tests.browser.in_browser import WUHAN, choose_option, downloaded, map_frame, wait_until

NAME = "跨江通道试算"
# A foot bridge from near a station for medical insurance to estates beyond its 15 minutes.
BRIDGE = ((114.23245, 30.57806), (114.22615, 30.57748))


@pytest.fixture(scope="module")
def copied(studies: Path) -> Path:
    """A planner's copy of the sample."""
    folder = studies / NAME
    copy_study(WUHAN, folder, name=NAME)
    return folder


def test_a_bridge_is_drawn_and_compared(
    app: str, copied: Path, page_guard: Callable[..., Page], tmp_path: Path
) -> None:
    page, words = page_guard(1366, 900), words_for("zh-CN")
    page.goto(f"{app}/scenarios?study={NAME}&lang=zh-CN&layer=medical_insurance")
    new = page.get_by_role("button", name=words("scenario.new"))
    expect(new).to_be_visible(timeout=300_000)  # the study is computed first
    new.click()
    page.get_by_label(words("kept.name")).fill("大桥")
    page.get_by_label(words("kept.name")).press("Enter")
    page.locator(".st-key-plan-create button").click()
    expect(page.locator(".st-key-plan-add")).to_be_visible()
    choose_option(page, "scenario_do", words("scenario.do.add_road"))
    expect(page.get_by_text(words("scenario.draw_road", points=0))).to_be_visible()
    frame = map_frame(page)
    wait_until(frame, "() => window.qh && qh.map && qh.map._loaded")
    for number, (lon, lat) in enumerate(BRIDGE, start=1):
        frame.evaluate(
            """([lon, lat]) => {
              qh.map.setView([lat, lon], 14, { animate: false });
              const latlng = L.latLng(lat, lon);
              qh.clicked({ latlng, layerPoint: qh.map.latLngToLayerPoint(latlng) });
            }""",
            [lon, lat],
        )
        expect(page.get_by_text(words("scenario.draw_road", points=number))).to_be_visible()
    page.locator(".st-key-plan-add button").click()
    expect(page.get_by_text(words("scenario.added"))).to_be_visible()
    change = load_scenario(copied, "大桥").changes[0]
    assert change.do == "add_road" and len(change.line) == len(BRIDGE)
    page.get_by_text(words("scenario.view.compare"), exact=True).click()
    download = page.locator(".st-key-plan-download button")
    expect(download).to_be_visible(timeout=300_000)
    # Somebody gains, and nobody loses by a bridge.
    said = page.get_by_text(re.compile("实际变化：新增可达居民点[1-9]"))
    expect(said).to_contain_text("不再可达0个")
    downloaded(page, download).save_as(tmp_path / "compare.zip")
    with zipfile.ZipFile(tmp_path / "compare.zip") as archive:
        assert set(archive.namelist()) == set(COMPARISON_FILES) - {"compare.zip"}
        archive.extract("compare.html", tmp_path)
    alone = page_guard(1366, 768)
    alone.context.set_offline(True)
    alone.goto((tmp_path / "compare.html").as_uri())
    alone.wait_for_selector("html[data-ready]")
    alone.locator("[data-view=difference]").click()
    expect(alone.locator("#units tbody tr")).not_to_have_count(0)
    expect(alone.locator("#legend")).to_contain_text(words("compare.page.road_opened"))
