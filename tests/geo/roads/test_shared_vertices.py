"""Vertices at one place, against the comparison of every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from geo.roads.shared_vertices import same_places, split_at_nodes

# Around a border of the cells of comparison (1e-5 degrees), in ten-millionths of a degree.
_STEPS = st.integers(-25, 25).map(lambda n: n / 4)


@given(st.lists(st.tuples(_STEPS, _STEPS), min_size=1, max_size=12))
def test_equals_the_comparison_of_every_pair(steps: list[tuple[float, float]]) -> None:
    lonlat = np.array([[114.0 + x * 1e-7, 30.0 + y * 1e-7] for x, y in steps])
    near = (np.abs(lonlat[:, None] - lonlat[None]) <= 1e-7 + 1e-10).all(axis=2)
    _, expected = connected_components(near, directed=False)
    found = same_places(lonlat)
    assert np.array_equal(found[:, None] == found[None], expected[:, None] == expected[None])


def test_no_vertices() -> None:
    assert len(same_places(np.empty((0, 2)))) == 0


@pytest.mark.parametrize(
    ("refs", "pieces", "edges"),
    [
        # a T on an inner vertex
        ([1, 2, 3, 2, 4], [0, 0, 0, 1, 1], [(0, 1), (1, 2), (3, 4)]),
        # a cross on inner vertices
        ([1, 2, 3, 4, 2, 5], [0, 0, 0, 1, 1, 1], [(0, 1), (1, 2), (3, 4), (4, 5)]),
        # a line that meets itself
        ([1, 2, 3, 4, 2], [0] * 5, [(0, 1), (1, 4)]),
        # nothing shared
        ([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1], [(0, 2), (3, 5)]),
    ],
)
def test_lines_are_cut_at_shared_vertices(
    refs: list[int], pieces: list[int], edges: list[tuple[int, int]]
) -> None:
    first, last, node_of, node_at = split_at_nodes(np.array(refs), np.array(pieces))
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == edges
    for end in (*first, *last):
        assert refs[node_at[node_of[end]]] == refs[end]
