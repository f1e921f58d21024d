"""All benchmarks in one run: this project and its peers, on the same arrays, one table.

    python benchmarks/run.py --quick          small sizes, ratios only, about a minute
    python benchmarks/run.py --full           the sizes of docs/benchmarks.md, which it writes
    python benchmarks/run.py --quick --json FILE

The figures hold for the machine they were taken on; ratios travel better. The machine is named by
its cores and memory only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cases_geometry import pbf_to_graph, polygons, snapping
from cases_province import access_table, doubling, province
from cases_questions import questions_city, questions_province
from cases_search import (
    far_horizon,
    incremental,
    single_sites,
    union_beside_peers,
)
from measure import Table
from peers import PEERS
from worlds import walking

from geo.base.files import write_atomic

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"


def quick(table: Table) -> None:
    """Small sizes: what a developer runs before and after a change."""
    world = walking(75_000)
    union_beside_peers(table, world, 220, repeats=3)
    single_sites(table, world, 220, repeats=3)
    incremental(table, world, 220, changes=100)
    far_horizon(table, world, 220, repeats=3)
    polygons(table, world, 60, repeats=3)
    snapping(table, world, 50_000, repeats=3)
    pbf_to_graph(table, 1)
    province(table, nodes=75_000, units=60, villages=500, cells=10_000, sites=240)
    access_table(table, nodes=75_000, villages=2_000, sites=200)
    questions_city(table)


def full(table: Table) -> None:
    """The sizes of a city and of a province."""
    city = walking(1_100_000)
    union_beside_peers(table, city, 3_200, repeats=5)
    single_sites(table, city, 3_200, repeats=3)
    incremental(table, city, 3_200, changes=300)
    far_horizon(table, city, 3_200, repeats=3)
    polygons(table, city, 250, repeats=5)  # reaches some 100,000 nodes
    snapping(table, city, 1_000_000, repeats=3)
    del city
    whole = walking(5_000_000)
    union_beside_peers(table, whole, 15_000, repeats=5)
    single_sites(table, whole, 15_000, repeats=3)
    incremental(table, whole, 15_000, changes=300)
    far_horizon(table, whole, 15_000, repeats=3)
    del whole
    pbf_to_graph(table, 14)
    access_table(table, nodes=5_000_000, villages=27_000, sites=2_000)
    doubling(table)
    province(table, nodes=5_000_000, units=1_220, villages=27_000, cells=1_000_000, sites=15_000)
    questions_city(table)
    questions_province(table, nodes=5_000_000, units=1_220, villages=27_000, sites=15_000)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def _versions() -> str:
    names = ["numpy", "numba", "shapely", "osmium", *(peer.package for peer in PEERS)]
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def _page(table: Table, command: str) -> str:
    notes = (HERE / "notes.md").read_text(encoding="utf-8")
    return (
        f"# Benchmarks\n\nWritten by `{command}` on {date.today().isoformat()}: {_machine()}; "
        f"{_versions()}.\n\n{table.markdown()}\n\n{table.more()}\n\n{notes}"
    )


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--quick", action="store_true", help="small sizes, about a minute")
    which.add_argument("--full", action="store_true", help="large sizes; writes docs/benchmarks.md")
    parser.add_argument("--json", type=Path, help="write the rows to this file, too")
    chosen = parser.parse_args()

    def keep(table: Table) -> None:
        if chosen.json:
            content = json.dumps(table.json(), indent=1, ensure_ascii=False)
            write_atomic(chosen.json, content.encode())
        if chosen.full:
            write_atomic(PAGE, _page(table, "python benchmarks/run.py --full").encode())

    (quick if chosen.quick else full)(Table(keep))


if __name__ == "__main__":
    main()
