"""Take pictures of every page: two sizes, both languages, on the bundled sample.

    python docs/pictures.py OUT              all of them, to be looked at
    python docs/pictures.py OUT --readme     and those that README and docs show, into docs/images

Needs the development extra (playwright), /usr/bin/chromium and a Chinese font
(fonts-wqy-microhei). A request that leaves the machine, or an error in the browser's console, ends
it with a message. So does a page that sticks out sideways.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from in_browser import (  # noqa: E402
    CHROMIUM,
    FLAGS,
    MAP,
    WUHAN,
    PageGuard,
    drawn_map,
    serving,
)
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from layers.wording import Words, words_for  # noqa: E402

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
PAGES = {
    "gaps": '[data-testid="stDataFrame"] canvas',
    "report": '[data-testid="stMain"] button',
    "data": '[data-testid="stFileUploaderDropzone"]',
}
README = ("coverage", "gaps")


def take(browser: Browser, address: str, locale: str, size: tuple[int, int], out: Path) -> None:
    """All pages in one language and size."""
    words = words_for(locale)
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=1, reduced_motion="reduce"
    )
    guard = PageGuard(page)
    for name, query in VIEWS.items():
        page.goto(f"{address}/?lang={locale}&{query}")
        drawn_map(page)
        if name == "coverage":
            _save(page, out / f"tour-{locale}-{width}x{height}.png")
            page.get_by_role("button", name=words("tour.skip")).click()
        _save(page, out / f"{name}-{locale}-{width}x{height}.png")
    _open_boxes(page, words, out, f"{locale}-{width}x{height}.png")
    for name, whole in PAGES.items():
        page.get_by_role("link", name=words(f"page.{name}"), exact=True).click()
        page.locator(whole).first.wait_for(timeout=60_000)
        _save(page, out / f"{name}-{locale}-{width}x{height}.png")
        sideways = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        guard.problems += [f"{name} sticks out sideways: {locale} {width}"] * sideways
    page.close()
    if guard.problems:
        raise SystemExit("\n".join(guard.problems))


def _open_boxes(page: Page, words: Words, out: Path, name: str) -> None:
    """What opens on the Coverage page: what lies on the map, and the table of the map's content."""
    page.get_by_role("button", name=words("coverage.drawn")).click()
    _save(page, out / f"drawn-{name}")
    page.keyboard.press("Escape")
    page.get_by_text(words("table.show")).click()
    page.locator('[data-testid="stDataFrame"]').wait_for()
    page.locator('[data-testid="stDataFrame"]').scroll_into_view_if_needed()
    _save(page, out / f"table-{name}")


def _save(page: Page, target: Path) -> None:
    size = page.viewport_size or {"width": 1440}
    page.mouse.move(size["width"] / 2, 2)  # no tooltip, no highlighted button
    page.wait_for_timeout(1500)  # fades and the table's columns settle
    if page.locator(MAP).count():
        drawn_map(page)
    page.screenshot(path=target)
    print(target, flush=True)


def main() -> None:
    """Parse the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument("--readme", action="store_true", help="renew docs/images, too")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with serving(WUHAN) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for size in SIZES:
            for locale in LOCALES:
                take(browser, address, locale, size, given.out)
        browser.close()
    if given.readme:
        width, height = SIZES[0]
        for name in README:
            for locale in LOCALES:
                picture = f"{name}-{locale}-{width}x{height}.png"
                shutil.copyfile(given.out / picture, ROOT / "docs" / "images" / picture)


if __name__ == "__main__":
    main()
