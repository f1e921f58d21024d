"""The assignment against a general linear programme, and its ties by id."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.capacity import assignment
from geo.capacity.assignment import assign
from tests.worlds.assignment_oracle import best_assignment


@st.composite
def problems(draw: st.DrawFn) -> tuple:
    points, sites = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    every = [(s, p) for s in range(sites) for p in range(points)]
    pairs = draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    longest = draw(st.sampled_from((2, 20, 7_200_000)))
    times = draw(st.lists(st.integers(0, longest), min_size=len(pairs), max_size=len(pairs)))
    number = draw(
        st.sampled_from(
            (
                st.integers(0, 9).map(float),
                st.floats(0, 3, allow_subnormal=False).map(lambda x: round(x, 3)),
                st.sampled_from((0.0, 0.1, 0.3, 1e6, 123456.789)),
            )
        )
    )
    amount = draw(st.lists(number, min_size=points, max_size=points))
    capacity = draw(st.lists(number, min_size=sites, max_size=sites))
    return pairs, times, amount, capacity


@settings(max_examples=300, deadline=None)
@given(problems())
def test_most_served_then_least_time(problem: tuple) -> None:
    pairs, times, amount, capacity = problem
    site, point = (np.array(ids, np.int64) for ids in zip(*pairs, strict=True))
    flow = assign(site, point, np.array(times), np.array(amount), np.array(capacity))
    assert (flow >= 0).all()
    for index, most in ((point, amount), (site, capacity)):
        total = np.bincount(index, flow, len(most))
        assert (total <= np.array(most) * (1 + 1e-12)).all()
    if all(float(x).is_integer() for x in (*amount, *capacity)):
        assert (flow == np.rint(flow)).all()
    named = {(f"s{s}", f"p{p}"): t for (s, p), t in zip(pairs, times, strict=True)}
    served, least = best_assignment(
        named,
        {f"p{i}": x for i, x in enumerate(amount)},
        {f"s{i}": x for i, x in enumerate(capacity)},
    )
    scale = max(1.0, max(amount))
    assert flow.sum() == pytest.approx(served, abs=1e-6 * scale)
    assert (flow * times).sum() == pytest.approx(least, abs=1e-5 * scale * max(1, max(times)))


@settings(max_examples=50, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(problem: tuple, random) -> None:
    pairs, times, amount, capacity = problem
    rows = list(zip(pairs, times, strict=True))
    found = []
    for _ in range(2):
        site, point = (np.array(ids, np.int64) for ids in zip(*(r[0] for r in rows), strict=True))
        time_ms = np.array([row[1] for row in rows])
        flow = assign(site, point, time_ms, np.array(amount), np.array(capacity))
        found.append({row[0]: value for row, value in zip(rows, flow.tolist(), strict=True)})
        random.shuffle(rows)
    assert found[0] == found[1]


def test_more_served_comes_before_any_detour() -> None:
    # Serving both takes p0 to the far site; serving p0 at the near one alone takes 1 ms.
    site, point = np.array([0, 1, 0]), np.array([0, 0, 1])
    time_ms = np.array([1, 7_200_000, 7_200_000])
    flow = assign(site, point, time_ms, np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    assert flow.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("seats", [1.0, 2.0])
def test_of_equal_points_the_first_is_served(seats: float) -> None:
    # Two sites and three points, all at the same time.
    site, point = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    flow = assign(site, point, np.full(6, 9), np.ones(3), np.array([seats, 0.5]))
    served = np.bincount(point, flow)
    assert served.tolist() == ([1.0, 0.5, 0.0] if seats == 1.0 else [1.0, 1.0, 0.5])


def test_of_equal_sites_the_first_serves() -> None:
    flow = assign(np.array([1, 0]), np.array([0, 0]), np.array([5, 5]), np.ones(1), np.ones(2))
    assert flow.tolist() == [0.0, 1.0]


def test_nothing_to_assign() -> None:
    none = np.zeros(0, np.int64)
    assert len(assign(none, none, none, np.ones(2), np.ones(1))) == 0


def test_compiling_reaches_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    monkeypatch.setattr(assignment, "cheapest_flows", lambda *_: solved.append(1) or np.zeros(4))
    assignment.compile_assignment()
    assert solved
