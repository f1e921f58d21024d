"""Maximal coverage (mclp) and least-cost coverage (lscp), solved with a proven bound."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.siting import benders
from geo.siting.columns import Columns
from geo.siting.coverage_sets import CoverClasses, Pairs, classes_of, undominated
from geo.siting.greedy import CoverSearch
from geo.siting.highs import Model, relaxed_duals, solved
from geo.siting.watch import Watch

__all__ = ["cheapest_cover", "most_covered"]

# Models with fewer entries are solved at once. Larger ones are bounded by Benders cuts first, and
# beyond the second number by them alone: the integer model would need too long and too much memory.
_SMALL = 20_000
_LARGE = 1_500_000
_SEARCH_ROUNDS = 400


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
    keep = undominated(classes, columns, priced=math.isfinite(columns.budget))
    search = CoverSearch(classes, columns, keep)
    search.greedy()
    if math.isfinite(columns.budget):
        search.greedy(by_cost=True)
    bound = search.bound
    watch.report(classes.covered + max(search.best_weight, 0.0), classes.covered + bound)
    if not fast:
        search.swap()
        search.iterate(watch, rounds=_SEARCH_ROUNDS, seconds=0.25 * watch.left_s)
    if search.best is None or (not fast and not _closed(search, bound)):
        infeasible, found = _proven(classes, columns, keep, search, watch)
        if infeasible and search.best is None:
            return None
        bound = min(bound, found)
    if search.best is None:
        return np.zeros(0, np.int64), classes.coverable
    return columns.free[search.best], classes.covered + max(bound, search.best_weight)


def _closed(search: CoverSearch, bound: float) -> bool:
    return search.best_weight >= bound * (1 - 1e-12)


def _proven(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    search: CoverSearch,
    watch: Watch,
) -> tuple[bool, float]:
    """Prove a bound on the weight of `classes`, and improve the choice where that is possible."""
    bound = math.inf
    if search.best is not None and len(classes.column) > _SMALL:
        if (classes.need == 1).all():
            large = len(classes.column) > _LARGE
            seconds = watch.left_s * (1.0 if large else 0.6)
            bound, keep = benders.bounded(classes, columns, keep, search, watch, seconds=seconds)
            if large:
                return False, bound
        else:
            multipliers = _multipliers(classes, columns, keep, watch)
            if multipliers is not None:
                bound, value = lagrangian_bound(classes, columns, keep, multipliers)
                watch.report(bound=classes.covered + bound)
                keep = keep & _still_possible(columns, keep, search, bound, value)
    if search.best is not None and _closed(search, bound):
        return False, bound
    model, position = _mclp_model(classes, columns, keep)
    start = None
    if search.best is not None and bool((keep | ~search.best).all()):
        start = _start(classes, search.best, position, len(model.cost))
    outcome = solved(
        model, watch, start=start, sign=-1.0, offset=classes.covered,
        gap=0.0,
    )  # fmt: skip
    if outcome.status == "infeasible":
        # Nothing is better than the choice that is known, if there is one.
        return True, search.best_weight
    if outcome.x is not None:
        opened = np.zeros(len(columns.free), np.bool_)
        opened[position] = outcome.x[: len(position)] > 0.5
        search.take(opened)
    # What the fixing cut off is no better than the known choice.
    return False, min(bound, max(-outcome.bound, search.best_weight))


def _multipliers(
    classes: CoverClasses, columns: Columns, keep: NDArray[np.bool_], watch: Watch
) -> NDArray[np.float64] | None:
    """Multipliers of the covering rows from the relaxed model."""
    model, _ = _mclp_model(classes, columns, keep)
    duals = relaxed_duals(model, watch)
    if duals is None:
        return None
    return np.clip(duals[: len(classes.weight)], 0.0, classes.weight / classes.need)


def lagrangian_bound(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    multipliers: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """The bound that multipliers in [0, weight ÷ need] prove, and the value of each column.

    Each class pays the rest of its weight; each open column earns the multipliers of its classes.
    Of the conditions only the number and the budget are considered, so the bound stays valid.
    """
    rest = float((classes.weight - classes.need * multipliers).sum())
    column = np.repeat(np.arange(len(columns.free)), np.diff(classes.of_column_first))
    value = np.bincount(
        column, weights=multipliers[classes.of_column], minlength=len(columns.free)
    ).astype(np.float64)
    value[~keep] = 0.0
    best = np.sort(value)[::-1][: columns.limit]
    earned = float(best.sum())
    if math.isfinite(columns.budget):
        earned = min(earned, _knapsack(value, columns.cost[columns.free], columns.budget))
    return rest + earned, value


def _knapsack(value: NDArray[np.float64], cost: NDArray[np.float64], budget: float) -> float:
    """The most that fractions of columns earn within the budget."""
    free = cost <= 0
    ratio = np.where(free, np.inf, value / np.where(free, 1.0, cost))
    order = np.argsort(-ratio, kind="stable")
    spent = np.cumsum(cost[order])
    before = spent - cost[order]
    part = np.where(
        cost[order] > 0, np.clip((budget - before) / np.where(free, 1, cost)[order], 0, 1), 1.0
    )
    return float((value[order] * part).sum())


def _still_possible(
    columns: Columns,
    keep: NDArray[np.bool_],
    search: CoverSearch,
    bound: float,
    value: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Columns that may be open in a better choice than the known one (fixing by the bound)."""
    ordered = np.sort(value[keep])[::-1]
    if len(ordered) <= columns.limit or columns.limit == 0:
        return keep
    last = ordered[columns.limit - 1]
    tolerance = 1e-9 * max(1.0, abs(bound))
    hopeless = bound - (last - value) < search.best_weight - tolerance
    hopeless &= search.best if search.best is None else ~search.best
    return keep & ~hopeless


def _mclp_model(
    classes: CoverClasses, columns: Columns, keep: NDArray[np.bool_]
) -> tuple[Model, NDArray[np.int64]]:
    """Variables: the kept columns, then the classes. Rows: the classes, then the conditions."""
    position = np.flatnonzero(keep)
    number = np.full(len(keep), -1, np.int64)
    number[position] = np.arange(len(position))
    use = keep[classes.column]
    which = np.repeat(np.arange(len(classes.weight)), classes.sizes)[use]
    column = number[classes.column[use]]
    count, groups = len(position), len(classes.weight)
    sizes = np.bincount(which, minlength=groups)
    first = np.concatenate([[0], np.cumsum(sizes + 1)]).astype(np.int64)
    index = np.empty(first[-1], np.int64)
    value = np.ones(first[-1])
    last = first[1:] - 1
    at = np.arange(len(column)) + which  # one entry of a class variable before each later class
    index[at] = column
    index[last] = count + np.arange(groups)
    value[last] = -classes.need.astype(np.float64)
    low, high = np.zeros(groups), np.full(groups, np.inf)
    model = Model(
        cost=np.concatenate([np.zeros(count), -classes.weight]),
        high=np.ones(count + groups),
        integer=np.concatenate([np.ones(count, np.bool_), classes.need > 1]),
        first=first,
        index=index,
        value=value,
        row_low=low,
        row_high=high,
    )
    return with_conditions(model, columns, number), position


def with_conditions(model: Model, columns: Columns, number: NDArray[np.int64]) -> Model:
    """The model with the conditions of `columns` as further rows.

    Parameters
    ----------
    number : int64 (free)
        The variable of each free column, -1 where it has none and is closed.
    """
    first, index, value = [model.first], [model.index], [model.value]
    low, high = [model.row_low], [model.row_high]
    end = int(model.first[-1])
    for members, amounts, least, most in columns.rows():
        has = number[members] >= 0
        index.append(number[members][has])
        value.append(amounts[has])
        end += int(has.sum())
        first.append(np.array([end]))
        low.append(np.array([least]))
        high.append(np.array([most]))
    return replace(
        model,
        first=np.concatenate(first),
        index=np.concatenate(index),
        value=np.concatenate(value),
        row_low=np.concatenate(low),
        row_high=np.concatenate(high),
    )


def _start(
    classes: CoverClasses, opened: NDArray[np.bool_], position: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    x = np.zeros(size)
    x[: len(position)] = opened[position]
    x[len(position) :] = classes.reached(opened) >= classes.need
    return x


def cheapest_cover(
    pairs: Pairs,
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    least_weight: float | None,
    price: NDArray[np.float64],
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Cover a given weight with the fewest (or cheapest) columns.

    Parameters
    ----------
    least_weight : float or None
        Weight to cover, fixed columns included; None for all that is coverable.
    price : float64 (count)
        What is added up: 1 for each new site, or its cost.

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        No choice has a lower price.

    None where the weight cannot be covered under the conditions.
    """
    classes = classes_of(pairs, weight, columns, at_least)
    total = float(classes.weight.sum())
    wanted = total if least_weight is None else least_weight - classes.covered
    slack = 1e-9 * classes.coverable
    wanted = 0.0 if wanted <= slack else wanted
    if wanted > total + slack:
        return None
    whole = wanted >= total - slack
    priced = price[columns.free]
    keep = _worth_a_price(classes, columns, price)
    opened = _greedy_cover(classes, columns, keep, priced, wanted - slack)
    if opened is not None:
        watch.report(objective=float(priced[opened].sum()))
    if fast and opened is not None:
        return columns.free[opened], _least_price(classes, priced, wanted)
    model, position = _lscp_model(classes, columns, keep, priced, wanted, whole=whole)
    start = None
    if opened is not None:
        start = np.zeros(len(model.cost))
        start[: len(position)] = opened[position]
        if not whole:
            start[len(position) :] = classes.reached(opened) >= classes.need
    outcome = solved(model, watch, start=start)
    if outcome.status == "infeasible":
        return None if opened is None else (columns.free[opened], float(priced[opened].sum()))
    if outcome.x is not None:
        better = np.zeros(len(columns.free), np.bool_)
        better[position] = outcome.x[: len(position)] > 0.5
        if classes.weight_of(better) >= wanted - slack and (
            opened is None or priced[better].sum() < priced[opened].sum()
        ):
            opened = better
    bound = max(0.0, outcome.bound)
    if (priced == np.rint(priced)).all():
        bound = math.ceil(bound - 1e-6)
    if opened is None:
        return np.zeros(0, np.int64), bound
    return columns.free[opened], min(bound, float(priced[opened].sum()))


def _worth_a_price(
    classes: CoverClasses, columns: Columns, price: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Undominated columns; dominance compares both what is added up and the budget."""
    same = bool(np.array_equal(price[columns.free], columns.cost[columns.free]))
    even = bool(np.ptp(price[columns.free]) == 0) if len(columns.free) else True
    if even:
        return undominated(classes, columns, priced=math.isfinite(columns.budget))
    if same or not math.isfinite(columns.budget):
        return undominated(classes, replace(columns, cost=price), priced=True)
    return np.ones(len(columns.free), np.bool_)


def _least_price(classes: CoverClasses, priced: NDArray[np.float64], wanted: float) -> float:
    """A simple bound: columns of the best ratio, in fractions, as if none overlapped."""
    column = np.repeat(np.arange(len(priced)), np.diff(classes.of_column_first))
    share = (classes.weight / classes.need)[classes.of_column]
    value = np.bincount(column, weights=share, minlength=len(priced)).astype(np.float64)
    order = np.argsort(priced / np.maximum(value, 1e-300), kind="stable")
    before = np.cumsum(value[order]) - value[order]
    part = np.clip((wanted - before) / np.maximum(value[order], 1e-300), 0.0, 1.0)
    bound = float((priced[order] * part).sum())
    return math.ceil(bound - 1e-6) if (priced == np.rint(priced)).all() else bound


def _greedy_cover(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    priced: NDArray[np.float64],
    wanted: float,
) -> NDArray[np.bool_] | None:
    """A cover by highest gain a price, without columns that it does not need."""
    lifted = replace(columns, cost=np.zeros(columns.count), budget=math.inf)
    lifted.cost[columns.free] = priced
    search = CoverSearch(classes, lifted, keep)
    search.greedy(by_cost=bool(len(priced)) and bool(np.ptp(priced) > 0))
    opened = search.best
    if opened is None or classes.weight_of(opened) < wanted:
        return None
    opened = opened.copy()
    for j in np.flatnonzero(opened)[np.argsort(-priced[opened], kind="stable")].tolist():
        opened[j] = False
        if priced[j] <= 0 or classes.weight_of(opened) < wanted or not lifted.allows(opened):
            opened[j] = True
    return opened if columns.allows(opened) else None


def _lscp_model(
    classes: CoverClasses,
    columns: Columns,
    keep: NDArray[np.bool_],
    priced: NDArray[np.float64],
    wanted: float,
    *,
    whole: bool,
) -> tuple[Model, NDArray[np.int64]]:
    """The model of mclp with the price as objective and the weight as a row.

    Where everything is to be covered, there are no variables of classes.
    """
    model, position = _mclp_model(classes, columns, keep)
    count, groups = len(position), len(classes.weight)
    cost = np.concatenate([priced[position], np.zeros(groups)])
    if whole:
        # The variables of classes are all one: need moves to the right-hand side.
        is_column = model.index < count
        sizes = np.add.reduceat(np.append(is_column, False).astype(np.int64), model.first[:-1]) * (
            np.diff(model.first) > 0
        )
        return (
            replace(
                model,
                cost=cost[:count],
                high=model.high[:count],
                integer=model.integer[:count],
                first=np.concatenate([[0], np.cumsum(sizes)]),
                index=model.index[is_column],
                value=model.value[is_column],
                row_low=np.concatenate([classes.need.astype(np.float64), model.row_low[groups:]]),
            ),
            position,
        )
    if wanted <= 0:
        return replace(model, cost=cost), position
    weights = classes.weight / wanted
    return (
        replace(
            model,
            cost=cost,
            first=np.append(model.first, model.first[-1] + groups),
            index=np.concatenate([model.index, count + np.arange(groups)]),
            value=np.concatenate([model.value, weights]),
            row_low=np.append(model.row_low, 1.0),
            row_high=np.append(model.row_high, np.inf),
        ),
        position,
    )
