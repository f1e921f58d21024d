"""`solve_matrix`: siting on any matrix of times; `solve`: a problem with all its conditions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geo.siting import arguments
from geo.siting.columns import Columns
from geo.siting.coverage.lscp import cheapest_cover
from geo.siting.coverage.mclp import most_covered
from geo.siting.p_center import least_worst
from geo.siting.p_median.solve import least_total
from geo.siting.problem import Problem
from geo.siting.result import Siting, as_siting
from geo.siting.ties import smaller_columns
from geo.siting.watch import Watch

__all__ = ["compile_solvers", "solve", "solve_matrix"]


def solve_matrix(
    method: str,
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    sites: int | None = None,
    target: float | None = None,
    limit: float | None = None,
    existing: Sequence[int] = (),
    must: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    cost: NDArray[np.float64] | None = None,
    budget: float | None = None,
    at_least: int = 1,
    time_limit_s: float = 60.0,
) -> Siting:
    """Choose sites on a matrix of times, with a proven bound.

    Parameters
    ----------
    method : str
        ``mclp``: cover the most weight with `sites` new sites. ``lscp``: cover `target` of all
        weight with the fewest sites, or the cheapest. ``p-median``: the least sum of weight × time
        to the nearest open site. ``p-center``: the least worst time of points of positive weight.
    time : float64 (demand, candidates)
        Finite, not negative. Existing sites are columns of it, too.
    weight : float64 (demand)
        Finite, not negative.
    sites : int, optional
        How many new sites may open, `must` included. May be left out where a budget is given, and
        for lscp.
    target : float, optional
        For lscp: the share of all weight to cover, 0-1. By default all that can be covered.
    limit : float, optional
        For mclp and lscp: the time within which a point is covered, inclusive.
    existing : sequence of int
        Columns that are open already and stay.
    must, forbidden : sequence of int
        Candidates that must open, and that may not.
    cost : float64 (candidates), optional
        Of opening each candidate. lscp then adds up costs instead of sites.
    budget : float, optional
        The most that the new sites may cost together. Needs `cost`.
    at_least : int
        How many open sites within the limit cover a point; for p-median and p-center, the time is
        that of the nearest but so many.
    time_limit_s : float
        After this time, the best choice so far is returned with its bound.

    Returns
    -------
    Siting

    Raises
    ------
    QuestionError
        An argument is wrong: ``siting_argument``, with the name of the argument and the reason.

    Examples
    --------
    >>> import numpy as np
    >>> from geo.siting import solve_matrix
    >>> time = np.array([[1.0, 9.0], [9.0, 2.0], [9.0, 3.0]])
    >>> found = solve_matrix("mclp", time, np.ones(3), sites=1, limit=5.0)
    >>> found.chosen, found.objective, found.status
    ((1,), 2.0, 'optimal')
    """
    watch = Watch(time_limit_s)
    problem = arguments.checked(
        Problem(
            method=method,
            weight=np.asarray(weight, np.float64),
            time=np.asarray(time, np.float64),
            sites=sites,
            target=target,
            limit=limit,
            existing=arguments.columns("existing", existing),
            must=arguments.columns("must", must),
            forbidden=arguments.columns("forbidden", forbidden),
            cost=None if cost is None else np.asarray(cost, np.float64),
            budget=budget,
            at_least=at_least,
        ),
        time_limit_s,
    )
    return solve(problem, watch)


def solve(problem: Problem, watch: Watch) -> Siting:
    """Solve a checked problem.

    Of choices that are equally good, columns of smaller numbers are preferred.
    """
    with watch.paused():
        compile_solvers()
    return _answer(problem, watch)


@cache
def compile_solvers() -> None:
    """Compile what the solvers need, or load it from numba's cache, once in a process.

    The first time on a machine takes about a minute, which must not count as solving.
    """
    random = np.random.default_rng(0)
    time, weight = random.integers(1, 60, (30, 12)).astype(np.float64), np.ones(30)
    for method in ("mclp", "p-median"):
        problem = Problem(method, weight, time=time, sites=3, limit=12.0)
        for fast in (False, True):
            _answer(replace(problem, fast=fast), Watch(60.0))


def _answer(problem: Problem, watch: Watch) -> Siting:
    columns = problem.columns()
    found = None if columns is None else _solved(problem, columns, watch)
    if columns is None or found is None:
        return Siting((), math.nan, math.nan, "infeasible", watch.seconds)
    opened, bound = found
    state = np.zeros(problem.count, np.bool_)
    state[opened] = True
    if not columns.allows(state[columns.free]) or not _feasible(problem, columns, opened):
        # The time was over before any choice was found.
        return Siting((), math.nan, bound, "gap", watch.seconds)
    opened = _filled(problem, columns, opened)
    opened = smaller_columns(problem, columns, opened, watch)
    new = np.setdiff1d(np.union1d(opened, problem.must), problem.existing)
    everything = np.union1d(opened, columns.fixed)
    objective = problem.objective(everything, new)
    if problem.method == "lscp":
        bound += math.fsum(problem.price()[problem.must].tolist())
    return as_siting(
        new.tolist(),
        objective,
        bound,
        watch.seconds,
        highest=problem.method == "mclp",
        closed=np.setdiff1d(problem.movable, opened).tolist(),
    )


def _solved(
    problem: Problem, columns: Columns, watch: Watch
) -> tuple[NDArray[np.int64], float] | None:
    """Open free columns and the bound, by the solver of the method."""
    weight, k, fast = problem.weight, problem.at_least, problem.fast
    if problem.covers:
        pairs = problem.pairs_within()
        if problem.method == "mclp":
            return most_covered(pairs, weight, columns, k, watch, fast=fast)
        least = None if problem.target is None else problem.target * problem.total_weight
        return cheapest_cover(
            pairs, weight, columns, k, watch, least_weight=least, price=problem.price(), fast=fast
        )
    assert problem.time is not None
    if len(columns.fixed) + columns.limit < k:
        return None
    solver = least_total if problem.method == "p-median" else least_worst
    time = problem.time
    if not (weight > 0).any():  # any choice with an open site will do
        time, weight = np.zeros((1, problem.count)), np.ones(1)
    return solver(time, weight, columns, k, watch, fast=fast)


def _feasible(problem: Problem, columns: Columns, opened: NDArray[np.int64]) -> bool:
    """Whether enough columns are open for a time of every point, and for the target."""
    if problem.covers:
        return True
    return len(opened) + len(columns.fixed) >= problem.at_least


def _filled(problem: Problem, columns: Columns, opened: NDArray[np.int64]) -> NDArray[np.int64]:
    """As many sites as were asked for, also where fewer reach the same; not with a budget."""
    if problem.method == "lscp" or problem.sites is None or math.isfinite(columns.budget):
        return opened
    closed = columns.free[~columns.movable[columns.free]]
    spare = np.setdiff1d(closed, opened)
    return np.union1d(opened, spare[: max(0, columns.limit - len(opened))])
