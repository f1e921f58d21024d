"""Long runs of the checks in `tests/worlds/graph_checks.py`: `make soak`, minutes to an hour.

QUARTERHOUR_SOAK scales the number of graphs (1 is 50,000 in all).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.network.build import build_network
from geo.network.labels import NO_LABEL
from geo.network.profiles import profile_of
from geo.search.seeds import place_sites
from geo.search.site_reach import demand_within
from geo.search.site_union import SiteUnion
from tests.worlds import graph_checks as check
from tests.worlds.oracle import nearest_sites
from tests.worlds.streets import Place, Street, World, node_places, positions_of, roads_of, worlds

pytestmark = pytest.mark.soak

SCALE = float(os.environ.get("QUARTERHOUR_SOAK", "1"))


def long(examples: int) -> settings:
    return settings(
        max_examples=max(1, int(examples * SCALE)),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


# Larger than in the daily run; enumeration of paths still ends.
large = worlds(nodes_at_most=6, streets_at_most=11)


@given(large)
@long(20_000)
def test_union(world: World) -> None:
    check.union_equals_oracle(world)


@given(large, st.lists(st.integers(0, 3), min_size=1, max_size=20))
@long(12_000)
def test_storms(world: World, steps: list[int]) -> None:
    check.storm_equals_fresh_unions(world, steps)


@given(large, st.integers(0, 2_000_000), st.sampled_from((1.0, 90.0, 300.0, 400.0, 1_000.0)))
@long(8_000)
def test_each_site(world: World, limit_ms: int, limit_m: float) -> None:
    check.each_site_equals_oracle(world, limit_ms, limit_m)


@given(large, st.randoms(use_true_random=False), st.integers(0, 500_000), st.integers(0, 500_000))
@long(5_000)
def test_orders_limits_and_horizons(world: World, random: check.Random, a: int, b: int) -> None:
    check.order_changes_nothing(world, random)
    check.coverage_grows(world, min(a, b), max(a, b))
    check.horizon_cuts(world)


@given(large)
@long(5_000)
def test_nodes(world: World) -> None:
    check.node_is_node(world)
    check.oracles_agree(world)


def town(rng: np.random.Generator, side: int) -> tuple[int, list[Street]]:
    """A town on a grid with private lots, one-ways, closed streets, loops and no-length links."""
    streets = []
    for x in range(side):
        for y in range(side):
            here = x * side + y
            for other in ((x + 1) * side + y, x * side + y + 1):
                inside = (x + 1 < side) if other == here + side else (y + 1 < side)
                if not inside:
                    continue
                streets.append(
                    Street(
                        here,
                        other,
                        float(rng.choice([0.0, 50.0, 80.0, 100.0, 100.0, 333.3])),
                        int(rng.choice([0, 1, 1, 1, 1, 1, 2])),
                        int(rng.choice([0, 0, 0, 1, -1])),
                        str(rng.choice(["residential", "primary", "service", "tertiary_link"])),
                    )
                )
            if rng.random() < 0.05:
                streets.append(Street(here, here, 60.0))
    return side * side, streets


def random_places(rng: np.random.Generator, streets: int, count: int) -> list[Place]:
    fractions = np.where(rng.random(count) < 0.3, rng.integers(0, 2, count), rng.random(count))
    return [
        Place(int(edge), float(fraction), float(access))
        for edge, fraction, access in zip(
            rng.integers(0, streets, count),
            fractions,
            rng.choice([0.0, 10.5, 90.0], count),
            strict=True,
        )
    ]


@pytest.mark.parametrize("seed", range(int(60 * SCALE) or 1))
def test_towns_equal_networkx_and_survive_storms(seed: int) -> None:
    """Hundreds of sites come and go; every label as in a fresh union, every time as networkx's."""
    rng = np.random.default_rng(seed)
    nodes, streets = town(rng, int(rng.integers(5, 30)))
    profile = ("walk", "cycle", "drive")[seed % 3]
    direction = ("to", "from")[seed // 3 % 2]
    roads = roads_of(node_places(nodes), streets)
    network = build_network(roads, profile_of(profile), direction=direction)
    sites = random_places(rng, len(streets), int(rng.integers(1, 700)))
    demand = random_places(rng, len(streets), 300)
    horizon_ms = int(rng.choice([200_000, 900_000, 7_200_000]))
    at_sites, at_demand = positions_of(network, sites), positions_of(network, demand)
    seeds = place_sites(network, at_sites)
    if not len(seeds.rank):
        return
    union = SiteUnion(network, seeds, horizon_ms=horizon_ms, near_ms=150_000)
    first = union.label.copy()
    for i in rng.integers(0, len(seeds.rank), 400):
        (union.remove if union.active[i] else union.add)(int(i))
    active = np.zeros(len(sites), bool)
    active[seeds.rank[union.active]] = True
    left = place_sites(network, check.without(at_sites, active.tolist()))
    fresh = SiteUnion(network, left, horizon_ms=horizon_ms, near_ms=10)
    assert union.label.tobytes() == fresh.label.tobytes()
    held = [
        site if used and network_holds(network, site) else Place(-1, 0.0)
        for site, used in zip(sites, active, strict=True)
    ]
    there = [place if network_holds(network, place) else Place(-1, 0.0) for place in demand]
    expected = nearest_sites(roads, profile, direction, held, there, horizon_ms=horizon_ms)
    _, times = check.read(network, left, union.label, at_demand, horizon_ms)
    np.testing.assert_array_equal(times.time_ms, expected.time_ms)
    np.testing.assert_array_equal(times.rank, expected.rank)
    np.testing.assert_allclose(times.metres, expected.metres, rtol=0, atol=0.002)
    rows = np.arange(len(demand), dtype=np.int32)
    limit_ms = min(horizon_ms, 240_000)
    _, listed = demand_within(network, left, at_demand, rows, len(rows), limit_ms=limit_ms)
    near = np.flatnonzero((expected.time_ms >= 0) & (expected.time_ms <= limit_ms))
    np.testing.assert_array_equal(np.unique(listed), near)
    for i in np.flatnonzero(~union.active):
        union.add(int(i))
    assert union.label.tobytes() == first.tobytes()
    for i in range(len(seeds.rank)):
        union.remove(i)
    assert np.all(union.label == NO_LABEL)


def network_holds(network: object, place: Place) -> bool:
    return place.edge in set(network.road.tolist())  # type: ignore[attr-defined]
