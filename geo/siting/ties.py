"""Choices that are equally good: the smaller columns, and what could stand in for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage_sets import Pairs
from geo.siting.problem import Problem
from geo.siting.watch import Watch

__all__ = ["smaller_columns", "stand_ins"]

_TOLERANCE = 1e-9
# Columns judged at once: the times of all would need too much memory.
_AT_ONCE = 512


def smaller_columns(
    problem: Problem, columns: Columns, opened: NDArray[np.int64], watch: Watch
) -> NDArray[np.int64]:
    """Replace open columns by smaller ones as long as the objective stays as good.

    Parameters
    ----------
    opened : int64
        Open columns of `columns.free`.
    """
    state = np.zeros(problem.count, np.bool_)
    state[opened] = True
    state[columns.fixed] = True
    candidates = columns.free[~columns.movable[columns.free]]
    judge = _judge(problem)
    changed = True
    while changed and not watch.stopped:
        changed = False
        for r in candidates[state[candidates]].tolist():
            smaller = candidates[(candidates < r) & ~state[candidates]]
            if not len(smaller):
                continue
            state[r] = False
            for j in smaller[judge(state, r, smaller)].tolist():
                state[j] = True
                if columns.allows(state[columns.free]) and _cheap(problem, r, j):
                    changed = True
                    break
                state[j] = False
            else:
                state[r] = True
    return columns.free[state[columns.free]]


def stand_ins(
    problem: Problem, columns: Columns, opened: NDArray[np.int64], chosen: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many closed candidates could replace each chosen one at no loss, all others unchanged.

    Parameters
    ----------
    opened : int64
        All open columns.
    chosen : int64
        Some of them.

    Returns
    -------
    int64 (chosen)
        0 for a column that must open.
    """
    state = np.zeros(problem.count, np.bool_)
    state[opened] = True
    free = columns.free[~columns.movable[columns.free]]
    closed = free[~state[free]]
    fixed = set(columns.fixed.tolist())
    judge = _judge(problem)
    counts = np.zeros(len(chosen), np.int64)
    for place, r in enumerate(chosen.tolist()):
        if r in fixed:
            continue
        state[r] = False
        for start in range(0, len(closed), _AT_ONCE):
            some = closed[start : start + _AT_ONCE]
            for j in some[judge(state, r, some)].tolist():
                state[j] = True
                fits = columns.allows(state[columns.free]) and _cheap(problem, r, j)
                counts[place] += fits
                state[j] = False
        state[r] = True
    return counts


def _cheap(problem: Problem, r: int, j: int) -> bool:
    price = problem.price()
    return problem.method != "lscp" or bool(price[j] <= price[r])


def _judge(problem: Problem):  # type: ignore[no-untyped-def]
    """Gives which of some columns replace a closed one at no loss."""
    if problem.covers:
        return _CoverJudge(problem).replaces
    return _TimeJudge(problem).replaces


class _CoverJudge:
    def __init__(self, problem: Problem) -> None:
        self._pairs: Pairs = problem.pairs_within()
        self._weight, self._need = problem.weight, problem.at_least
        first, point = self._pairs.first, self._pairs.point
        ends = zip(first[:-1].tolist(), first[1:].tolist(), strict=True)
        self._most = np.array([self._weight[point[a:b]].sum() for a, b in ends])

    def replaces(
        self, state: NDArray[np.bool_], r: int, others: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        first, point = self._pairs.first, self._pairs.point
        have = np.zeros(self._pairs.points, np.int32)
        for j in np.flatnonzero(state).tolist():
            have[point[first[j] : first[j + 1]]] += 1
        lacking = np.where(have == self._need - 1, self._weight, 0.0)

        def gain(j: int) -> float:
            return float(lacking[point[first[j] : first[j + 1]]].sum())

        lost = gain(r)
        tolerance = _TOLERANCE * max(1e-300, float(self._weight.sum()))
        # Most columns reach too little in all, which is quick to see.
        replaced = self._most[others] >= lost - 2.0 * tolerance
        replaced[replaced] = [gain(j) >= lost - tolerance for j in others[replaced].tolist()]
        return replaced


class _TimeJudge:
    def __init__(self, problem: Problem) -> None:
        use = problem.weight > 0
        assert problem.time is not None
        self._time, self._weight = problem.time[use], problem.weight[use]
        self._k, self._worst = problem.at_least, problem.method == "p-center"

    def _objective(self, times: NDArray[np.float64]) -> float:
        if not len(times):
            return 0.0
        nearest = np.partition(times, self._k - 1, axis=1)[:, self._k - 1]
        return float(nearest.max() if self._worst else nearest @ self._weight)

    def replaces(
        self, state: NDArray[np.bool_], r: int, others: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        opened = np.flatnonzero(state)
        kept = self._time[:, opened]
        if self._k < kept.shape[1]:  # only the nearest matter
            kept = np.partition(kept, self._k - 1, axis=1)[:, : self._k]
        now = self._objective(np.concatenate([kept, self._time[:, [r]]], axis=1))
        allowed = now + _TOLERANCE * max(1.0, abs(now))
        if self._k == 1:
            base = kept.min(axis=1, initial=np.inf)
            trial = np.minimum(base[:, None], self._time[:, others])
            found = trial.max(axis=0, initial=0.0) if self._worst else self._weight @ trial
            return np.asarray(found <= allowed)
        return np.array(
            [
                self._objective(np.concatenate([kept, self._time[:, [j]]], axis=1)) <= allowed
                for j in others.tolist()
            ],
            np.bool_,
        )
