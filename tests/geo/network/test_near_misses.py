"""Ends just short of another road, nodes at one place, and joining them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from geo.base.quality_log import QualityLog
from geo.network.join_ends import join_ends
from geo.network.near_misses import (
    find_coincident_nodes,
    find_near_misses,
    report_near_misses,
)
from geo.roads.roads import CLOSED, Roads
from tests.geo.network.test_snapping import EAST_M, roads_along, street
from tests.worlds.streets import LAT, LON


def _connected(roads: Roads, a: int, b: int) -> bool:
    """Whether two nodes join, by following edges."""
    seen, waiting = {a}, [a]
    while waiting:
        node = waiting.pop()
        for u, v in zip(roads.u.tolist(), roads.v.tolist(), strict=True):
            for here, there in ((u, v), (v, u)):
                if here == node and there not in seen:
                    seen.add(there)
                    waiting.append(there)
    return b in seen


# A street of 100 m from west to east; the nodes of street i are 2 i and 2 i + 1.
_MAIN = street((0, 0), (50, 0), (100, 0))


@pytest.mark.parametrize(
    ("side", "near"),
    [
        # ends on the main street without a vertex there
        (street((30, 80), (30, 0)), 1),
        # 0.4 m short of it, and 0.4 m beyond
        (street((30, 80), (30, 0.4)), 1),
        (street((30, 80), (30, -0.4)), 1),
        # an overshoot of 30 m is a crossing, not a near miss
        (street((30, 80), (30, -30)), 0),
        (street((30, 80), (30, 1.6)), 0),
        # both ends
        (street((30, 0.5), (45, 30), (70, 0.5)), 2),
        # an end beside the main street's end: the two ends are near each other
        (street((100.6, 0), (180, 0)), 2),
        (street((101.6, 0), (180, 0)), 0),
    ],
)
def test_near_misses_are_counted(side: tuple[tuple[float, float], ...], near: int) -> None:
    assert len(find_near_misses(roads_along(_MAIN, side))) == near


def test_where_an_end_comes_near() -> None:
    found = find_near_misses(roads_along(_MAIN, street((70, 80), (70, 0.4))))
    assert (found.node.tolist(), found.edge.tolist()) == ([3], [0])
    # Between the second and the third vertex, 20 of 50 m along.
    assert found.vertex.tolist() == [1]
    assert found.share[0] == pytest.approx(0.4, abs=1e-4)
    assert found.distance_m[0] == pytest.approx(0.4, abs=1e-4)


def test_roads_closed_to_all_are_left_out() -> None:
    roads = roads_along(_MAIN, street((30, 80), (30, 0.4)))
    shut = np.array([CLOSED, 1], np.uint8)
    roads = dataclasses.replace(roads, foot=shut, cycle=shut, drive=shut)
    assert len(find_near_misses(roads)) == 0


def test_a_short_stub_is_not_near_the_street_that_it_leaves() -> None:
    roads = roads_along(
        street((0, 0), (50, 0)), street((50, 0), (100, 0)), street((50, 0), (50, 0.8))
    )
    roads = dataclasses.replace(
        roads, u=np.array([0, 1, 1], np.int32), v=np.array([1, 2, 3], np.int32)
    )
    assert len(find_near_misses(roads)) == 0


@pytest.mark.parametrize(
    "side",
    [
        street((30, 80), (30, 0)),
        street((30, 80), (30, 0.4)),
        street((30, 80), (50, 0.3)),
        street((30, 80), (0.3, 0.3)),
        street((100.6, 0), (180, 0)),
    ],
)
def test_joined_ends_join_the_network(side: tuple[tuple[float, float], ...]) -> None:
    roads = roads_along(_MAIN, side)
    assert not _connected(roads, 0, 3)
    joined, count = join_ends(roads, within_m=1.0)
    assert count >= 1
    assert joined.consistent
    assert len(find_near_misses(joined)) == 0
    ends = {*joined.u[joined.edge_id == 2].tolist(), *joined.v[joined.edge_id == 2].tolist()}
    main = joined.u[joined.edge_id == 1][0]
    assert all(_connected(joined, int(main), end) for end in ends)
    # Nothing is lost: lengths by name stay, pieces follow each other.
    for name in (1, 2):
        assert joined.length_m[joined.edge_id == name].sum() == pytest.approx(
            roads.length_m[roads.edge_id == name].sum(), abs=1e-6
        )
    assert joined.edge_id.tolist() == sorted(joined.edge_id.tolist())


def test_two_ends_at_one_place_of_a_street_cut_it_once() -> None:
    roads = roads_along(_MAIN, street((30, 80), (30, 0.05)), street((30, -80), (30, -0.05)))
    joined, count = join_ends(roads, within_m=0.1)
    assert (count, len(joined)) == (2, 4)
    assert _connected(joined, 2, 4)
    assert _connected(joined, 0, 2)


def test_several_ends_along_one_street() -> None:
    sides = [street((x, 60), (x, 0.2)) for x in (80, 20, 60, 40)]
    roads = roads_along(_MAIN, *sides)
    joined, count = join_ends(roads, within_m=1.0)
    assert (count, len(joined)) == (4, 9)
    mine = np.flatnonzero(joined.edge_id == 1)
    lengths = joined.length_m[mine]
    np.testing.assert_allclose(lengths, [20.0] * 5, atol=0.01)
    assert joined.v[mine[:-1]].tolist() == joined.u[mine[1:]].tolist()
    # The middle vertex of the street is still there.
    inner = [joined.lonlat[joined.start[e] + 1 : joined.start[e + 1] - 1] for e in mine]
    assert np.allclose(np.concatenate(inner), [LON + 50 / EAST_M, LAT])


def test_a_distance_of_nothing_changes_nothing() -> None:
    roads = roads_along(_MAIN, street((30, 80), (30, 5)))
    joined, count = join_ends(roads, within_m=1.0)
    assert joined is roads
    assert count == 0


def test_coincident_nodes_of_parts_that_do_not_join() -> None:
    place = (100.0, 0.0)
    roads = roads_along(street((0, 0), place), street(place, (200, 0)), street((200, 0), (300, 0)))
    roads = dataclasses.replace(
        roads, u=np.array([0, 2, 3], np.int32), v=np.array([1, 3, 5], np.int32)
    )
    assert find_coincident_nodes(roads).tolist() == [[1, 2]]
    joined, _ = join_ends(roads, within_m=1e-3)
    assert len(find_coincident_nodes(joined)) == 0
    assert _connected(joined, 0, 5)


def test_two_nodes_at_one_place_of_one_part_are_no_finding() -> None:
    # A road over another one: both nodes lie at one place, and the two roads join elsewhere.
    loop = street((0, 0), (50, 50))
    roads = roads_along(loop, street((0, 0), (50, 50)))
    roads = dataclasses.replace(roads, u=np.array([0, 0], np.int32), v=np.array([1, 3], np.int32))
    assert find_coincident_nodes(roads).tolist() == []


def test_the_report_counts() -> None:
    quality = QualityLog()
    report_near_misses(roads_along(_MAIN, street((30, 80), (30, 0.4))), quality, file="r")
    assert [(row.problem, row.value) for row in quality.rows] == [("road_ends_near", "1")]
