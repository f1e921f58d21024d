"""Integer models of coverage, and the conditions on columns as rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage_sets import CoverClasses
from geo.siting.highs import Model

__all__ = ["lscp_model", "mclp_model", "start_of", "with_conditions"]


def mclp_model(
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


def start_of(
    classes: CoverClasses, opened: NDArray[np.bool_], position: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    x = np.zeros(size)
    x[: len(position)] = opened[position]
    x[len(position) :] = classes.reached(opened) >= classes.need
    return x


def lscp_model(
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
    model, position = mclp_model(classes, columns, keep)
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
