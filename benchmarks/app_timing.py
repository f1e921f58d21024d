"""Waiting times of a user, measured inside the browser, and the bytes sent meanwhile.

A loop in the page checks at every frame whether something was painted on the map, whether a text
changed, and whether the script is running. A wait begins with the user's event (pointer down, key
down), so that Playwright and its connection are not part of it. It ends with the last change before
a period without changes; that period is not counted.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app_client import Plan
from playwright.sync_api import BrowserContext, CDPSession, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.in_browser import map_frame

__all__ = ["NoAnswerError", "TimedPage", "Wait"]

# A wait is over when nothing has changed for this long.
_QUIET_MS = 800
_LONGEST_MS = 90_000
_COMPUTES_MS = 1_800_000

_WATCH = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  let home;
  try { home = window.top; void home.document; } catch { return; }
  const begin = () => { if (home.qhWatch && home.qhWatch.armed) { home.qhWatch.start(now()); } };
  for (const kind of ["pointerdown", "keydown"]) {
    window.addEventListener(kind, begin, { capture: true });
  }
  if (home !== window) {
    // Notes all painting in the map's frame. Comparing pixels would cost more than the map.
    const brush = CanvasRenderingContext2D.prototype;
    for (const name of ["fill", "stroke", "fillRect", "clearRect", "drawImage", "fillText"]) {
      const own = brush[name];
      brush[name] = function (...given) {
        if (home.qhWatch) { home.qhWatch.painted = true; }
        return own.apply(this, given);
      };
    }
    return;
  }
  const watch = window.qhWatch = {
    armed: false, painted: false, changed: true, began: performance.timeOrigin,
    map: null, words: null, busy: now(),
    start(at) {
      Object.assign(watch, { armed: false, painted: false, began: at, busy: at });
      watch.map = watch.words = null;
    },
  };
  new MutationObserver(() => { watch.changed = true; }).observe(
    document, { childList: true, characterData: true, subtree: true });
  let words = "";
  const look = () => {
    requestAnimationFrame(look);
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app || app.dataset.testScriptState !== "notRunning") { watch.busy = now(); }
    if (watch.painted) { watch.map = now(); watch.painted = false; }
    if (!watch.changed) { return; }
    watch.changed = false;
    const main = document.querySelector('[data-testid="stMain"]');
    const found = main ? main.textContent : "";
    if (found !== words) { watch.words = now(); words = found; }
  };
  requestAnimationFrame(look);
})()"""

# While isochrones are drawn in a job, the script polls every half second; its runs do not count as
# work while the message about them is shown.
_OVER = f"""() => {{
  const watch = window.qhWatch;
  const now = performance.timeOrigin + performance.now();
  const busy = document.querySelector(".qh-drawing") ? 0 : watch.busy;
  const last = Math.max(watch.map || 0, watch.words || 0, busy);
  return !watch.armed && watch.words !== null && now - last > {_QUIET_MS};
}}"""
_NOTHING_DRAWN = '() => !document.querySelector(".qh-drawing")'
# Every layer that the page asked for is on the map; on a map that is not ours, there is a map.
_DRAWN = """() => {
  const frame = document.querySelector('iframe[title="streamlit_folium.st_folium"]');
  const map = frame && frame.contentWindow.qh;
  if (frame && !map) { return Boolean(frame.contentDocument.querySelector("canvas")); }
  const asked = map ? Object.values(map.shown) : [];
  return asked.length > 0 && asked.every((one) => one.group.getLayers().length);
}"""
# A description of the state of the page, for the error message.
_STANDS = """() => {
  const { armed, began, map, words, busy } = qhWatch;
  const after = (at) => at === null ? "never" : Math.round(at - began) + " ms after it";
  const app = document.querySelector('[data-testid="stApp"]');
  return armed ? "the page never saw the user's event" : "words last changed " + after(words)
    + ", the map was last painted " + after(map) + ", the script was last seen running "
    + after(busy) + " and is " + (app ? app.dataset.testScriptState : "not there");
}"""


class NoAnswerError(RuntimeError):
    """The page did not stop changing within the longest time."""


@dataclass(frozen=True)
class Wait:
    """One wait: milliseconds from the user's event to the last change of each, and its cost.

    `map_ms` and `words_ms` are None where nothing was painted on the map, where no word of the page
    changed. `whole_ms` is when outlines that are drawn behind the page were there as well.
    CPU seconds are those of the server and of all of the browser's processes meanwhile: what a wait
    costs even where other programs take their share of the machine.
    """

    map_ms: float | None
    words_ms: float | None
    whole_ms: float
    sent_bytes: int
    server_cpu_s: float
    browser_cpu_s: float

    @property
    def seen_ms(self) -> float:
        """Until neither the data on the map nor the words changed any more."""
        return max(self.map_ms or 0.0, self.words_ms or 0.0)


class TimedPage:
    """A page whose waits are measured.

    Parameters
    ----------
    server : int
        Its process, whose CPU is counted apart.
    apart : int, optional
        A process beside the browsers, which counts for neither.

    Attributes
    ----------
    plan : Plan
        What the browser has asked for since it went to the page.
    """

    def __init__(self, context: BrowserContext, server: int, apart: int | None = None) -> None:
        self._server, self._apart = server, apart
        self.plan, self._doing = Plan(), ""
        self._cpu = (0.0, 0.0)
        context.add_init_script(_WATCH)
        self.page: Page = context.new_page()
        self._sent = 0
        self._network: CDPSession = context.new_cdp_session(self.page)
        self._network.send("Network.enable")
        self._network.on("Network.webSocketFrameReceived", self._frame)
        self._network.on("Network.loadingFinished", self._loaded)
        self._network.on("Network.requestWillBeSent", self._asked)
        self._network.on("Network.webSocketCreated", self._called)
        self._network.on("Network.webSocketFrameSent", self._said)

    def open(self, url: str, *, computes: bool = False) -> Wait:
        """Go to `url` and wait until the page stands still; the wait begins with the navigation.

        Parameters
        ----------
        computes : bool
            It may have to wait for the study to be computed, with progress on the page.

        Raises
        ------
        RuntimeError
            The page shows a problem in place of a map.
        NoAnswerError
        """
        self.go(url)
        map_frame(self.page, timeout_ms=_COMPUTES_MS if computes else _LONGEST_MS)
        return self.wait(needs_map=True)

    def go(self, url: str) -> None:
        """Go to `url` without waiting for more than its first byte."""
        self.plan, self._doing = Plan(), "the page was opened"
        self._sent, self._cpu = 0, self._spent()
        self.page.goto(url, wait_until="commit")

    def arm(self, doing: str = "") -> None:
        """The next event of the user begins a wait; `doing` says of what, should it never end."""
        self._doing = doing
        self.page.evaluate("qhWatch.armed = true")
        self._sent, self._cpu = 0, self._spent()

    def after(self, action: Callable[[], Any]) -> Wait:
        """Do what the user does, and wait."""
        self.arm(getattr(action, "__name__", ""))
        action()
        return self.wait()

    def settle(self) -> None:
        """Let the page come to rest after something that is not measured."""
        self.page.wait_for_timeout(_QUIET_MS)
        self._until(_OVER)
        self._until(f"() => ({_NOTHING_DRAWN})() && ({_OVER})()")

    def wait(self, *, needs_map: bool = False) -> Wait:
        """Wait until everything stands still.

        Raises
        ------
        NoAnswerError
            It never does.
        """
        self._until(f"() => ({_OVER})() && ({_DRAWN})()" if needs_map else _OVER)
        found = self._times()
        if not self.page.evaluate(_NOTHING_DRAWN):
            self._until(f"() => ({_NOTHING_DRAWN})() && ({_OVER})()")
        last = self._times()
        cpu = [now - then for now, then in zip(self._spent(), self._cpu, strict=True)]
        whole = max(last["map"] or 0.0, last["words"] or 0.0)
        return Wait(found["map"], found["words"], whole, self._sent, *cpu)

    def _times(self) -> dict[str, float | None]:
        """Of the last change on the map and of the last change of words, ms since the event."""
        found = self.page.evaluate(
            "({ began: qhWatch.began, map: qhWatch.map, words: qhWatch.words })"
        )
        began = found.pop("began")
        return {name: None if at is None else at - began for name, at in found.items()}

    def _until(self, over: str) -> None:
        try:
            self.page.wait_for_function(over, timeout=_LONGEST_MS, polling=100)
        except PlaywrightTimeoutError:
            stands = self.page.evaluate(_STANDS)
            raise NoAnswerError(
                f"no rest within {_LONGEST_MS // 1000} s after “{self._doing}” at {self.page.url}: "
                f"{stands}"
            ) from None

    def _spent(self) -> tuple[float, float]:
        return _cpu_s(self._server, self._apart)

    def _asked(self, event: dict[str, Any]) -> None:
        url, asked = event["request"]["url"], self.plan.before + self.plan.after
        if url.startswith("http") and url not in asked:
            (self.plan.after if self.plan.socket else self.plan.before).append(url)

    def _called(self, event: dict[str, Any]) -> None:
        self.plan.socket = event["url"]

    def _said(self, event: dict[str, Any]) -> None:
        self.plan.said.append(event["response"]["payloadData"])

    def _frame(self, event: dict[str, Any]) -> None:
        response = event["response"]
        payload = response["payloadData"]
        binary = response["opcode"] == 2
        self._sent += len(base64.b64decode(payload)) if binary else len(payload.encode())

    def _loaded(self, event: dict[str, Any]) -> None:
        self._sent += int(event["encodedDataLength"])


def _cpu_s(server: int, apart: int | None) -> tuple[float, float]:
    """CPU seconds so far of the server with its children, and of this process's other children.

    Without those of `apart`.
    """
    parent, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(stat.parent.name)
        parent[pid] = int(fields[1])
        spent[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    ours = {"server": 0.0, "browser": 0.0}
    for pid, seconds in spent.items():
        above = pid
        while above not in (server, apart, os.getpid()) and above in parent:
            above = parent[above]
        if above == server:
            ours["server"] += seconds
        elif above == os.getpid() and pid != above:
            ours["browser"] += seconds
    return ours["server"], ours["browser"]
