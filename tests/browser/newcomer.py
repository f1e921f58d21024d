"""A newcomer who follows the first chapters of the guide: reads a step, uses the labels in it.

Where a label stands in the guide, and what it is (a page, a field, a button), is all that this
module knows; the words come from the guide's file. `docs/pictures_guide.py` takes its pictures on
the same walk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from layers.words.catalogue import words_for
from tests.browser.in_browser import ROOT, downloaded, settled
from tests.browser.test_lists_in_browser import click_row, ready
from tests.browser.test_start_in_browser import give_file
from tests.worlds.office_files import OfficeFiles

__all__ = ["Guide", "Newcomer"]

_QUOTED = {"zh-CN": re.compile("「([^」]*)」"), "en": re.compile("“([^”]*)”")}
_STEP = re.compile(r"^\d+\. ", re.MULTILINE)
_FIRST_MAP_MS = 300_000


class Guide:
    """The quoted labels of the guide, by chapter, section and step."""

    def __init__(self, locale: str) -> None:
        self._folder = ROOT / "docs" / ("zh" if locale == "zh-CN" else "en")
        self._quoted = _QUOTED[locale]

    def labels(self, chapter: str, section: int, step: int) -> list[str]:
        """The labels of a numbered step; sections and steps count from 1."""
        text = (self._folder / f"{chapter}.md").read_text(encoding="utf-8")
        steps = _STEP.split(text.split("\n## ")[section])
        found: list[str] = self._quoted.findall(steps[step].partition("\n")[0])
        assert found, f"{chapter}, section {section}, step {step} quotes no label"
        return found


class Newcomer:
    """Follows steps on a page."""

    def __init__(self, page: Page, address: str, locale: str, files: OfficeFiles) -> None:
        self.page, self.files = page, files
        self.guide, self._start = Guide(locale), f"{address}/start?lang={locale}"
        self._words, self._at = words_for(locale), ("", 0)

    def read(self, chapter: str, section: int) -> None:
        """Open the guide at a section."""
        self._at = (chapter, section)

    def label(self, step: int, number: int = 0) -> str:
        """A label of a step of the section that is read."""
        return self.guide.labels(*self._at, step)[number]

    # -- what a label can be ----------------------------------------------------------------

    def visit(self, step: int) -> None:
        """The label is a page."""
        self.page.get_by_role("link", name=self.label(step), exact=True).first.click()

    def fill(self, step: int, text: str) -> None:
        """The label is a field."""
        field = self.page.get_by_label(self.label(step), exact=True).last
        field.fill(text)
        field.press("Tab")
        settled(self.page)

    def press(self, step: int, number: int = 0) -> None:
        """The label is a button; a number in it may differ from the one on the screen."""
        name = re.sub(r"\d+", r"\\d+", re.escape(self.label(step, number)))
        settled(self.page)
        self._button(re.compile(f"^{name}$")).click()

    def sees(self, *steps: int) -> None:
        """Every label of these steps is on the screen."""
        for step in steps:
            for label in self.guide.labels(*self._at, step):
                expect(self.page.get_by_text(label, exact=True).last).to_be_visible()

    def download(self, step: int) -> Download:
        """The label is a download."""
        return downloaded(self.page, self._button(self.label(step)))

    def _button(self, name: str | re.Pattern[str]) -> Locator:
        exact = None if isinstance(name, re.Pattern) else True
        return self.page.get_by_role("button", name=name, exact=exact).last

    # -- the walk ---------------------------------------------------------------------------

    def make_a_study(self, name: str, place: str, look: Callable[[str], None]) -> None:
        """Chapter “Your first study”: from the Start page to the map.

        Parameters
        ----------
        look : callable
            Called at the places that the guide shows in pictures, with their names.
        """
        page, files = self.page, self.files
        page.goto(self._start)
        self.read("first-study", 2)
        self.fill(2, name)
        self.fill(3, place)
        look("start")
        self.press(4)
        self.read("first-study", 3)
        self._radio(self.label(1))
        self._give(files.units)
        self.sees(2, 3, 4, 5)
        look("units")
        self._save(6, 0, files.units)
        self.read("first-study", 4)
        self._radio(self.label(1))
        self._give(files.roads)
        self._save(3, 0, files.roads)
        self.read("first-study", 5)
        self._radio(self.label(1))
        self._give(files.demand)
        self.sees(2, 3, 4)
        self._save(5, 1, files.demand)
        self.read("first-study", 6)
        self._radio(self.label(1))
        self._give(files.sites)
        expect(page.get_by_label(self.label(2), exact=True).last).to_be_visible()
        self.sees(4)
        expect(self._button(self.label(5))).to_be_visible()
        look("datum")
        self.press(5)
        expect(self._button(self.label(5))).to_be_hidden()
        self.press(6, 1)
        self.read("first-study", 7)
        expect(self._button(self.label(1))).to_be_visible()
        self.press(1)
        page.locator(".st-key-panel .qh-pair").first.wait_for(timeout=_FIRST_MAP_MS)
        look("coverage-own")

    def read_the_gaps(self) -> Download:
        """Chapter “The gap list”: a row on the map and back, and the list as a file."""
        self.read("ledger", 1)  # its first step names the page
        self.visit(1)
        ready(self.page, "gaps")
        self.read("gaps", 3)
        click_row(self.page, 0)
        self.page.wait_for_url("**unit=*")
        self.press(2)
        ready(self.page, "gaps")
        self.read("gaps", 4)
        return self.download(1)

    def make_the_report(self) -> Download:
        """Chapter “The report”."""
        self.read("report", 1)
        self.visit(1)
        ready(self.page, "report")
        self.press(6)
        return downloaded(self.page, self.page.locator(".st-key-download-report button"))

    def open_cases(self, person: str) -> None:
        """Chapter “The ledger”: cases for the gaps, and the first of them."""
        self.read("ledger", 1)
        self.visit(1)
        ready(self.page, "gaps")
        self.press(2)
        field = self.page.get_by_label(self.label(3), exact=True).last
        field.fill(person)
        field.press("Enter")
        self.page.wait_for_timeout(1_000)  # the run that Enter starts would drop a click
        self.press(2)  # the button of the same name in the small window
        expect(self.page.locator(".qh-good")).to_be_visible()
        self.visit(5)
        self.page.locator(".st-key-caselist canvas").first.wait_for()

    def _radio(self, label: str) -> None:
        settled(self.page)
        self.page.get_by_role("radio", name=re.compile(f"^{re.escape(label)}")).last.click()

    def _save(self, step: int, number: int, file: Path) -> None:
        """Press the button, and wait for the line that says so: another click would stop it."""
        self.press(step, number)
        expect(self.page.get_by_text(self._words("start.continue", file=file.name))).to_be_visible()

    def _give(self, path: Path) -> None:
        settled(self.page)
        give_file(self.page, path)
