"""Ragged ranges against the plain loop."""

from __future__ import annotations

import numpy as np
import pytest

from geo.base.ragged import ranges


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint64])
def test_ranges_equal_a_loop(dtype: type[np.integer]) -> None:
    random = np.random.default_rng(1)
    first, counts = (
        random.integers(0, 50, 40).astype(dtype),
        random.integers(0, 4, 40).astype(dtype),
    )
    pairs = zip(first.tolist(), counts.tolist(), strict=True)
    expected = [number for a, count in pairs for number in range(a, a + count)]
    found = ranges(first, counts)
    assert found.dtype == np.int64 and found.tolist() == expected


def test_no_ranges_and_empty_ranges() -> None:
    none = np.empty(0, np.int64)
    assert ranges(none, none).tolist() == []
    assert ranges(np.array([3, 4]), np.zeros(2, np.int64)).tolist() == []
