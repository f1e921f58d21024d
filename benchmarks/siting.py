"""Siting at scale: time and proven gap.

Run ``python benchmarks/siting.py CASE [--seed N] [--time-limit S]``. The geometry of every case is
made from the seed, so anyone can repeat a figure:

- ``city``: 27,000 points in 150 clusters × 2,000 candidates (a point sees about 15), 50 sites
- ``city200``: the same with 200 sites
- ``square``: 100,000 uniform points × 100 candidates, 30 × 30, radius 5.5, 10 sites
- ``clustered``: 1,000,000 points in 400 clusters × 1,000 candidates, 50 sites
- ``uniform``: 1,000,000 uniform points × 1,000 candidates, 50 sites
- ``pmed``: p-median and p-center on the files of OR-Library in a folder (``--folder``)
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from geo.siting import solve_matrix
from geo.siting.coverage_sets import Pairs
from geo.siting.methods import solve
from geo.siting.problem import Problem
from geo.siting.watch import Watch

CASES = {
    "city": (27_000, 2_000, 50, 150),
    "city200": (27_000, 2_000, 200, 150),
    "square": (100_000, 100, 10, 0),
    "clustered": (1_000_000, 1_000, 50, 400),
    "uniform": (1_000_000, 1_000, 50, 0),
}


def world(
    case: str, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """Demand points, candidates, weights and radius of a case."""
    points, candidates, _, clusters = CASES[case]
    random = np.random.default_rng(seed)
    side = 30.0
    if clusters:
        centre = random.random((clusters, 2)) * side
        spread = random.uniform(0.2, 1.5, clusters)
        share = random.pareto(1.2, clusters) + 0.2

        def drawn(count: int) -> NDArray[np.float64]:
            which = random.choice(clusters, count, p=share / share.sum())
            return centre[which] + random.normal(size=(count, 2)) * spread[which, None]

        demand, sites = drawn(points), drawn(candidates)
    else:
        demand, sites = random.random((points, 2)) * side, random.random((candidates, 2)) * side
    weight = random.integers(1, 101, points).astype(np.float64)
    if case == "square":
        return demand, sites, weight, 5.5
    return demand, sites, weight, _radius(demand, sites, 15.0)


def _radius(demand: NDArray[np.float64], sites: NDArray[np.float64], seen: float) -> float:
    """The radius at which a point sees about so many candidates (mean)."""
    sample = cKDTree(demand[:: max(1, len(demand) // 2_000)])
    tree, low, high = cKDTree(sites), 0.0, 30.0
    for _ in range(40):
        middle = (low + high) / 2
        count = sample.count_neighbors(tree, middle) / sample.n
        low, high = (middle, high) if count < seen else (low, middle)
    return high


def pairs_of(demand: NDArray[np.float64], sites: NDArray[np.float64], radius: float) -> Pairs:
    """The points within the radius of every candidate."""
    found = cKDTree(demand).query_ball_point(sites, radius, return_sorted=True)
    first = np.concatenate([[0], np.cumsum([len(part) for part in found])]).astype(np.int64)
    return Pairs(first, np.concatenate(found).astype(np.int32), len(demand))


def cover(case: str, seed: int, time_limit_s: float) -> None:
    """Solve one case and print a line."""
    demand, sites, weight, radius = world(case, seed)
    pairs = pairs_of(demand, sites, radius)
    count = CASES[case][2]
    for fast in (True, False):
        problem = Problem("mclp", weight, pairs=pairs, sites=count, fast=fast)
        first: list[tuple[float, float]] = []

        def note(state: object, first: list[tuple[float, float]] = first) -> None:
            gap = (state.bound - state.objective) / state.objective  # type: ignore[attr-defined]
            if gap <= 0.01 and not first:
                first.append((state.seconds, gap))  # type: ignore[attr-defined]

        began = time.perf_counter()
        found = solve(problem, Watch(time_limit_s, listener=note))
        took = time.perf_counter() - began
        share = found.objective / weight.sum()
        reached = f"1 % after {first[0][0]:.1f} s" if first else ""
        print(
            f"{case} seed {seed} {'greedy' if fast else 'exact'}: {share:.4f} of the weight, "
            f"gap {found.proven_gap:.3%}, {found.status}, {took:.1f} s {reached}",
            flush=True,
        )


def pmed(folder: Path, names: list[str]) -> None:
    """p-median and p-center of OR-Library files."""
    total = 0.0
    for path in sorted(folder.glob("pmed*.txt"), key=lambda path: int(path.stem[4:])):
        if names and path.stem not in names:
            continue
        distance, count = read_pmed(path)
        for method in ("p-median", "p-center"):
            found = solve_matrix(method, distance, np.ones(len(distance)), sites=count)
            total += found.seconds
            print(
                path.stem,
                method,
                found.objective,
                found.status,
                f"{found.seconds:.2f} s",
                flush=True,
            )
    print(f"total {total:.1f} s")


def read_pmed(path: Path) -> tuple[NDArray[np.float64], int]:
    """Distances and number of sites of a file; an edge listed twice counts as last listed."""
    numbers = [int(word) for word in path.read_text().split()]
    nodes, _, count = numbers[:3]
    length = np.zeros((nodes, nodes))
    for a, b, metres in zip(numbers[3::3], numbers[4::3], numbers[5::3], strict=True):
        length[a - 1, b - 1] = length[b - 1, a - 1] = metres
    return shortest_path(length, directed=False), count


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=[*CASES, "pmed"])
    parser.add_argument("names", nargs="*", help="with pmed: pmed1 pmed2 …")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path("."))
    options = parser.parse_args()
    if options.case == "pmed":
        pmed(options.folder, options.names)
    else:
        cover(options.case, options.seed, options.time_limit)


if __name__ == "__main__":
    sys.exit(main())
