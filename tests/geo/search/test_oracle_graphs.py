"""Random graphs: the engine equals the oracle, however it is asked.

One-ways, parallel streets, loops, streets without length, islands, private ways, two points on one
edge, points exactly on a node, sites off network, both directions. `tests/soak` runs the same
checks on many more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worlds import graph_checks as check
from tests.worlds.streets import World, worlds

many = settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
some = settings(many, max_examples=120)
several = settings(many, max_examples=300)


@given(worlds())
@many
def test_union_equals_the_oracle(world: World) -> None:
    check.union_equals_oracle(world)


@given(worlds())
@some
def test_the_oracles_agree(world: World) -> None:
    check.oracles_agree(world)


@given(worlds(), st.data())
@many
def test_adding_and_removing_sites_leaves_no_trace(world: World, data: st.DataObject) -> None:
    count = len(world.sites)
    steps = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=5))
    check.storm_equals_fresh_unions(world, steps)


@given(worlds(), st.sampled_from((60_000, 180_000, 900_000)), st.sampled_from((90.0, 400.0)))
@several
def test_each_site_alone_equals_the_oracle(world: World, limit_ms: int, limit_m: float) -> None:
    check.each_site_equals_oracle(world, limit_ms, limit_m)


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Groups of one seed, and two threads for nine: tiny worlds take the roads of large ones."""
    monkeypatch.setattr("geo.search.site_union._GROUP", 1)
    yield


@given(worlds(), st.lists(st.sampled_from((0, 1, 30_000, 10**7)), min_size=2, max_size=2))
@some
def test_threads_groups_and_near_change_no_byte(
    small_groups: None, world: World, near_ms: list[int]
) -> None:
    many_sites = World(**{**vars(world), "sites": world.sites * 4})
    check.same_bytes(many_sites, [(n, t) for n, t in itertools.product(near_ms, (1, 2))])


@given(worlds(), st.randoms(use_true_random=False))
@some
def test_order_of_rows_changes_nothing(world: World, random: check.Random) -> None:
    check.order_changes_nothing(world, random)


@given(worlds(), st.integers(0, 400_000), st.integers(0, 400_000))
@some
def test_more_time_and_more_sites_never_cover_less(world: World, a: int, b: int) -> None:
    check.coverage_grows(world, min(a, b), max(a, b))


@given(worlds())
@some
def test_horizon_cuts_exactly(world: World) -> None:
    check.horizon_cuts(world)


@given(worlds())
@some
def test_a_point_on_a_node_is_the_node(world: World) -> None:
    check.node_is_node(world)
