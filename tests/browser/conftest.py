"""One Chromium for all browser tests, and a guard that fails on anything it should not do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
_LOCAL = ("localhost", "127.0.0.1", "::1")

# The hand-made analysis is shared with the tests of layers.
sys.path.append(str(Path(__file__).parent.parent / "layers"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it tests are skipped, but never in CI."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing; install the chromium package")
        pytest.skip(f"{CHROMIUM} is missing")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class PageGuard:
    """Notes every request that leaves the machine, console errors, page errors and dialogs."""

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: self._dialog(dialog.message, dialog.dismiss))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("file", "data", "blob", "about") or parts.hostname in _LOCAL:
            return
        self.problems.append(f"request: {url}")

    def _console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.problems.append(f"console: {text}")

    def _dialog(self, message: str, dismiss: Callable[[], None]) -> None:
        self.problems.append(f"dialog: {message}")
        dismiss()

    def check(self) -> None:
        """Fail if anything was noted."""
        assert not self.problems, "\n".join(self.problems)


@pytest.fixture
def page_guard(browser: Browser) -> Iterator[Callable[..., Page]]:
    """``page_guard(width, height)`` opens a page whose faults fail the test at its end."""
    guards: list[PageGuard] = []
    pages: list[Page] = []

    def open_page(width: int = 1440, height: int = 900) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        guards.append(PageGuard(page))
        return page

    yield open_page
    for page in pages:
        page.close()
    for guard in guards:
        guard.check()
