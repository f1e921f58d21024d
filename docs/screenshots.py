"""Take the README's pictures: both pages of the bundled sample in both languages, 1440 × 900.

    python docs/screenshots.py [--out docs/images]

Starts the app on data/wuhan at a free port and looks at it with Debian's Chromium. Needs the
development extra (playwright), /usr/bin/chromium and a Chinese font (fonts-wqy-microhei).
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH, HEIGHT = 1440, 900
GAPS = {"zh-CN": "盲区清单", "en": "Gaps"}
MAP = 'iframe[title="streamlit_folium.st_folium"]'
# All layers of the map hold something.
DRAWN = """() => {
    if (!window.qh || !window.map) { return false; }
    var groups = [];
    map.eachLayer(function (layer) { if (layer.qhLevel) { groups.push(layer); } });
    return groups.length >= 5 && groups.every(function (group) {
        return group.getLayers().length > 0;
    });
}"""


@contextmanager
def serving() -> Iterator[str]:
    """The app on the sample; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    environment = {**os.environ, "QUARTERHOUR_STUDY": str(ROOT / "data" / "wuhan")}
    process = subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def take(browser: Browser, address: str, locale: str, out: Path) -> None:
    """Both pages in one language."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    page.goto(f"{address}/?lang={locale}")
    page.locator(MAP).wait_for(timeout=180_000)  # the very first run compiles and builds
    handle = page.locator(MAP).element_handle()
    frame = handle.content_frame() if handle else None
    if frame is None:
        raise RuntimeError("the map has no frame")
    frame.wait_for_function(DRAWN, timeout=60_000)
    _save(page, out / f"coverage-{locale}-{WIDTH}x{HEIGHT}.png")
    page.get_by_role("link", name=GAPS[locale]).click()
    page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
    _save(page, out / f"gaps-{locale}-{WIDTH}x{HEIGHT}.png")
    page.close()


def _save(page: Page, target: Path) -> None:
    page.mouse.move(WIDTH / 2, 2)  # no tooltip, no highlighted button
    page.wait_for_timeout(1500)  # fades and the table's columns settle
    page.screenshot(path=target)
    print(target)


def main() -> None:
    """Parse the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description="Take the README's pictures.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for locale in GAPS:
            take(browser, address, locale, out)
        browser.close()


if __name__ == "__main__":
    main()
