"""Travel times that can be counted by hand: rounding, one edge, nodes, horizon, metres, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo.search.site_reach import demand_within
from geo.search.times import reachable_positions, search_bound_ms
from tests.worlds.streets import Place, Searched, Street, World, search

HOUR_MS = 3_600_000


def found_for(
    *streets: Street,
    sites: tuple[Place, ...],
    demand: tuple[Place, ...],
    profile: str = "walk",
    direction: str = "to",
    horizon_ms: int = 2 * HOUR_MS,
) -> Searched:
    nodes = 1 + max(max(s.u, s.v) for s in streets)
    found = search(World(nodes, streets, profile, direction, sites, demand, horizon_ms))
    assert found is not None
    return found


def test_a_straight_street() -> None:
    # 0 --1000 m-- 1 --500 m-- 2, at 4 km/h 0.9 s a metre. The site stands 100 m before node 1,
    # 10 m off the road: 90 s + 9 s to node 1.
    found = found_for(
        Street(0, 1, 1000.0),
        Street(1, 2, 500.0),
        sites=(Place(0, 0.9, 10.0),),
        demand=(Place(0, 0.0), Place(0, 0.9, 20.0), Place(1, 0.5), Place(1, 1.0, 1.0)),
    )
    assert found.times.time_ms.tolist() == [
        9_000 + 810_000,  # 900 m along the edge
        9_000 + 18_000,  # opposite: both accesses, nothing between
        9_000 + 90_000 + 225_000,
        9_000 + 90_000 + 450_000 + 900,
    ]
    assert found.times.metres.tolist() == [910.0, 30.0, 360.0, 611.0]
    assert found.times.rank.tolist() == [0, 0, 0, 0]


def test_each_piece_is_rounded_before_it_is_added() -> None:
    # Half-even, piece by piece: access 0.5 ms → 0, partial 1.5 → 2, egress 2.5 → 2.
    # 3.6 km/h would be 1 ms a millimetre; at 4 km/h 1/1800 m is half a millisecond.
    half_m = 1 / 1800
    street = Street(0, 1, 3 * 2 * half_m)  # 3 ms
    found = found_for(street, sites=(Place(0, 0.5, half_m),), demand=(Place(0, 0.0, 5 * half_m),))
    assert found.network.ms_forward.tolist() == [3]
    assert found.times.time_ms.tolist() == [0 + 2 + 2]


def test_wheels_walk_to_the_road() -> None:
    found = found_for(
        Street(0, 1, 1000.0),
        sites=(Place(0, 0.0),),
        demand=(Place(0, 1.0, 100.0),),
        profile="cycle",
    )
    assert found.times.time_ms.tolist() == [266_667 + 90_000]


def test_one_edge_one_way() -> None:
    # A ring of 100 + 300 m at 20 km/h (180 ms a metre), both one-way: 0 → 1 → 0.
    ring = (Street(0, 1, 100.0, oneway=1), Street(1, 0, 300.0, oneway=1))
    site, before, after = Place(0, 0.5), Place(0, 0.25), Place(0, 0.75)
    to = found_for(*ring, sites=(site,), demand=(before, after), profile="drive")
    # From 0.25 straight on to 0.5; from 0.75 on to 1, round by 0, and in again: 25 + 300 + 50 m.
    assert to.times.time_ms.tolist() == [4_500, 67_500]
    back = found_for(
        *ring, sites=(site,), demand=(before, after), profile="drive", direction="from"
    )
    assert back.times.time_ms.tolist() == [67_500 - 0, 4_500]


def test_on_a_dead_end_one_way_nobody_comes_back() -> None:
    street = Street(0, 1, 100.0, oneway=1)
    demand = (Place(0, 0.25), Place(0, 0.5), Place(0, 0.75))
    found = found_for(street, sites=(Place(0, 0.5),), demand=demand, profile="drive")
    assert found.times.time_ms.tolist() == [4_500, 0, -1]
    joined = reachable_positions(found.network, found.seeds, found.demand)
    assert joined.tolist() == [True, True, False]


def test_a_site_on_a_node_is_the_node_whatever_the_one_way() -> None:
    # The site stands at the beginning of a one-way street, where another street ends.
    streets = (Street(0, 1, 100.0, oneway=1), Street(0, 2, 200.0))
    found = found_for(
        *streets, sites=(Place(0, 0.0),), demand=(Place(1, 1.0), Place(1, 0.5)), profile="drive"
    )
    assert found.times.time_ms.tolist() == [36_000, 18_000]


def test_the_other_way_round_may_be_quicker_than_along_the_edge() -> None:
    # Two points on one long street whose ends are joined by a short one.
    found = found_for(
        Street(0, 1, 1000.0),
        Street(0, 1, 10.0),
        sites=(Place(0, 0.0),),
        demand=(Place(0, 0.9),),
    )
    assert found.times.time_ms.tolist() == [9_000 + 90_000]
    assert found.times.metres.tolist() == [110.0]


def test_metres_are_the_shortest_of_the_quickest_paths() -> None:
    # Both streets take 120 s by car: 500 m at 15 km/h and 1,000 m at 30 km/h.
    streets = (
        Street(0, 1, 1000.0, highway="tertiary"),
        Street(0, 1, 500.0, highway="service"),
        Street(1, 2, 100.0),
    )
    found = found_for(*streets, sites=(Place(0, 0.0),), demand=(Place(2, 1.0),), profile="drive")
    assert found.times.time_ms.tolist() == [120_000 + 18_000]
    assert found.times.metres.tolist() == [600.0]


def test_metres_follow_the_quickest_path_not_the_shortest() -> None:
    streets = (
        Street(0, 1, 1000.0, highway="motorway"),  # 40 s
        Street(0, 1, 500.0, highway="service"),  # 120 s
    )
    found = found_for(*streets, sites=(Place(0, 0.0),), demand=(Place(0, 1.0),), profile="drive")
    assert found.times.metres.tolist() == [1000.0]


def test_ties_between_sites_go_to_the_smaller_rank() -> None:
    street = Street(0, 1, 1000.0)
    for sites in ((Place(0, 0.0), Place(0, 1.0)), (Place(0, 1.0), Place(0, 0.0))):
        found = found_for(street, sites=sites, demand=(Place(0, 0.5),))
        assert found.times.rank.tolist() == [0]


def test_the_horizon_is_inclusive_and_beyond_is_blank() -> None:
    street = Street(0, 1, 1000.0)
    for horizon_ms, expected in ((900_000, 900_000), (899_999, -1)):
        found = found_for(
            street, sites=(Place(0, 0.0),), demand=(Place(0, 1.0),), horizon_ms=horizon_ms
        )
        assert found.times.time_ms.tolist() == [expected]
        assert found.times.rank.tolist() == [0 if expected > 0 else -1]
        assert math.isnan(found.times.metres[0]) == (expected < 0)
        # Beyond the horizon it is far, not cut off.
        assert reachable_positions(found.network, found.seeds, found.demand).tolist() == [True]


@pytest.mark.parametrize("minutes", [71_582, 71_583, 525_600])
def test_a_horizon_of_months_is_only_a_horizon(minutes: int) -> None:
    # Milliseconds live in 32 bits (49 days): a study that wants "no horizon" writes a large one.
    found = found_for(
        Street(0, 1, 1000.0),
        Street(1, 2, 1000.0),
        Street(3, 4, 1000.0),
        sites=(Place(0, 0.0),),
        demand=(Place(0, 0.5), Place(1, 0.5), Place(1, 1.0), Place(2, 0.5)),
        horizon_ms=minutes * 60_000,
    )
    assert found.times.time_ms.tolist() == [450_000, 1_350_000, 1_800_000, -1]


@pytest.mark.parametrize("slow_kmh", [1e-6, 0.0008381903, 0.001, 0.1])
def test_a_crawling_street_is_no_short_cut(slow_kmh: float) -> None:
    # 0.000838 km/h over 1 km is just under 2**32 ms, 1e-6 far beyond: times are kept in 32 bits,
    # and a street that somebody slowed down to close it must not come round to nought.
    found = found_for(
        Street(0, 1, 1000.0),
        Street(1, 2, 1000.0, speed_kmh=slow_kmh),
        Street(2, 3, 1000.0),
        sites=(Place(0, 0.0),),
        demand=(Place(0, 1.0), Place(1, 0.5), Place(1, 1.0), Place(2, 1.0)),
        profile="drive",
    )
    assert found.times.time_ms.tolist() == [180_000, -1, -1, -1]
    # The same with the site on the crawling street: 1,000 m of it lie on either side.
    found = found_for(
        Street(0, 1, 2000.0, speed_kmh=slow_kmh),
        Street(1, 2, 1000.0),
        sites=(Place(0, 0.5, 20.0),),
        demand=(Place(0, 0.0), Place(1, 1.0)),
        profile="drive",
    )
    assert found.times.time_ms.tolist() == [-1, -1]


def test_off_network_points_and_sites() -> None:
    found = found_for(
        Street(0, 1, 1000.0),
        sites=(Place(-1, 0.0), Place(0, 1.0)),
        demand=(Place(-1, 0.0), Place(0, 0.0)),
    )
    assert found.seeds.rank.tolist() == [1]
    assert found.times.rank.tolist() == [-1, 1]
    joined = reachable_positions(found.network, found.seeds, found.demand)
    assert joined.tolist() == [False, True]


def test_no_site_on_the_network() -> None:
    for sites in ((), (Place(-1, 0.0),)):
        found = found_for(Street(0, 1, 10.0), sites=sites, demand=(Place(0, 0.0),))
        assert found.times.time_ms.tolist() == [-1]
        assert not reachable_positions(found.network, found.seeds, found.demand).any()
        rows = np.zeros(1, np.int32)
        first, listed = demand_within(
            found.network, found.seeds, found.demand, rows, 1, limit_ms=10
        )
        assert (first.tolist(), listed.tolist()) == ([0], [])


def test_within_counts_a_place_of_several_rows_once() -> None:
    found = found_for(
        Street(0, 1, 1000.0),
        sites=(Place(0, 0.0), Place(0, 1.0)),
        demand=(Place(0, 0.1), Place(0, 0.2), Place(0, 0.9), Place(0, 0.5)),
    )
    # Rows 0 to 2 are gates of point 0, row 3 takes no part.
    first, listed = demand_within(
        found.network,
        found.seeds,
        found.demand,
        np.array([0, 0, 0, -1], np.int32),
        1,
        limit_ms=900_000,
    )
    assert (first.tolist(), listed.tolist()) == ([0, 1, 2], [0, 0])


def test_a_limit_in_metres_takes_the_length_of_the_quickest_path() -> None:
    streets = (
        Street(0, 1, 310.0, highway="motorway"),  # quicker, but longer than 300 m
        Street(0, 1, 250.0, highway="service"),
        Street(1, 2, 10.0),
    )
    found = found_for(
        *streets,
        sites=(Place(1, 0.0),),
        demand=(Place(2, 1.0), Place(1, 0.5), Place(0, 0.9)),
        profile="drive",
    )
    assert found.times.metres.tolist() == [320.0, 125.0, 279.0]
    rows = np.arange(3, dtype=np.int32)
    bound = search_bound_ms(found.network, 300.0, 2 * HOUR_MS)
    first, listed = demand_within(
        found.network, found.seeds, found.demand, rows, 3, limit_ms=bound, limit_m=300.0
    )
    assert sorted(listed.tolist()) == [1, 2]
    assert first.tolist() == [0, 2]


def test_a_limit_in_metres_holds_where_no_node_is_near() -> None:
    # A cyclist's 100 m on one long street take 27 s; the search for 50 m looks 45 s far, as one
    # walks to the road at 0.9 s a metre, and meets no node.
    found = found_for(
        Street(0, 1, 10_000.0),
        sites=(Place(0, 0.5),),
        demand=(Place(0, 0.51), Place(0, 0.504)),
        profile="cycle",
    )
    assert found.times.metres.tolist() == [100.0, 40.0]
    rows = np.arange(2, dtype=np.int32)
    bound = search_bound_ms(found.network, 50.0, 2 * HOUR_MS)
    _, listed = demand_within(
        found.network, found.seeds, found.demand, rows, 2, limit_ms=bound, limit_m=50.0
    )
    assert listed.tolist() == [1]


def test_the_bound_for_metres_holds_waits_without_length() -> None:
    slow = found_for(
        Street(0, 1, 100.0, highway="living_street"),
        sites=(Place(0, 0.0),),
        demand=(Place(0, 1.0),),
        profile="drive",
    )
    # 10 km/h on the street, but 4 km/h to it: 0.9 s a metre bounds both.
    assert search_bound_ms(slow.network, 300.0, 2 * HOUR_MS) >= 270_000
    assert search_bound_ms(slow.network, 1e9, 5_000_000) == 5_000_000
