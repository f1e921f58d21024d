"""Siting at scale: time and proven gap.

Run ``python benchmarks/siting.py CASE [--seeds 1 2 3 4 5] [--time-limit S]``. The geometry of every
case is made from the seed, so anyone can repeat a figure:

- ``city``: 27,000 points in 150 clusters × 2,000 candidates (a point sees about 15), 50 sites
- ``city200``: the same with 200 sites
- ``square``: 100,000 uniform points × 100 candidates, 30 × 30, radius 5.5, 10 sites
- ``clustered``: 1,000,000 points in 400 clusters × 1,000 candidates, 50 sites
- ``uniform``: 1,000,000 uniform points × 1,000 candidates, 50 sites
- ``pmed``: p-median and p-center on the files of OR-Library in a folder (``--folder``)
- ``graph``: the same on random graphs with the sizes of pmed1 to pmed40 (names: 11 38 …)
- ``spopt``: mclp and lscp beside spopt with HiGHS on the same matrices; needs ``pip install spopt
  pulp``, which brings 470 MB and so is no dependency of the project
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
from geo.siting.methods import compile_solvers, solve
from geo.siting.problem import Problem
from geo.siting.watch import Watch

# Sites of pmed1 to pmed40 by the number of nodes (Beasley 1985); n² ÷ 50 edges of length 1-100.
GRAPHS = {
    100: (5, 10, 10, 20, 33), 200: (5, 10, 20, 40, 67), 300: (5, 10, 30, 60, 100),
    400: (5, 10, 40, 80, 133), 500: (5, 10, 50, 100, 167), 600: (5, 10, 60, 120, 200),
    700: (5, 10, 70, 140), 800: (5, 10, 80), 900: (5, 10, 90),
}  # fmt: skip

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

        began, used = time.perf_counter(), time.process_time()
        found = solve(problem, Watch(time_limit_s, listener=note))
        took, used = time.perf_counter() - began, time.process_time() - used
        share = found.objective / weight.sum()
        reached = f"1 % after {first[0][0]:.1f} s" if first else ""
        print(
            f"{case} seed {seed} {'greedy' if fast else 'exact'}: {share:.4f} of the weight, "
            f"gap {found.proven_gap:.3%}, {found.status}, {took:.1f} s "
            f"(processor {used:.1f} s) {reached}",
            flush=True,
        )


def pmed(folder: Path, names: list[str]) -> None:
    """p-median and p-center of OR-Library files."""
    paths = sorted(folder.glob("pmed*.txt"), key=lambda path: int(path.stem[4:]))
    chosen = [path for path in paths if not names or path.stem in names]
    total = sum(both_methods(path.stem, *read_pmed(path)) for path in chosen)
    print(f"total {total:.1f} s")


def graphs(names: list[str], seed: int) -> None:
    """p-median and p-center of random graphs with the sizes of OR-Library's."""
    sizes = [(nodes, count) for nodes, counts in GRAPHS.items() for count in counts]
    for name in names or [str(number + 1) for number in range(len(sizes))]:
        nodes, count = sizes[int(name) - 1]
        random = np.random.default_rng([seed, int(name)])
        order = random.permutation(nodes)
        ends = [(order[i], order[random.integers(0, i)]) for i in range(1, nodes)]  # connected
        ends += [tuple(random.choice(nodes, 2, False)) for _ in range(nodes**2 // 50 - nodes + 1)]
        length = np.zeros((nodes, nodes))
        for a, b in ends:
            length[a, b] = length[b, a] = random.integers(1, 101)
        distance = shortest_path(length, directed=False)
        both_methods(f"graph {name} ({nodes} nodes, {count} sites)", distance, count)


def both_methods(name: str, distance: NDArray[np.float64], count: int) -> float:
    """Print a line for p-median and for p-center; returns the seconds of both."""
    seconds = 0.0
    for method in ("p-median", "p-center"):
        began = time.process_time()
        found = solve_matrix(method, distance, np.ones(len(distance)), sites=count)
        used = time.process_time() - began
        seconds += found.seconds
        print(
            f"{name} {method}: {found.objective:.0f}, gap {found.proven_gap:.3%}, {found.status}, "
            f"{found.seconds:.2f} s (processor {used:.2f} s)",
            flush=True,
        )
    return seconds


def beside_spopt(seed: int) -> None:
    """mclp and lscp on the same matrices as spopt with HiGHS."""
    import pulp
    from spopt.locate import LSCP, MCLP

    for points, candidates, sites in ((500, 60, 8), (2_000, 200, 10)):
        random = np.random.default_rng(seed)
        demand, places = random.random((points, 2)) * 30, random.random((candidates, 2)) * 30
        times = np.hypot(*(demand[:, None] - places[None]).transpose(2, 0, 1))
        weight = random.integers(1, 101, points).astype(float)
        for method in ("mclp", "lscp"):
            count, limit = (sites, 5.5) if method == "mclp" else (None, 8.0)
            found = solve_matrix(method, times, weight, sites=count, limit=limit)
            began = time.perf_counter()
            if method == "mclp":
                peer = MCLP.from_cost_matrix(times, weight, limit, p_facilities=sites)
            else:
                peer = LSCP.from_cost_matrix(times, limit)
            value = peer.solve(pulp.HiGHS(msg=False)).problem.objective.value()
            print(
                f"{method} {points} × {candidates} seed {seed}: {found.objective:.0f} in "
                f"{found.seconds:.2f} s, spopt {value:.0f} in {time.perf_counter() - began:.2f} s",
                flush=True,
            )


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
    parser.add_argument("case", choices=[*CASES, "pmed", "graph", "spopt"])
    parser.add_argument("names", nargs="*", help="with pmed: pmed1 …; with graph: 11 …")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path("."))
    options = parser.parse_args()
    compile_solvers()
    if options.case == "pmed":
        pmed(options.folder, options.names)
        return
    for seed in options.seeds:
        if options.case == "graph":
            graphs(options.names, seed)
        elif options.case == "spopt":
            beside_spopt(seed)
        else:
            cover(options.case, seed, options.time_limit)


if __name__ == "__main__":
    sys.exit(main())
