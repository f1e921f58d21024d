"""Maximal coverage (mclp): the most weight that some sites can cover, with a proven bound."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage.model import mclp_model, start_of
from geo.siting.coverage.relaxation import Relaxation
from geo.siting.coverage.search import CoverSearch
from geo.siting.coverage_sets import CoverClasses, Pairs, classes_of, undominated
from geo.siting.highs import solved
from geo.siting.watch import Watch

__all__ = ["most_covered"]

# Beyond so many entries, HiGHS does not finish the relaxation of the model in a minute: the time is
# better spent on the search.
_LARGE = 150_000
_TOLERANCE = 1e-4  # relative, from the relaxation


def most_covered(
    pairs: Pairs,
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Cover the most weight under the conditions of `columns`.

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        Nothing covers more than this weight, fixed columns included.

    None where no choice meets the conditions.
    """
    classes = classes_of(pairs, weight, columns, at_least)
    priced = math.isfinite(columns.budget)
    keep = np.ones(len(columns.free), np.bool_)
    if not fast:
        keep = undominated(classes, columns, priced=priced)
    search = CoverSearch(classes, columns, keep)
    search.greedy()
    if priced:
        search.greedy(by_cost=True)
    bound = search.bound
    watch.report(classes.covered + max(search.best_weight, 0.0), classes.covered + bound)
    if not fast:
        search.swap()
    if not _closed(search, bound):
        infeasible, found = _proven(classes, columns, keep, search, watch, fast=fast)
        if infeasible and search.best is None:
            return None
        bound = min(bound, found)
    if search.best is None:
        return np.zeros(0, np.int64), classes.coverable
    return columns.free[search.best], classes.covered + max(bound, search.best_weight)


def _closed(search: CoverSearch, bound: float) -> bool:
    return search.best is not None and search.best_weight >= bound * (1 - 1e-12)


def _proven(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    search: CoverSearch,
    watch: Watch,
    *,
    fast: bool,
) -> tuple[bool, float]:
    """Whether no choice meets the conditions, and a bound; improves the choice of `search`.

    `fast`: a rough bound, and the choice stays.
    """
    relaxation = Relaxation(classes, columns, keep, search.best)
    whole = bool((classes.weight == np.rint(classes.weight)).all())

    def bound() -> float:
        found = relaxation.bound
        if not whole or not math.isfinite(found):  # infinite where the watch is over at once
            return found
        return math.floor(found + 1e-6 * max(1.0, 1e-6 * abs(found)))

    step = 1.0 - 1e-6 if whole else 0.0  # how much more a better choice covers
    relaxation.advance(
        watch,
        rounds=120 if fast else 4_000,
        seconds=0.3 * watch.left_s,
        tolerance=_TOLERANCE,
        enough=search.best_weight + step,
    )
    if fast and search.best is not None:
        return False, bound()
    entries = len(classes.column)
    if search.best is not None and not _closed(search, bound()):
        seconds = watch.left_s * (0.9 if entries > _LARGE else 0.4)
        search.combine(relaxation.y, watch, rounds=400, seconds=seconds, bound=bound())
    if _closed(search, bound()):
        return False, bound()
    if search.best is not None:
        possible = keep & ~relaxation.hopeless(search.best_weight + step)
        keep = possible | search.best
        if keep[classes.column].sum() > _LARGE:
            return False, bound()
    infeasible, found = _solved(classes, columns, keep, search, watch)
    return infeasible, min(bound(), found)


def _solved(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    search: CoverSearch,
    watch: Watch,
) -> tuple[bool, float]:
    """The integer model of the columns that are left."""
    model, position = mclp_model(classes, columns, keep)
    start = None
    if search.best is not None:
        start = start_of(classes, search.best, position, len(model.cost))
    outcome = solved(model, watch, start=start, sign=-1.0, offset=classes.covered)
    if outcome.status == "infeasible":
        # Nothing is better than the choice that is known, if there is one.
        return True, search.best_weight
    if outcome.x is not None:
        opened = np.zeros(len(columns.free), np.bool_)
        opened[position] = outcome.x[: len(position)] > 0.5
        search.take(opened)
    # What was cut off is no better than the known choice.
    return False, max(-outcome.bound, search.best_weight)
