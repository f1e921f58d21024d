"""Integer models of p-median: the radius formulation, and the k-th nearest site."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.coverage.model import with_conditions
from geo.siting.highs import Model, solved
from geo.siting.watch import Watch

__all__ = ["Levels", "kth_nearest", "radius_model"]


@dataclass(frozen=True)
class Levels:
    """Variables of the radius formulation: ``z`` says that nothing is open within a radius."""

    point: NDArray[np.int64]
    radius: NDArray[np.float64]
    cost: NDArray[np.float64]
    base: NDArray[np.float64]

    def values(self, opened: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The variables of a choice."""
        nearest = np.minimum(self.base, self.cost[opened].min(axis=0, initial=np.inf))
        return (nearest[self.point] > self.radius).astype(np.float64)


def radius_model(
    cost: NDArray[np.float64],
    own_base: NDArray[np.float64],
    columns: Columns,
    may: NDArray[np.bool_],
    must: NDArray[np.bool_],
    most: NDArray[np.float64],
) -> tuple[Model, NDArray[np.int64], Levels, float]:
    """The radius formulation (Elloumi 2010) of the columns that may be open.

    Parameters
    ----------
    cost : float64 (free columns, points)
    own_base : float64 (points)
        What a point costs without any of them.
    may, must : bool (free columns)
        Columns that may be open in a better choice, and that are open in each of them.
    most : float64 (points)
        A better choice pays no more than this for a point; infinite where nothing is known.

    Returns
    -------
    model : Model
    position : int64
        The free columns of the first variables.
    levels : Levels
        The other variables.
    constant : float
        To add to the objective.
    """
    position = np.flatnonzero(may)
    number = np.full(len(may), -1, np.int64)
    number[position] = np.arange(len(position))
    points = cost.shape[1]
    base = np.minimum(own_base, cost[must].min(axis=0, initial=np.inf))
    top = np.minimum(base, most)
    index, value, counts, z_cost, z_point, z_radius = [], [], [], [], [], []
    row_low: list[float] = []
    count = len(position)
    constant = 0.0
    z = 0
    for i in range(points):
        c = cost[position, i]
        order = np.argsort(c, kind="stable")
        sorted_cost = c[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = np.diff(sorted_cost) > 0
        starts = np.append(np.flatnonzero(new), len(order))
        radii = sorted_cost[starts[:-1]]
        if not len(radii) or base[i] <= radii[0]:
            constant += base[i]
            continue
        constant += radii[0]
        levels = int(np.searchsorted(radii, top[i], side="right"))
        levels = max(1, levels)
        previous = -1
        for k in range(levels):
            following = radii[k + 1] if k + 1 < len(radii) else math.inf
            following = min(following, base[i])
            members = order[starts[k] : starts[k + 1]]
            last = not math.isfinite(following) or (k == levels - 1 and following > top[i])
            row = [members]
            amounts = [np.ones(len(members))]
            if previous >= 0:
                row.append(np.array([count + previous]))
                amounts.append(np.array([-1.0]))
            if not last:
                row.append(np.array([count + z]))
                amounts.append(np.array([1.0]))
                z_cost.append(following - radii[k])
                z_point.append(i)
                z_radius.append(radii[k])
            index += row
            value += amounts
            counts.append(sum(len(part) for part in row))
            row_low.append(1.0 if previous < 0 else 0.0)
            if last:
                break
            previous, z = z, z + 1
            if following == base[i]:
                break
    z_levels = Levels(np.array(z_point, np.int64), np.array(z_radius), cost, own_base)
    if must.any():
        # Costs count on these columns: they are open in every better choice.
        index.append(number[must])
        value.append(np.ones(int(must.sum())))
        counts.append(int(must.sum()))
        row_low.append(float(must.sum()))
    none_index, none_value = [np.zeros(0, np.int64)], [np.zeros(0)]
    model = Model(
        cost=np.concatenate([np.zeros(count), np.array(z_cost, np.float64)]),
        high=np.ones(count + z),
        integer=np.concatenate([np.ones(count, np.bool_), np.zeros(z, np.bool_)]),
        first=np.concatenate([[0], np.cumsum(np.array(counts, np.int64))]).astype(np.int64),
        index=np.concatenate(none_index + index),
        value=np.concatenate(none_value + value),
        row_low=np.array(row_low),
        row_high=np.full(len(row_low), np.inf),
    )
    return with_conditions(model, columns, number), position, z_levels, constant


def kth_nearest(
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
) -> tuple[NDArray[np.int64], float] | None:
    """The least Σ weight × time to the k-th nearest open column, by one integer model.

    ``z`` of a point and radius is 1 where fewer than k columns are open within the radius.
    """
    fixed = np.sort(time[:, columns.fixed], axis=1)
    free = time[:, columns.free]
    count = len(columns.free)
    index, value, counts, low, z_cost = [], [], [], [], []
    constant = 0.0
    z = 0
    for i in range(len(weight)):
        radii = np.unique(np.concatenate([free[i], fixed[i]]))
        constant += weight[i] * radii[0]
        for k, radius in enumerate(radii.tolist()):
            need = at_least - int((fixed[i] <= radius).sum())
            if need <= 0:
                break
            columns_in = np.flatnonzero(free[i] <= radius)
            index.append(columns_in)
            value.append(np.ones(len(columns_in)))
            low.append(float(need))
            size = len(columns_in)
            if k + 1 < len(radii):
                index.append(np.array([count + z]))
                value.append(np.array([float(need)]))
                z_cost.append(weight[i] * (radii[k + 1] - radius))
                size += 1
                z += 1
            counts.append(size)
    model = Model(
        cost=np.concatenate([np.zeros(count), np.array(z_cost, np.float64)]),
        high=np.ones(count + z),
        integer=np.ones(count + z, np.bool_),
        first=np.concatenate([[0], np.cumsum(np.array(counts, np.int64))]).astype(np.int64),
        index=np.concatenate([np.zeros(0, np.int64), *index]),
        value=np.concatenate([np.zeros(0), *value]),
        row_low=np.array(low),
        row_high=np.full(len(low), np.inf),
    )
    outcome = solved(with_conditions(model, columns, np.arange(count)), watch, offset=constant)
    if outcome.status == "infeasible":
        return None
    if outcome.x is None:
        return np.zeros(0, np.int64), outcome.bound + constant
    return columns.free[outcome.x[:count] > 0.5], outcome.bound + constant
