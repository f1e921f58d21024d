"""p-center: the least worst time, by binary search over the times with set covering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.cover import with_conditions
from geo.siting.highs import Model, solved
from geo.siting.watch import Watch

__all__ = ["least_worst"]


def least_worst(
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Open columns so that the longest time to the nearest (or k-th nearest) is least.

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        No choice has a shorter longest time.

    None where no choice meets the conditions.
    """
    time = time[weight > 0]
    free, fixed = time[:, columns.free], np.sort(time[:, columns.fixed], axis=1)
    every = np.sort(np.concatenate([free, fixed], axis=1), axis=1)
    if every.shape[1] < at_least:
        return None
    # No choice beats the k-th nearest of all columns.
    lowest = float(every[:, at_least - 1].max())
    radii = np.unique(every)
    radii = radii[radii >= lowest]
    status, best = _covering(free, fixed, columns, at_least, float(radii[-1]), watch, fast=fast)
    if status == "no":
        return None
    # Radii before `low` are proven too short; `high` is reached.
    low, high, proven = 0, len(radii) - 1, lowest
    if best is not None:
        high = _reached(free, fixed, columns, best, at_least, radii)
    unknown = status == "unknown"
    while low < high and not unknown and not watch.over:
        middle = (low + high) // 2
        status, found = _covering(
            free, fixed, columns, at_least, float(radii[middle]), watch, fast=fast
        )
        if found is not None:
            best = found
            high = min(middle, _reached(free, fixed, columns, found, at_least, radii))
        elif status == "no":
            low, proven = middle + 1, float(radii[middle + 1])
        elif fast:
            low = middle + 1  # not reached by the greedy choice, which proves nothing
        else:
            unknown = True
        watch.report(float(radii[high]) if best is not None else None, proven)
    if best is None:
        return np.zeros(0, np.int64), proven
    if not unknown and not fast and low >= high:
        proven = float(radii[high])
    return columns.free[best], proven


def _reached(
    free: NDArray[np.float64],
    fixed: NDArray[np.float64],
    columns: Columns,
    opened: NDArray[np.bool_],
    at_least: int,
    radii: NDArray[np.float64],
) -> int:
    """Index of the longest time of a choice."""
    times = np.concatenate([free[:, opened], fixed], axis=1)
    worst = np.partition(times, at_least - 1, axis=1)[:, at_least - 1].max()
    return int(np.searchsorted(radii, worst))


def _covering(
    free: NDArray[np.float64],
    fixed: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    radius: float,
    watch: Watch,
    *,
    fast: bool,
) -> tuple[str, NDArray[np.bool_] | None]:
    """Whether some choice reaches every point within a radius: "yes", "no" or "unknown"."""
    need = at_least - (fixed <= radius).sum(axis=1)
    rows = need > 0
    within = free[rows] <= radius
    need = need[rows]
    if (within.sum(axis=1) < need).any():
        return "no", None
    keep = np.ones(len(columns.free), np.bool_)
    if at_least == 1:
        within = within[_needed_rows(within)]
        need = np.ones(len(within), np.int64)
        if columns.plain:
            keep = _needed_columns(within)
    opened = _greedy(within, need, keep, columns)
    if opened is not None:
        return "yes", opened
    if fast:
        return "unknown", None
    position = np.flatnonzero(keep)
    number = np.full(len(keep), -1, np.int64)
    number[position] = np.arange(len(position))
    row, column = np.nonzero(within[:, keep])
    sizes = np.bincount(row, minlength=len(within))
    count = len(position)
    model = Model(
        cost=np.ones(count),
        high=np.ones(count),
        integer=np.ones(count, np.bool_),
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        index=column.astype(np.int64),
        value=np.ones(len(column)),
        row_low=need.astype(np.float64),
        row_high=np.full(len(within), np.inf),
    )
    # Any choice will do, so the search stops at the first one that meets the conditions.
    outcome = solved(
        with_conditions(model, columns, number), watch, target=float(columns.limit), quiet=True
    )
    if outcome.x is not None:
        opened = np.zeros(len(keep), np.bool_)
        opened[position] = outcome.x[:count] > 0.5
        return "yes", opened
    return ("no" if outcome.status == "infeasible" else "unknown"), None


def _needed_rows(within: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Points whose columns hold no other point's: covering these covers all."""
    _, first = np.unique(np.packbits(within, axis=1), axis=0, return_index=True)
    first = np.sort(first)
    ones = within[first].astype(np.float32)
    sizes = ones.sum(axis=1)
    holds = (ones @ ones.T) >= sizes[None, :]  # row a holds all columns of row b
    np.fill_diagonal(holds, False)
    needed: NDArray[np.int64] = first[~holds.any(axis=1)]
    return needed


def _needed_columns(within: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Columns that no other column replaces; of equal ones the first."""
    ones = within.T.astype(np.float32)
    sizes = ones.sum(axis=1)
    common = ones @ ones.T
    inside = common >= sizes[:, None]  # column a reaches nothing that b does not
    equal = inside & inside.T
    earlier = np.tri(len(ones), k=-1, dtype=np.bool_)  # b < a
    replaced = (inside & ~equal) | (equal & earlier)
    np.fill_diagonal(replaced, False)
    keep: NDArray[np.bool_] = ~replaced.any(axis=1) & (sizes > 0)
    return keep


def _greedy(
    within: NDArray[np.bool_],
    need: NDArray[np.int64],
    keep: NDArray[np.bool_],
    columns: Columns,
) -> NDArray[np.bool_] | None:
    """A covering choice by the most points left, those with few columns weighing more."""
    left = need.astype(np.int64).copy()
    opened = columns.movable[columns.free].copy()
    left -= within[:, opened].sum(axis=1)
    rarity = 1.0 / np.maximum(1, within.sum(axis=1))
    ones = within.astype(np.float64)
    group = columns.unit[columns.free]
    groups = [g for g in columns.needed.tolist() if g not in set(group[opened].tolist())]
    while (left > 0).any() or groups:
        if opened.sum() >= columns.limit:
            return None
        gain = np.where(left > 0, rarity, 0.0) @ ones
        can = keep & ~opened
        if groups:
            can &= group == groups.pop(0)
        if not can.any():
            return None
        j = int(np.argmax(np.where(can, gain, -1.0)))
        opened[j] = True
        left -= within[:, j]
    return opened if columns.allows(opened) else None
