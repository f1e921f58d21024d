"""Coverage sets: every pair of a site and a demand point, against one trip at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.search.seeds import place_sites
from geo.search.site_reach import CoverageSets, coverage_sets, demand_within
from geo.search.site_union import SiteUnion
from geo.search.times import search_bound_ms
from tests.worlds.graph_checks import METRES_TOLERANCE, without
from tests.worlds.oracle import rules_of, trip
from tests.worlds.streets import (
    Place,
    Searched,
    Street,
    World,
    places_of,
    read,
    search,
    worlds,
)

FAR_MS = 7_200_000

many = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def searched(world: World) -> Searched:
    found = search(world)
    if found is None:
        assume(False)
    assert found is not None
    return found


def brute_force(
    world: World, found: Searched, point_of_row: list[int]
) -> list[dict[int, tuple[int, float]]]:
    """For each used site: time and length to every point that any trip leads to."""
    rules = rules_of(world.roads, world.profile)
    sites, rows = places_of(found.network, found.sites), places_of(found.network, found.demand)
    answers = []
    for rank in found.seeds.rank.tolist():
        best: dict[int, tuple[int, float]] = {}
        for point, row in zip(point_of_row, rows, strict=True):
            ends = (row, sites[rank]) if world.direction == "to" else (sites[rank], row)
            found_trip = trip(rules, *ends)
            if point >= 0 and found_trip is not None:
                best[point] = min(best.get(point, found_trip), found_trip)
        answers.append(best)
    return answers


def sets_of(found: Searched, point_of_row: list[int], **limit: float | None) -> CoverageSets:
    rows = np.array(point_of_row, np.int32)
    points = int(max(point_of_row)) + 1
    sets = coverage_sets(found.network, found.seeds, found.demand, rows, points, **limit)  # type: ignore[arg-type]
    first, point = demand_within(found.network, found.seeds, found.demand, rows, points, **limit)  # type: ignore[arg-type]
    assert first.tolist() == sets.first.tolist() and point.tolist() == sets.point.tolist()
    assert sets.first.dtype == sets.time_ms.dtype == np.int64 and sets.point.dtype == np.int32
    return sets


def same(sets: CoverageSets, expected: list[dict[int, tuple[int, float]]]) -> None:
    assert len(sets.first) == len(expected) + 1
    for i, best in enumerate(expected):
        mine = slice(sets.first[i], sets.first[i + 1])
        points = sets.point[mine].tolist()
        assert len(set(points)) == len(points) and set(points) == set(best)
        times, metres = sets.time_ms[mine].tolist(), sets.metres[mine].tolist()
        for point, time_ms, length_m in zip(points, times, metres, strict=True):
            assert time_ms == best[point][0]
            assert length_m == pytest.approx(best[point][1], abs=METRES_TOLERANCE)


@given(worlds(), st.data())
@many
def test_every_pair_equals_brute_force_within_minutes(world: World, data: st.DataObject) -> None:
    found = searched(world)
    count = len(world.demand)
    assume(len(found.seeds.rank) > 0)
    # Some rows are gates of one point, some take no part; the limit is often exactly a time.
    point_of_row = data.draw(st.lists(st.integers(-1, 2), min_size=count, max_size=count))
    assume(max(point_of_row) >= 0)
    expected = brute_force(world, found, point_of_row)
    times = sorted({ms for best in expected for ms, _ in best.values()} | {60_000})
    limit_ms = data.draw(st.sampled_from(times)) - data.draw(st.sampled_from((0, 0, 1)))
    assume(limit_ms >= 0)
    near = [{p: t for p, t in best.items() if t[0] <= limit_ms} for best in expected]
    same(sets_of(found, point_of_row, limit_ms=limit_ms), near)


@given(worlds(), st.data())
@many
def test_every_pair_equals_brute_force_within_metres(world: World, data: st.DataObject) -> None:
    found = searched(world)
    count = len(world.demand)
    assume(len(found.seeds.rank) > 0)
    point_of_row = data.draw(st.lists(st.integers(-1, 2), min_size=count, max_size=count))
    assume(max(point_of_row) >= 0)
    expected = brute_force(world, found, point_of_row)
    metres = sorted({round(m, 3) for best in expected for _, m in best.values()} | {90.0})
    limit_m = data.draw(st.sampled_from(metres)) - data.draw(st.sampled_from((0.0, 0.0, 0.001)))
    assume(limit_m >= 0)
    close = [
        {p: t for p, t in best.items() if round(round(t[1], 3) * 1000) <= round(limit_m * 1000)}
        for best in expected
    ]
    bound = search_bound_ms(found.network, limit_m, FAR_MS)
    same(sets_of(found, point_of_row, limit_ms=bound, limit_m=limit_m), close)


@given(worlds())
@many
def test_a_site_alone_has_the_bytes_of_its_own_union(world: World) -> None:
    """The same time and the same metres as `at_positions` reads for a layer of this site only."""
    found = searched(world)
    rows = list(range(len(world.demand)))
    sets = sets_of(found, rows, limit_ms=FAR_MS)
    for i, rank in enumerate(found.seeds.rank.tolist()):
        alone = np.arange(len(found.sites)) == rank
        seeds = place_sites(found.network, without(found.sites, alone.tolist()))
        union = SiteUnion(found.network, seeds, horizon_ms=FAR_MS, near_ms=FAR_MS)
        _, times = read(found.network, seeds, union.label, found.demand, FAR_MS)
        mine = slice(sets.first[i], sets.first[i + 1])
        time_ms, metres = np.full(len(rows), -1), np.full(len(rows), np.nan)
        time_ms[sets.point[mine]] = sets.time_ms[mine]
        metres[sets.point[mine]] = sets.metres[mine]
        np.testing.assert_array_equal(time_ms, times.time_ms)
        np.testing.assert_array_equal(metres, times.metres)


def test_a_group_counts_with_its_quickest_row_and_the_shortest_of_those() -> None:
    streets = (
        Street(0, 1, 1000.0, highway="motorway"),  # 40 s
        Street(0, 2, 500.0, highway="service"),  # 120 s
        Street(0, 3, 1000.0, highway="tertiary"),  # 120 s
    )
    demand = (Place(1, 1.0), Place(0, 1.0), Place(2, 1.0))
    world = World(4, streets, "drive", "from", (Place(0, 0.0),), demand, FAR_MS)
    found = searched(world)
    sets = sets_of(found, [0, 0, 1], limit_ms=FAR_MS)
    pairs = zip(sets.point.tolist(), sets.time_ms.tolist(), sets.metres.tolist(), strict=True)
    assert sorted(pairs) == [(0, 40_000, 1000.0), (1, 120_000, 1000.0)]
    sets = sets_of(found, [0, -1, 0], limit_ms=FAR_MS)
    assert (sets.time_ms.tolist(), sets.metres.tolist()) == ([120_000], [500.0])


def test_many_points_and_sites_without_any() -> None:
    # More points than the first size of the growing arrays, and a site on an island.
    streets = (Street(0, 1, 1000.0), Street(2, 3, 10.0))
    demand = tuple(Place(0, k / 4000) for k in range(4000))
    sites = (Place(0, 0.0), Place(1, 0.5), Place(0, 1.0))
    found = searched(World(4, streets, "walk", "to", sites, demand, FAR_MS))
    sets = sets_of(found, list(range(4000)), limit_ms=FAR_MS)
    assert sets.first.tolist() == [0, 4000, 4000, 8000]
    order = np.argsort(sets.point[4000:])
    np.testing.assert_array_equal(sets.time_ms[4000:][order], found_from_the_end(4000))


def found_from_the_end(count: int) -> np.ndarray:
    """Milliseconds to the end of the street of 1,000 m (900 s)."""
    return np.rint(900_000 * (1.0 - np.arange(count) / count)).astype(np.int64)


def test_a_time_that_is_no_label_is_within_no_limit() -> None:
    # A street slowed down to close it: 500 m at 0.001 km/h take longer than labels can hold.
    streets = (Street(0, 1, 1000.0), Street(1, 2, 1000.0, speed_kmh=1e-3))
    world = World(3, streets, "drive", "to", (Place(0, 0.0),), (Place(1, 0.5),), 2**40)
    found = searched(world)
    assert found.times.time_ms.tolist() == [-1]
    assert sets_of(found, [0], limit_ms=2**40).point.tolist() == []
