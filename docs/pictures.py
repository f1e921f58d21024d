"""Take pictures of every page: two sizes, both languages, on the bundled sample.

    python docs/pictures.py OUT              all of them, to be looked at
    python docs/pictures.py OUT --readme     and those that README and the guide show, too
    python docs/pictures.py OUT --only data  one page; or --lang en, --width 1024

Needs the development extra (playwright), /usr/bin/chromium and a Chinese font
(fonts-wqy-microhei). A request that leaves the machine, or an error in the browser's console, ends
it with a message. So does a page that sticks out sideways.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from pictures_data import make_files, take_data
from playwright.sync_api import Browser, Page, sync_playwright

from layers.words.catalogue import Words, words_for
from tests.browser.in_browser import (
    CHROMIUM,
    FLAGS,
    MAP,
    WUHAN,
    PageGuard,
    drawn_map,
    serving,
)

SIZES = ((1440, 900), (1024, 768))
LOCALES = ("zh-CN", "en")
_EBIKE = "layer=medical_insurance_ebike&limit=10&unit=420111002"
# Views of the Coverage page by their addresses: a link shows the same view.
VIEWS = {
    "coverage": "",
    "unit": "unit=420111002",
    "difference": "shade=difference&level=county",
    "together": "shade=together",
    "from": "from=114.39500,30.50200",
    "put": f"{_EBIKE}&put=114.40500,30.50600",
}
# What a page shows once it is whole.
_WHOLE = {
    "gaps": '[data-testid="stDataFrame"] canvas',
    "report": '[data-testid="stMain"] button',
}
PAGES = ("coverage", "gaps", "siting", "report", "data")
README = ("coverage", "siting", "siting-more")


def take(
    browser: Browser, address: str, words: Words, size: tuple[int, int], given: argparse.Namespace
) -> None:
    """The pages asked for, in one language and size."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=1, reduced_motion="reduce"
    )
    guard = PageGuard(page)

    def save(name: str) -> None:
        sideways = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        guard.problems += [f"{name} sticks out sideways: {words.locale} {width}"] * sideways
        _save(page, given.out / f"{name}-{words.locale}-{width}x{height}.png")

    for name in [given.only] if given.only else PAGES:
        if name == "coverage":
            _coverage(page, address, words, save)
        elif name == "siting":
            _siting(page, address, words, save)
        elif name == "data":
            take_data(page, address, words, given.files, save)
        else:
            page.goto(f"{address}/{name}?lang={words.locale}")
            page.locator(_WHOLE[name]).first.wait_for(timeout=60_000)
            save(name)
    page.close()
    if guard.problems:
        raise SystemExit("\n".join(guard.problems))


def _coverage(page: Page, address: str, words: Words, save: Callable[[str], None]) -> None:
    for name, query in VIEWS.items():
        page.goto(f"{address}/?lang={words.locale}&{query}")
        drawn_map(page)
        if name == "coverage":
            save("tour")
            page.get_by_role("button", name=words("tour.skip")).click()
        save(name)
    _open_boxes(page, words, save)


def _siting(page: Page, address: str, words: Words, save: Callable[[str], None]) -> None:
    """Five proposed canteens; then the other options, and the candidates on the map."""
    page.goto(f"{address}/siting?lang={words.locale}&layer=canteens")
    drawn_map(page)
    page.get_by_role("button", name=words("propose.run")).click()
    page.locator(".qh-proposals").wait_for(timeout=120_000)
    save("siting")
    page.locator(".st-key-panel").evaluate("panel => { panel.scrollTop = panel.scrollHeight; }")
    save("siting-accept")
    page.get_by_text(words("propose.click_must"), exact=True).click()
    page.get_by_text(words("propose.more")).click()
    page.wait_for_timeout(1500)
    # While the page runs, its parts are pale.
    page.locator('[data-test-script-state="notRunning"]').first.wait_for()
    page.wait_for_timeout(1500)
    save("siting-more")


def _open_boxes(page: Page, words: Words, save: Callable[[str], None]) -> None:
    """What opens on the Coverage page: the list of layers, and the table of the map's content."""
    drawn_map(page).get_by_role("button", name=words("tools.layers")).click()
    save("drawn")
    page.get_by_text(words("table.show")).click()
    page.locator('[data-testid="stDataFrame"]').wait_for()
    page.locator('[data-testid="stDataFrame"]').scroll_into_view_if_needed()
    save("table")


def _save(page: Page, target: Path) -> None:
    size = page.viewport_size or {"width": 1440}
    page.mouse.move(size["width"] / 2, 2)  # no tooltip, no highlighted button
    page.wait_for_timeout(1500)  # fades and the table's columns settle
    if page.locator(MAP).count() and page.locator(".st-key-mapside").count():
        drawn_map(page)
    page.screenshot(path=target)
    print(target, flush=True)


def main() -> None:
    """Parse the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument(
        "--readme", action="store_true", help="renew the pictures of the guide, too"
    )
    parser.add_argument("--only", choices=PAGES, help="one page")
    parser.add_argument("--lang", choices=LOCALES, help="one language")
    parser.add_argument("--width", type=int, choices=[width for width, _ in SIZES], help="one size")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quarterhour-pictures-") as folder:
        given.files = Path(folder)
        make_files(given.files)
        env = {"QUARTERHOUR_STUDIES": str(given.files / "studies")}
        with serving(WUHAN, env=env) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for size in SIZES:
                for locale in LOCALES:
                    if given.width in (None, size[0]) and given.lang in (None, locale):
                        take(browser, address, words_for(locale), size, given)
            browser.close()
    if given.readme:
        width, height = SIZES[0]
        for name in README:
            for locale in LOCALES:
                picture = f"{name}-{locale}-{width}x{height}.png"
                if (given.out / picture).exists():  # with --only, the other pages stay
                    guide = ROOT / "docs" / ("zh" if locale == "zh-CN" else locale)
                    shutil.copyfile(given.out / picture, guide / "images" / f"{name}.png")


if __name__ == "__main__":
    main()
