"""Outlines of streets: against shapely's buffers, across any number of tiles."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.isochrones import outline

CELL_M = 10.0
DISTANCE_M = 50.0


def _pieces(seed: int, count: int, width_m: float) -> np.ndarray:
    """Streets of up to 200 m, some of them on the grid's own lines."""
    random = np.random.default_rng(seed)
    begin = random.uniform(-width_m, width_m, (count, 2))
    end = begin + random.uniform(-140, 140, (count, 2))
    pieces = np.column_stack([begin, end])
    pieces[::7] = np.round(pieces[::7] / CELL_M) * CELL_M
    return pieces


def _buffered(pieces: np.ndarray) -> shapely.Geometry:
    lines = shapely.linestrings(pieces.reshape(-1, 2, 2))
    return shapely.union_all(shapely.buffer(lines, DISTANCE_M, quad_segs=32))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 150), st.floats(100, 3_000))
def test_tiles_change_nothing_and_the_area_is_right(seed: int, count: int, width_m: float) -> None:
    pieces = _pieces(seed, count, width_m)
    whole = outline.outline(pieces, DISTANCE_M, cell_m=CELL_M).polygons()
    tile = outline._TILE
    try:
        outline._TILE = 48
        tiled = outline.outline(pieces, DISTANCE_M, cell_m=CELL_M).polygons()
    finally:
        outline._TILE = tile
    area = shapely.area(whole).sum()
    # Which vertices of a straight line are dropped depends on where the ring begins.
    assert shapely.area(tiled).sum() == pytest.approx(area, rel=1e-5)
    assert len(tiled) == len(whole)
    assert shapely.get_num_interior_rings(tiled).sum() == (
        shapely.get_num_interior_rings(whole).sum()
    )
    assert area == pytest.approx(_buffered(pieces).area, rel=0.01)


def test_more_streets_hold_what_fewer_hold() -> None:
    pieces = _pieces(5, 120, 1_500.0)
    few = shapely.union_all(outline.outline(pieces[:60], DISTANCE_M, cell_m=CELL_M).polygons())
    many = shapely.union_all(outline.outline(pieces, DISTANCE_M, cell_m=CELL_M).polygons())
    # To half a millimetre along the 20 km of outline; exactly, where the distance is a millimetre
    # larger.
    assert few.difference(many).area < 1.0
    wider = outline.outline(pieces, DISTANCE_M + 0.001, cell_m=CELL_M).polygons()
    assert shapely.union_all(wider).covers(few)


def test_a_ring_of_streets_leaves_a_hole_with_an_island() -> None:
    corners = np.array([[0, 0], [2_000, 0], [2_000, 2_000], [0, 2_000], [0, 0]], float)
    steps = np.linspace(corners[:-1], corners[1:], 21).transpose(1, 0, 2)
    ring = np.concatenate([np.hstack([side[:-1], side[1:]]) for side in steps])
    island = np.array([[950.0, 1_000.0, 1_050.0, 1_000.0]])
    found = outline.outline(np.concatenate([ring, island]), DISTANCE_M, cell_m=CELL_M).polygons()
    assert sorted(shapely.get_num_interior_rings(found)) == [0, 1]
    expected = 4 * 2_000 * 100 + (np.pi - 4) * DISTANCE_M**2 + 100 * 100 + np.pi * DISTANCE_M**2
    assert shapely.area(found).sum() == pytest.approx(expected, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 400), st.floats(100, 2_000))
def test_parts_are_valid_and_apart_without_mending(seed: int, count: int, width_m: float) -> None:
    pieces = _pieces(seed, count, width_m)
    # Many streets on the grid's lines, in its own spacing: nodes exactly at the distance.
    pieces[::3] = np.round(pieces[::3] / (5 * CELL_M)) * 5 * CELL_M
    found = outline.outline(pieces, DISTANCE_M, cell_m=CELL_M)
    whole = shapely.multipolygons(found.polygons())
    assert whole.is_valid, shapely.is_valid_reason(whole)
    assert found.area_m2 == pytest.approx(whole.area, rel=1e-9)
    assert shapely.is_ccw(shapely.get_exterior_ring(found.polygons())).all()


def test_threads_change_no_byte() -> None:
    random = np.random.default_rng(3)
    begin = random.uniform(-20_000, 20_000, (60_000, 2))
    pieces = np.column_stack([begin, begin + random.uniform(-140, 140, (60_000, 2))])
    one = outline.outline(pieces, DISTANCE_M, cell_m=CELL_M, threads=1)
    two = outline.outline(pieces, DISTANCE_M, cell_m=CELL_M, threads=2)
    assert one.xy.tobytes() == two.xy.tobytes()
    assert one.ring.tobytes() == two.ring.tobytes()
    assert shapely.multipolygons(one.polygons()).is_valid
