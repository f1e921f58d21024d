"""map.html in a browser: it draws, switches and fits, loads nothing, runs no text of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Page, expect

from geo.analysis import Analysis
from layers.web_map.packed_ground import PackedGround
from layers.web_map.standalone import render_map
from tests.browser.in_browser import wait_until
from tests.worlds.made_analysis import HOSTILE, made_analysis

OpenPage = Callable[..., Page]
# Whether any pixel of the map's canvases has this colour.
_HAS_COLOUR = """([r, g, b]) => {
  return [...document.querySelectorAll("#map canvas")].some((canvas) => {
    if (getComputedStyle(canvas.parentElement).display === "none") { return false; }
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) {
        return true;
      }
    }
    return false;
  });
}"""
ORANGE, DARKEST, LIGHTEST, GREY = (213, 94, 0), (37, 52, 148), (255, 255, 204), (212, 212, 212)


def _show(
    page: Page,
    analysis: Analysis,
    folder: Path,
    locale: str = "zh-CN",
    ground: PackedGround | None = None,
) -> Page:
    file = folder / "map.html"
    file.write_text(render_map(analysis, locale=locale, ground=ground), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    return page


def _at(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Where a place is on the screen."""
    project = "(at) => { const p = qh.map.latLngToContainerPoint(at); return [p.x, p.y]; }"
    x, y = page.evaluate(project, [lat, lon])
    box = page.locator("#map").bounding_box()
    assert box
    return box["x"] + x, box["y"] + y


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
    expect(cards.nth(1)).to_contain_text("15分钟可达率（步行）")
    expect(page.locator("#not-comparable")).to_have_text("两项指标口径不同，不宜直接比较。")
    expect(page.locator("#map-notice")).to_have_text("未经审图，仅限内部使用")
    expect(page.locator("#notes")).to_contain_text("代用名单")
    expect(page.locator(".leaflet-control-attribution")).to_have_text(
        "© OpenStreetMap contributors (ODbL)"
    )


def test_one_layer_at_a_time(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    page.select_option("#layer", label="停车场")
    expect(page.locator(".card").nth(1)).to_contain_text("300米可达率（步行）")
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
    page.locator("input[data-group=names]").uncheck()
    assert page.evaluate("getComputedStyle(qh.map.getPane('qhnames')).display") == "none"


def test_popups_of_a_unit_a_site_and_a_point(page_guard: OpenPage, tmp_path: Path) -> None:
    page = _show(page_guard(), made_analysis(), tmp_path)
    for place, texts in (
        ((114.318, 30.507), ("西街道", "某市 · 甲区", "未覆盖人口（人）", "80", "0.0%")),
        ((114.302, 30.502), ("第一服务站", "140.5", "服务能力", "3")),
        ((114.312, 30.502), ("三号小区", "超出时限或距离上限", "15.1", "60", "第一服务站")),
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
    expect(inner.locator("#map canvas").first).to_be_visible()


def test_the_first_view_is_where_people_live(page_guard: OpenPage, tmp_path: Path) -> None:
    analysis = made_analysis()
    # All demand in one corner, but for a hundredth of it.
    analysis.demand.loc[analysis.demand["demand_id"] != "D1", "weight"] = 0.1
    page = _show(page_guard(), analysis, tmp_path)
    inside = "qh.map.getBounds().contains([30.519, 114.319])"
    assert not page.evaluate(inside)
    page.get_by_role("button", name="显示全部范围").click()
    wait_until(page, inside)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_roads_water_and_the_picture(page_guard: OpenPage, tmp_path: Path, locale: str) -> None:
    lake = [[[11430200, 3050200, 300, 0, 0, 300, -300, 0]]]
    road = [[11430000, 3051500, 2000, 0]]
    ground = PackedGround(roads=[[0, road]], water=lake)
    page = _show(page_guard(), made_analysis(), tmp_path, locale, ground)
    assert page.evaluate(_HAS_COLOUR, [181, 211, 234])
    assert page.evaluate(_HAS_COLOUR, [163, 157, 146])
    page.locator("[name=opacity-water]").fill("50")
    assert page.evaluate("qh.map.getPane('qhwater').style.opacity") == "0.5"
    with page.expect_download() as download:
        page.locator("[data-tool=picture]").click()
    assert download.value.suggested_filename.endswith(".png")
    assert Path(download.value.path()).stat().st_size > 20_000


def test_units_without_areas_have_no_colour_legend(page_guard: OpenPage, tmp_path: Path) -> None:
    analysis = made_analysis()
    empty = analysis.areas.set_geometry([shapely.Polygon()] * len(analysis.areas), crs="EPSG:4326")
    page = _show(page_guard(), replace(analysis, areas=empty), tmp_path)
    expect(page.locator("#legend")).to_contain_text("服务点")
    for gone in ("20%–40%", "界线", "地名"):
        expect(page.locator("#legend")).not_to_contain_text(gone)
