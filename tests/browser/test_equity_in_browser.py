"""Equity on the Coverage page: the sample's figures, a curve that loads, and what is printed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from geo.analysis import Analysis
from layers.words.catalogue import LOCALES, words_for
from layers.words.lines.equity import equity_groups, group_curves, unreached_text
from tests.browser.in_browser import drawn_map


@pytest.mark.parametrize("lang", LOCALES)
def test_the_panel_shows_the_samples_equity_on_a_small_screen(
    app: str, wuhan: Analysis, page_guard: Callable[..., Page], lang: str
) -> None:
    words, key = words_for(lang), "medical_insurance"
    page = page_guard(1366, 768)
    page.goto(f"{app}/?lang={lang}&layer={key}")
    drawn_map(page)
    expect(page.get_by_role("heading", name=words("equity.head"))).to_be_visible()
    found = wuhan.summary["layers"][key]["equity"]
    measures = page.locator(".qh-measures .qh-figure")
    # Mean, how far beyond the limit, Gini, Palma: the sample has no column of incomes.
    expect(measures).to_have_count(4)
    expect(measures.nth(1).locator(".qh-value")).to_have_text(words.share(found["fgt1"]))
    expect(measures.nth(2).locator(".qh-value")).to_have_text(f"{found['gini']:.3f}")
    for number in range(4):
        expect(measures.nth(number)).to_contain_text(unreached_text(found, wuhan.study, words))
    (name, curve), *_ = group_curves(wuhan, key, equity_groups(wuhan, key, words), most=1)
    half = words.share(curve.at(0.5))
    drawn = page.get_by_alt_text(words("equity.half", name=name, share=half))
    expect(drawn).to_be_visible()
    assert drawn.evaluate("image => image.complete && image.naturalWidth > 0")
    panel = page.locator(".st-key-panel")
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.emulate_media(media="print")
    expect(drawn).to_be_visible()
    expect(measures.nth(3)).to_be_visible()
