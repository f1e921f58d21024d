"""The map's layers in a browser: clicks, drawing, escaping, and the bytes that are sent."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, Response, expect

from tests.browser.in_browser import (
    MAP,
    ROOT,
    click_map,
    hover,
    on_screen,
    only_map,
    serving,
    wait_until,
)
from tests.worlds.payload import PAYLOAD

OpenPage = Callable[..., Page]
# Whether the canvases hold a colour near a place: [[lon, lat], [r, g, b]].
_SEES = """([[lon, lat], rgb]) => {
  var at = map.latLngToContainerPoint([lat, lon]);
  return [...document.querySelectorAll("canvas")].some(function (canvas) {
    var box = canvas.getBoundingClientRect(), frame = map.getContainer().getBoundingClientRect();
    var ratio = canvas.width / box.width;
    var x = (at.x + frame.left - box.left) * ratio, y = (at.y + frame.top - box.top) * ratio;
    var data = canvas.getContext("2d").getImageData(x - 16, y - 34, 32, 50).data;
    for (var i = 0; i < data.length; i += 4) {
      var near = rgb.every(function (v, k) { return Math.abs(data[i + k] - v) < 3; });
      if (data[i + 3] > 200 && near) { return true; }
    }
    return false;
  });
}"""


@contextmanager
def layers_app(**environment: str) -> Iterator[str]:
    """The page of `layers_app.py` under a base path; gives its address."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with serving(
        None,
        "--server.baseUrlPath=plan",
        base="/plan",
        env={"PYTHONPATH": path, **environment},
        script=ROOT / "tests" / "browser" / "layers_app.py",
    ) as address:
        yield address


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with layers_app() as address:
        yield address


def opened(page: Page, address: str, layers: int) -> Frame:
    """The map's frame, once `layers` of them are drawn."""
    page.goto(address)
    page.locator(f"{MAP}, .stException").first.wait_for()
    assert not page.locator(".stException").count(), page.locator(".stException").inner_text()
    frame = only_map(page)
    drawn(frame, layers)
    return frame


def drawn(frame: Frame, layers: int) -> None:
    wait_until(
        frame,
        """(layers) => {
          var groups = window.qh ? Object.values(qh.shown).map((kept) => kept.group) : [];
          return groups.length === layers && groups.every((group) => group.getLayers().length);
        }""",
        arg=layers,
        timeout_ms=60_000,
    )
    frame.wait_for_timeout(200)


def clicked(page: Page, **wanted: Any) -> dict[str, Any]:
    """The values that the page received, once they hold `wanted`."""
    code = page.locator('[data-testid="stCode"]')
    for key, value in wanted.items():
        text = f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        expect(code).to_contain_text(text)
    return dict(json.loads(code.inner_text()))


def test_every_click_hands_over_its_place(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made", 9)
    click_map(page, frame, 114.3022, 30.516)
    found = clicked(page, kind="unit", unit_id=PAYLOAD)
    assert abs(found["lon"] - 114.3022) < 2e-4 and abs(found["lat"] - 30.516) < 2e-4

    click_map(page, frame, 114.302, 30.504)
    found = clicked(page, kind="site", site_id=f"S{PAYLOAD}", layer=PAYLOAD, unit_id=PAYLOAD)
    assert (found["lon"], found["lat"]) == (114.302, 30.504)

    click_map(page, frame, 114.304, 30.512)
    found = clicked(page, kind="demand", demand_id=f"D{PAYLOAD}", unit_id=PAYLOAD)
    assert (found["lon"], found["lat"]) == (114.304, 30.512)

    click_map(page, frame, 114.3325, 30.51)
    found = clicked(page, kind="ground", unit_id="")
    assert abs(found["lon"] - 114.3325) < 2e-4

    # The same place once more is news; a map that is moved is none.
    runs = found["runs"]
    click_map(page, frame, 114.3325, 30.51)
    clicked(page, runs=runs + 1)
    x, y = on_screen(page, frame, 114.3325, 30.51)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=6)
    page.mouse.up()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(1_200)
    clicked(page, runs=runs + 1)


def test_the_map_works_from_the_keyboard(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made", 9)
    box = frame.locator(".leaflet-container")
    assert box.get_attribute("tabindex") == "0"
    assert box.get_attribute("role") == "application"
    assert box.get_attribute("aria-label") == PAYLOAD
    box.focus()
    expect(frame.locator(".qh-cross")).to_be_hidden()
    before = frame.evaluate("map.getCenter().lng")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert frame.evaluate("map.getCenter().lng") > before
    expect(frame.locator(".qh-cross")).to_be_visible()
    zoom = frame.evaluate("map.getZoom()")
    page.keyboard.press("+")
    page.wait_for_timeout(700)
    assert frame.evaluate("map.getZoom()") > zoom
    page.keyboard.press("Enter")
    found = clicked(page, kind="unit")
    centre = frame.evaluate("[map.getCenter().lng, map.getCenter().lat]")
    assert [found["lon"], found["lat"]] == pytest.approx(centre, abs=1e-5)


def test_all_layers_are_drawn_and_none_of_their_texts_runs(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made&selected=1", 10)
    for place, colour in (
        ((114.302, 30.504), (139, 26, 26)),  # a site of its own colour
        ((114.3095, 30.5095), (154, 154, 154)),  # one that could not be used
        ((114.304, 30.512), (213, 94, 0)),  # an estate too far
        ((114.313, 30.512), (0, 114, 178)),  # one that gains
        ((114.316, 30.508), (0, 98, 59)),  # a pin
        ((114.316, 30.503), (122, 1, 119)),  # the path
    ):
        assert frame.evaluate(_SEES, [list(place), list(colour)]), (place, colour)
    for place, text in (
        ((114.3022, 30.516), "unit <img"),
        ((114.302, 30.504), "site <img"),
        ((114.304, 30.512), "estate <img"),
        ((114.313, 30.512), "change <img"),
    ):
        hover(page, frame, *place)
        expect(frame.locator(".leaflet-tooltip")).to_have_count(1)
        expect(frame.locator(".leaflet-tooltip")).to_contain_text(text)
    # The payloads stand there as text: attribution, notice, titles, tooltips.
    assert frame.locator("img").count() == 0
    assert "<img src=x" in frame.locator(".leaflet-control-attribution").inner_text()
    assert "<img src=x" in frame.locator(".qh-notice").inner_text()
    assert frame.locator(".leaflet-control-zoom-in").get_attribute("title") == PAYLOAD


def test_what_stays_is_not_drawn_again(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made", 9)
    frame.evaluate("Object.values(qh.shown).forEach((kept) => { kept.group.marked = true; })")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("button", name="again").click()
    clicked(page, runs=2)
    page.wait_for_timeout(400)
    marked = "Object.values(qh.shown).filter((kept) => kept.group.marked).length"
    assert frame.evaluate(marked) == 9
    assert not [url for url in requests if "assets.drawn" in url]


def test_switched_off_layers_go_and_recolouring_stays(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=large", 3)
    frame.evaluate("Object.values(qh.shown)[0].group.marked = true")
    page.locator('[data-testid="stRadio"] label', has_text="b").last.click()
    wait_until(frame, "Object.keys(qh.shown).length === 3 && Object.keys(qh.data).length >= 7")
    drawn(frame, 3)
    # Units keep their shapes and take new colours; the other two layers are new.
    assert frame.evaluate("Object.values(qh.shown).filter((kept) => kept.group.marked).length") == 1


def test_services_together(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=together", 1)
    assert frame.evaluate(_SEES, [[114.304, 30.51], [127, 0, 0]])
    assert frame.evaluate(_SEES, [[114.316, 30.51], [254, 240, 217]])
    click_map(page, frame, 114.308, 30.51)
    clicked(page, kind="demand", demand_id="b")


def test_small_maps_run_nothing(app: str, page_guard: OpenPage) -> None:
    page = page_guard(1024, 768)
    page.goto(f"{app}/?scene=small")
    maps = page.locator(".qh-multiples img")
    expect(maps).to_have_count(2)
    expect(page.get_by_role("img", name="停车场: 41.0%")).to_be_visible()
    seen = "img => img.complete && img.naturalWidth === 300"
    assert all(maps.nth(at).evaluate(seen) for at in range(2))
    expect(page.locator(".qh-multiples-legend")).to_contain_text("<img src=x")
    boxes = [maps.nth(at).bounding_box() for at in range(2)]
    assert boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def circle(frame: Frame) -> list[float]:
    """Longitude and latitude of a circle of sites in the middle of the province."""
    layers = "Object.values(qh.shown).map((kept) => kept.group.getLayers()[0])"
    clusters = f"{layers}.find((layer) => layer.options.cluster)"
    assert frame.evaluate(f"{clusters}._clusters[map.getZoom()].groups.length") > 20
    found: list[float] = frame.evaluate(
        f"""(() => {{ var g = {clusters}._clusters[map.getZoom()].groups
          .find((g) => g.x > 0.810 && g.x < 0.813 && g.y > 0.405 && g.y < 0.409);
          return [g.x * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * g.y))) * 180 / Math.PI];
        }})()"""
    )
    return found


_CIRCLES = """() => {
  var scale = 256 * Math.pow(2, map.getZoom()), circles = [], symbols = [];
  Object.values(qh.shown).forEach(function (kept) {
    var field = kept.group.getLayers()[0], found = field && field._clusters[map.getZoom()];
    if (!found) { return; }
    found.groups.forEach(function (g) {
      circles.push([g.x * scale + g.dx, g.y * scale + g.dy, g.radius, Math.hypot(g.dx, g.dy)]);
    });
    found.alone.forEach(function (i) {
      symbols.push([field._points.x[i] * scale, field._points.y[i] * scale]);
    });
  });
  return [circles, symbols];
}"""


def test_circles_of_several_services_keep_off_each_other(app: str, page_guard: OpenPage) -> None:
    frame = opened(page_guard(), f"{app}/?scene=services", 3)
    wait_until(frame, f"({_CIRCLES})()[0].some((circle) => circle[3] > 0)")
    circles, symbols = frame.evaluate(_CIRCLES)
    assert len(circles) > 20 and len(symbols) >= 9
    for at, (x, y, radius, moved) in enumerate(circles):
        assert moved < 40
        for px, py, other, _ in circles[:at]:
            assert math.hypot(x - px, y - py) >= radius + other
        for px, py in symbols:
            assert math.hypot(x - px, y - py) >= radius


def test_a_province_stays_light(app: str, page_guard: OpenPage) -> None:
    """1,225 units × 200 vertices, 24,300 points, 15,000 sites: bytes over the wire."""
    page = page_guard()
    sizes: dict[str, int] = {}

    def note(response: Response) -> None:
        if "assets.drawn" in response.url:
            sizes[response.url] = response.request.sizes()["responseBodySize"]

    page.on("requestfinished", lambda request: note(request.response()))
    frame = opened(page, f"{app}/?scene=large", 3)
    first = sum(sizes.values())
    known = set(sizes)
    page.locator('[data-testid="stRadio"] label', has_text="b").last.click()
    wait_until(frame, "Object.keys(qh.data).length >= 7")
    drawn(frame, 3)
    change = sum(size for url, size in sizes.items() if url not in known)
    print(f"first map {first / 1e6:.2f} MB, a change of layer {change / 1e6:.2f} MB")
    assert first <= 1_500_000
    assert change <= 500_000
    # Far out sites join in circles, whose number leads closer and asks nothing of the page.
    group = circle(frame)
    zoom = frame.evaluate("map.getZoom()")
    click_map(page, frame, *group)
    wait_until(frame, f"map.getZoom() > {zoom} + 0.9")
    page.wait_for_timeout(600)
    clicked(page, runs=2)
    # Where a place is asked for, a circle is a place as any other.
    frame = opened(page, f"{app}/?scene=large&place=1", 4)
    zoom = frame.evaluate("map.getZoom()")
    group = circle(frame)
    click_map(page, frame, *group)
    found = clicked(page, kind="ground")
    assert abs(found["lon"] - group[0]) < 0.01 and abs(found["lat"] - group[1]) < 0.01
    assert frame.evaluate("map.getZoom()") == zoom


def test_roads_lie_beneath_and_can_be_taken_away(page_guard: OpenPage, tmp_path: Path) -> None:
    from tests.worlds.tiny_study import write_study

    study = write_study(tmp_path / "tiny")
    road = {"type": "LineString", "coordinates": [[114.299, 30.5], [114.331, 30.5]]}
    lane = {"type": "LineString", "coordinates": [[114.31, 30.49], [114.31, 30.51]]}
    features = [
        {"type": "Feature", "properties": {"highway": kind}, "geometry": line}
        for kind, line in (("primary", road), ("footway", lane))
    ]
    made = json.dumps({"type": "FeatureCollection", "features": features})
    (study / "roads.geojson").write_text(made, encoding="utf-8")
    cache = str(tmp_path / "cache")  # nothing is cut yet
    with layers_app(ROADS_STUDY=str(study), QUARTERHOUR_CACHE=cache) as address:
        page = page_guard()
        frame = opened(page, f"{address}/?scene=roads", 1)
        wait_until(frame, "qh.ground && map.hasLayer(qh.ground)")
        sees = """([lon, lat, zoom]) => {
          map.setView([lat, lon], zoom, { animate: false });
          return new Promise((done) => setTimeout(() => {
            var canvas = map.getPane("qhroads").querySelector("canvas");
            if (!canvas) { done(false); return; }
            var at = map.latLngToLayerPoint([lat, lon]).subtract(qh.ground._bounds.min);
            var ratio = canvas.width / canvas.getBoundingClientRect().width;
            var data = canvas.getContext("2d").getImageData(
              at.x * ratio - 4, at.y * ratio - 4, 8, 8).data;
            done(data.some((value) => value > 0));
          }, 700));
        }"""
        on_road, on_lane, beside = (114.32, 30.5), (114.31, 30.495), (114.32, 30.495)
        for zoom, lane_too in ((9, False), (13, False), (16, True)):
            assert frame.evaluate(sees, [*on_road, zoom])
            assert frame.evaluate(sees, [*on_lane, zoom]) is lane_too or zoom == 9
            assert zoom == 9 or not frame.evaluate(sees, [*beside, zoom])
        frame.get_by_role("button", name="Layers").click()
        switch = frame.get_by_label("Roads", exact=True)
        switch.uncheck()
        assert frame.evaluate("getComputedStyle(map.getPane('qhroads')).display") == "none"
        switch.check()
        assert frame.evaluate(sees, [*on_road, 16])
        page.close()  # before its server


_PAINTED = """(name) => [...map.getPane(name).querySelectorAll("canvas")].some((canvas) => {
  var data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, at) => at % 4 === 3 && value > 0);
})"""


def test_the_list_of_layers(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made&tools=1", 12)
    wait_until(frame, _PAINTED, arg="qhnames")
    # From the keyboard: open, and fade the isochrones.
    frame.locator("[data-tool=layers]").focus()
    page.keyboard.press("Enter")
    rows = frame.locator(".qh-row .switch")
    expect(rows.first).to_have_text("Place names")
    fade = frame.get_by_label("Opacity – Isochrones")
    fade.focus()
    page.keyboard.press("ArrowLeft")
    assert frame.evaluate("map.getPane('qhisochrones').style.opacity") == "0.9"
    # Down past the units, which lie lowest; the first cannot go up.
    down = frame.get_by_role("button", name="Move down – Isochrones")
    z = "(name) => Number(map.getPane(name).style.zIndex)"
    assert frame.evaluate(z, "qhisochrones") > frame.evaluate(z, "overlayPane")
    down.click()
    assert frame.evaluate(z, "qhisochrones") < frame.evaluate(z, "overlayPane")
    expect(down).to_be_disabled()
    expect(frame.get_by_role("button", name="Move up – Place names")).to_be_disabled()
    # A group that the page draws is its matter; names are the map's own.
    frame.get_by_label("Service points", exact=True).uncheck()
    clicked(page, kind="drawn", group="sites", on=False)
    frame.get_by_label("Place names", exact=True).uncheck()
    assert frame.evaluate("map.getPane('qhnames').style.display") == "none"
    # Kept in the session.
    frame = opened(page, f"{app}/?scene=made&tools=1", 12)
    assert frame.evaluate("map.getPane('qhisochrones').style.opacity") == "0.9"
    assert frame.evaluate(z, "qhisochrones") < frame.evaluate(z, "overlayPane")
    assert frame.evaluate("map.getPane('qhnames').style.display") == "none"


def test_measuring(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    frame = opened(page, f"{app}/?scene=made&tools=1", 12)
    runs = json.loads(page.locator('[data-testid="stCode"]').inner_text())["runs"]
    button = frame.get_by_role("button", name="Measure distance and area")
    button.click()
    said = frame.locator(".qh-measured")
    expect(said).to_contain_text("Esc ends")
    # A thousandth of a degree of latitude is 111.2 m.
    click_map(page, frame, 114.306, 30.505)
    click_map(page, frame, 114.306, 30.514)
    expect(said).to_contain_text(re.compile(r"Distance (99\d m|1(\.0\d)? km)"))
    click_map(page, frame, 114.312, 30.514)
    expect(said).to_contain_text(re.compile(r"Area 0\.(28|29) km²"))
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "false")
    clicked(page, runs=runs)  # the page heard nothing of it
    click_map(page, frame, 114.3022, 30.516)
    clicked(page, kind="unit")


def test_the_picture_of_the_view(app: str, page_guard: OpenPage, tmp_path: Path) -> None:
    from PIL import Image

    page = page_guard()
    frame = opened(page, f"{app}/?scene=made&tools=1", 12)
    before = frame.evaluate("map.getPane('qhsites').querySelector('canvas').width")
    with page.expect_download() as download:
        frame.get_by_role("button", name="Save as picture (PNG)").click()
    assert download.value.suggested_filename == "map-of- 甲区.png"
    file = tmp_path / "view.png"
    download.value.save_as(file)
    image = Image.open(file).convert("RGB")
    wide, high = frame.evaluate("[map.getSize().x, map.getSize().y]")
    assert image.width == 2 * (wide + 40) and image.height > 2 * (high + 100)
    colours = {colour for _, colour in image.getcolors(1 << 24)}
    # The shading's paler for its opacity; the site, the uncovered point, the legend's orange.
    assert {(139, 26, 26), (213, 94, 0), (0, 98, 59)} <= colours
    # The map itself is as it was.
    assert frame.evaluate("map.getPane('qhsites').querySelector('canvas').width") == before


def test_paper_shows_the_same_places(app: str, page_guard: OpenPage) -> None:
    page = page_guard(1440, 900)
    frame = opened(page, f"{app}/?scene=made&tools=1", 12)
    before = frame.evaluate("[map.getZoom(), map.getBounds().toBBoxString()]")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 900})
    wait_until(frame, "map.getSize().x < 700")
    inside = """(box) => {
      var sides = box.split(",").map(Number);
      return map.getBounds().pad(0.001).contains([[sides[1], sides[0]], [sides[3], sides[2]]]);
    }"""
    wait_until(frame, inside, arg=before[1])
    expect(frame.locator(".qh-tools")).to_be_hidden()
    # A browser prints without drawing canvases again: a picture of the view stands in.
    painted = """() => {
      var one = document.querySelector("canvas.qh-paper");
      var cells = one.getContext("2d").getImageData(0, 0, one.width, one.height).data, found = {};
      for (var at = 0; at < cells.length; at += 4 * 97) {
        found[[cells[at], cells[at + 1], cells[at + 2]]] = 1;
      }
      return Object.keys(found).length;
    }"""
    assert frame.evaluate(painted) > 5
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(media="screen")
    wait_until(frame, f"Math.abs(map.getZoom() - {before[0]}) < 0.01")
    expect(frame.locator("canvas.qh-paper")).to_have_count(0)


def test_controls_wait_for_their_styles(app: str, page_guard: OpenPage) -> None:
    """On a slow line, nothing is shown that is not styled yet."""
    page = page_guard()
    page.route("**/leaflet.css", lambda route: (page.wait_for_timeout(1_500), route.continue_()))
    page.goto(f"{app}/?scene=made")
    frame = only_map(page)
    frame.wait_for_selector(".leaflet-control-zoom", state="attached")
    if not frame.evaluate("map.getContainer().classList.contains('qh-styled')"):
        assert frame.evaluate(
            "getComputedStyle(document.querySelector('.leaflet-control-zoom')).visibility"
        ) == "hidden"  # fmt: skip
    expect(frame.locator(".leaflet-control-zoom")).to_be_visible()
    position = "getComputedStyle(document.querySelector('.leaflet-control-zoom')).position"
    assert frame.evaluate(position) == "relative"


def test_nothing_outside_without_a_key_and_quiet_failure_with_one(browser: Browser) -> None:
    with layers_app(QUARTERHOUR_TIANDITU_KEY="0123456789abcdef0123456789abcdef") as address:
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        asked: list[str] = []

        def refuse(route: Any) -> None:
            asked.append(route.request.url)
            route.abort()

        page.route("https://*.tianditu.gov.cn/**", refuse)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        frame = opened(page, f"{address}/?scene=made", 9)
        switch = frame.locator(".qh-ground input")
        expect(switch).not_to_be_checked()  # nobody answers: as if there were no key
        assert asked and all("tk=0123456789abcdef" in url for url in asked)
        assert "tiles <img" in frame.locator(".qh-ground").inner_text()
        assert frame.evaluate("map.getContainer().querySelectorAll('.leaflet-tile').length") == 0
        click_map(page, frame, 114.3022, 30.516)
        clicked(page, kind="unit")
        assert problems == []

        pixel = bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
            "789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
        )
        page.unroute("https://*.tianditu.gov.cn/**")
        page.route(
            "https://*.tianditu.gov.cn/**",
            lambda route: route.fulfill(body=pixel, content_type="image/png"),
        )
        switch.check()
        wait_until(frame, "document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
        expect(switch).to_be_checked()
        expect(frame.locator(".leaflet-control-attribution")).to_contain_text("Tianditu")
        page.close()
