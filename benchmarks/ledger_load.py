"""The ledger under many planners, and at the size of a province.

Run ``python benchmarks/ledger_load.py planners [--planners 20] [--rate 5] [--seconds 60]``, or
``province`` or ``verify`` with ``[--cases 50000]``.

- ``planners``: processes that write fields of the same 200 cases, each on the version that it has
  read. A write waits for the disk. Printed: writes, conflicts, errors, and the time of a write.
- ``verify``: a synthetic province whose gaps are all cases; the time to open them, and to verify
  them beside that of the run alone.
- ``province``: a ledger of many cases; the time of the list with filters, of the tallies and of the
  check of the history.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ledger.errors import ConflictError
from ledger.ledger import open_ledger

_CASES = 200


def main() -> None:
    """One of the measurements, printed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=["planners", "province", "verify"])
    parser.add_argument("--planners", type=int, default=20)
    parser.add_argument("--rate", type=float, default=5.0, help="writes a second of each")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cases", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.what == "planners":
            planners(Path(folder), given.planners, given.rate, given.seconds)
        elif given.what == "province":
            province(Path(folder), given.cases)
        else:
            verified(Path(folder), given.cases)


def planners(folder: Path, count: int, rate: float, seconds: float) -> None:
    """Many processes write to one ledger at a steady rate."""
    with open_ledger(folder) as ledger:
        for number in range(_CASES):
            ledger.add({"lead": f"office {number}"}, by="benchmark")
    begin = time.time() + 2.0 + 0.2 * count  # by then all have started
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        found = pool.starmap(
            _planner, [(folder, number, rate, seconds, begin) for number in range(count)], 1
        )
    taken = np.concatenate([times for times, _, _ in found]) * 1000
    conflicts = sum(item for _, item, _ in found)
    acknowledged = {entry for _, _, entries in found for entry in entries}
    with open_ledger(folder) as ledger:
        history = ledger.store.history()
        kept = {(e["case"], int(e["version"])) for e in history if e["action"] == "set"}
        noted = sum(e["action"] == "conflict" for e in history)
        whole = ledger.store.check_chain().holds
    print(
        f"{count} planners, {rate:g} writes a second each, {seconds:g} s: {len(taken)} writes "
        f"({len(taken) / seconds:.0f} a second), {conflicts} conflicts said, {noted} kept, "
        f"{len(acknowledged - kept)} acknowledged writes lost, "
        f"chain {'whole' if whole else 'BROKEN'}"
    )
    print("a write: " + ", ".join(f"p{q} {np.percentile(taken, q):.1f} ms" for q in (50, 95, 99)),
          f"longest {taken.max():.1f} ms")  # fmt: skip


def _planner(
    folder: Path, number: int, rate: float, seconds: float, begin: float
) -> tuple[list[float], int, list[tuple[str, int]]]:
    """Times of the writes, the conflicts, and case and version of each acknowledged write."""
    draw = random.Random(number)
    times: list[float] = []
    written: list[tuple[str, int]] = []
    conflicts = 0
    with open_ledger(folder) as ledger:
        turn = begin + draw.random() / rate
        while turn < begin + seconds:
            time.sleep(max(0.0, turn - time.time()))
            seen = ledger.store.case(str(draw.randint(1, _CASES)))
            fields = {"note": f"{number} {len(times)}"}
            started = time.perf_counter()
            try:
                case = ledger.set_fields(
                    seen.id, fields, by=f"planner {number}", version=seen.version
                )
                written.append((case.id, case.version))
            except ConflictError:
                conflicts += 1
            times.append(time.perf_counter() - started)
            turn += 1 / rate
    return times, conflicts, written


def province(folder: Path, count: int) -> None:
    """A ledger of `count` cases in 1,400 units, read as the Ledger page reads it."""
    from datetime import date

    draw = random.Random(1)
    with open_ledger(folder) as ledger:
        started = time.perf_counter()
        with ledger.store.writing():
            for number in range(count):
                unit = f"42{number % 1400:04d}"
                ledger.enter(
                    {"lead": f"office {number % 17}", "due": f"2026-{1 + number % 12:02d}-15"},
                    {"layer": "station", "unit_id": unit, "area": f"乡镇{number % 1400}",
                     "state": draw.choice(["open", "planned", "in_progress"])},
                    author="benchmark",
                )  # fmt: skip
        print(f"{count} cases entered in {time.perf_counter() - started:.1f} s")
        today = date(2026, 6, 1)
        for name, read in {
            "all": lambda: ledger.store.cases(),
            "state": lambda: ledger.store.cases(state="open"),
            "overdue": lambda: ledger.store.cases(overdue_on=today),
            "first 100": lambda: ledger.store.cases(state="open", limit=100),
            "count": lambda: ledger.store.count(state="open"),
            "tallies": lambda: ledger.store.tallies(today),
            "check of the history": lambda: ledger.store.check_chain(),
        }.items():
            print(f"{name}: {_best(read):.3f} s")


def verified(folder: Path, count: int) -> None:
    """Open a case for each gap of a synthetic province with `count` units, then verify them all."""
    from cases_province import cache_graph, write_province
    from worlds import heidelberg, tiled

    from geo.pipeline import open_explorer
    from geo.study.load import load_study
    from layers.words.catalogue import words_for
    from layers.words.lines.ledger import gap_texts, share_text
    from ledger.evidence.open_cases import open_cases
    from ledger.evidence.verify import verify

    study, cache = folder / "study", folder / "cache"
    roads = tiled(heidelberg()[1], 1_000_000)
    write_province(study, roads, units=count, villages=count, cells=count, sites=300)
    cache_graph(study, roads, cache)
    words = words_for("zh-CN")

    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        found = work()
        print(f"{name}: {time.perf_counter() - started:.1f} s", flush=True)
        return found

    explorer = timed("the study read", lambda: open_explorer(load_study(study), cache=cache))
    timed("the run alone", lambda: explorer.analysis())
    with open_ledger(study) as ledger:
        layer = explorer.study.layers[0].key
        texts = gap_texts(explorer.study, words)
        opened = timed(
            "cases opened", lambda: open_cases(ledger, explorer, layer, texts, by="benchmark")
        )
        print(f"{len(opened.cases)} cases")
        fresh = timed("the study read again", lambda: open_explorer(load_study(study), cache=cache))
        timed("its run alone", lambda: fresh.analysis())
        shares = partial(share_text, words)
        again = open_explorer(load_study(study), cache=cache)
        found = timed(
            "verified, with the run", lambda: verify(ledger, again, shares, by="benchmark")
        )
        print(f"{found.checked} checked, {len(found.eligible)} eligible")


def _best(read: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        read()
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    main()
