"""The app in Chromium: shared by the browser tests, the app benchmark and the pictures.

The benchmark and the scripts of docs/ add this folder to their path; nothing here needs pytest.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Download, Frame, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

__all__ = [
    "CHROMIUM",
    "FLAGS",
    "MAP",
    "OFFICE_FLAGS",
    "ROOT",
    "WUHAN",
    "PageGuard",
    "choose_option",
    "click_map",
    "click_until",
    "downloaded",
    "drawn_map",
    "free_places",
    "hover",
    "map_frame",
    "on_screen",
    "only_map",
    "painted_share",
    "serving",
    "settled",
    "wait_until",
]

ROOT = Path(__file__).resolve().parents[2]
WUHAN = ROOT / "data" / "wuhan"
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
# An office machine: no WebGL, and no host name resolves except its own.
OFFICE_FLAGS = [
    *FLAGS,
    "--disable-3d-apis",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
MAP = 'iframe[title="streamlit_folium.st_folium"]'
_LOCAL = ("localhost", "127.0.0.1", "::1")
# Entered by any address but the first page's, Streamlit's client looks for its server below that
# address before it looks above it (it cannot know the base path), and Chromium logs each miss.
_SEARCH_FOR_SERVER = re.compile(
    r"/(start|overview|coverage|gaps|siting|scenarios|ledger|report|data|help)"
    r"/_stcore/(health|host-config)$"
)
_FIRST_MAP_MS = 300_000  # the very first run compiles the kernel and builds the graph
# All groups that the page sent are there, and each of them holds something.
_DRAWN = """() => {
    if (!window.qh || !window.map) { return false; }
    var groups = [], pending = false;
    map.eachLayer(function (layer) { if (layer.qhLevel) { groups.push(layer); } });
    groups.forEach(function (group) { if (!group.getLayers().length) { pending = true; } });
    return groups.length >= 5 && !pending;
}"""


# A place in each of the largest units on the screen where nothing lies above it, in the frame's
# own pixels; or in the units that are asked for.
_FREE = """(wanted) => {
  const shapes = [], found = [], seen = map.getSize();
  map.eachLayer((layer) => {
    const shown = layer.qhUnit && layer.options.fill && layer._pxBounds;
    if (shown && (!wanted || wanted.includes(layer.qhUnit))) { shapes.push(layer); }
  });
  const ground = Math.min(...qh.hitters.map((hitter) => hitter.level));
  const above = qh.hitters.filter((hitter) => hitter.level > ground);
  const area = (shape) => { const size = shape._pxBounds.getSize(); return size.x * size.y; };
  shapes.sort((a, b) => area(b) - area(a));
  for (const shape of shapes) {
    const box = shape._pxBounds, size = box.getSize();
    search: for (const i of [5, 4, 6, 3, 7, 2, 8]) {
      for (const j of [5, 4, 6, 3, 7, 2, 8]) {
        const at = L.point(box.min.x + size.x * i / 10, box.min.y + size.y * j / 10);
        const shown = map.layerPointToContainerPoint(at);
        const rim = Math.min(shown.x, shown.y, seen.x - shown.x, seen.y - shown.y);
        const free = rim > 60 && shape._containsPoint(at) && !above.some((one) => one.hit(at));
        if (free) { found.push([shape.qhUnit, shown.x, shown.y]); break search; }
      }
    }
    if (found.length === 12) { break; }
  }
  return found;
}"""


class Address(str):
    """The address of a server, and its process."""

    pid: int


@contextmanager
def serving(
    study: Path | None,
    *options: str,
    base: str = "",
    env: Mapping[str, str] | None = None,
    script: Path = ROOT / "app.py",
) -> Iterator[Address]:
    """Serve the app on `study` at a free port; yields its address.

    Parameters
    ----------
    study : Path, optional
        None where `script` needs none.
    *options : str
        More of Streamlit's options, each as its name and its value (``--server.port``, ``8501``).
    base : str
        The base path that the options set, with its slash.
    env : mapping, optional
        More of the environment.
    script : Path
        Another app than the app.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = ["--server.port", str(port), "--server.headless", "true", *options]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *given]
    if script == ROOT / "app.py":  # the server of the commands, with its checks and headers
        named = [f"{name[2:]}={value}" for name, value in zip(given[::2], given[1::2], strict=True)]
        named += ["server.address=127.0.0.1"]
        command = [sys.executable, "-m", "app_pages.server", str(os.getpid()), *named]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **({"QUARTERHOUR_STUDY": str(study)} if study else {}), **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = Address(f"http://127.0.0.1:{port}{base}")
    address.pid = process.pid
    try:
        _wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:  # a computation that does not ask whether it may go on
            process.kill()
            process.wait(timeout=20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{url} does not answer") from error
            time.sleep(0.1)


def only_map(page: Page, *, timeout_ms: float = 120_000) -> Frame:
    """The frame of the page's only map.

    While Streamlit runs a page again, the map of the run before may stand beside the new one.
    """
    expect(page.locator(MAP)).to_have_count(1, timeout=timeout_ms)
    handle = page.locator(MAP).element_handle()
    frame = handle.content_frame() if handle else None
    assert frame is not None
    return frame


def choose_option(page: Page, key: str, option: str) -> None:
    """Choose in a selectbox by its key. A run of the page that just ends closes an open list."""
    for _ in range(6):
        page.locator(f".st-key-{key} input").click()
        try:
            page.get_by_role("option", name=option).click(timeout=5_000)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(f"{key} has no option {option}")


def wait_until(
    shown: Page | Frame, condition: str, *, arg: object = None, timeout_ms: float = 120_000
) -> None:
    """Wait until a condition in JavaScript holds.

    It is asked by a timer. Playwright asks once in each animation frame, and Chromium without a
    screen gives the frame of the map none for minutes while the machine is busy.
    """
    shown.wait_for_function(condition, arg=arg, timeout=timeout_ms, polling=100)


def settled(page: Page) -> None:
    """Wait until the page's script does not run."""
    state = page.locator('[data-test-script-state="notRunning"]').first
    state.wait_for(state="attached", timeout=120_000)


def click_until(
    page: Page, button: Locator, shown: Locator, *, timeout_ms: float = 120_000
) -> None:
    """Click until the effect is seen. A run of the page that begins meanwhile drops a click.

    A button that is gone has been followed; its effect is still awaited.

    Raises
    ------
    AssertionError
        The effect is never seen; with the text of the page.
    """
    until = time.monotonic() + timeout_ms / 1000
    settled(page)
    button.click(timeout=timeout_ms)
    while True:
        try:
            shown.first.wait_for(timeout=10_000)
        except PlaywrightTimeout as error:
            if time.monotonic() > until:
                text = page.locator("body").inner_text()
                raise AssertionError(f"{shown} was not seen in: {text}") from error
            settled(page)
            with suppress(PlaywrightTimeout):
                button.click(timeout=1_000)
            continue
        return


def downloaded(page: Page, button: Locator, *, timeout_ms: float = 120_000) -> Download:
    """The file behind a button. A run of the page that begins as it is pressed drops the click."""
    until = time.monotonic() + timeout_ms / 1000
    while True:
        settled(page)
        try:
            with page.expect_download(timeout=20_000) as started:
                button.click(timeout=timeout_ms)
        except PlaywrightTimeout:
            if time.monotonic() > until:
                raise
            continue
        return started.value


def map_frame(page: Page, *, timeout_ms: float = _FIRST_MAP_MS) -> Frame:
    """The map's frame, as soon as the page has one.

    Raises
    ------
    RuntimeError
        The page shows a problem in place of the map.
    """
    page.locator(f"{MAP}, .qh-problem, .stException").first.wait_for(timeout=timeout_ms)
    problems = page.locator(".qh-problem, .stException").all_inner_texts()
    if problems:
        raise RuntimeError(f"no map: {problems}")
    return only_map(page, timeout_ms=timeout_ms)


def drawn_map(page: Page, *, timeout_ms: float = _FIRST_MAP_MS) -> Frame:
    """The map's frame, once all of its layers are drawn."""
    frame = map_frame(page, timeout_ms=timeout_ms)
    frame.locator("canvas").first.wait_for()
    wait_until(frame, _DRAWN)
    return frame


def on_screen(page: Page, frame: Frame, lon: float, lat: float) -> tuple[float, float]:
    """The pixels of the page at which a place of the map is."""
    at = frame.evaluate(
        "([lon, lat]) => { var p = map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [lon, lat],
    )
    box = page.locator(MAP).bounding_box()
    assert box is not None
    return box["x"] + at[0], box["y"] + at[1]


def click_map(page: Page, frame: Frame, lon: float, lat: float) -> None:
    """Click the map at a place."""
    page.mouse.click(*on_screen(page, frame, lon, lat))


def free_places(frame: Frame, units: Sequence[str] | None = None) -> list[tuple[str, float, float]]:
    """Up to 12 units, each with pixels of the frame at which it has no point."""
    found = frame.evaluate(_FREE, None if units is None else list(units))
    return [(str(unit), float(x), float(y)) for unit, x, y in found]


def hover(page: Page, frame: Frame, lon: float, lat: float, shown: Locator | None = None) -> None:
    """Move the pointer to a place of the map, again until `shown` is seen, if that is given.

    While the map still moves to another view, the place is elsewhere a moment later.
    """
    for _ in range(6):
        x, y = on_screen(page, frame, lon, lat)
        for step in (6, 3, 0):  # Leaflet drops a move that comes within 32 ms of another
            page.mouse.move(x - step, y)
            page.wait_for_timeout(60)
        if shown is None:
            return
        try:
            shown.first.wait_for(timeout=5_000)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(f"{shown} was not seen in the map")


def painted_share(frame: Frame, pane: str = "overlay-pane") -> float:
    """Share of painted pixels of the pane's fullest canvas; shapes are in the overlay pane."""
    share: float = frame.evaluate(
        """(pane) => {
            return Math.max(...[...document.querySelectorAll(`.leaflet-${pane} canvas`)].map(
                (canvas) => {
                    const context = canvas.getContext("2d");
                    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
                    let painted = 0;
                    for (let i = 3; i < data.length; i += 4) { if (data[i]) { painted += 1; } }
                    return painted / (data.length / 4);
                }));
        }""",
        pane,
    )
    return share


class PageGuard:
    """Records requests to other machines, console errors, page errors and dialogs."""

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("console", lambda message: self._console(message.type, message.text, message))
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: self._dialog(dialog.message, dialog.dismiss))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("file", "data", "blob", "about") or parts.hostname in _LOCAL:
            return
        self.problems.append(f"request: {url}")

    def _console(self, kind: str, text: str, message: object) -> None:
        if kind != "error":
            return
        url = str(getattr(message, "location", {}).get("url", ""))
        if "404" in text and _SEARCH_FOR_SERVER.search(urlsplit(url).path):
            return
        self.problems.append(f"console: {text} {url}")

    def _dialog(self, message: str, dismiss: Callable[[], None]) -> None:
        self.problems.append(f"dialog: {message}")
        dismiss()

    def check(self) -> None:
        """Fail if anything was noted."""
        assert not self.problems, "\n".join(self.problems)
