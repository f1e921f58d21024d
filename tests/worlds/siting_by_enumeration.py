"""Oracle for siting: every choice of candidates is tried."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from geo.siting.methods import solve
from geo.siting.problem import Problem
from geo.siting.watch import Watch

__all__ = ["assert_best", "best_by_enumeration", "random_problem"]


def assert_best(problem: Problem) -> None:
    """The solver's answer equals that of enumeration, and is proven."""
    found = solve(problem, Watch(60.0))
    best = best_by_enumeration(problem)
    if best is None:
        assert (found.status, found.chosen) == ("infeasible", ())
        return
    assert found.status == "optimal"
    assert abs(found.objective - best) <= 1e-6
    assert found.bound == found.objective


def random_problem(method: str, seed: int) -> Problem:
    """A small problem with some of the conditions; times and weights have many ties."""
    r = np.random.default_rng(seed)
    points, columns = int(r.integers(1, 9)), int(r.integers(1, 8))
    time = r.integers(0, 12, (points, columns)).astype(float)
    if r.random() < 0.3:
        time += r.random(time.shape)
    weight = r.integers(0, 6, points).astype(float)
    if r.random() < 0.3:
        weight = weight * r.random(points)
    order = r.permutation(columns)
    existing = np.sort(order[: r.integers(0, 3)])
    rest = order[len(existing) :]
    must = np.sort(rest[: int(r.random() < 0.25)])
    forbidden = np.sort(rest[len(must) : len(must) + int(r.integers(0, 2))])
    cost = r.integers(0, 5, columns).astype(float) if r.random() < 0.5 else None
    budget = float(r.integers(0, 10)) if cost is not None and r.random() < 0.6 else None
    sites: int | None = int(r.integers(0, 5))
    if method == "lscp" or (budget is not None and r.random() < 0.3):
        sites = None
    movable = existing if r.random() < 0.4 else existing[:0]
    return Problem(
        method=method,
        weight=weight,
        time=time,
        sites=sites,
        target=float(r.choice([0.3, 0.5, 0.9, 1.0])) if r.random() < 0.6 else None,
        limit=float(r.integers(1, 9)),
        existing=existing,
        must=must,
        forbidden=forbidden,
        cost=cost,
        budget=budget,
        at_least=int(r.choice([1, 1, 2])),
        movable=movable,
        moves=int(r.integers(1, 3)) if len(movable) else 0,
        unit=r.integers(-1, 3, columns) if r.random() < 0.3 else None,
    )


def best_by_enumeration(problem: Problem) -> float | None:
    """The best objective; None where no choice meets the conditions."""
    free = np.setdiff1d(
        np.arange(problem.count),
        np.concatenate([problem.existing, problem.must, problem.forbidden]),
    )
    best: float | None = None
    for gone in _subsets(problem.movable, problem.moves):
        for more in _subsets(free, len(free)):
            new = np.union1d(problem.must, more).astype(np.int64)
            opened = np.union1d(np.setdiff1d(problem.existing, gone), new).astype(np.int64)
            if not _allowed(problem, new, opened, len(gone)):
                continue
            value = _value(problem, new, opened)
            if value is None:
                continue
            better = max if problem.method == "mclp" else min
            best = value if best is None else better(best, value)
    return best


def _subsets(items, most):
    for size in range(min(most, len(items)) + 1):
        for some in combinations(items.tolist(), size):
            yield np.array(some, np.int64)


def _allowed(problem, new, opened, closed):
    if problem.sites is not None and len(new) > problem.sites + closed:
        return False
    if problem.budget is not None and problem.cost[new].sum() > problem.budget:
        return False
    if problem.unit is not None:
        candidates = np.setdiff1d(np.arange(problem.count), problem.forbidden)
        for unit in np.unique(problem.unit[candidates]):
            if unit >= 0 and unit not in problem.unit[opened]:
                return False
    return True


def _value(problem, new, opened):
    weight, k = problem.weight, problem.at_least
    if problem.method in ("mclp", "lscp"):
        within = problem.time <= problem.limit
        covered = weight[within[:, opened].sum(axis=1) >= k].sum()
        if problem.method == "mclp":
            return float(covered)
        usable = np.setdiff1d(np.arange(problem.count), problem.forbidden)
        wanted = weight[within[:, usable].sum(axis=1) >= k].sum()
        if problem.target is not None:
            wanted = problem.target * weight.sum()
        if covered < wanted - 1e-9:
            return None
        return float(len(new) if problem.cost is None else problem.cost[new].sum())
    if len(opened) < k:
        return None
    use = weight > 0
    if not use.any():
        return 0.0
    nearest = np.sort(problem.time[np.ix_(use, opened)], axis=1)[:, k - 1]
    return float(nearest.max() if problem.method == "p-center" else nearest @ weight[use])
