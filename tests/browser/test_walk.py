"""A planner's walk: own files, study, map, gap list and report, with its clicks and seconds.

``pytest -s tests/browser/test_walk.py`` prints the table of docs/walk.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from layers.words.catalogue import LOCALES, words_for
from tests.app.test_start_page import filled
from tests.browser.in_browser import click_until, downloaded
from tests.browser.test_lists_in_browser import click_row, ready
from tests.browser.test_start_in_browser import give_file
from tests.worlds.tiny_study import write_study

MOST_CLICKS, MOST_SECONDS = 30, 600
# Choosing a file in the system's own window: the button, the file, “Open”.
_CLICKS_OF_A_FILE = 3
_COUNT = """addEventListener("pointerdown", (event) => {
  if (event.isTrusted) {
    sessionStorage.setItem("clicks", 1 + Number(sessionStorage.getItem("clicks") || 0));
  }
}, true)"""


class Walk:
    """Counts clicks and seconds by task."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows: list[tuple[str, int, float]] = []
        self._files = self._former = 0
        self._begin = time.monotonic()

    def give(self, path: Path) -> None:
        """Choose a file in an upload."""
        give_file(self.page, path)
        self._files += 1

    def ended(self, task: str) -> None:
        """Note what the task took."""
        clicks = int(self.page.evaluate("Number(sessionStorage.getItem('clicks') || 0)"))
        clicks += _CLICKS_OF_A_FILE * self._files
        self.rows.append((task, clicks - self._former, time.monotonic() - self._begin))
        self._former, self._begin = clicks, time.monotonic()


@pytest.mark.parametrize("lang", LOCALES)
def test_from_own_files_to_a_report(
    app: str, studies: Path, tmp_path: Path, lang: str, page_guard: Callable[..., Page]
) -> None:
    words, name = words_for(lang), f"walk {tmp_path.name}"
    roads = write_study(tmp_path / "tiny") / "roads.geojson"
    page = page_guard(1366, 768)
    page.set_default_timeout(120_000)
    page.add_init_script(_COUNT)
    page.goto(f"{app}/start?lang={lang}")
    walk = Walk(page)

    page.get_by_label(words("start.new_name")).click()
    page.get_by_label(words("start.new_name")).fill(name)
    page.get_by_role("button", name=words("start.create"), exact=True).click()
    for number, role in enumerate(("units", "demand", "layers")):
        expect(page.get_by_text(words(f"start.about.{role}"))).to_be_visible()
        path = tmp_path / f"{role}{number}.xlsx"
        path.write_bytes(filled(role, lang))
        walk.give(path)
        page.get_by_role("button", name=words("data.save"), exact=True).click()
    expect(page.get_by_text(words("start.about.network"))).to_be_visible()
    walk.give(roads)
    page.get_by_role("button", name=words("data.save"), exact=True).click()
    page.get_by_role("button", name=words("data.to_coverage")).click()
    ready(page, "")
    walk.ended("own files to a study")

    page.get_by_role("link", name=words("page.gaps"), exact=True).first.click()
    ready(page, "gaps")
    click_row(page, 0)
    page.wait_for_url("**unit=*")
    expect(page.locator("h3.qh-head").first).to_be_visible()
    walk.ended("the worst unit of the gap list, on the map")

    page.get_by_role("button", name=words("gaps.back")).click()
    ready(page, "gaps")
    file = downloaded(page, page.locator(".st-key-download-current button"))
    assert file.path().stat().st_size > 0
    walk.ended("the gap list as a file")

    page.get_by_role("link", name=words("page.report"), exact=True).first.click()
    make = page.get_by_role("button", name=words("output.make"), exact=True)
    download = page.locator(".st-key-download-report button")
    click_until(page, make, download.or_(page.locator(".st-key-cancel-report")))
    file = downloaded(page, download)
    text = "\n".join(one.text for one in Document(str(file.path())).paragraphs)
    assert name in text
    walk.ended("the report")

    clicks, seconds = (sum(row[at] for row in walk.rows) for at in (1, 2))
    for task, count, took in [*walk.rows, ("together", clicks, seconds)]:
        print(f"| {lang} | {task} | {count} | {took:.0f} |")
    assert clicks <= MOST_CLICKS
    assert seconds <= MOST_SECONDS
