"""A trial in the browser: a site closes, the trial is kept, exported, and a link shows it again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.scenarios.store import load_scenario
from layers.export.difference import CHANGE_FILES
from layers.words.catalogue import words_for
from tests.browser.in_browser import downloaded
from tests.worlds.tiny_study import write_study

NAME = "试算"


@pytest.fixture(scope="module")
def own(studies: Path) -> Path:
    """A planner's own study."""
    return write_study(studies / NAME)


def test_a_closed_site_is_kept_exported_and_shown_by_a_link(
    app: str, own: Path, page_guard: Callable[..., Page], tmp_path: Path
) -> None:
    page, words = page_guard(), words_for("en")
    page.goto(f"{app}/?study={NAME}&site=S1&lang=en")
    close = page.get_by_role("button", name=words("trial.close"))
    expect(close).to_be_visible(timeout=300_000)  # the study is computed first
    close.click()
    expect(page.get_by_text(words("trial.closed_here"))).to_be_visible()
    expect(page.locator(".qh-pair .qh-figure").nth(1)).to_contain_text("0.0%")
    page.wait_for_url("**close=S1*")
    page.get_by_role("button", name=words("trial.show")).click()
    name = page.get_by_label(words("kept.name"))
    expect(name).to_be_visible()
    name.fill("Without the station")
    name.press("Enter")
    page.get_by_role("button", name=words("kept.save"), exact=True).click()
    expect(page.get_by_text(words("kept.saved", name="Without the station"))).to_be_visible()
    assert [c.do for c in load_scenario(own, "Without the station").changes] == ["close_site"]
    file = downloaded(page, page.get_by_role("button", name=words("kept.export_zip")))
    file.save_as(tmp_path / "trial.zip")
    with zipfile.ZipFile(tmp_path / "trial.zip") as archive:
        assert archive.namelist() == [*CHANGE_FILES, "scenario.toml"]
    # A colleague gets the link, and finds the scenario in the list.
    other = page_guard()
    other.goto(page.url)
    expect(other.get_by_text(words("trial.site_closed", site="一号站"))).to_be_visible()
    expect(other.get_by_text(words("kept.list", count="1"))).to_be_visible()
