"""Isochrones that take long: colours and figures do not wait, and the map is not mounted again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from geo.analysis import Analysis
from layers.words.catalogue import words_for
from tests.browser.in_browser import MAP, ROOT, WUHAN, drawn_map, serving, wait_until

OpenPage = Callable[..., Page]
_SLOW = Path(__file__).parent / "slow"
_BANDS = "Object.keys(qh.shown).filter((key) => key.startsWith('[\"isochrones'))"


@pytest.fixture(scope="module")
def slow_app(wuhan: Analysis) -> Iterator[str]:
    """The app on the sample, where isochrones take seconds; the graph is in the cache."""
    path = [str(_SLOW), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with serving(WUHAN, env={"PYTHONPATH": os.pathsep.join(path)}) as address:
        yield address


def bands(frame: Frame) -> list[str]:
    found: list[str] = frame.evaluate(_BANDS)
    return found


def to_limit(page: Page, label: str, minutes: int) -> None:
    page.get_by_role("combobox", name=label).click()
    page.keyboard.type(str(minutes))
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("locale", "size"), [("zh-CN", (1440, 900)), ("en", (1024, 768))])
def test_outlines_follow(
    slow_app: str, page_guard: OpenPage, locale: str, size: tuple[int, int]
) -> None:
    words = words_for(locale)
    first, second = (11, 12) if locale == "en" else (13, 14)
    page = page_guard(*size)
    page.goto(f"{slow_app}/?lang={locale}")
    frame = drawn_map(page)
    assert frame.evaluate("window.stayed = true")
    own = bands(frame)
    assert len(own) == 1
    label = words("coverage.limit")
    notice, figure = page.get_by_role("status"), page.locator(".qh-figure .qh-label").nth(1)
    to_limit(page, label, first)
    expect(figure).to_contain_text(str(first))
    expect(notice).to_have_text(words("outlines.drawing"))
    wait_until(frame, f"!{_BANDS}.length")  # none of another limit's
    expect(page.locator(".qh-legend")).not_to_contain_text(words("drawn.isochrones"))
    _is_seen(page)
    # Meanwhile another limit, which makes the former's outlines pointless.
    to_limit(page, label, second)
    expect(figure).to_contain_text(str(second))
    expect(notice).to_be_visible()
    wait_until(frame, f"{_BANDS}.length === 1")
    expect(notice).to_have_count(0)
    assert bands(frame) != own
    expect(page.locator(".qh-legend")).to_contain_text(
        words("html.band", limit=words("export.minutes", value=str(second)))
    )
    # The former one was never finished; what is kept comes at once.
    to_limit(page, label, 15)
    expect(figure).to_contain_text("15")
    wait_until(frame, f"{_BANDS}.length === 1 && {_BANDS}[0] === {own[0]!r}")
    assert frame.evaluate("window.stayed"), "the map was built anew"


def _is_seen(page: Page) -> None:
    """The message is on the map and covers no other control."""
    notice = page.locator(".qh-drawing").bounding_box()
    clicks = page.locator(".st-key-clickbox").bounding_box()
    drawn = page.locator(MAP).bounding_box()
    assert notice and clicks and drawn
    assert drawn["x"] < notice["x"]
    assert notice["x"] + notice["width"] < drawn["x"] + drawn["width"]
    assert drawn["y"] < notice["y"] and notice["y"] + notice["height"] < clicks["y"]


def test_a_page_that_is_closed_leaves_no_trace_for_the_next(
    slow_app: str, page_guard: OpenPage
) -> None:
    page = page_guard()
    page.goto(f"{slow_app}/?lang=en&limit=22")
    expect(page.get_by_role("status")).to_be_visible(timeout=120_000)
    page.goto("about:blank")
    page.goto(f"{slow_app}/?lang=en&limit=23")
    expect(page.locator(".qh-legend")).to_contain_text("Within 23 min")
    expect(page.get_by_role("status")).to_have_count(0)
