"""Sums that do not depend on the order of their terms."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.base.exact import exact_sum, mean_minutes_up

WHOLE = st.lists(st.integers(-(2**40), 2**40).map(float), max_size=30)
ANY = st.lists(st.floats(-1e300, 1e300), max_size=30)


@settings(max_examples=200, deadline=None)
@given(WHOLE | ANY)
def test_the_sum_is_that_of_fsum(values: list[float]) -> None:
    assert exact_sum(np.array(values, np.float64)) == math.fsum(values)


def test_large_whole_numbers_are_summed_exactly() -> None:
    # Added one by one in floats, the ones would be lost.
    values = [2.0**53, *[1.0] * 4]
    assert exact_sum(np.array(values)) == 2.0**53 + 4


def test_a_mean_is_rounded_up_but_not_by_its_error() -> None:
    assert mean_minutes_up(450_000.0) == mean_minutes_up(450_000.00000001) == 7.5
    assert mean_minutes_up(450_001.0) == 7.501
    assert math.isnan(mean_minutes_up(math.nan))
