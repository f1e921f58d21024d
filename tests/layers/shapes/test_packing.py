"""Bands as the map draws them: light enough, holes with their rings, nothing beside the shapes."""

from __future__ import annotations

import numpy as np
import shapely

from layers.shapes.packing import simplified_bands

# Degrees: some ten kilometres.
_SIDE = 0.1


def _wavy(x: float, y: float, size: float, points: int) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = size * (1 + 0.05 * np.sin(40 * turn))
    return np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])


def _bands(parts: int, points: int) -> list[shapely.MultiPolygon]:
    """Two nested bands of `parts` blobs with a hole each."""
    return [
        shapely.MultiPolygon(
            [
                shapely.Polygon(
                    _wavy(i * _SIDE, 30.0, size, points),
                    [_wavy(i * _SIDE, 30.0, size / 3, points // 4)],
                )
                for i in range(parts)
            ]
        )
        for size in (0.02, 0.04)
    ]


def test_few_vertices_stay_where_they_are_to_three_metres() -> None:
    bands = _bands(parts=3, points=2_000)
    for drawn, whole in zip(simplified_bands(bands), bands, strict=True):
        assert len(drawn.geoms) == 3 and all(len(part.interiors) == 1 for part in drawn.geoms)
        assert drawn.is_valid
        assert shapely.hausdorff_distance(drawn.boundary, whole.boundary) <= 3.1e-5
        assert shapely.get_num_coordinates(drawn) < shapely.get_num_coordinates(whole)


def test_many_vertices_become_what_a_browser_draws() -> None:
    bands = _bands(parts=40, points=40_000)
    assert shapely.get_num_coordinates(bands).sum() > 3_000_000
    drawn = simplified_bands(bands)
    assert shapely.get_num_coordinates(drawn).sum() <= 150_000
    for ours, whole in zip(drawn, bands, strict=True):
        assert len(ours.geoms) == 40
        assert abs(ours.area / whole.area - 1) < 0.02


def test_what_is_smaller_than_the_tolerance_goes_with_its_holes() -> None:
    speck = shapely.box(0, 0, 2e-5, 2e-5)
    hole = shapely.box(0.03, 0.03, 0.03001, 0.03001)
    ring = shapely.box(0.02, 0.02, 0.06, 0.06)
    (drawn,) = simplified_bands([shapely.MultiPolygon([speck, ring.difference(hole)])])
    assert drawn.equals(ring)


def test_nothing_and_a_single_polygon() -> None:
    assert simplified_bands([]) == []
    empty, one = simplified_bands([shapely.MultiPolygon(), shapely.box(0, 0, 1, 1)])
    assert empty.is_empty and one.equals(shapely.box(0, 0, 1, 1))
