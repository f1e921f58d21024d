"""What must hold on every random world; shared by the tests here and the soak."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from random import Random

import numpy as np
from hypothesis import assume

from geo.network.labels import NO_LABEL
from geo.network.positions import Positions
from geo.search.seeds import place_sites
from geo.search.site_reach import demand_within, site_reach
from geo.search.site_union import SiteUnion
from geo.search.times import reachable_positions, search_bound_ms
from tests.worlds.oracle import Nearest, nearest_by_trips, nearest_sites, rules_of, trip
from tests.worlds.streets import Place, Searched, World, places_of, read, search

__all__ = ["Random"]

# Lengths are float sums in another order than the oracle's.
METRES_TOLERANCE = 0.002


def _searched(world: World) -> Searched:
    found = search(world)
    assume(found is not None)
    assert found is not None
    return found


def _asked(world: World, found: Searched) -> dict[str, object]:
    """The oracle's arguments: places as the engine holds them, so off-network ones agree."""
    return {
        "roads": world.roads,
        "profile": world.profile,
        "direction": world.direction,
        "sites": places_of(found.network, found.sites),
        "demand": places_of(found.network, found.demand),
        "horizon_ms": world.horizon_ms,
    }


def union_equals_oracle(world: World) -> None:
    """Times, owners, metres and `cut_off` of the union."""
    found = _searched(world)
    expected = nearest_by_trips(**_asked(world, found))  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.times.time_ms, expected.time_ms)
    np.testing.assert_array_equal(found.times.rank, expected.rank)
    np.testing.assert_allclose(found.times.metres, expected.metres, rtol=0, atol=METRES_TOLERANCE)
    joined = reachable_positions(found.network, found.seeds, found.demand)
    np.testing.assert_array_equal(joined, expected.joined)


def oracles_agree(world: World) -> None:
    """Enumeration and networkx give the same."""
    found = _searched(world)
    asked = _asked(world, found)
    one: Nearest = nearest_by_trips(**asked)  # type: ignore[arg-type]
    two: Nearest = nearest_sites(**asked)  # type: ignore[arg-type]
    np.testing.assert_array_equal(one.time_ms, two.time_ms)
    np.testing.assert_array_equal(one.rank, two.rank)
    np.testing.assert_allclose(one.metres, two.metres, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(one.joined, two.joined)


def without(positions: Positions, active: Sequence[bool]) -> Positions:
    """The same sites, the inactive ones off network: their ranks stay."""
    edge = np.where(active, positions.edge, -1).astype(np.int32)
    return Positions(edge, positions.fraction, positions.access_m)


def storm_equals_fresh_unions(world: World, steps: Iterable[int]) -> None:
    """Each step adds the site if it is out and removes it if it is in."""
    found = _searched(world)
    used = len(found.seeds.rank)
    assume(used > 0)
    fresh_all = found.union.label.copy()
    for step in steps:
        i = step % used
        before = found.union.label.copy()
        if found.union.active[i]:
            changed = found.union.remove(i)
            owned = np.flatnonzero((before & np.uint64(0xFFFF_FFFF)) == found.seeds.rank[i])
            owned = owned[before[owned] != NO_LABEL]
        else:
            changed = found.union.add(i)
            after = found.union.label
            owned = np.flatnonzero((after & np.uint64(0xFFFF_FFFF)) == found.seeds.rank[i])
            owned = owned[after[owned] != NO_LABEL]
        assert set(changed.tolist()) == set(owned.tolist())
        active = np.zeros(len(found.sites), bool)
        active[found.seeds.rank[found.union.active]] = True
        seeds = place_sites(found.network, without(found.sites, active.tolist()))
        fresh = SiteUnion(found.network, seeds, horizon_ms=world.horizon_ms, near_ms=60_000)
        assert found.union.label.tobytes() == fresh.label.tobytes()
    for i in range(used):
        found.union.add(i)
    assert found.union.label.tobytes() == fresh_all.tobytes()


def each_site_equals_oracle(world: World, limit_ms: int, limit_m: float) -> None:
    """`site_reach` and `demand_within`, in time and in metres, against one trip at a time."""
    found = _searched(world)
    network, seeds, demand = found.network, found.seeds, found.demand
    rules = rules_of(world.roads, world.profile)
    sites, points = places_of(network, found.sites), places_of(network, demand)
    rows = np.arange(len(points), dtype=np.int32)
    first, listed = demand_within(network, seeds, demand, rows, len(points), limit_ms=limit_ms)
    bound = search_bound_ms(network, limit_m, 7_200_000)
    first_m, listed_m = demand_within(
        network, seeds, demand, rows, len(points), limit_ms=bound, limit_m=limit_m
    )
    scratch, scratch_m = (
        np.full(network.graph.node_count, NO_LABEL),
        np.full(network.graph.node_count, np.inf),
    )
    for i, rank in enumerate(seeds.rank.tolist()):
        trips = [
            trip(rules, *((p, sites[rank]) if world.direction == "to" else (sites[rank], p)))
            for p in points
        ]
        near = {j for j, t in enumerate(trips) if t is not None and t[0] <= limit_ms}
        assert set(listed[first[i] : first[i + 1]].tolist()) == near
        close = {j for j, t in enumerate(trips) if t is not None and round(t[1], 3) <= limit_m}
        assert set(listed_m[first_m[i] : first_m[i + 1]].tolist()) == close
        _, nodes, labels, metres = site_reach(
            network,
            seeds,
            np.array([i]),
            limit_ms=limit_ms,
            scratch=scratch,
            scratch_metres=scratch_m,
        )
        assert np.all(scratch == NO_LABEL) and np.all(np.isinf(scratch_m))
        assert len(np.unique(nodes)) == len(nodes)
        alone = np.zeros(len(sites), bool)
        alone[rank] = True
        own = place_sites(network, without(found.sites, alone.tolist()))
        label = np.full(network.graph.node_count, NO_LABEL)
        label[nodes] = labels
        union = SiteUnion(network, own, horizon_ms=limit_ms, near_ms=1)
        assert label.tobytes() == union.label.tobytes()
        lengths, times = read(network, own, label, demand, limit_ms)
        assert metres.tobytes() == lengths[nodes].tobytes()
        expected = [-1 if t is None or t[0] > limit_ms else t[0] for t in trips]
        np.testing.assert_array_equal(times.time_ms, expected)


def same_bytes(world: World, ways: Sequence[tuple[int, int]]) -> None:
    """Any near_ms and number of threads: the same labels, lengths and results."""
    assume(search(world) is not None)
    results = []
    for near_ms, threads in ways:
        found = search(world, near_ms=near_ms, threads=threads)
        assert found is not None
        times = found.times
        arrays = (found.union.label, found.metres, times.time_ms, times.rank, times.metres)
        results.append(b"".join(array.tobytes() for array in arrays))
    assert len(set(results)) == 1


def order_changes_nothing(world: World, random: Random) -> None:
    """Rows of streets, numbers of nodes and rows of demand in another order."""
    found = _searched(world)
    rows = list(range(len(world.streets)))
    random.shuffle(rows)
    nodes = list(range(world.nodes))
    random.shuffle(nodes)
    points = list(range(len(world.demand)))
    random.shuffle(points)
    new_row = {old: new for new, old in enumerate(rows)}
    other = dataclasses.replace(
        world,
        streets=tuple(
            dataclasses.replace(
                world.streets[row],
                u=nodes[world.streets[row].u],
                v=nodes[world.streets[row].v],
            )
            for row in rows
        ),
        sites=tuple(dataclasses.replace(p, edge=new_row[p.edge]) for p in world.sites),
        demand=tuple(
            dataclasses.replace(world.demand[at], edge=new_row[world.demand[at].edge])
            for at in points
        ),
    )
    shuffled = _searched(other)
    np.testing.assert_array_equal(shuffled.times.time_ms, found.times.time_ms[points])
    np.testing.assert_array_equal(shuffled.times.rank, found.times.rank[points])
    np.testing.assert_allclose(shuffled.times.metres, found.times.metres[points], atol=0.0011)


def coverage_grows(world: World, less_ms: int, more_ms: int) -> None:
    """What a shorter time or fewer sites cover, a longer time and more sites cover, too."""
    found = _searched(world)
    time = found.times.time_ms
    fewer = dataclasses.replace(world, sites=world.sites[:-1] or world.sites)
    time_fewer = _searched(fewer).times.time_ms
    near = (time_fewer >= 0) & (time_fewer <= less_ms)
    assert np.all((time >= 0)[near]) and np.all(time[near] <= time_fewer[near])
    for limit in (less_ms, more_ms):
        cut = dataclasses.replace(world, horizon_ms=min(limit, world.horizon_ms))
        within = _searched(cut).times.time_ms
        expected = np.where((time >= 0) & (time <= limit), time, -1)
        np.testing.assert_array_equal(within, expected)


def horizon_cuts(world: World) -> None:
    """At a horizon of exactly a point's time it has one; a millisecond less, and it has none."""
    far = dataclasses.replace(world, horizon_ms=7_200_000)
    times = _searched(far).times.time_ms
    for time in sorted({int(t) for t in times if t > 0}):
        for horizon_ms in (time, time - 1):
            cut = dataclasses.replace(world, horizon_ms=horizon_ms)
            expected = np.where((times >= 0) & (times <= horizon_ms), times, -1)
            np.testing.assert_array_equal(_searched(cut).times.time_ms, expected)


def node_is_node(world: World) -> None:
    """A demand point on a node has one result, whichever of the node's edges holds it."""
    found = _searched(world)
    for place in world.demand:
        if place.fraction not in (0.0, 1.0):
            continue
        street = world.streets[place.edge]
        node = street.u if place.fraction == 0.0 else street.v
        same = tuple(
            Place(row, fraction, place.access_m)
            for row, other in enumerate(world.streets)
            for fraction, end in ((0.0, other.u), (1.0, other.v))
            if end == node and row in set(found.network.road.tolist())
        )
        if same:
            times = _searched(dataclasses.replace(world, demand=same)).times
            assert len(set(times.time_ms.tolist())) == 1
            assert len(set(times.rank.tolist())) == 1
