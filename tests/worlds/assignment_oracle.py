"""The assignment of rule 24 by a general linear programme, and 2SFCA in plain Python."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog

__all__ = ["best_assignment", "plain_2sfca", "plain_crowding"]

# (site, point) -> travel time or distance.
Pairs = Mapping[tuple[str, str], float]


def best_assignment(
    pairs: Pairs, amount: Mapping[str, float], capacity: Mapping[str, float]
) -> tuple[float, float]:
    """The most that can be served, and the least Σ amount × time at which it can."""
    if not pairs:
        return 0.0, 0.0
    points, sites, names = sorted(amount), sorted(capacity), list(pairs)
    rows = np.zeros((len(points) + len(sites), len(names)))
    for column, (site, point) in enumerate(names):
        rows[points.index(point), column] = 1.0
        rows[len(points) + sites.index(site), column] = 1.0
    most = [*(amount[p] for p in points), *(capacity[s] for s in sites)]
    served = -linprog(-np.ones(len(names)), A_ub=rows, b_ub=most).fun
    time = np.array([float(pairs[name]) for name in names])
    scale = max(1.0, time.max())
    least = linprog(
        time / scale,
        A_ub=np.vstack([rows, -np.ones(len(names))]),
        b_ub=[*most, -served + 1e-9 * max(1.0, served)],
    )
    return float(served), float(least.fun) * scale


def plain_2sfca(
    weight: Pairs, amount: Mapping[str, float], capacity: Mapping[str, float]
) -> dict[str, float]:
    """Luo and Wang 2003, with the decay's weight of every pair within the catchment."""
    ratio = {}
    for site, seats in capacity.items():
        reached = sum(amount[p] * w for (s, p), w in weight.items() if s == site)
        if reached > 0:
            ratio[site] = seats / reached
    return {
        point: sum(ratio.get(s, 0.0) * w for (s, p), w in weight.items() if p == point)
        for point in amount
    }


def plain_crowding(
    weight: Pairs, amount: Mapping[str, float], capacity: Mapping[str, float]
) -> dict[str, float]:
    """Wang 2018: each point's demand shared by capacity × weight, per unit of capacity."""
    found = {site: 0.0 for site, seats in capacity.items() if seats > 0}
    for point, people in amount.items():
        mine = [(s, w) for (s, p), w in weight.items() if p == point]
        supply = sum(capacity[s] * w for s, w in mine)
        for s, w in mine:
            if s in found and supply > 0:
                found[s] += people * w / supply
    return found
