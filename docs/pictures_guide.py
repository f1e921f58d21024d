"""Take the pictures of the guide: docs/zh/images and docs/en/images.

    python docs/pictures_guide.py                  all of them, in both languages
    python docs/pictures_guide.py --only gaps      one; or --lang en

They show a newcomer's study (tests/worlds/office_files.py), the sample, and the sample of
programmes. Those of siting and scenarios are taken by pictures.py and pictures_scenarios.py. Needs
what docs/pictures.py needs.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from layers.words.catalogue import Words, words_for
from tests.browser.in_browser import (
    CHROMIUM,
    FLAGS,
    WUHAN,
    PageGuard,
    drawn_map,
    serving,
    settled,
)
from tests.browser.newcomer import Newcomer
from tests.browser.test_lists_in_browser import shown_map
from tests.worlds.office_files import OfficeFiles, write_office_files

IMAGES = {"zh-CN": ROOT / "docs" / "zh" / "images", "en": ROOT / "docs" / "en" / "images"}
SIZE = {"width": 1366, "height": 768}
_TALL = {"width": 1366, "height": 1480}
_PATIENT_MS = 120_000
# Every picture, and the part of the page that it shows; "" is the whole window.
PICTURES = {
    "start": ".st-key-data .stColumn:has(.st-key-start_create)",
    "units": ".st-key-data",
    "datum": ".st-key-data .stColumn:has(iframe)",
    "coverage-own": "",
    "shares": ".st-key-panel",
    "gaps": "",
    "overview": "",
    "report": "",
    "ledger": "",
    "case": "",
}


class Album:
    """Saves pictures of one language."""

    def __init__(self, page: Page, locale: str, only: str | None) -> None:
        self.page, self._folder, self._only = page, IMAGES[locale], only

    def wants(self, *names: str) -> bool:
        """Whether one of these pictures is asked for."""
        return self._only is None or self._only in names

    def save(self, name: str) -> None:
        """Save a picture of the page as it is, from its top."""
        if not self.wants(name):
            return
        page, part = self.page, PICTURES[name]
        page.set_viewport_size(_TALL if name in ("units", "datum") else SIZE)
        settled(page)
        page.mouse.move(SIZE["width"] / 2, 2)
        page.locator('[data-testid="stMain"]').evaluate("main => { main.scrollTop = 0; }")
        page.wait_for_timeout(3_000)
        if name == "coverage-own":
            shown_map(page)
            page.wait_for_timeout(5_000)
        # The box of the part, since Playwright waits for an element that stands still.
        box = page.locator(part).first.bounding_box() if part else None
        shown = page.screenshot(clip=box) if box else page.screenshot()
        path = self._folder / f"{name}.png"
        # Every colour stays: the legend of a map must not change.
        Image.open(io.BytesIO(shown)).convert("RGB").save(path, optimize=True)
        print(path, path.stat().st_size, flush=True)
        page.set_viewport_size(SIZE)


def take(
    browser: Browser, address: str, words: Words, files: OfficeFiles, only: str | None
) -> None:
    """The pictures of one language."""
    page = browser.new_page(viewport=SIZE, device_scale_factor=1, reduced_motion="reduce")
    page.set_default_timeout(_PATIENT_MS)
    guard, album = PageGuard(page), Album(page, words.locale, only)
    if album.wants("shares", "gaps"):
        _sample(page, address, words, album)
    if album.wants("overview"):
        page.goto(f"{address}/overview?study=programmes&lang={words.locale}")
        page.locator(".st-key-overview table").wait_for()
        album.save("overview")
    if album.wants("start", "units", "datum", "coverage-own", "report", "ledger", "case"):
        _own_study(page, address, words, files, album.save)
    page.close()
    guard.check()


def _sample(page: Page, address: str, words: Words, album: Album) -> None:
    page.goto(f"{address}/?lang={words.locale}")
    drawn_map(page)
    page.get_by_role("button", name=words("tour.skip")).click()
    album.save("shares")
    page.goto(f"{address}/gaps?lang={words.locale}")
    page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
    album.save("gaps")


def _own_study(
    page: Page, address: str, words: Words, files: OfficeFiles, look: Callable[[str], None]
) -> None:
    chinese = words.locale == "zh-CN"
    newcomer = Newcomer(page, address, words.locale, files)
    name, place = ("武昌试点", "武昌区") if chinese else ("Wuchang trial", "Wuchang")
    newcomer.make_a_study(name, place, look)
    newcomer.make_the_report()
    look("report")
    newcomer.open_cases("王敏" if chinese else "Wang Min")
    look("ledger")
    box = page.locator(".st-key-caselist canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 22, box["y"] + 36 + 17)
    page.locator(".st-key-case_back").wait_for()
    look("case")


def main() -> None:
    """Parse the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PICTURES, help="one picture")
    parser.add_argument("--lang", choices=IMAGES, help="one language")
    given = parser.parse_args()
    expect.set_options(timeout=_PATIENT_MS)
    with tempfile.TemporaryDirectory(prefix="quarterhour-guide-") as name:
        folder = Path(name)
        files = write_office_files(folder / "files")
        shutil.copytree(ROOT / "data" / "hubei_programmes", folder / "studies" / "programmes")
        env = {
            "QUARTERHOUR_STUDIES": str(folder / "studies"),
            "QUARTERHOUR_STATE": str(folder / "state"),
        }
        with serving(WUHAN, env=env) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for locale in IMAGES:
                if given.lang in (None, locale):
                    take(browser, address, words_for(locale), files, given.only)
            browser.close()


if __name__ == "__main__":
    main()
