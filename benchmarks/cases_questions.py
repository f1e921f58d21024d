"""Questions about a study: what a planner waits for after a click.

    python benchmarks/cases_questions.py                     the bundled city
    python benchmarks/cases_questions.py --province 5000000  a province of so many nodes as well

Every question is put to another place, site or limit each time, so that nothing kept answers it.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cases_province import cache_graph, write_province
from measure import OURS, Table
from worlds import WUHAN, heidelberg, tiled

from geo.pipeline import open_explorer
from geo.questions.explorer import Explorer
from geo.questions.name_search import PlaceSearch
from geo.questions.services_together import services_together
from geo.study.load import load_study

__all__ = ["questions_city", "questions_province"]


def questions_city(table: Table) -> None:
    """The bundled sample."""
    with tempfile.TemporaryDirectory() as folder:
        asked = open_explorer(load_study(WUHAN.parent), cache=Path(folder))
        _ask(table, asked, "medical_insurance", "sample city")


def questions_province(table: Table, *, nodes: int, units: int, villages: int, sites: int) -> None:
    """A province on foot; `sites` are those of one layer of three."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        roads = tiled(heidelberg()[1], nodes)
        study = write_province(
            root / "study", roads, units=units, villages=villages, cells=1, sites=3 * sites
        )
        cache_graph(study, roads, root / "cache")
        del roads
        asked = open_explorer(load_study(study), cache=root / "cache")
        size = f"{nodes:,} nodes, {units:,} units, {villages:,} villages, {sites:,} sites a layer"
        _ask(table, asked, "layer_0", size)


def _ask(table: Table, asked: Explorer, key: str, size: str) -> None:
    begin = time.perf_counter()
    asked.prepare()
    table.add("questions: search of all layers", size, OURS, time.perf_counter() - begin)
    random = np.random.default_rng(3)
    points = asked.inputs.points
    rows = iter(random.permutation(len(points.lon)))
    closed = itertools.cycle(asked.inputs.sites[key]["id"].sample(frac=1, random_state=3))
    limits = iter(np.linspace(5.1, 19.9, 40))

    def place() -> tuple[float, float]:
        row = next(rows)
        return float(points.lon[row]) + 0.001, float(points.lat[row])

    def limit() -> float:
        return round(float(next(limits)), 1)

    together: dict[str, Any] = {}

    def several() -> None:
        services_together(together["whole"], [layer.key for layer in asked.study.layers])

    cases: list[tuple[str, Callable[[], object], int]] = [
        ("a site is put: before and after", lambda: asked.change(key, added=(place(),)), 9),
        ("a site is closed: who depends on it", lambda: asked.depends_on(key, next(closed)), 9),
        ("another limit: every table", lambda: asked.analysis_with(key, limit=limit()), 5),
        (
            "another limit: without the sites' own demand",
            lambda: asked.analysis_with(key, limit=limit(), catchments=False),
            5,
        ),
        ("a site is put: every table", lambda: asked.analysis_with(key, added=(place(),)), 5),
        ("from here: every layer, with its path", lambda: asked.from_here(*place()), 9),
        ("one site's area", lambda: asked.site_area(key, place()), 9),
    ]
    for name, ask, repeats in cases:
        table.add(f"questions: {name}", size, OURS, _median_s(ask, repeats))
    together["whole"] = _without_isochrones(asked)
    table.add("questions: services together", size, OURS, _median_s(several, 3))
    begin = time.perf_counter()
    index = PlaceSearch(together["whole"])
    entries = f"{size}, {len(index):,} names"
    table.add("questions: index of names", entries, OURS, time.perf_counter() - begin)
    words = itertools.cycle(["wcq", "point 12", "wuchang", "P0001", "武昌", "s", "unit 7", "jd"])
    seconds = _median_s(lambda: index.find(next(words)), 24)
    table.add("questions: search by name", entries, OURS, seconds)


def _without_isochrones(asked: Explorer) -> Any:
    """Every layer's tables as one study; isochrones take no part in what follows."""
    from dataclasses import replace

    import pandas as pd

    keys = [layer.key for layer in asked.study.layers]
    found = [asked.analysis_with(key) for key in keys]
    tables = {
        name: pd.concat([getattr(one, name) for one in found], ignore_index=True)
        for name in ("demand", "sites")
    }
    return replace(found[0], study=asked.study, **tables)


def _median_s(ask: Callable[[], object], repeats: int) -> float:
    """Median wall seconds; unlike `median_s`, every call asks for something else."""
    ask()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--province", type=int, metavar="NODES", help="a province as well")
    chosen = parser.parse_args()
    table = Table()
    questions_city(table)
    if chosen.province:
        questions_province(table, nodes=chosen.province, units=1_220, villages=27_000, sites=15_000)


if __name__ == "__main__":
    main()
