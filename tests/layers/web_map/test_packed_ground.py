"""Roads and water of map.html: the important ones first, and never more than fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from layers.web_map.packed_ground import pack_roads, pack_water
from tests.worlds.streets import Street, roads_of

BOX = (114.0, 30.0, 114.2, 30.2)


def count(packed: Any) -> int:
    return sum(len(line) // 2 for _, lines in packed for line in lines)


def grid() -> Any:
    """20 primary roads of 20 edges from west to east, and lanes from south to north."""
    side = 21
    nodes = [(114.0 + 0.01 * i, 30.0 + 0.01 * j) for j in range(side) for i in range(side)]
    streets = [
        Street(j * side + i, j * side + i + 1, 950.0, highway="primary")
        for j in range(side) for i in range(side - 1)
    ]  # fmt: skip
    streets += [
        Street(j * side + i, (j + 1) * side + i, 1100.0, highway="footway")
        for j in range(side - 1) for i in range(side)
    ]  # fmt: skip
    return roads_of(nodes, streets)


def test_important_roads_come_last_and_joined() -> None:
    packed = pack_roads(grid(), BOX)
    assert [rank for rank, _ in packed] == [6, 1]
    # Each of the 21 straight roads is one line of two points.
    assert len(packed[1][1]) == 21 and count(packed[1:]) == 42


def test_no_more_than_fit() -> None:
    assert [rank for rank, _ in pack_roads(grid(), BOX, most=60)] == [1]
    assert count(pack_roads(grid(), BOX, most=60)) <= 60
    assert pack_roads(grid(), (10.0, 10.0, 11.0, 11.0)) == []


def test_water_is_cut_and_the_smallest_goes_first() -> None:
    lake = shapely.Point(114.2, 30.1).buffer(0.05, quad_segs=200)
    ponds = [shapely.Point(114.05, 30.05 + 0.001 * n).buffer(0.0003) for n in range(50)]
    water = np.array([lake, *ponds], dtype=object)
    packed = pack_water(water, BOX)
    assert len(packed) == 51
    few = pack_water(water, BOX, most=100)
    assert len(few) == 1
    xs = np.cumsum(few[0][0][::2])
    assert xs.max() <= 11_420_000 and xs.min() < 11_416_000
    assert pack_water(np.empty(0, dtype=object), BOX) == []
