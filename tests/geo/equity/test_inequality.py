"""Measures of inequality against published values, hand-computed values and plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.equity.inequality import concentration, fgt, lorenz, mean

Floats = NDArray[np.float64]


def floats(*values: float) -> Floats:
    return np.array(values, np.float64)


def ones(count: int) -> Floats:
    return np.ones(count)


def test_gini_published() -> None:
    # The example of the R packages ineq and acid (Ilocos incomes), which give 0.4620911.
    incomes = floats(541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261)
    assert lorenz(incomes, ones(10)).gini == pytest.approx(0.4620911, abs=5e-8)
    # The example of the Julia package Inequality.
    values = floats(8, 5, 1, 3, 5, 6, 7, 6, 3)
    assert lorenz(values, ones(9)).gini == pytest.approx(0.2373737373737374, abs=1e-15)


def test_concentration_published() -> None:
    # Under-five deaths in India 1982-92 by wealth quintile, weighted by births: O'Donnell, van
    # Doorslaer, Wagstaff and Lindelow (2008), Analyzing Health Equity, table 8.1: -0.1694.
    births = floats(29939, 28776, 26528, 24689, 19739)
    deaths = floats(154.7, 152.9, 119.5, 86.9, 54.3)
    assert concentration(deaths, births, np.arange(5.0)) == pytest.approx(-0.1694, abs=5e-5)


def test_fgt_published() -> None:
    # Haughton and Khandker (2009), Handbook on Poverty and Inequality, tables 4.2 and 4.3: incomes
    # 100, 110, 150, 160 with the line 125 give 0.08 and 0.0136. A time beyond the limit is the
    # mirror image of an income below the line.
    times = 250 - floats(100, 110, 150, 160)
    assert fgt(times, ones(4), 125.0, 1) == pytest.approx(0.08)
    assert fgt(times, ones(4), 125.0, 2) == pytest.approx(0.0136)


def test_palma_by_hand() -> None:
    # 10 against 1 + 2 + 3 + 4.
    assert lorenz(np.arange(1.0, 11.0), ones(10)).palma == pytest.approx(1.0)
    # Two of five people are four tenths; half of the slowest person is a tenth: 2.5 against 2.
    assert lorenz(floats(1, 1, 1, 3, 5), ones(5)).palma == pytest.approx(1.25)


@pytest.mark.parametrize("weight", [1.0, 37.5])
def test_one_person_and_equal_times(weight: float) -> None:
    for time in (floats(12.5), floats(*[12.5] * 7)):
        weights = np.full(len(time), weight)
        curve = lorenz(time, weights)
        assert curve.gini == pytest.approx(0.0, abs=1e-12)
        assert curve.palma == pytest.approx(0.25)
        assert concentration(time, weights, np.arange(float(len(time)))) == pytest.approx(0.0)
        assert mean(time, weights) == pytest.approx(12.5)
        assert fgt(time, weights, 12.5, 1) == 0.0


def test_two_people() -> None:
    curve = lorenz(floats(30, 0), floats(1, 3))
    # Three quarters of the people need no time.
    assert (curve.gini, curve.at(0.75), curve.at(0.875)) == (0.75, 0.0, 0.5)
    assert math.isnan(curve.palma)


@pytest.mark.parametrize(
    ("time", "weight"), [((), ()), ((5.0, 6.0), (0.0, 0.0)), ((0.0, 0.0), (1.0, 2.0))]
)
def test_what_is_not_defined_is_missing(time: tuple[float, ...], weight: tuple[float, ...]) -> None:
    curve = lorenz(floats(*time), floats(*weight))
    rank = np.arange(float(len(time)))
    assert math.isnan(curve.gini) and math.isnan(curve.palma) and math.isnan(curve.at(0.5))
    assert math.isnan(concentration(floats(*time), floats(*weight), rank))
    if not sum(weight):
        assert math.isnan(mean(floats(*time), floats(*weight)))
        assert math.isnan(fgt(floats(*time), floats(*weight), 15.0, 2))


def test_people_without_a_rank_are_left_out() -> None:
    time, weight = floats(10, 20, 99), floats(1, 1, 5)
    known = concentration(time[:2], weight[:2], floats(1, 2))
    assert concentration(time, weight, floats(1, 2, np.nan)) == known > 0
    assert math.isnan(concentration(time, weight, np.full(3, np.nan)))


# Demand points: time, weight, rank.
POINTS = st.lists(
    st.tuples(
        st.integers(0, 60).map(float),
        st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0, 0.1]),
        st.integers(0, 3).map(float),
    ),
    min_size=1,
    max_size=12,
)


def arrays(points: list[tuple[float, float, float]]) -> tuple[Floats, Floats, Floats]:
    time, weight, rank = np.array(points).T
    return time, weight, rank


def pairwise_gini(time: Floats, weight: Floats) -> float:
    """Half the mean difference between all pairs of people, divided by the mean."""
    total = weight.sum()
    both = np.abs(time[:, None] - time[None, :]) * weight[:, None] * weight[None, :]
    return float(both.sum() / (2 * total * (weight * time).sum()))


def covariance_index(time: Floats, weight: Floats, rank: Floats) -> float:
    """Twice the weighted covariance of time and fractional rank, divided by the mean."""
    total = weight.sum()
    below = np.array([weight[rank < own].sum() for own in rank])
    same = np.array([weight[rank == own].sum() for own in rank])
    place = (below + same / 2) / total
    average = (weight * time).sum() / total
    covariance = (weight * (time - average) * (place - 0.5)).sum() / total
    return float(2 * covariance / average)


@settings(max_examples=200, deadline=None)
@given(POINTS)
def test_indices_equal_their_definitions(points: list[tuple[float, float, float]]) -> None:
    time, weight, rank = arrays(points)
    curve, index = lorenz(time, weight), concentration(time, weight, rank)
    if (weight * time).sum() == 0:
        assert math.isnan(curve.gini) and math.isnan(index)
        return
    assert curve.gini == pytest.approx(pairwise_gini(time, weight), abs=1e-12)
    assert index == pytest.approx(covariance_index(time, weight, rank), abs=1e-12)
    assert abs(index) <= curve.gini + 1e-12
    # Ranked by the times themselves, the concentration index is the Gini index.
    assert concentration(time, weight, time) == pytest.approx(curve.gini, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(POINTS, st.randoms(use_true_random=False))
def test_order_and_zero_weights_change_nothing(
    points: list[tuple[float, float, float]], random: object
) -> None:
    measures: list[Callable[[Floats, Floats, Floats], float]] = [
        lambda time, weight, rank: lorenz(time, weight).gini,
        lambda time, weight, rank: lorenz(time, weight).palma,
        concentration,
        lambda time, weight, rank: fgt(time, weight, 15.0, 2),
        lambda time, weight, rank: mean(time, weight),
    ]
    mixed = [*points, (500.0, 0.0, 9.0)]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for measure in measures:
        one, other = measure(*arrays(points)), measure(*arrays(mixed))
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12, nan_ok=True)


def test_a_trace_of_time_is_none() -> None:
    """Four tenths of the people need no time, in shares whose sums are rounded."""
    for parts in range(1, 40):
        points = [(0.0, 0.4 / parts, 0.0)] * parts + [(10.0, 0.6 / parts, 0.0)] * parts
        time, weight, _ = arrays(points)
        assert math.isnan(lorenz(time, weight).palma), parts


@settings(max_examples=50, deadline=None)
@given(POINTS)
def test_a_weight_of_two_is_two_people(points: list[tuple[float, float, float]]) -> None:
    doubled = [(time, 2 * weight, rank) for time, weight, rank in points]
    for pair in zip(measured(doubled), measured([*points, *points]), strict=True):
        assert pair[0] == pytest.approx(pair[1], rel=1e-9, abs=1e-12, nan_ok=True)


def measured(points: list[tuple[float, float, float]]) -> list[float]:
    time, weight, rank = arrays(points)
    curve = lorenz(time, weight)
    return [curve.gini, curve.palma, concentration(time, weight, rank)]
