"""Waiting times of the app in Chromium, on the sample and on a province. Prints medians.

    python benchmarks/app.py                        both studies; writes docs/app_speed.md
    python benchmarks/app.py --wuhan --json FILE    the sample alone, about two minutes
    python benchmarks/app.py --province --copies 25

Needs the development extra and /usr/bin/chromium. Times run from the user's event to the last
change on the screen and are taken inside the browser (`app_timing`); browser and server share the
machine, as they do on a planner's own computer. The province is built once and kept in the cache
folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from app_actions import Actions
from app_remote_users import remote_users
from app_study import province_study
from app_timing import TimedPage, Wait
from playwright.sync_api import Browser, sync_playwright

from geo.base.cache import default_cache
from tests.browser.in_browser import CHROMIUM, FLAGS, WUHAN, Address, serving

PAGE = HERE.parent / "docs" / "app_speed.md"
USERS = 4
# Minutes that neither study has and no button offers.
LIMITS = (7, 9, 11, 12, 13, 18, 22)


@dataclass(frozen=True)
class Row:
    """One line: a case and its times; CPU and bytes where they were counted."""

    study: str
    case: str
    target_s: float | None
    median_s: float
    worst_s: float
    samples: int
    server_cpu_s: float | None = None
    browser_cpu_s: float | None = None
    sent_mb: float | None = None


class Rows:
    """Collects rows, and prints each when it is added."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(
        self,
        study: str,
        case: str,
        target_s: float | None,
        waits: Sequence[Wait],
        seen: Callable[[Wait], float] = lambda wait: wait.seen_ms,
    ) -> None:
        """Add the median of `waits`; `seen` selects the time that counts."""
        seconds = [seen(wait) / 1e3 for wait in waits]
        row = Row(
            study,
            case,
            target_s,
            round(statistics.median(seconds), 3),
            round(max(seconds), 3),
            len(waits),
            round(statistics.median(wait.server_cpu_s for wait in waits), 3),
            round(statistics.median(wait.browser_cpu_s for wait in waits), 3),
            round(statistics.median(wait.sent_bytes for wait in waits) / 1e6, 3),
        )
        self._put(row)

    def add_seconds(
        self, study: str, case: str, target_s: float | None, seconds: Sequence[float]
    ) -> None:
        """Add the median of what was measured without a browser."""
        middle, worst = round(statistics.median(seconds), 3), round(max(seconds), 3)
        self._put(Row(study, case, target_s, middle, worst, len(seconds)))

    def _put(self, row: Row) -> None:
        self.rows.append(row)
        print(_line(row), flush=True)

    def markdown(self) -> str:
        """The rows as one table."""
        head = (
            "| study | what | target | median | worst | CPU: server | CPU: browser | MB sent |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        )
        return head + "\n".join(map(_line, self.rows))


def _line(row: Row) -> str:
    target = "" if row.target_s is None else f"≤ {row.target_s:g} s"
    cells = [row.study, row.case, target, f"{row.median_s:.2f} s"]
    cells += [f"{row.worst_s:.2f} s of {row.samples}"]
    for value, unit in ((row.server_cpu_s, " s"), (row.browser_cpu_s, " s"), (row.sent_mb, "")):
        cells.append("" if value is None else f"{value:.2f}{unit}")
    return "| " + " | ".join(cells) + " |"


class Bench:
    """One study's server and browser."""

    def __init__(self, rows: Rows, study: str, address: Address, browser: Browser) -> None:
        self.rows, self.study, self.browser = rows, study, browser
        self._server = address.pid
        self.address = f"{address}/?lang=en"

    @contextmanager
    def users(self, count: int = 1, *, apart: int | None = None) -> Iterator[list[TimedPage]]:
        """Users, each with a browser profile of its own and an empty cache."""
        contexts = [
            self.browser.new_context(viewport={"width": 1440, "height": 900}) for _ in range(count)
        ]
        try:
            yield [TimedPage(context, self._server, apart) for context in contexts]
        finally:
            for context in contexts:
                context.close()

    def first_map(self, target_s: float | None, samples: int) -> None:
        """Open the page in a new browser; the server has computed the study before."""
        waits = []
        for number in range(samples + 1):
            with self.users() as (user,):
                wait = user.open(self.address, computes=not number)
                if number:  # the first one computes
                    waits.append(wait)
                else:
                    print(
                        f"{self.study}: computed, drawn in {wait.seen_ms / 1e3:.0f} s", flush=True
                    )
        self.rows.add(self.study, "first map", target_s, waits)

    def changes(self, samples: int) -> None:
        """A click on a unit, another layer, another limit, a site put, a way from here."""
        add = self._add
        with self.users() as (user,):
            user.open(self.address)
            actions = Actions(user.page)
            clicks = [user.after(actions.click_the_map) for _ in range(samples)]
            add("unit click → panel", 0.6, clicks, lambda wait: wait.words_ms or 0.0)
            first = [user.after(actions.other_layer) for _ in range(actions.layers)]
            add("other layer, not shown before", 2.0, first)
            add("… and its isochrones", None, first, lambda wait: wait.whole_ms)
            again = [user.after(actions.other_layer) for _ in range(samples)]
            add("other layer, shown before", 0.8, again)
            limits = self._limits(user, actions)
            add("other limit, not computed before", 2.0, limits)
            add("… and its isochrones", None, limits, lambda wait: wait.whole_ms)
            add("other limit, computed before", 0.8, self._limits(user, actions))
            actions.to_clicks("from here")
            user.settle()
            ways = [user.after(actions.click_the_map) for _ in range(samples)]
            add("from here: times and ways", None, ways)
            actions.to_clicks("put a site")
            user.settle()
            put = [user.after(actions.click_the_map) for _ in range(samples)]
            add("put a site here", 1.0, put)

    def _target(self, target_s: float | None) -> float | None:
        """The targets of changes are the sample's."""
        return target_s if self.study == "Wuhan" else None

    def _add(self, case: str, target_s: float | None, waits: list[Wait], *seen: Any) -> None:
        self.rows.add(self.study, case, self._target(target_s), waits, *seen)

    @staticmethod
    def _limits(user: TimedPage, actions: Actions) -> list[Wait]:
        waits = []
        for minutes in LIMITS:
            actions.to_limit(minutes)
            waits.append(user.after(actions.enter))
        return waits

    def opened_together(self, samples: int) -> None:
        """Four users open the page at once: three of them elsewhere, then all on this machine."""
        with self.users() as (user,):
            user.open(self.address)
            plan = user.plan
        waits: list[Wait] = []
        others: list[float] = []
        with remote_users(plan, USERS - 1) as three:
            for _ in range(samples):
                with self.users(apart=three.pid) as (user,):
                    three.open()
                    waits.append(user.open(self.address))
                    others += three.seconds()
        self._add("four open it at once, three of them elsewhere", 3.0, waits)
        case, target_s = "… all that those three need is there", self._target(3.0)
        self.rows.add_seconds(self.study, case, target_s, others)
        waits = []
        for _ in range(samples):
            with self.users(USERS) as users:
                waits += self._at_once(users, lambda user: None, opening=True)
        self._add("four open it at once on this machine", 3.0, waits)

    def together(self, samples: int) -> None:
        """Four users at once, on this machine: clicking, changing the layer."""
        with self.users(USERS) as users:
            for user in users:
                user.open(self.address)
            actions = {id(user): Actions(user.page) for user in users}
            for case, act in (
                ("four click a unit at once", lambda user: actions[id(user)].click_the_map()),
                ("four change the layer at once", lambda user: actions[id(user)].other_layer()),
            ):
                waits = [wait for _ in range(samples) for wait in self._at_once(users, act)]
                self._add(case, 3.0, waits)

    def _at_once(
        self, users: Sequence[TimedPage], act: Callable[[TimedPage], Any], *, opening: bool = False
    ) -> list[Wait]:
        for user in users:
            if opening:
                user.go(self.address)
            else:
                user.arm()
        for user in users:
            act(user)
        return [user.wait(needs_map=opening) for user in users]


def run(rows: Rows, study: str, folder: Path, browser: Browser, *, first_s: float) -> None:
    """All cases of one study."""
    with serving(folder) as address:
        bench = Bench(rows, study, address, browser)
        bench.first_map(first_s, samples=5)
        bench.changes(samples=7)
        bench.opened_together(samples=3)
        bench.together(samples=2)


def floor(rows: Rows, browser: Browser) -> None:
    """The times of a page with one word and an empty map: Streamlit's part of every first map."""
    with serving(None, script=HERE / "app_floor.py", env={"PYTHONPATH": str(HERE.parent)}) as at:
        bench = Bench(rows, "bare page", at, browser)
        bench.first_map(None, samples=5)
        bench.opened_together(samples=3)


def _page(rows: Rows, load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
    machine += f"load average {load:.1f} before it began"
    names = ("streamlit", "streamlit-folium", "folium")
    notes = (HERE / "app_notes.md").read_text(encoding="utf-8")
    return (
        f"# How long the app takes\n\nWritten by `python benchmarks/app.py` on "
        f"{date.today().isoformat()}: {machine}; "
        f"{', '.join(f'{name} {version(name)}' for name in names)}.\n\n"
        f"{rows.markdown()}\n\n{notes}"
    )


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--wuhan", action="store_true", help="the sample and the bare page alone")
    which.add_argument("--province", action="store_true", help="the synthetic province alone")
    parser.add_argument("--copies", type=int, default=9, help="of the streets of Wuhan")
    parser.add_argument("--json", type=Path, help="write the rows to this file, too")
    chosen = parser.parse_args()
    rows, load = Rows(), os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if not chosen.province:
            run(rows, "Wuhan", WUHAN, browser, first_s=3.0)
        if not chosen.wuhan:
            folder = province_study(default_cache() / "benchmarks", chosen.copies)
            run(rows, "province", folder, browser, first_s=4.0)
        if not chosen.province:
            floor(rows, browser)
        browser.close()
    if chosen.json:
        found = [asdict(row) for row in rows.rows]
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if not chosen.province and not chosen.wuhan:
        PAGE.write_text(_page(rows, load), encoding="utf-8")


if __name__ == "__main__":
    main()
