"""`solve_matrix`: equal to enumeration, published optima, arguments, and what must never happen."""

from __future__ import annotations

import math
import time as wait
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path

from geo.base.errors import QuestionError
from geo.siting import METHODS, Siting, solve_matrix
from geo.siting.methods import solve
from geo.siting.problem import Problem
from geo.siting.watch import Watch
from tests.worlds.siting_by_enumeration import (
    assert_best,
    best_by_enumeration,
    random_problem,
)
from tests.worlds.streets import SHARED

ORLIB = SHARED / "orlib"
# p-median, p-center (OR-Library; Daskin 1995 for the centers).
OPTIMA = {1: (5819, 127), 2: (4093, 98), 3: (4250, 93)}


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**31))
def test_equals_enumeration(method: str, seed: int) -> None:
    """Fixed, forbidden, must, budget, units, at least 2 and movable sites included.

    `make soak` tries 500 of each.
    """
    assert_best(random_problem(method, seed))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("at_least", "points", "columns"), [(1, 150, 25), (2, 40, 12)])
def test_worlds_too_large_for_enumeration_are_proven(
    method: str, at_least: int, points: int, columns: int
) -> None:
    """The bounds meet, whether the relaxation, the search or HiGHS closes them."""
    time, weight = _world(3, points=points, columns=columns)
    sites = None if method == "lscp" else 4
    found = solve_matrix(method, time, weight, sites=sites, limit=14.0, at_least=at_least)
    assert found.status == "optimal"
    assert found.bound == found.objective


def test_equals_spopt() -> None:
    """The same objectives on the same matrices."""
    reason = "spopt brings 470 MB: pip install spopt pulp"
    locate = pytest.importorskip("spopt.locate", reason=reason)
    solver = pytest.importorskip("pulp", reason=reason).HiGHS(msg=False)
    time, weight = _world(4, points=200, columns=30)
    most = locate.MCLP.from_cost_matrix(time, weight, 12.0, p_facilities=4).solve(solver)
    found = solve_matrix("mclp", time, weight, sites=4, limit=12.0)
    assert found.objective == pytest.approx(most.problem.objective.value())
    limit = float(time.min(axis=1).max()) + 4.0
    fewest = locate.LSCP.from_cost_matrix(time, limit).solve(solver)
    found = solve_matrix("lscp", time, np.ones(len(time)), limit=limit)
    assert found.objective == pytest.approx(fewest.problem.objective.value())


def test_compilation_does_not_count() -> None:
    clock = Watch(60.0)
    with clock.paused():
        wait.sleep(0.05)
    assert clock.seconds < 0.05


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**31))
def test_fast_bound_holds(method: str, seed: int) -> None:
    """The greedy choice meets the conditions, and its bound is on the right side."""
    problem = random_problem(method, seed)
    best = best_by_enumeration(problem)
    found = solve(replace(problem, fast=True), Watch(60.0))
    if best is None or math.isnan(found.objective):
        return
    sign = 1 if method == "mclp" else -1
    assert sign * found.objective <= sign * best + 1e-9
    assert sign * found.bound >= sign * best - 1e-9


@pytest.mark.parametrize("number", OPTIMA)
def test_reaches_published_optima(number: int) -> None:
    path = ORLIB / f"pmed{number}.txt"
    if not path.exists():
        pytest.skip("OR-Library is not here")
    distance, count = _pmed(path)
    for method, optimum in zip(("p-median", "p-center"), OPTIMA[number], strict=True):
        found = solve_matrix(method, distance, np.ones(len(distance)), sites=count)
        assert (found.objective, found.status, len(found.chosen)) == (optimum, "optimal", count)


def _pmed(path: Path) -> tuple[np.ndarray, int]:
    numbers = [int(word) for word in path.read_text().split()]
    nodes, _, count = numbers[:3]
    length = np.zeros((nodes, nodes))
    for a, b, metres in zip(numbers[3::3], numbers[4::3], numbers[5::3], strict=True):
        length[a - 1, b - 1] = length[b - 1, a - 1] = metres  # the last of two counts
    return shortest_path(length, directed=False), count


def _world(seed: int, points: int = 60, columns: int = 20) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    a, b = random.random((points, 2)), random.random((columns, 2))
    time = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)) * 60
    return time, random.integers(0, 50, points).astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_more_never_covers_less(seed: int) -> None:
    """More sites, minutes or budget."""
    time, weight = _world(seed)
    cost = np.random.default_rng(seed).integers(1, 9, time.shape[1]).astype(float)

    def covered(**options: float) -> float:
        given = {"sites": 3, "limit": 10.0} | options
        return solve_matrix("mclp", time, weight, cost=cost, **given).objective  # type: ignore[arg-type]

    by_sites = [covered(sites=count) for count in range(6)]
    by_limit = [covered(limit=float(limit)) for limit in range(4, 20, 4)]
    by_budget = [covered(sites=20, budget=float(budget)) for budget in range(0, 30, 6)]
    for values in (by_sites, by_limit, by_budget):
        assert values == sorted(values)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_changes_nothing(method: str) -> None:
    time, weight = _world(5)
    order = np.random.default_rng(1).permutation(len(weight))
    given = {"sites": None if method == "lscp" else 3, "limit": 12.0}
    one = solve_matrix(method, time, weight, **given)  # type: ignore[arg-type]
    other = solve_matrix(method, time[order], weight[order], **given)  # type: ignore[arg-type]
    assert one.chosen == other.chosen
    assert one.objective == pytest.approx(other.objective)


@pytest.mark.parametrize("method", METHODS)
def test_ties_go_to_the_smaller_column(method: str) -> None:
    """Every column stands twice."""
    time, weight = _world(6, columns=8)
    twice = np.concatenate([time, time], axis=1)
    given = {"sites": None if method == "lscp" else 3, "limit": 15.0}
    assert max(solve_matrix(method, twice, weight, **given).chosen) < 8  # type: ignore[arg-type]


def test_already_open_sites_count_and_are_not_chosen() -> None:
    time = np.array([[1.0, 1.0, 9.0], [9.0, 9.0, 1.0]])
    found = solve_matrix("mclp", time, np.array([5.0, 1.0]), sites=1, limit=2.0, existing=[0])
    assert (found.chosen, found.objective) == ((2,), 6.0)


def test_sites_beyond_need_are_filled_up() -> None:
    found = solve_matrix("mclp", np.zeros((2, 4)), np.ones(2), sites=3, limit=1.0)
    assert found.chosen == (0, 1, 2)


def test_target_is_met_exactly() -> None:
    """0.7 of ten equal weights are seven."""
    time = np.where(np.eye(10, dtype=bool), 0.0, 9.0)
    found = solve_matrix("lscp", time, np.full(10, 0.1), target=0.7, limit=1.0)
    assert found.objective == 7


def test_unreachable_target_is_infeasible() -> None:
    found = solve_matrix("lscp", np.array([[1.0], [9.0]]), np.ones(2), target=1.0, limit=2.0)
    assert found.status == "infeasible"
    assert math.isnan(found.objective)
    assert solve_matrix("lscp", np.array([[1.0], [9.0]]), np.ones(2), limit=2.0).chosen == (0,)


def test_large_and_small_weights() -> None:
    """The tolerances of the solver are absolute; the weights are not."""
    time, weight = _world(7)
    for factor in (1e-9, 1e9):
        found = solve_matrix("mclp", time, weight * factor, sites=4, limit=10.0)
        usual = solve_matrix("mclp", time, weight, sites=4, limit=10.0)
        assert found.chosen == usual.chosen
        assert found.objective == pytest.approx(usual.objective * factor)


def test_another_user_of_highs_with_other_threads() -> None:
    import highspy

    other = highspy.Highs()
    other.setOptionValue("output_flag", False)
    other.setOptionValue("threads", 1)
    other.addVar(0.0, 1.0)
    other.run()
    problem = random_problem("lscp", 1)
    assert solve(problem, Watch(60.0)).status in ("optimal", "infeasible")
    time, weight = _world(8)
    assert solve_matrix("lscp", time, weight, limit=9.0).status == "optimal"
    other.setOptionValue("threads", 2)
    other.run()
    assert solve_matrix("lscp", time, weight, limit=9.0).status == "optimal"


@pytest.mark.parametrize("method", METHODS)
def test_a_stop_before_the_first_bound_keeps_what_is_known(method: str) -> None:
    """Weights are whole: a bound that is still infinite is not rounded."""
    time, weight = _world(3, points=60, columns=20)
    weight = np.rint(weight) + 1.0
    keys = {"sites": None if method == "lscp" else 4, "limit": 14.0}
    best = solve_matrix(method, time, weight, **keys)
    found = solve_matrix(method, time, weight, time_limit_s=1e-9, **keys)
    if method == "mclp":
        assert found.objective <= best.objective <= found.bound
    else:
        assert found.bound <= best.objective <= found.objective


def test_stops_at_the_time_limit_with_a_valid_bound() -> None:
    time, weight = _world(9, points=400, columns=200)
    quick = solve_matrix("p-median", time, weight, sites=20, time_limit_s=0.05)
    assert isinstance(quick, Siting)
    if quick.chosen:
        proven = solve_matrix("p-median", time, weight, sites=20)
        assert quick.bound <= proven.objective <= quick.objective + 1e-6


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("method", {"method": "best"}),
        ("time", {"time": np.array([[np.nan]])}),
        ("time", {"time": np.array([[-1.0]])}),
        ("time", {"time": np.zeros(3)}),
        ("weight", {"weight": np.ones(2)}),
        ("weight", {"weight": np.array([-1.0])}),
        ("sites", {"sites": None}),
        ("sites", {"sites": -1}),
        ("limit", {"limit": None}),
        ("target", {"method": "lscp", "target": 1.5}),
        ("budget", {"budget": 3.0}),
        ("cost", {"cost": np.ones(5)}),
        ("must", {"must": [7]}),
        ("forbidden", {"must": [0], "forbidden": [0]}),
        ("at_least", {"at_least": 0}),
        ("time_limit_s", {"time_limit_s": 0.0}),
    ],
)
def test_wrong_arguments_are_named(argument: str, given: dict[str, object]) -> None:
    usual: dict[str, object] = {
        "method": "mclp", "time": np.zeros((1, 1)), "weight": np.ones(1), "sites": 1, "limit": 1.0,
    }  # fmt: skip
    options = usual | given
    method, time, weight = (options.pop(name) for name in ("method", "time", "weight"))
    with pytest.raises(QuestionError) as raised:
        solve_matrix(method, time, weight, **options)  # type: ignore[arg-type]
    assert raised.value.params["argument"] == argument


def test_movable_sites_close_for_better_places() -> None:
    time = np.where(np.eye(3, dtype=bool), 0.0, 9.0)
    problem = Problem(
        "mclp", np.array([1.0, 5.0, 4.0]), time=time, sites=0, limit=1.0,
        existing=np.array([0]), movable=np.array([0]), moves=1,
    )  # fmt: skip
    found = solve(problem, Watch(10.0))
    assert (found.chosen, found.closed, found.objective) == ((1,), (0,), 5.0)
