"""Travel times through the interface: the same as the functions behind it give."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings

from geo.search.provider import StreetTimes, TravelTimes
from geo.search.seeds import place_sites
from geo.search.times import reachable_positions
from tests.worlds.graph_checks import without
from tests.worlds.streets import World, search, worlds

few = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@given(worlds())
@few
def test_streets_answer_as_the_search_does(world: World) -> None:
    found = search(world)
    assume(found is not None)
    assert found is not None
    times: TravelTimes = StreetTimes(found.network)
    union = times.union(found.seeds, horizon_ms=world.horizon_ms)
    assert union.label.tobytes() == found.union.label.tobytes()
    read = times.at(union, found.demand, horizon_ms=world.horizon_ms)
    np.testing.assert_array_equal(read.time_ms, found.times.time_ms)
    np.testing.assert_array_equal(read.rank, found.times.rank)
    np.testing.assert_array_equal(read.metres, found.times.metres)
    np.testing.assert_array_equal(
        times.reachable(found.seeds, found.demand),
        reachable_positions(found.network, found.seeds, found.demand),
    )


@given(worlds())
@few
def test_a_removed_site_is_read_nowhere(world: World) -> None:
    """Not on its own edge either, where no node stands between site and point."""
    found = search(world)
    assume(found is not None and len(found.seeds.rank) > 1)
    assert found is not None
    times = StreetTimes(found.network)
    found.union.remove(0)
    read = times.at(found.union, found.demand, horizon_ms=world.horizon_ms)
    active = np.isin(np.arange(len(found.sites)), found.seeds.rank[1:])
    seeds = place_sites(found.network, without(found.sites, active.tolist()))
    fresh = times.union(seeds, horizon_ms=world.horizon_ms)
    expected = times.at(fresh, found.demand, horizon_ms=world.horizon_ms)
    np.testing.assert_array_equal(read.time_ms, expected.time_ms)
    np.testing.assert_array_equal(read.rank, expected.rank)
    np.testing.assert_array_equal(read.metres, expected.metres)


@given(worlds())
@few
def test_limits_in_minutes_and_in_metres(world: World) -> None:
    found = search(world)
    assume(found is not None and len(found.seeds.rank) > 0)
    assert found is not None
    times = StreetTimes(found.network, threads=1)
    rows, count = np.arange(len(world.demand), dtype=np.int32), len(world.demand)

    def within(limit_ms: int | None, limit_m: float | None) -> set[tuple[int, int, int, float]]:
        sets = times.within(
            found.seeds,
            found.demand,
            rows,
            count,
            limit_ms=limit_ms,
            limit_m=limit_m,
            horizon_ms=world.horizon_ms,
        )
        site = np.repeat(np.arange(len(sets.first) - 1), np.diff(sets.first))
        columns = (site, sets.point, sets.time_ms, sets.metres)
        return set(zip(*(column.tolist() for column in columns), strict=True))

    every = within(10**9, None)
    assert all(time_ms <= world.horizon_ms for _, _, time_ms, _ in every)
    assert within(120_000, None) == {pair for pair in every if pair[2] <= 120_000}
    assert within(None, 100.5) == {pair for pair in every if pair[3] <= 100.5}
