"""Least-cost coverage (lscp): the fewest or cheapest sites that cover a given weight."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage.model import lscp_model
from geo.siting.coverage.search import CoverSearch
from geo.siting.coverage_sets import CoverClasses, Pairs, classes_of, undominated
from geo.siting.highs import solved
from geo.siting.watch import Watch

__all__ = ["cheapest_cover"]


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
    model, position = lscp_model(classes, columns, keep, priced, wanted, whole=whole)
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
