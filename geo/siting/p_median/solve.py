"""p-median: the least sum of weight × time, with Lagrangian bounds and HiGHS on what they leave."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.siting.columns import Columns
from geo.siting.highs import solved
from geo.siting.p_median.branching import Branching
from geo.siting.p_median.dual import Dual
from geo.siting.p_median.radius_model import kth_nearest, radius_model
from geo.siting.p_median.search import Search
from geo.siting.watch import Watch

__all__ = ["least_total"]

# Up to so many sites, branch and bound is quicker than the integer model: few sites leave a wide
# gap between the relaxation and the optimum, and shallow trees. 5 of 200 sites: 0.6 s, 25 s.
_FEW = 24


def least_total(
    time: NDArray[np.float64],
    weight: NDArray[np.float64],
    columns: Columns,
    at_least: int,
    watch: Watch,
    *,
    fast: bool = False,
) -> tuple[NDArray[np.int64], float] | None:
    """Open columns so that Σ weight × time to the nearest (or k-th nearest) is least.

    Parameters
    ----------
    time : float64 (points, columns)

    Returns
    -------
    opened : int64
        The open columns of `columns.free`, as column numbers.
    bound : float
        No choice has a lower sum.

    None where no choice meets the conditions.
    """
    use = weight > 0
    w = weight[use]
    cost = np.ascontiguousarray((time[np.ix_(use, columns.free)] * w[:, None]).T)
    if at_least > 1:
        return kth_nearest(time[use], w, columns, at_least, watch)
    base = np.full(len(w), np.inf)
    if len(columns.fixed):
        base = time[np.ix_(use, columns.fixed)].min(axis=1) * w
    search = Search(cost, base, columns)
    search.start()
    watch.report(objective=search.total if search.opened is not None else None)
    if columns.plain and not columns.limit and not len(columns.fixed):
        return None
    dual = Dual(cost, base, columns, search, whole=_whole(cost, base))
    dual.ascend(watch, rounds=60 if fast else 600)
    if not fast and not dual.closed:
        search.iterate(watch, rounds=300, seconds=0.15 * watch.left_s, bound=dual.best_possible)
        dual.ascend(watch, rounds=600)
    if not fast and not dual.closed and columns.plain and columns.limit <= _FEW:
        _branched(dual, watch)
    bound = dual.best_possible
    if (not fast and not dual.closed) or search.opened is None:
        status, found = _reduced_mip(dual, watch)
        if search.opened is None and status == "infeasible":
            return None
        bound = max(bound, min(found, search.total))
    if search.opened is None:
        return np.zeros(0, np.int64), bound
    return columns.free[search.opened], min(bound, search.total)


def _whole(cost: NDArray[np.float64], base: NDArray[np.float64]) -> bool:
    """Whether all totals are whole numbers, so that bounds may be rounded up."""
    finite = base[np.isfinite(base)]
    return bool((cost == np.rint(cost)).all() and (finite == np.rint(finite)).all())


def _branched(dual: Dual, watch: Watch) -> None:
    """Branch and bound on the columns that are left; raises the bound of `dual`."""
    search = dual.search
    may, _ = dual.fixed()
    left = np.flatnonzero(may)
    tree = Branching(dual.cost[left], dual.base, dual.columns.limit, whole=dual.whole)
    tree.run(dual.best_u, search.total, watch, seconds=0.7 * watch.left_s)
    if tree.opened is not None:
        opened = np.zeros(len(may), np.bool_)
        opened[left[tree.opened]] = True
        search.keep(opened)
    dual.bound = max(dual.bound, min(tree.bound, search.total))


def _reduced_mip(dual: Dual, watch: Watch) -> tuple[str, float]:
    """Solve what the Lagrangian bounds leave; improves the choice of the search."""
    search = dual.search
    may, must = dual.fixed()
    if search.opened is not None:
        may |= search.opened
    most = np.full(len(dual.base), np.inf)
    slack = search.total - dual.evaluate(dual.best_u)[0]
    if math.isfinite(slack) and dual.columns.plain:
        # Serving a point for more than u + slack raises the bound above what is known.
        most = dual.best_u + slack * (1 + 1e-9) + 1e-9
    model, position, z_levels, constant = radius_model(
        dual.cost, dual.base, dual.columns, may, must, most
    )
    start = None
    if search.opened is not None:
        opened = search.opened[position].astype(np.float64)
        start = np.concatenate([opened, z_levels.values(search.opened)])
    gap = (1.0 - 1e-4) if dual.whole else 0.0
    outcome = solved(model, watch, start=start, offset=constant, gap=gap)
    if outcome.status == "infeasible":
        return "infeasible", search.total
    if outcome.x is not None:
        opened_now = np.zeros(len(may), np.bool_)
        opened_now[position] = outcome.x[: len(position)] > 0.5
        search.keep(opened_now)
    bound = outcome.bound + constant
    if dual.whole and math.isfinite(bound):
        bound = math.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3))
    if outcome.status == "optimal":
        bound = max(bound, search.total)
    return outcome.status, bound
