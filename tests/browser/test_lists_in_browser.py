"""Lists lead to the map and back, addresses keep filters, and pages fit windows and paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest
from playwright.sync_api import Browser, Frame, Page, TimeoutError, expect

from geo.analysis import Analysis
from layers.words.catalogue import words_for
from tests.browser.in_browser import drawn_map, map_frame, serving, wait_until
from tests.worlds.tiny_study import write_study

OpenPage = Callable[..., Page]
NAME = "小镇清单"
TABLE = '[data-testid="stDataFrame"]'
ZH, EN = words_for("zh-CN"), words_for("en")
# Elements beyond the window's edge, and texts that do not fit their box.
_CUT = """() => {
  const found = [], width = document.documentElement.clientWidth;
  const texts = "button, button p, h1, h2, h3, th, td, .qh-figure, .qh-value, .qh-basis, " +
    ".qh-plain, .qh-notice";
  const aside = ".qh-hidden, [hidden], .stDataFrame, iframe, .qh-print, .st-key-widget-words, " +
    ".st-key-address-box, .st-key-connection";
  for (const one of document.querySelectorAll(".stMain *, .stAppHeader *")) {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || !box.height || style.visibility === "hidden" || one.closest(aside)) {
      continue;
    }
    const beyond = box.right > width + 1 || box.left < -1;
    const cut = one.matches(texts) && style.display !== "inline" && one.clientWidth > 0 &&
      one.scrollWidth > one.clientWidth + 1;
    if (beyond || cut) {
      found.push([one.tagName, String(one.className), (one.innerText || "").slice(0, 40)]);
    }
  }
  if (document.documentElement.scrollWidth > width) { found.push(["the page scrolls sideways"]); }
  return found;
}"""


@pytest.fixture(scope="module")
def tiny(studies: Path) -> str:
    """The hand-countable study, by the name of its folder."""
    write_study(studies / NAME)
    return NAME


def query_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def ready(page: Page, key: str) -> None:
    """Wait until a page shows what it has."""
    shown = {
        "": ".qh-pair",
        "gaps": TABLE,
        "report": ".st-key-map_page",
        "data": ".st-key-data",
    }
    page.locator(shown[key]).first.wait_for(timeout=300_000)


def click_row(page: Page, row: int) -> None:
    """Press the button “View” of a row, which is drawn on a canvas; leaves the list."""
    listed = page.locator(".st-key-gaplist")
    for _ in range(20):
        box = page.locator(TABLE).bounding_box()
        assert box is not None
        page.wait_for_timeout(1000)  # the grid lays its columns out
        page.mouse.click(box["x"] + 22, box["y"] + 36 + 35 * row + 17)
        try:
            listed.wait_for(state="detached", timeout=8_000)
        except TimeoutError:
            continue  # the click came before the grid was ready
        return
    raise AssertionError("no click on the row was followed")


def shown_map(page: Page) -> Frame:
    """The map of the small study, which draws fewer groups than `drawn_map` waits for."""
    frame = map_frame(page)
    ready = "() => window.qh && window.map && window.map.getSize().x > 40"
    wait_until(frame, ready, timeout_ms=120_000)
    return frame


def comes_into_view(page: Page, lon: float, lat: float) -> None:
    wait_until(
        shown_map(page),
        "([lon, lat]) => map.getBounds().contains([lat, lon])",
        arg=[lon, lat],
        timeout_ms=120_000,
    )


def test_a_row_of_the_list_leads_to_the_map_and_back(
    app: str, tiny: str, page_guard: OpenPage
) -> None:
    page = page_guard(1366, 768)
    page.goto(f"{app}/gaps?study={tiny}&lang=en&sort=share&layer=station")
    ready(page, "gaps")
    click_row(page, 0)  # U2, whose two estates are all too far
    page.wait_for_url("**unit=U2*")
    expect(page.locator("h3.qh-head").first).to_contain_text("乙街道")
    comes_into_view(page, 114.32, 30.5)
    page.get_by_role("button", name=EN("gaps.back")).click()
    ready(page, "gaps")
    page.wait_for_url("**sort=share*")
    assert query_of(page)["layer"] == "station"
    # The row that was visited is chosen again.
    expect(page.get_by_role("button", name=EN("gaps.open_named", name="乙街道"))).to_be_visible()


def test_a_row_of_points_leads_to_the_ways_from_its_point(
    app: str, tiny: str, page_guard: OpenPage
) -> None:
    page = page_guard()
    page.goto(f"{app}/gaps?study={tiny}&lang=zh-CN&by=points&layer=station")
    ready(page, "gaps")
    click_row(page, 0)  # E4, the farthest
    page.wait_for_url("**from=*")
    assert query_of(page)["from"] == "114.32500,30.50000"
    expect(page.locator("h3.qh-head").first).to_contain_text("四号小区")
    comes_into_view(page, 114.325, 30.5)


def test_the_keyboard_opens_a_row(app: str, tiny: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/gaps?study={tiny}&lang=en&layer=station")
    ready(page, "gaps")
    page.locator(f"{TABLE} canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    button = page.get_by_role("button", name=re.compile("View on the map: "))
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**unit=*")


def test_rows_of_the_panel_select_and_link(app: str, tiny: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/?study={tiny}&lang=en&layer=station")
    ready(page, "")
    worst = page.locator(".st-key-panel a.qh-go", has_text="乙街道").first
    link = parse_qs(urlsplit(worst.get_attribute("href") or "").query)
    assert link == {"study": [tiny], "lang": ["en"], "layer": ["station"], "unit": ["U2"]}
    shown_map(page).evaluate("map.setView([30.2, 114.9], 13, { animate: false })")
    worst.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**unit=U2*")
    expect(page.locator("h3.qh-head").first).to_contain_text("乙街道")
    comes_into_view(page, 114.32, 30.5)
    page.get_by_role("button", name=EN("panel.to_gaps")).click()
    ready(page, "gaps")
    page.wait_for_url("**search=U2*")


def test_a_link_and_the_neighbour_buttons_bring_into_view(
    app: str, wuhan: Analysis, page_guard: OpenPage
) -> None:
    page = page_guard()
    areas = wuhan.areas
    row = areas.assign(size=areas.geometry.area).sort_values("size").iloc[0]
    page.goto(f"{app}/?lang=en&unit={row['unit_id']}")
    frame = drawn_map(page)
    place = row.geometry.representative_point()
    wait_until(
        frame,
        "([lon, lat]) => map.getBounds().contains([lat, lon]) && map.getZoom() > 12",
        arg=[place.x, place.y],
    )
    before = frame.evaluate("[map.getCenter().lat, map.getCenter().lng]")
    page.get_by_role("button", name=EN("panel.next")).or_(
        page.get_by_role("button", name="›", exact=True)
    ).first.click()
    wait_until(
        frame,
        "([lat, lng]) => map.getCenter().lat !== lat || map.getCenter().lng !== lng",
        arg=before,
    )


@pytest.mark.parametrize(
    ("key", "query", "chosen"),
    [
        ("gaps", {"by": "points", "cause": "too_far", "sort": "name", "search": "号"},
         ["By point", "Name"]),
        ("report", {"report_format": "pdf", "print_what": "gaps"}, ["PDF"]),
        ("data", {"section": "studies"}, []),
    ],
)  # fmt: skip
def test_a_reload_keeps_the_filters(
    app: str, tiny: str, page_guard: OpenPage, key: str, query: dict[str, str], chosen: list[str]
) -> None:
    page = page_guard()
    filters = "&".join(f"{name}={value}" for name, value in query.items())
    page.goto(f"{app}/{key}?study={tiny}&lang=en&layer=station&{filters}")
    for _ in range(2):
        ready(page, key)
        for text in chosen:
            expect(page.locator(f'input[value="{text}"]').first).to_be_visible()
        wait_until(page, "() => location.search.includes('layer=station')")
        assert query.items() <= query_of(page).items()
        assert query_of(page)["study"] == tiny
        page.reload()


@pytest.mark.parametrize(
    ("key", "query"),
    [
        ("", "unit=NOWHERE&site=S99&level=planet"),
        ("gaps", "cause=bad_luck&parent=Atlantis&sort=mood&layer=gone"),
        ("report", "report_format=papyrus"),
        ("data", "section=cellar"),
    ],
)
def test_values_that_the_study_does_not_have_are_ignored_with_one_line(
    app: str, tiny: str, page_guard: OpenPage, key: str, query: str
) -> None:
    page = page_guard()
    page.goto(f"{app}/{key}?study={tiny}&lang=en&{query}")
    ready(page, key)
    line = page.locator(".st-key-ignored .qh-notice")
    expect(line).to_have_count(1)
    for part in query.split("&"):
        expect(line).to_contain_text(part)
    page.locator(".st-key-ignored_read button").click()
    expect(line).to_have_count(0)
    assert query_of(page)["study"] == tiny


def test_an_unknown_study_is_named(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/data?study=elsewhere&lang=en")
    expect(page.locator(".st-key-ignored .qh-notice")).to_contain_text("study=elsewhere")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_nothing_is_cut_at_any_width(app: str, tiny: str, page_guard: OpenPage, lang: str) -> None:
    page = page_guard()
    for key in ("", "gaps", "report", "data"):
        page.goto(f"{app}/{key}?study={tiny}&lang={lang}")
        ready(page, key)
        for width, height in ((720, 450), (800, 600), (1024, 768), (1366, 768), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(700)
            assert page.evaluate(_CUT) == [], (key, width)
    # At 720 px, as at 200 % zoom, the way to the other pages has a name.
    page.set_viewport_size({"width": 720, "height": 450})
    menu = page.get_by_test_id("stExpandSidebarButton")
    expect(menu).to_be_visible()
    text = menu.evaluate("one => getComputedStyle(one, '::after').content")
    assert words_for(lang)("widget.pages") in text


@pytest.mark.parametrize("key", ["", "gaps", "report", "data"])
def test_a_page_prints_whole(app: str, tiny: str, page_guard: OpenPage, key: str) -> None:
    page = page_guard()
    page.goto(f"{app}/{key}?study={tiny}&lang=zh-CN")
    ready(page, key)
    if not key:
        shown_map(page)
    expect(page.locator("h1.qh-title")).to_contain_text("小镇")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "".join(sheet.extract_text() for sheet in pdf.pages).replace(" ", "")
    assert "小镇" in pdf.pages[0].extract_text().replace(" ", "")
    for control in ("English", ZH("coverage.copy_link"), ZH("gaps.open_help"), ZH("output.make")):
        assert control.replace(" ", "") not in text
    if key == "gaps":
        assert "乙街道" in text and "甲街道" in text
    if not key:  # the panel comes after the map, down to its end
        assert "手工样例" in text and "40.0%" in text


def test_a_server_that_is_gone_is_said_in_the_users_language(
    browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()  # its lost connection is an error
    with serving(write_study(tmp_path / "tiny")) as address:
        page.goto(f"{address}/data?lang=zh-CN")
        ready(page, "data")
        page.wait_for_timeout(1000)
        expect(page.locator("#qh-connection")).to_be_hidden()
    line = page.locator("#qh-connection")
    expect(line).to_have_text(ZH("widget.connection_lost"))
    page.wait_for_timeout(30_000)  # Streamlit shows its box after several attempts
    expect(page.get_by_text("Streamlit server is not responding")).to_have_count(0)
    expect(line).to_be_visible()
    page.close()
