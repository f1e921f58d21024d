"""The assignment of capacity at province size, beside a general solver.

Run ``python benchmarks/capacity.py [--seeds 1 2 3] [--points N] [--sites N] [--highs]``. Points and
sites lie in 150 clusters on a square of 300 km that the seed decides; a pair is within 15 minutes
on foot (75 m a minute, straight lines × 1.3), and the sites can serve four fifths of the demand.
With ``--highs``, scipy's HiGHS solves the same problem as a linear programme, and both results are
compared; at full size it takes minutes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, vstack
from scipy.spatial import cKDTree

from geo.capacity.assignment import assign, compile_assignment

SIDE_M, CLUSTERS, MINUTES, METRES_A_MINUTE, DETOUR = 300_000.0, 150, 15, 75.0, 1.3
SUPPLY = 0.8  # of all demand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def world(seed: int, points: int, sites: int) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Site, point and time (ms) of every pair; amounts of points, capacities of sites."""
    random = np.random.default_rng(seed)
    centre = random.random((CLUSTERS, 2)) * SIDE_M
    spread = random.uniform(400.0, 900.0, CLUSTERS)

    def drawn(count: int) -> Floats:
        which = random.integers(0, CLUSTERS, count)
        return centre[which] + random.normal(size=(count, 2)) * spread[which, None]

    demand, places = drawn(points), drawn(sites)
    reach = MINUTES * METRES_A_MINUTE / DETOUR
    near = cKDTree(demand).query_ball_point(places, reach)
    site = np.repeat(np.arange(sites), [len(one) for one in near])
    point = np.concatenate([np.asarray(one, np.int64) for one in near])
    metres = np.hypot(*(demand[point] - places[site]).T) * DETOUR
    amount = random.integers(1, 400, points).astype(np.float64)
    capacity = random.integers(1, 400, sites).astype(np.float64)
    capacity = np.floor(capacity * SUPPLY * amount.sum() / capacity.sum())
    return (
        site,
        point,
        np.rint(metres / METRES_A_MINUTE * 60_000).astype(np.int64),
        amount,
        capacity,
    )


def by_highs(
    site: Ints, point: Ints, time_ms: Ints, amount: Floats, capacity: Floats
) -> tuple[float, float]:
    """The most that can be served and the least time at which it can, by two programmes."""
    count = len(site)
    of_point = coo_matrix((np.ones(count), (point, np.arange(count))), (len(amount), count))
    of_site = coo_matrix((np.ones(count), (site, np.arange(count))), (len(capacity), count))
    rows, most = vstack([of_point, of_site]).tocsr(), np.concatenate([amount, capacity])
    served = -linprog(-np.ones(count), A_ub=rows, b_ub=most, method="highs").fun
    rows = vstack([rows, coo_matrix(-np.ones((1, count)))]).tocsr()
    least = linprog(time_ms / 60_000, A_ub=rows, b_ub=[*most, -served + 1e-6], method="highs")
    return served, float(least.fun)


def main() -> None:
    """Print one line a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--points", type=int, default=27_000)
    parser.add_argument("--sites", type=int, default=15_000)
    parser.add_argument("--highs", action="store_true")
    asked = parser.parse_args()
    compile_assignment()
    for seed in asked.seeds:
        made = world(seed, asked.points, asked.sites)
        begin = time.perf_counter()
        flow = assign(*made)
        took = time.perf_counter() - begin
        minutes = float(flow @ made[2]) / 60_000
        line = f"seed {seed}: {len(flow):,} pairs, {flow.sum():,.0f} served of {made[3].sum():,.0f}"
        print(f"{line}, {minutes:,.0f} person minutes, {took:.1f} s", flush=True)
        if asked.highs:
            begin = time.perf_counter()
            served, least = by_highs(*made)
            took = time.perf_counter() - begin
            print(f"  HiGHS: {served:,.0f} served, {least:,.0f} person minutes, {took:.1f} s")


if __name__ == "__main__":
    main()
