"""Which columns the Lagrangian bounds of p-median close."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting import solve_matrix
from geo.siting.p_median.dual import Dual
from geo.siting.p_median.search import Search
from geo.siting.problem import Problem
from geo.siting.watch import Watch
from tests.geo.siting.test_methods import _world


@pytest.mark.parametrize("rounds", [1, 10, 60])
def test_a_bound_from_elsewhere_closes_no_column_of_the_optimum(rounds: int) -> None:
    """A search tree may prove more than the multipliers do; the columns follow the multipliers."""
    time, weight = _world(9, points=120, columns=60)
    proven = solve_matrix("p-median", time, weight, sites=8)
    assert proven.status == "optimal"
    columns = Problem("p-median", weight, time=time, sites=8).columns()
    assert columns is not None
    cost = np.ascontiguousarray((time * weight[:, None]).T)
    search = Search(cost, np.full(len(weight), np.inf), columns)
    search.opened = search.filled(np.zeros(len(cost), np.bool_))
    search.total = search.total_of(search.opened)
    assert search.total > proven.objective
    dual = Dual(cost, search.base, columns, search, whole=False)
    dual._try = lambda opened, number: None  # type: ignore[method-assign]
    dual.ascend(Watch(60.0), rounds=rounds)
    before = dual.fixed()
    assert before[0][list(proven.chosen)].all()
    dual.bound = proven.objective
    after = dual.fixed()
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))
