"""The search with a scope beside the free search, at province size.

Run ``python benchmarks/scope.py [--units N] [--villages N] [--sites N] [--nodes N]``. With a scope
a site serves only the demand of its own unit, so each unit is searched by itself. Printed: the
seconds of both searches of the same sites on the same roads, and their ratio.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from cases_province import cache_graph, write_province
from worlds import heidelberg, tiled

from geo.pipeline import open_explorer
from geo.study.load import load_study

_SAME = """
[[layers]]
key = "{key}"
path = "sites_0.csv"
profile = "{profile}"
minutes = 15
{scope}
"""
_PROFILES = ("walk", "drive")


def main() -> None:
    """Print both searches of each profile."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=1_400)
    parser.add_argument("--villages", type=int, default=27_000)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study, cache = Path(folder) / "study", Path(folder) / "cache"
        roads = tiled(heidelberg()[1], given.nodes)
        write_province(
            study, roads, units=given.units, villages=given.villages, cells=1, sites=3 * given.sites
        )
        text = (study / "study.toml").read_text(encoding="utf-8")
        for profile in _PROFILES:
            scope = {"warm": "", "free": "", "scoped": 'scope = "unit"'}
            for name, line in scope.items():
                text += _SAME.format(key=f"{profile}_{name}", profile=profile, scope=line)
        (study / "study.toml").write_text(text, encoding="utf-8")
        cache_graph(study, roads, cache)
        explorer = open_explorer(load_study(study), cache=cache)
        print(f"{given.units:,} units, {given.villages:,} villages, {given.sites:,} sites")
        for profile in _PROFILES:
            explorer.layer_state(f"{profile}_warm")  # builds the network
            seconds = {}
            for name in ("free", "scoped"):
                begin = time.perf_counter()
                explorer.layer_state(f"{profile}_{name}")
                seconds[name] = time.perf_counter() - begin
            ratio = seconds["scoped"] / seconds["free"]
            print(
                f"{profile}: free {seconds['free']:.2f} s, scope {seconds['scoped']:.2f} s, "
                f"ratio {ratio:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
