"""The app as offices run it: under a base path, in a browser without WebGL and network.

All browser tests run in that browser (`conftest.browser`); here is the proof that it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from geo.analysis import Analysis
from tests.browser.in_browser import click_map, drawn_map, hover, serving
from tests.worlds.payload import PAYLOAD

OpenPage = Callable[..., Page]
# A widget that each page has as soon as it is whole.
WHOLE = {
    "gaps": '[data-testid="stDataFrame"]',
    "report": '[data-testid="stDownloadButton"], [data-testid="stButton"]',
    "data": '[data-testid="stFileUploaderDropzone"]',
}


def test_this_browser_has_neither_webgl_nor_a_network(browser: Browser) -> None:
    page = browser.new_page()
    for kind in ("webgl", "webgl2"):
        found = page.evaluate(f"document.createElement('canvas').getContext('{kind}')")
        assert found is None
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://tiles.example.org/")
    page.close()


@pytest.mark.parametrize("path", list(WHOLE))
def test_every_page_can_be_entered_directly(app: str, page_guard: OpenPage, path: str) -> None:
    page = page_guard()
    page.goto(f"{app}/{path}?lang=en")
    page.locator(WHOLE[path]).first.wait_for()
    assert page.locator(".qh-problem").count() == 0


@pytest.mark.parametrize("size", [(1000, 640), (1440, 900)])
def test_a_portal_shows_the_map_without_the_apps_own_frame(
    app: str, page_guard: OpenPage, size: tuple[int, int]
) -> None:
    page = page_guard(*size)
    page.goto(f"{app}/?embed=true&lang=en")
    frame = drawn_map(page)
    expect(page.get_by_text("Whole area")).to_be_visible()
    for name in ("Gaps", "Report", "Data"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    expect(page.get_by_role("button", name="Next")).to_be_hidden()  # no tour in a portal
    box = frame.frame_element().bounding_box()
    assert box is not None and box["width"] > 0.5 * size[0] and box["y"] < 0.5 * size[1]
    assert "embed=true" in page.url  # the view in the address keeps it


@pytest.fixture(scope="module")
def under_a_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a tiny study whose names are payloads, served at /plan."""
    from tests.worlds.tiny_study import write_study

    folder = tmp_path_factory.mktemp("payloads") / "tiny"
    study = write_study(folder, names=[PAYLOAD] * 5, unit=PAYLOAD)
    with serving(study, "--server.baseUrlPath", "plan", base="/plan") as address:
        yield address


def test_under_a_base_path_with_names_that_are_payloads(
    under_a_path: str, page_guard: OpenPage
) -> None:
    page = page_guard()
    page.goto(f"{under_a_path}/?lang=zh-CN")
    frame = drawn_map(page)
    # The first view is where people live; the unit is tried outside of it.
    frame.get_by_role("button", name="显示全部范围").click()
    for lon, lat in ((114.315, 30.5), (114.303, 30.49)):  # an estate, then a unit
        tip = frame.locator(".leaflet-tooltip", has_text="<img src=x onerror")
        hover(page, frame, lon, lat, tip)
    click_map(page, frame, 114.303, 30.49)
    expect(page.locator("h3.qh-head")).to_contain_text("<img src=x")
    page.get_by_role("link", name="盲区清单").click()
    page.locator(WHOLE["gaps"]).wait_for()
    assert "/plan/gaps" in page.url


@pytest.mark.parametrize("path", list(WHOLE))
def test_a_page_entered_directly_under_a_base_path(
    under_a_path: str, page_guard: OpenPage, path: str
) -> None:
    page = page_guard()
    page.goto(f"{under_a_path}/{path}?lang=zh-CN")
    page.locator(WHOLE[path]).first.wait_for()
    assert page.locator(".qh-problem").count() == 0


def test_four_users_at_once_see_the_same(app: str, wuhan: Analysis, page_guard: OpenPage) -> None:
    pages = [page_guard() for _ in range(4)]
    for page in pages:
        page.goto(f"{app}/?lang=en", wait_until="commit")
    for page in pages:
        drawn_map(page)
    # Two of them look at the other rule, and then all come back together.
    ways = [page.get_by_role("radiogroup", name="Travel").get_by_role("radio") for page in pages]
    for way in ways[:2]:
        way.nth(1).click()
    layers = wuhan.summary["layers"]
    for number, page in enumerate(pages):
        key = "medical_insurance_ebike" if number < 2 else "medical_insurance"
        share = f"{layers[key]['share_by_time']:.1%}"
        expect(page.locator(".qh-figure .qh-value").nth(1)).to_have_text(share)
    for way in ways[:2]:
        way.nth(0).click()
    panels = []
    for page in pages:
        share = f"{layers['medical_insurance']['share_by_time']:.1%}"
        expect(page.locator(".qh-figure .qh-value").nth(1)).to_have_text(share)
        panels.append(page.locator(".st-key-panel").inner_text())
    assert len(set(panels)) == 1
