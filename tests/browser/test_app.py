"""The app in a browser, on the bundled sample, without any network."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, Route, expect

from app_pages.shell.html import sentence
from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.pipeline import open_explorer
from layers.export.results import result_bytes
from layers.words.catalogue import Words, words_for
from tests.browser.in_browser import (
    MAP,
    ROOT,
    downloaded,
    drawn_map,
    free_places,
    map_frame,
    on_screen,
    painted_share,
)

OpenPage = Callable[..., Page]
EBIKE = "medical_insurance_ebike"
MINUTES = 10


def within(analysis: Analysis, key: str, minutes: float, unit: str = "") -> tuple[float, float]:
    """Weight within `minutes` of a layer, and all of it, straight from the table of demand."""
    rows = analysis.demand[analysis.demand["layer"] == key]
    if unit:
        rows = rows[rows["unit_id"] == unit]
    near = rows["time_ms"].notna() & (rows["time_ms"] <= minutes * 60_000)
    return math.fsum(rows.loc[near, "weight"]), math.fsum(rows["weight"])


def worst_unit(analysis: Analysis, key: str, minutes: float) -> str:
    """The unit with most demand beyond `minutes`."""
    units = [str(unit) for unit in analysis.areas["unit_id"]]
    beyond = {}
    for unit in units:
        near, total = within(analysis, key, minutes, unit)
        beyond[unit] = total - near
    return min(units, key=lambda unit: (-beyond[unit], unit))


def percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}"


def choose(page: Page, label: str, option: str) -> None:
    """One option of a segmented control."""
    page.get_by_role("radiogroup", name=label).get_by_role("radio", name=option).click()


def click_free_place(page: Page, frame: Frame, unit: str) -> None:
    """Click in a unit where no point lies."""
    ((_, x, y),) = free_places(frame, [unit])
    box = page.locator(MAP).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + y)


def seen(page: Page) -> dict[str, object]:
    """A view: the text of the panel, the address, and the layers of the map."""
    frame = drawn_map(page)
    # A link also brings what it selects into view.
    kept = "Object.entries(qh.shown).filter(([name]) => !name.startsWith('[\"fit\"'))"
    shown = frame.evaluate(f"{kept}.map(([name]) => name).sort()")
    options = frame.evaluate(f"{kept}.map(([, one]) => JSON.stringify(one.options)).sort()")
    return {
        "panel": page.locator(".st-key-panel").inner_text(),
        "query": parse_qs(urlsplit(page.url).query),
        "shown": shown,
        "options": options,
    }


@pytest.mark.parametrize(("locale", "size"), [("zh-CN", (1440, 900)), ("en", (1024, 768))])
def test_a_planners_walk(
    app: str, wuhan: Analysis, page_guard: OpenPage, locale: str, size: tuple[int, int]
) -> None:
    words = words_for(locale)
    page = page_guard(*size)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{app}/?lang={locale}")
    frame = drawn_map(page)
    _reads_both_shares(page, frame, wuhan, words)
    assert frame.evaluate("window.stayed = true")

    values = page.locator(".qh-figure .qh-value")
    choose(page, words("coverage.travel"), sentence(words("export.profile.ebike")))
    expect(values.nth(1)).to_have_text(percent(*within(wuhan, EBIKE, 15)))
    page.get_by_role("combobox", name=words("coverage.limit")).click()
    page.keyboard.type(str(MINUTES))
    page.keyboard.press("Enter")
    expect(values.nth(1)).to_have_text(percent(*within(wuhan, EBIKE, MINUTES)))

    worst = worst_unit(wuhan, EBIKE, MINUTES)
    frame = drawn_map(page)
    click_free_place(page, frame, worst)
    row = wuhan.areas.set_index("unit_id").loc[worst]
    expect(page.locator("h3.qh-head")).to_contain_text(row["unit_name"])
    expect(values.nth(1)).to_have_text(percent(*within(wuhan, EBIKE, MINUTES, worst)))

    page.get_by_role("button", name=words("panel.to_gaps")).click()
    page.locator('[data-testid="stDataFrame"]').wait_for()
    gaps = wuhan.gaps[(wuhan.gaps["layer"] == EBIKE) & (wuhan.gaps["unit_id"] == worst)]
    assert len(gaps) == 1
    listed = words.number(1), words.number(len(wuhan.gaps))
    line = words("gaps.count_and_sum", shown=listed[0], total=listed[1], uncovered="|").partition(
        "|"
    )
    expect(page.get_by_text(line[0])).to_be_visible()

    page.get_by_role("link", name=words("page.coverage")).click()
    frame = drawn_map(page)
    expect(page.locator("h3.qh-head")).to_contain_text(row["unit_name"])
    choose(page, words("click.label"), words("click.put"))
    expect(page.get_by_text(words("put.hint"))).to_be_visible()
    _puts_a_site(page, frame, wuhan, worst)

    page.get_by_role("button", name=words("coverage.copy_link")).click()
    expect(page.get_by_role("button", name=words("coverage.copied"))).to_be_visible()
    # A colleague cannot open an address of this machine, which is said at once.
    expect(page.get_by_text(words("coverage.link_is_local"))).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert urlsplit(link).path == urlsplit(page.url).path
    here = seen(page)
    there = page_guard(*size)
    there.goto(link)
    drawn_map(there)
    expect(there.locator(".qh-figure .qh-value").nth(1)).to_have_text(values.nth(1).inner_text())
    assert seen(there) == here
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _reads_both_shares(page: Page, frame: Frame, wuhan: Analysis, words: Words) -> None:
    assert painted_share(frame) > 0.2
    values = page.locator(".qh-figure .qh-value")
    expect(values.nth(0)).to_have_text("100.0%")
    expect(values.nth(1)).to_have_text(percent(*within(wuhan, "medical_insurance", 15)))
    expect(page.get_by_text(words("warning.units_built_around_sites"))).to_be_visible()
    expect(frame.get_by_text(words("export.map_not_approved"))).to_be_visible()
    expect(frame.get_by_text("OpenStreetMap")).to_be_visible()
    page.get_by_role("button", name=words("tour.skip")).click()


def _puts_a_site(page: Page, frame: Frame, wuhan: Analysis, unit: str) -> None:
    """Where people are out of reach; before and after are what the engine finds with that site."""
    rows = wuhan.gap_points
    rows = rows[(rows["layer"] == EBIKE) & (rows["unit_id"] == unit) & rows["minutes"].notna()]
    asked = open_explorer(wuhan.study, cache=default_cache())
    box = page.locator(MAP).bounding_box()
    assert box is not None
    for place in zip(rows["lon"], rows["lat"], strict=True):
        x, y = on_screen(page, frame, *place)
        rim = min(x - box["x"], box["x"] + box["width"] - x, y - box["y"])
        helps = asked.change(EBIKE, limit=MINUTES, added=[place])
        if rim > 60 and box["y"] + box["height"] - y > 60 and len(helps.gained) > 1:
            break
    page.mouse.click(x, y)
    page.wait_for_url("**put=*")
    # The point clicked may be another's that lies above it: what counts is what the page took.
    put = parse_qs(urlsplit(page.url).query)["put"][0].split(",")
    change = asked.change(EBIKE, limit=MINUTES, added=[(float(put[0]), float(put[1]))])
    assert change.covered_after > change.covered_before
    values = page.locator(".qh-figure .qh-value")
    expect(values.nth(0)).to_have_text(percent(change.covered_before, change.demand_total))
    expect(values.nth(1)).to_have_text(percent(change.covered_after, change.demand_total))


def test_the_lists_are_the_files_of_the_command(
    app: str, wuhan: Analysis, page_guard: OpenPage, tmp_path: Path
) -> None:
    page = page_guard()
    page.goto(f"{app}/gaps?lang=zh-CN")
    page.locator('[data-testid="stDataFrame"]').wait_for()
    for file, button in (("gaps.csv", "按单元 CSV"), ("gap_points.csv", "按居民点 CSV")):
        download = downloaded(page, page.get_by_role("button", name=button))
        name = words_for("zh-CN").text(wuhan.study.study.name)
        assert download.suggested_filename == f"{name}-{file}"
        target = tmp_path / file
        download.save_as(target)
        assert target.read_bytes() == result_bytes(wuhan, file)


def test_the_map_stays_and_a_unit_can_be_clicked_again(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/?lang=en")
    frame = drawn_map(page)
    assert frame.evaluate("window.stayed = true")
    unit = free_places(frame)[0][0]
    click_free_place(page, frame, unit)
    expect(page.locator("h3.qh-head")).to_have_count(1)
    name = page.locator("h3.qh-head").inner_text()
    page.get_by_role("button", name="Whole area").click()
    expect(page.locator("h3.qh-head")).to_have_count(0)
    click_free_place(page, frame, unit)
    expect(page.locator("h3.qh-head")).to_have_text(name)
    choose(page, "Travel", "E-bike")
    expect(page.locator(".qh-figure .qh-label").nth(1)).to_contain_text("e-bike")
    expect(page.locator("h3.qh-head")).to_have_text(name)  # the unit stays chosen
    assert map_frame(page).evaluate("window.stayed === true"), "the map was built anew"


def test_the_coverage_page_is_found_by_its_name_too(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/coverage?lang=en&limit=20")
    drawn_map(page)
    expect(page.locator(".qh-figure .qh-label").nth(1)).to_contain_text("20 min")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert urlsplit(page.url).path == "/"
    expect(page.get_by_role("link", name="Coverage")).to_have_count(1)


@pytest.mark.parametrize(
    ("host", "is_local"), [("plans.office.lan", False), ("10.1.2.3", False), ("127.0.0.1", True)]
)
def test_only_a_link_to_this_machine_is_said_to_be_local(
    browser: Browser, host: str, is_local: bool
) -> None:
    """The button alone, on a page of an office's address: no server is needed for it."""
    script = (ROOT / "app_pages" / "shell" / "address.js").read_text(encoding="utf-8")
    body = """<div id="box"><button></button><input hidden><p hidden></p></div>
      <script type="module">
      import show from "/address.js";
      const data = { query: { unit: "U1" }, copy: "copy", copied: "copied", local: "local" };
      show({ data, parentElement: document.getElementById("box") });
      document.body.dataset.ready = "yes";</script>"""
    files = {"/": ("text/html", body), "/address.js": ("text/javascript", script)}
    page = browser.new_page()

    def answer(route: Route) -> None:
        kind, text = files[urlsplit(route.request.url).path]
        route.fulfill(status=200, content_type=kind, body=text)

    page.route("**/*", answer)
    page.goto(f"http://{host}/")
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.get_by_role("button").click()
    expect(page.get_by_role("button")).to_have_text("copied")
    if is_local:
        expect(page.get_by_text("local", exact=True)).to_be_visible()
    else:
        expect(page.get_by_text("local", exact=True)).to_have_count(0)
    page.close()
