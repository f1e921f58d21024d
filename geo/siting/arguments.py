"""Checks of the arguments of `solve_matrix`: each error names the argument and the reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from geo.base.errors import QuestionError
from geo.siting.problem import Problem
from geo.siting.result import METHODS

__all__ = ["checked", "columns"]


def _refuse(argument: str, reason: str) -> NoReturn:
    raise QuestionError("siting_argument", argument=argument, reason=reason)


def columns(name: str, given: Sequence[int]) -> NDArray[np.int64]:
    """Column numbers, each once and ascending."""
    numbers = np.asarray(list(given))
    if len(numbers) and not np.issubdtype(numbers.dtype, np.integer):
        _refuse(name, "column numbers are whole numbers")
    return np.unique(numbers.astype(np.int64))


def checked(problem: Problem, time_limit_s: float) -> Problem:
    """The problem, if its arguments fit together.

    Raises
    ------
    QuestionError
        ``siting_argument``.
    """
    if problem.method not in METHODS:
        _refuse("method", f"must be one of {', '.join(METHODS)}")
    _arrays(problem)
    _columns(problem)
    _numbers(problem, time_limit_s)
    return problem


def _arrays(problem: Problem) -> None:
    time, weight = problem.time, problem.weight
    if time is None or time.ndim != 2:
        _refuse("time", "must be a matrix (demand, candidates)")
    if weight.shape != (time.shape[0],):
        _refuse("weight", f"must have one value for each of the {time.shape[0]} rows of time")
    if not np.isfinite(time).all() or (time < 0).any():
        _refuse("time", "must be finite and not negative")
    if not np.isfinite(weight).all() or (weight < 0).any():
        _refuse("weight", "must be finite and not negative")
    if problem.cost is not None:
        if problem.cost.shape != (time.shape[1],):
            _refuse("cost", f"must have one value for each of the {time.shape[1]} candidates")
        if not np.isfinite(problem.cost).all() or (problem.cost < 0).any():
            _refuse("cost", "must be finite and not negative")


def _columns(problem: Problem) -> None:
    named = {
        "existing": problem.existing,
        "must": problem.must,
        "forbidden": problem.forbidden,
    }
    for name, numbers in named.items():
        if len(numbers) and (numbers[0] < 0 or numbers[-1] >= problem.count):
            _refuse(name, f"column numbers are 0 to {problem.count - 1}")
    for name, other in (("must", "forbidden"), ("existing", "forbidden"), ("existing", "must")):
        both = np.intersect1d(named[name], named[other])
        if len(both):
            _refuse(other, f"column {both[0]} is also in {name}")


def _numbers(problem: Problem, time_limit_s: float) -> None:
    sites, budget, limit, target = problem.sites, problem.budget, problem.limit, problem.target
    if sites is not None and (sites != int(sites) or sites < 0):
        _refuse("sites", "must be a whole number, not negative")
    if sites is None and budget is None and problem.method != "lscp":
        _refuse("sites", "is missing")
    if budget is not None and problem.cost is None:
        _refuse("budget", "needs the cost of each candidate")
    if budget is not None and not (math.isfinite(budget) and budget >= 0):
        _refuse("budget", "must be finite and not negative")
    if problem.covers and limit is None:
        _refuse("limit", "is missing")
    if limit is not None and not (math.isfinite(limit) and limit >= 0):
        _refuse("limit", "must be finite and not negative")
    if target is not None and not 0.0 <= target <= 1.0:
        _refuse("target", "must be a share from 0 to 1")
    if problem.at_least != int(problem.at_least) or problem.at_least < 1:
        _refuse("at_least", "must be a whole number of at least 1")
    if not time_limit_s > 0:
        _refuse("time_limit_s", "must be positive")
