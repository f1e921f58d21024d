"""map.html in a browser: it draws, switches and fits, loads nothing, runs no text of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.analysis import Analysis
from layers.web_map.standalone import render_map
from tests.worlds.made_analysis import HOSTILE, made_analysis

OpenPage = Callable[..., Page]
# Whether any pixel of the map's canvas has this colour.
_HAS_COLOUR = """([r, g, b]) => {
  const canvas = document.querySelector("#map canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) {
      return true;
    }
  }
  return false;
}"""
ORANGE, DARKEST, LIGHTEST, GREY = (213, 94, 0), (37, 52, 148), (255, 255, 204), (212, 212, 212)


def _show(page: Page, analysis: Analysis, folder: Path, locale: str = "zh-CN") -> Page:
    file = folder / "map.html"
    file.write_text(render_map(analysis, locale=locale), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=15_000)
    return page


def _at(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Where a place is on the screen, by the map's own bounds (114.30–114.32, 30.50–30.52)."""
    box = page.locator("#map").bounding_box()
    assert box
    # fitBounds leaves 52/18 left and above, 18/40 right and below; the map keeps its centre there.
    mercator = "(lat) => Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) * 180 / Math.PI"
    y = page.evaluate(f"(a) => a.map({mercator})", [lat, 30.50, 30.52])
    scale = page.evaluate(
        """() => {
          const line = document.querySelector(".leaflet-control-scale-line");
          return parseFloat(line.style.width) / parseFloat(line.textContent) * (
            line.textContent.includes("km") ? 0.001 : 1);
        }"""
    )
    metres_per_degree = 111_195 * page.evaluate("Math.cos(30.51 * Math.PI / 180)")
    middle_x = box["x"] + (52 + box["width"] - 18) / 2
    middle_y = box["y"] + (18 + box["height"] - 40) / 2
    pixels = scale * metres_per_degree
    return middle_x + (lon - 114.31) * pixels, middle_y - (y[0] - (y[1] + y[2]) / 2) * pixels


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_draws_and_fits(
    page_guard: OpenPage, tmp_path: Path, locale: str, size: tuple[int, int]
) -> None:
    page = _show(page_guard(*size), made_analysis(), tmp_path, locale)
    for colour in (ORANGE, DARKEST, LIGHTEST, GREY):
        assert page.evaluate(_HAS_COLOUR, list(colour)), colour
    # Nothing sticks out sideways, and the controls on the map do not cover each other.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel = page.locator("#panel")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    clipped = panel.evaluate(
        """panel => [...panel.querySelectorAll("*")].filter(
             e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"
           ).map(e => e.outerHTML)"""
    )
    assert clipped == []
    boxes = [
        page.locator(name).bounding_box()
        for name in (".leaflet-control-zoom", ".leaflet-control-scale", "#map-notice",
                     ".leaflet-control-attribution", "#panel")
    ]  # fmt: skip
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert one and other and not _overlap(one, other), (one, other)


def _overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_says_what_the_numbers_are(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    cards = page.locator(".card")
    expect(cards).to_have_count(2)
    expect(cards.nth(0)).to_contain_text("设点覆盖率")
    expect(cards.nth(0)).to_contain_text("50.0%")
    expect(cards.nth(1)).to_contain_text("15分钟可达率(步行)")
    expect(page.locator("#not-comparable")).to_have_text("两项指标口径不同，不宜直接比较。")
    expect(page.locator("#map-notice")).to_have_text("未经审图，仅限内部使用")
    expect(page.locator("#notes")).to_contain_text("代用名单")
    expect(page.locator(".leaflet-control-attribution")).to_have_text(
        "© OpenStreetMap contributors (ODbL)"
    )


def test_one_layer_at_a_time(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    page.select_option("#layer", label="停车场")
    expect(page.locator(".card").nth(1)).to_contain_text("300米可达率(步行)")
    expect(page.locator("#legend")).to_contain_text("300米以内")
    expect(page.locator("#notes")).not_to_contain_text("代用名单")
    assert not page.evaluate(_HAS_COLOUR, list(DARKEST))  # nobody is within 300 m


def test_switches_turn_groups_off_and_on(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    gaps = page.locator("input[data-group=gaps]")
    gaps.uncheck()
    page.wait_for_timeout(200)
    assert not page.evaluate(_HAS_COLOUR, list(ORANGE))
    gaps.check()
    page.wait_for_timeout(200)
    assert page.evaluate(_HAS_COLOUR, list(ORANGE))
    page.locator("input[data-group=units]").uncheck()
    page.wait_for_timeout(200)
    assert not page.evaluate(_HAS_COLOUR, list(GREY))
    expect(page.locator(".name")).to_have_count(0)


def test_popups_of_a_unit_a_site_and_a_point(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    for place, texts in (
        ((114.318, 30.507), ("西街道", "某市 · 甲区", "未覆盖人口(人)", "80", "0.0%")),
        ((114.302, 30.502), ("第一服务站", "140.5", "服务能力", "3")),
        ((114.312, 30.502), ("三号小区", "路程超限", "15.1", "60", "第一服务站")),
        ((114.302, 30.512), ("五号湾", "路网待核实", "不可达")),
    ):
        page.mouse.click(*_at(page, *place))
        popup = page.locator(".leaflet-popup-content")
        expect(popup).to_have_count(1)
        for text in texts:
            expect(popup).to_contain_text(text)
        # Closing by hand: opening one may pan the map, which the next click must not meet.
        page.reload()
        page.wait_for_selector("html[data-ready]")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nothing_from_the_data_runs(page_guard: OpenPage, tmp_path: Path, locale: str) -> None:
    page = _show(page_guard(), made_analysis(hostile=True), tmp_path, locale)
    # An alert or a blocked script would be noted by the guard.
    for layer in ("0", "1"):
        page.select_option("#layer", layer)
        for place in ((114.318, 30.507), (114.304, 30.505), (114.312, 30.502)):
            page.mouse.click(*_at(page, *place))
            expect(page.locator(".leaflet-popup-content")).to_have_count(1)
            page.keyboard.press("Escape")
            expect(page.locator(".leaflet-popup-content")).to_have_count(0)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 3
    text = page.evaluate("document.body.textContent")
    assert HOSTILE[1] in text  # shown, as text


def test_draws_inside_a_sandboxed_frame(page_guard: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text(render_map(made_analysis(), locale="en"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        '<link rel="icon" href="data:,"><iframe sandbox="allow-scripts" src="map.html"'
        ' style="width: 1000px; height: 700px"></iframe>'
    )
    page = page_guard()
    page.goto(frame.as_uri())
    inner = page.frame_locator("iframe")
    expect(inner.locator(".card-value").first).to_have_text("50.0%")
    expect(inner.locator("#map canvas")).to_have_count(1)
