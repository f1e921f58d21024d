"""Siting in the browser: five canteens for Wuhan become a scenario with the predicted share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from geo.scenarios.changes import AddSite
from geo.scenarios.store import list_scenarios, load_scenario
from layers.words.catalogue import words_for
from tests.browser.in_browser import click_map, drawn_map, wait_until


def test_five_canteens_are_proposed_accepted_and_seen_on_the_coverage_page(
    app: str, studies: Path, page_guard: Callable[..., Page]
) -> None:
    page, words = page_guard(1366, 768), words_for("zh-CN")
    page.goto(f"{app}/siting?layer=canteens&lang=zh-CN")
    drawn_map(page)
    page.locator(".st-key-propose_run button").click()
    expect(page.locator(".qh-proposals tbody tr")).to_have_count(5, timeout=120_000)
    share = page.locator(".st-key-panel .qh-value").nth(1).inner_text()
    before = page.locator(".st-key-panel .qh-value").nth(0).inner_text()
    assert float(share.rstrip("%")) > float(before.rstrip("%"))
    # Whoever changes an option is not offered the former result.
    field = page.get_by_label(words("propose.sites"))
    field.fill("4")
    field.press("Enter")
    expect(page.get_by_text(words("propose.changed"))).to_be_visible()
    expect(page.locator(".qh-proposals")).to_have_count(0)
    field.fill("5")
    field.press("Enter")
    expect(page.get_by_text(words("propose.changed"))).to_be_hidden()
    page.locator(".st-key-propose_run button").click()
    expect(page.locator(".qh-proposals tbody tr")).to_have_count(5, timeout=120_000)
    known = {path.name for path in studies.iterdir()}
    page.locator(".st-key-propose_accept button").click()
    expect(page.locator(".st-key-accepted")).to_contain_text(share, timeout=120_000)
    (copy,) = [path for path in studies.iterdir() if path.name not in known]
    (name,) = list_scenarios(copy)
    sites = [c for c in load_scenario(copy, name).changes if isinstance(c, AddSite)]
    assert len(sites) == 5
    # A candidate is marked by a click on the map.
    frame = drawn_map(page)
    page.get_by_text(words("propose.click_must"), exact=True).click()
    wait_until(frame, "qh.hitters.some((hitter) => hitter.level === 11)")
    click_map(page, frame, sites[0].lon, sites[0].lat)
    expect(page.get_by_text(words("propose.marked_must", count="1"))).to_be_visible()
    page.locator(".st-key-propose_to_coverage button").click()
    figure = page.locator(".st-key-panel .qh-pair .qh-figure").nth(1)
    expect(figure.locator(".qh-value")).to_have_text(share, timeout=120_000)
    expect(page.get_by_label(words("kept.name"))).to_have_value(name)
