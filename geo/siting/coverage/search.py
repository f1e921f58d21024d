"""Greedy choice and local search for coverage, on classes of demand."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage_sets import CoverClasses
from geo.siting.watch import Watch

__all__ = ["CoverSearch"]

# Choices drawn from the relaxation alone, and how many good choices are kept for pairs.
_SAMPLES, _ELITE = 60, 12


# The compiled functions stand in one file with their callers: a changed callee elsewhere would
# leave stale cached code.


@numba.njit(cache=True, nogil=True)
def _toggle(j, sign, classes_first, classes, first, column, weight, need, count, gain):  # type: ignore[no-untyped-def]
    """Open (+1) or close (-1) column `j`: `count` and the gain of every column follow.

    ``gain[k]`` is the weight of the classes that lack one column and that `k` reaches.
    """
    for at in range(classes_first[j], classes_first[j + 1]):
        c = classes[at]
        lacked = count[c] + 1 == need[c]
        count[c] += sign
        lacks = count[c] + 1 == need[c]
        if lacked and not lacks:
            for b in range(first[c], first[c + 1]):
                gain[column[b]] -= weight[c]
        elif lacks and not lacked:
            for b in range(first[c], first[c + 1]):
                gain[column[b]] += weight[c]


@numba.njit(cache=True, nogil=True)
def _loss(j, classes_first, classes, weight, need, count):  # type: ignore[no-untyped-def]
    total = 0.0
    for at in range(classes_first[j], classes_first[j + 1]):
        c = classes[at]
        if count[c] == need[c]:
            total += weight[c]
    return total


@numba.njit(cache=True, nogil=True)
def _swapped(  # type: ignore[no-untyped-def]
    opened,
    classes_first,
    classes,
    first,
    column,
    weight,
    need,
    count,
    gain,
    cost,
    slack,
    unit,
    required,
    unit_count,
    movable,
    closable,
    least,
):
    """Exchange an open column for a closed one as long as this covers more.

    `slack` is the budget that is left, `closable` the movable sites that may still close, `least`
    the smallest gain that counts. Returns the slack, the closable sites and the total gain.
    """
    free = len(opened)
    total = 0.0
    unchanged = 0
    r = 0
    while unchanged < free:
        if opened[r] and (not movable[r] or closable > 0):
            loss = _loss(r, classes_first, classes, weight, need, count)
            _toggle(r, -1, classes_first, classes, first, column, weight, need, count, gain)
            bound_unit = required[unit[r]] and unit_count[unit[r]] == 1
            best, best_gain = -1, loss + least
            for j in range(free):
                if opened[j] or gain[j] <= best_gain or j == r:
                    continue
                if cost[j] > slack + cost[r] or (bound_unit and unit[j] != unit[r]):
                    continue
                best, best_gain = j, gain[j]
            if best >= 0:
                total += best_gain - loss
                slack += cost[r] - cost[best]
                closable += int(movable[best]) - int(movable[r])
                unit_count[unit[r]] -= 1
                unit_count[unit[best]] += 1
                opened[r], opened[best] = False, True
                _toggle(best, 1, classes_first, classes, first, column, weight, need, count, gain)
                unchanged = 0
            else:
                _toggle(r, 1, classes_first, classes, first, column, weight, need, count, gain)
        unchanged += 1
        r = r + 1 if r + 1 < free else 0
    return slack, closable, total


@dataclass
class _State:
    """Open columns with everything that follows from them."""

    opened: NDArray[np.bool_]
    count: NDArray[np.int32]
    gain: NDArray[np.float64]
    unit_count: NDArray[np.int64]
    slack: float
    closable: int
    weight: float

    def copy(self) -> _State:
        return _State(
            self.opened.copy(),
            self.count.copy(),
            self.gain.copy(),
            self.unit_count.copy(),
            self.slack,
            self.closable,
            self.weight,
        )


class CoverSearch:
    """Searches for a choice of free columns that covers much.

    Parameters
    ----------
    classes : CoverClasses
    columns : Columns
        The conditions; those of movable sites included.
    allowed : bool (free), optional
        Columns to choose from.
    """

    def __init__(
        self, classes: CoverClasses, columns: Columns, allowed: NDArray[np.bool_] | None = None
    ) -> None:
        self._classes, self._columns = classes, columns
        free = columns.free
        self._allowed = np.ones(len(free), np.bool_) if allowed is None else allowed
        self._graph = (
            classes.of_column_first,
            classes.of_column,
            classes.first,
            classes.column,
            classes.weight,
            classes.need,
        )
        self._cost = columns.cost[free]
        # Columns without a group have the last number.
        self._unit = np.where(columns.unit[free] < 0, len(columns.required) - 1, columns.unit[free])
        self._movable = columns.movable[free]
        self._least = 1e-10 * max(float(classes.weight.sum()), 1e-300)
        self.best: NDArray[np.bool_] | None = None
        self.best_weight = -np.inf
        self.bound = classes.coverable - classes.covered

    def _empty(self) -> _State:
        classes = self._classes
        state = _State(
            opened=np.zeros(len(self._cost), np.bool_),
            count=np.zeros(len(classes.need), np.int32),
            gain=self._first_gains(),
            unit_count=np.zeros(len(self._columns.required), np.int64),
            slack=self._columns.budget * (1 + 1e-9),
            closable=self._columns.moves,
            weight=0.0,
        )
        for j in np.flatnonzero(self._movable):
            self._open(state, int(j))
        return state

    def _first_gains(self) -> NDArray[np.float64]:
        classes = self._classes
        lacking = np.where(classes.need == 1, classes.weight, 0.0)
        column = np.repeat(np.arange(len(self._cost)), np.diff(classes.of_column_first))
        return np.bincount(
            column, weights=lacking[classes.of_column], minlength=len(self._cost)
        ).astype(np.float64)

    def _open(self, state: _State, j: int) -> None:
        state.weight += float(state.gain[j])
        _toggle(j, 1, *self._graph, state.count, state.gain)
        state.opened[j] = True
        state.unit_count[self._unit[j]] += 1
        state.slack -= self._cost[j]

    def greedy(self, *, by_cost: bool = False) -> bool:
        """Open the column of the highest gain (a cost unit) again and again; keep the result.

        Returns
        -------
        bool
            Whether all conditions hold. If not, nothing is kept.
        """
        columns = self._columns
        state = self._empty()
        divisor = np.where(self._cost > 0, self._cost, 1e-12) if by_cost else 1.0
        partial = self._partial_gains()
        simple = bool((self._classes.need == 1).all())
        groups = [g for g in columns.needed.tolist() if not state.unit_count[g]]
        while state.opened.sum() < columns.limit:
            can = self._allowed & ~state.opened & (self._cost <= state.slack)
            while groups and state.unit_count[groups[0]]:
                groups.pop(0)
            if simple and not groups:
                left = columns.limit - int(state.opened.sum())
                self._note_bound(state, left)
            if groups:
                can &= self._unit == groups[0]
            if not can.any():
                break
            value = state.gain + partial(state)
            j = int(np.argmax(np.where(can, value / divisor, -1.0)))
            if value[j] <= 0 and not groups:
                break
            self._open(state, j)
        return self._keep(state)

    def _partial_gains(self):  # type: ignore[no-untyped-def]
        """A small reward for steps towards classes that lack more than one column."""
        if (self._classes.need == 1).all():
            return lambda state: 0.0
        classes = self._classes
        column = np.repeat(np.arange(len(self._cost)), np.diff(classes.of_column_first))

        def gains(state: _State) -> NDArray[np.float64]:
            lack = classes.need - state.count
            part = np.where(lack > 1, classes.weight / np.maximum(lack, 1) ** 2, 0.0)
            return np.bincount(
                column, weights=part[classes.of_column], minlength=len(self._cost)
            ).astype(np.float64)

        return gains

    def _note_bound(self, state: _State, left: int) -> None:
        """No choice covers more than this one and the highest gains together (submodularity)."""
        open_now = int(state.opened.sum())
        most = min(self._columns.limit, open_now + left)
        gains = np.where(state.opened, 0.0, state.gain)
        if np.isfinite(self._columns.budget):
            return
        best = np.sort(gains)[::-1][:most]
        self.bound = min(self.bound, state.weight + float(best.sum()))

    def _keep(self, state: _State) -> bool:
        if not self._columns.allows(state.opened):
            return False
        weight = self._classes.weight_of(state.opened)
        if weight > self.best_weight:
            self.best, self.best_weight = state.opened.copy(), weight
            self._state = state.copy()
        return True

    def take(self, opened: NDArray[np.bool_]) -> bool:
        """Use a given choice as the start."""
        state = self._empty()
        for j in np.flatnonzero(opened & ~state.opened):
            self._open(state, int(j))
        for j in np.flatnonzero(state.opened & ~opened):
            self._close(state, int(j))
        return self._keep(state)

    def _close(self, state: _State, j: int) -> None:
        _toggle(j, -1, *self._graph, state.count, state.gain)
        state.weight -= _loss_after(state.gain, j)
        state.opened[j] = False
        state.unit_count[self._unit[j]] -= 1
        state.slack += self._cost[j]
        state.closable -= int(self._movable[j])

    def _improve(self, state: _State) -> None:
        usable = self._allowed | state.opened
        state.gain[~usable] = -np.inf
        state.slack, state.closable, gained = _swapped(
            state.opened, *self._graph, state.count, state.gain, self._cost, state.slack,
            self._unit, self._columns.required, state.unit_count, self._movable, state.closable,
            self._least,
        )  # fmt: skip
        state.weight += gained

    def swap(self) -> None:
        """Improve the best choice by exchanges until none helps."""
        if self.best is not None:
            state = self._state.copy()
            self._improve(state)
            self._keep(state)

    def combine(
        self, y: NDArray[np.float64], watch: Watch, *, rounds: int, seconds: float, bound: float
    ) -> None:
        """Make new choices of the relaxation and of pairs of good choices, improve each by swaps.

        The same rounds are made on every machine unless the time ends them.

        Parameters
        ----------
        y : float64 (free)
            How far each column is open in the relaxed solution.
        rounds : int
            Stop after so many rounds without a better choice.
        bound : float
            Stop at a choice that covers so much.
        """
        random = np.random.default_rng(7)
        ends = watch.seconds + seconds
        elite = [] if self.best is None else [self._state.copy()]
        made = stale = 0
        while stale < rounds and not watch.over and watch.seconds < ends:
            if self.best_weight >= bound - self._least:
                return
            chance = y
            if made >= _SAMPLES and len(elite) > 1:
                one, other = random.choice(len(elite), 2, replace=False).tolist()
                chance = 0.1 * y + 0.5 * elite[one].opened + 0.5 * elite[other].opened
            state = self._sampled(chance, random)
            made, stale = made + 1, stale + 1
            self._improve(state)
            if not self._columns.allows(state.opened):
                continue
            before = self.best_weight
            self._keep(state)
            if self.best_weight > before + self._least:
                stale = 0
            if not any((state.opened == known.opened).all() for known in elite):
                elite.append(state)
                elite.sort(key=lambda known: -known.weight)
                del elite[_ELITE:]
            watch.report(objective=self._classes.covered + self.best_weight)

    def _sampled(self, chance: NDArray[np.float64], random: np.random.Generator) -> _State:
        """A choice of columns drawn by their chances, as far as the conditions allow."""
        state = self._empty()
        usable = self._allowed & (chance > 1e-6)
        key = np.full(len(chance), -np.inf)
        key[usable] = np.log(random.random(int(usable.sum()))) / chance[usable]
        order = np.argsort(-key, kind="stable")[: int(usable.sum())]
        for group in self._columns.needed.tolist():
            if not state.unit_count[group]:
                members = np.flatnonzero(self._allowed & (self._unit == group))
                if len(members):
                    self._open(state, int(members[np.argmax(key[members])]))
        left = self._columns.limit - int(state.opened.sum())
        for j in order.tolist():
            if left <= 0:
                break
            if not state.opened[j] and self._cost[j] <= state.slack:
                self._open(state, j)
                left -= 1
        return state


def _loss_after(gain: NDArray[np.float64], j: int) -> float:
    """Once a column is closed, its gain is what closing it has lost."""
    return float(gain[j])
