"""Capacity in the browser: the map by shortage, who waits at a site, and layers without seats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from layers.words.catalogue import LOCALES, words_for
from tests.worlds.capacity_study import write_capacity_study

NAME = "能力"


@pytest.fixture(scope="module")
def own(studies: Path) -> Path:
    return write_capacity_study(studies / NAME)


# The points in reach but over capacity, and those who wait at the site.
_POINTS = {"zh-CN": "1个", "en": "1 estate"}


@pytest.mark.parametrize("lang", LOCALES)
def test_shortage_on_the_map_and_waiting_at_a_site(
    app: str, own: Path, page_guard: Callable[..., Page], lang: str
) -> None:
    page, words = page_guard(), words_for(lang)
    page.goto(f"{app}/?study={NAME}&layer=station&shade=short&lang={lang}")
    figure = page.locator(".qh-figure", has_text=words("capacity.in_reach_over_capacity"))
    expect(figure).to_contain_text(_POINTS[lang], timeout=300_000)  # computed first
    served = page.locator(".qh-figure", has_text=words("capacity.served"))
    expect(served).to_contain_text("20.0%")
    expect(page.locator(".qh-legend")).to_contain_text(words("legend.short"))

    page.goto(f"{app}/?study={NAME}&layer=station&site=S1&lang={lang}")
    waiting = page.locator(".qh-figure", has_text=words("capacity.waiting"))
    expect(waiting).to_contain_text(_POINTS[lang])
    assigned = page.locator(".qh-figure", has_text=words("capacity.assigned"))
    expect(assigned).to_contain_text(words("capacity.assigned.basis", spare="0"))

    # A layer without seats offers no such colours and says nothing of capacity.
    page.goto(f"{app}/?study={NAME}&layer=parking&shade=short&lang={lang}")
    expect(page.get_by_text(words("colours.presence"), exact=True)).to_be_visible()
    expect(page.get_by_text(words("colours.short"), exact=True)).to_have_count(0)
    expect(page.get_by_text(words("capacity.head"), exact=True)).to_have_count(0)
