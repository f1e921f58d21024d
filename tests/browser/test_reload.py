"""A reload or a bookmark of any page keeps the study and the language."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from layers.words.catalogue import words_for
from tests.worlds.field_cases import small_study

NAME = "江夏自查"


@pytest.fixture(scope="module")
def own(studies: Path) -> str:
    """A planner's own small study, by the name of its folder."""
    folder = studies / NAME
    folder.mkdir(parents=True, exist_ok=True)
    line = {"type": "LineString", "coordinates": [[114.0, 30.0], [114.01, 30.0]]}
    feature = {"type": "Feature", "properties": {"highway": "path"}, "geometry": line}
    content = {"type": "FeatureCollection", "features": [feature]}
    (folder / "roads.geojson").write_text(json.dumps(content), encoding="utf-8")
    points = [("d", 114.001, 30.0)], [("s", 114.009, 30.0)]
    small_study(folder, "roads.geojson", *points, profiles=("walk",))
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('name="t"', f'name="{NAME}"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return NAME


@pytest.mark.parametrize("key", ["gaps", "report", "data"])
def test_a_reload_keeps_study_and_language(
    app: str, own: str, key: str, page_guard: Callable[..., Page]
) -> None:
    page = page_guard()
    words = words_for("en")
    page.goto(f"{app}/?study={own}&lang=en")
    title = page.locator("h1.qh-title")
    expect(title).to_contain_text(own)
    page.get_by_role("link", name=words(f"page.{key}")).first.click()
    page.wait_for_url(f"**/{key}?*")
    kept = {"study": [own], "lang": ["en"]}.items()
    assert kept <= parse_qs(urlsplit(page.url).query).items()
    page.reload()
    expect(title).to_contain_text(own)
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    # A second session, as from a bookmark.
    other = page_guard()
    other.goto(page.url)
    expect(other.locator("h1.qh-title")).to_contain_text(own)


@pytest.mark.parametrize("width", [500, 800, 1440])
def test_both_shares_are_whole_at_every_width(
    app: str, own: str, width: int, page_guard: Callable[..., Page]
) -> None:
    page = page_guard(width, 900)
    page.goto(f"{app}/?study={own}&lang=en")
    figures = page.locator(".qh-pair .qh-figure")
    expect(figures).to_have_count(2)
    for at in range(2):
        clipped = figures.nth(at).evaluate(
            "box => box.scrollWidth > box.clientWidth + 1 || "
            "box.getBoundingClientRect().right > document.documentElement.clientWidth + 1"
        )
        assert not clipped
