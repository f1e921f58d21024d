"""Many small siting problems: each answer equals exhaustive enumeration."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import METHODS
from tests.worlds.siting_by_enumeration import assert_best, random_problem


@pytest.mark.soak
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**31))
def test_equals_enumeration(method: str, seed: int) -> None:
    assert_best(random_problem(method, seed))
