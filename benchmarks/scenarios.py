"""How long a scenario takes in a server that has computed the study: one site of Wuhan.

    python benchmarks/scenarios.py [--study data/wuhan] [--layer canteens] [--repeats 15]

Prints, for a scenario that adds a site, closes one, or both: the time until the tables of the layer
are there, and until the layer is compared with the study as it is (medians; wall clock and
processor).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.base.cache import default_cache
from geo.pipeline import open_explorer
from geo.questions.explorer import Explorer
from geo.scenarios.changes import AddSite, Change, CloseSite, Scenario
from geo.scenarios.compare import compare, state_of
from geo.study.load import load_study


def changes(explorer: Explorer, layer: str, turn: int) -> dict[str, tuple[Change, ...]]:
    """The scenarios; each turn another place and site, so that nothing is known from the last."""
    points, sites = explorer.inputs.points, explorer.inputs.sites[layer]["id"].tolist()
    at = (turn * 97) % len(points.lon)
    add = AddSite(do="add_site", layer=layer, lon=float(points.lon[at]), lat=float(points.lat[at]))
    close = CloseSite(do="close_site", layer=layer, id=sites[turn % len(sites)])
    return {"add a site": (add,), "close a site": (close,), "both": (add, close)}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=ROOT / "data" / "wuhan")
    parser.add_argument("--layer", default="canteens")
    parser.add_argument("--repeats", type=int, default=15)
    given = parser.parse_args()
    explorer = open_explorer(load_study(given.study), cache=default_cache())
    explorer.analysis()
    explorer.prepare()
    before = state_of(explorer, Scenario(""))
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for turn in range(given.repeats + 1):
        for name, one in changes(explorer, given.layer, turn).items():
            scenario = Scenario("benchmark", "", one)

            def tables(scenario: Scenario = scenario) -> None:
                after = state_of(explorer, scenario)
                varied = explorer.varied(after.study, after.inputs)
                varied.analysis_with(given.layer, catchments=False)

            def compared(scenario: Scenario = scenario) -> None:
                after = state_of(explorer, scenario)
                compare(before, after, layers=[given.layer], explorer=explorer)

            for what, work in (("tables", tables), ("compared", compared)):
                seconds = measured(work)
                if turn:  # the first turn loads compiled code
                    found.setdefault((name, what), []).append(seconds)
    print(f"{'scenario':<14} {'until':<10} {'wall s':>8} {'cpu s':>8}")
    for (name, what), rows in found.items():
        wall, cpu = (statistics.median(part) for part in zip(*rows, strict=True))
        print(f"{name:<14} {what:<10} {wall:>8.3f} {cpu:>8.3f}")


if __name__ == "__main__":
    main()
