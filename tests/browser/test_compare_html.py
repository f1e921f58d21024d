"""compare.html in a browser: both sides, the divider, the difference, and no request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.scenarios.compare import compare, open_state
from layers.web_map.comparison.comparison_map import render_comparison
from tests.worlds.tiny_study import write_study

CLOSE = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
ROAD = '[[changes]]\ndo = "add_road"\nline = [[114.306, 30.5], [114.306, 30.51]]\nkind = "real"\n'
# What the divider leaves of a side.
_CUT = """side => getComputedStyle(qh.map.getPane("qh" + side + "units")).clipPath"""


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page in both languages."""
    folder = write_study(tmp_path_factory.mktemp("compared") / "tiny")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "甲.toml").write_text(CLOSE + ROAD, encoding="utf-8")
    found = compare(open_state(str(folder)), open_state(f"{folder}#甲"))
    pages = {}
    for locale in ("zh-CN", "en"):
        pages[locale] = folder / f"compare.{locale}.html"
        pages[locale].write_text(render_comparison(found, locale=locale), encoding="utf-8")
    return pages


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_slides_and_shows_the_difference(
    page_guard: Callable[..., Page], compared: dict[str, Path], locale: str
) -> None:
    page = page_guard(1366, 768)
    page.context.set_offline(True)
    page.goto(compared[locale].as_uri())
    page.wait_for_selector("html[data-ready]")
    handle = page.locator("#handle")
    cuts = [page.evaluate(_CUT, side) for side in ("before", "after")]
    assert all(cut.startswith("polygon") for cut in cuts) and cuts[0] != cuts[1]
    handle.focus()
    page.keyboard.press("PageUp")
    expect(handle).to_have_attribute("aria-valuenow", "60")
    assert page.evaluate(_CUT, "before") != cuts[0]
    box, area = handle.bounding_box(), page.locator("#map").bounding_box()
    assert box and area
    page.mouse.move(box["x"] + box["width"] / 2, 300)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.25 * area["width"], 320)
    page.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", "25")
    page.locator("[data-view=difference]").click()
    expect(handle).to_be_hidden()
    assert page.evaluate(_CUT, "before") == "none"
    # The points that lose the station are marked, and the figures say so.
    expect(page.locator("#legend")).to_contain_text(
        "不再可达" if locale == "zh-CN" else "no longer"
    )
    expect(page.locator("#units tbody tr")).not_to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel = page.locator("#panel")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
