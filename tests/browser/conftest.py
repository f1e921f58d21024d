"""One Chromium and one server for all browser tests, and guards that fail on page errors.

The browser is an office machine's: no WebGL, no network. Whatever these tests show, it shows so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.pipeline import run
from geo.study.load import load_study
from tests.browser.in_browser import CHROMIUM, OFFICE_FLAGS, WUHAN, PageGuard, serving

_HERE = Path(__file__).parent
# What is shown counts here, not when; how long it takes is for benchmarks/app.py to say.
_LONGEST_MS = 120_000
expect.set_options(timeout=_LONGEST_MS)

# A busy machine now and then draws a page again just as a test presses a button on it, and the
# click is lost. In CI such a test runs once more, and the run's output says so (R). Only waiting
# in vain counts: a wrong figure, text or file fails at once, and so does everything elsewhere.
_WAITED_IN_VAIN = [r"TimeoutError", r"Locator expected to", r"was not seen in"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let browser tests of CI that only waited in vain run once more."""
    if os.environ.get("CI") != "true":
        return
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=_WAITED_IN_VAIN))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it tests are skipped, but never in CI."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing; install the chromium package")
        pytest.skip(f"{CHROMIUM} is missing")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OFFICE_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def wuhan() -> Analysis:
    """The sample as the engine computes it, to compare the pages with."""
    return run(load_study(WUHAN), cache=default_cache())


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's folder of studies."""
    return tmp_path_factory.mktemp("studies")


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which the server's processes record connections to other machines."""
    return tmp_path_factory.mktemp("asked") / "outside.txt"


@pytest.fixture(scope="session")
def app(wuhan: Analysis, studies: Path, asked: Path) -> Iterator[str]:
    """The app on the sample, with its connections recorded and the graph in the cache."""
    watched = [str(_HERE / "watched"), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {
        "QUARTERHOUR_STUDIES": str(studies),
        "QUARTERHOUR_STATE": str(asked.parent / "state"),
        "PYTHONPATH": os.pathsep.join(watched),
        "ASKED_OUTSIDE": str(asked),
    }
    with serving(WUHAN, env=env) as address:
        yield address
    assert not asked.exists(), asked.read_text(encoding="utf-8")


@pytest.fixture
def page_guard(browser: Browser) -> Iterator[Callable[..., Page]]:
    """``page_guard(width, height)`` opens a page whose errors fail the test at its end."""
    guards: list[PageGuard] = []
    pages: list[Page] = []

    def open_page(width: int = 1440, height: int = 900) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(_LONGEST_MS)
        pages.append(page)
        guards.append(PageGuard(page))
        return page

    yield open_page
    for page in pages:
        page.close()
    for guard in guards:
        guard.check()
