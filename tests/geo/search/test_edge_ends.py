"""The two ends of an edge, by hand, and on worlds whose two directions take different times."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coverage.layer_run import LayerRun, run_layer
from geo.inputs.demand import build_demand
from geo.isochrones.streets import reached_streets
from geo.network.build import build_network
from geo.network.labels import NO_LABEL, milliseconds_of
from geo.network.network import Network
from geo.network.profiles import Profile, profile_of
from geo.parts.halo import Cutter
from geo.questions.walked_path import trace_path
from geo.roads.roads import CLOSED, OPEN, PRIVATE, Roads
from geo.search.edge_ends import arrivals, departures, stretches
from geo.search.seeds import place_sites
from geo.search.site_reach import coverage_sets
from geo.search.site_union import SiteUnion
from geo.study.model import Layer
from tests.worlds.oracle import Rules, nearest_by_trips, nearest_sites, rules_of, trip
from tests.worlds.streets import (
    LAT,
    LON,
    Place,
    Searched,
    Street,
    World,
    areas_of,
    demand_rows,
    node_places,
    places_of,
    read,
    roads_of,
    search_on,
    worlds,
)

some = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
AREAS = areas_of([("A", shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1), {})])


@dataclasses.dataclass(frozen=True)
class Uphill(Profile):
    """From v to u every edge takes longer, and every third edge in another measure."""

    def edge_ms(self, roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Forward as on the level, backward slower."""
        forward, _ = super().edge_ms(roads)
        return forward, np.where(forward < 0, -1, np.array(slower(forward.tolist())))


def slower(ms: list[int]) -> list[int]:
    """Time from v to u, of the time from u to v of each road."""
    return [2 * one + 500 * (row % 3) for row, one in enumerate(ms)]


def uphill(profile: str) -> Profile:
    return Uphill(
        **{f.name: getattr(profile_of(profile), f.name) for f in dataclasses.fields(Profile)}
    )


def uphill_rules(world: World) -> Rules:
    rules = rules_of(world.roads, world.profile)
    return dataclasses.replace(rules, ms_back=slower(rules.ms))


def uphill_search(world: World) -> Searched:
    try:
        network = build_network(world.roads, uphill(world.profile), direction=world.direction)
    except StudyError:
        assume(False)
        raise
    return search_on(network, world)


def network_of(*streets: Street, profile: Profile, direction: str = "from") -> Network:
    return build_network(roads_of(node_places(4), streets), profile, direction=direction)


def ends_of(ends) -> list[tuple[int, int, float]]:  # type: ignore[no-untyped-def]
    """Node, ms and metres at u and at v."""
    columns = (ends.node[:, 0], ends.ms[:, 0], ends.metres[:, 0])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_quarter_of_an_edge_lies_behind_and_three_quarters_ahead() -> None:
    network = network_of(Street(0, 1, 1000.0), profile=uphill("walk"))
    at = np.zeros(1, np.int32), np.array([0.25])
    # 900 s from u to v and 1,800 s back; 0 and 1 are u and v along the Hilbert curve.
    assert ends_of(departures(network, *at)) == [(0, 450_000, 250.0), (1, 675_000, 750.0)]
    assert ends_of(arrivals(network, *at)) == [(0, 225_000, 250.0), (1, 1_350_000, 750.0)]


def test_the_search_against_the_travel_exchanges_the_directions() -> None:
    street = Street(0, 1, 1000.0)
    onward = network_of(street, profile=uphill("walk"))
    against = network_of(street, profile=uphill("walk"), direction="to")
    assert onward.ms_forward.tolist() == against.ms_backward.tolist() == [900_000]
    assert onward.ms_backward.tolist() == against.ms_forward.tolist() == [1_800_000]
    # A position's departures are its arrivals in the search against the travel.
    at = np.zeros(1, np.int32), np.array([0.25])
    assert ends_of(departures(onward, *at)) == ends_of(arrivals(against, *at))


def test_one_array_serves_both_directions_where_they_are_equal() -> None:
    network = network_of(Street(0, 1, 1000.0), Street(1, 2, 50.0), profile=profile_of("walk"))
    assert network.ms_backward is network.ms_forward
    stored = network.arrays()
    assert "ms_backward" not in stored
    again = Network.from_arrays(dict(stored), network.off_road_kmh)
    assert again.ms_backward is again.ms_forward
    one, two = network.ms_of_edges(np.array([1]))
    assert one is two and one.tolist() == [45_000]
    differ = network_of(Street(0, 1, 1000.0), profile=uphill("walk"))
    again = Network.from_arrays(dict(differ.arrays()), differ.off_road_kmh)
    assert (again.ms_forward.tolist(), again.ms_backward.tolist()) == ([900_000], [1_800_000])


@pytest.mark.parametrize(("oneway", "open_ends"), [(1, ([1], [0])), (-1, ([0], [1]))])
def test_a_one_way_leaves_one_end(oneway: int, open_ends: tuple[list[int], list[int]]) -> None:
    network = network_of(Street(0, 1, 100.0, oneway=oneway), profile=profile_of("drive"))
    at = np.zeros(1, np.int32), np.array([0.5])
    assert departures(network, *at).permitted[0].tolist() == open_ends[0]
    assert arrivals(network, *at).permitted[0].tolist() == open_ends[1]


@pytest.mark.parametrize("oneway", [1, -1])
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_a_position_at_a_node_is_that_node(oneway: int, fraction: float) -> None:
    network = network_of(Street(0, 1, 100.0, oneway=oneway), profile=profile_of("drive"))
    at = np.zeros(1, np.int32), np.array([fraction])
    for ends in (departures(network, *at), arrivals(network, *at)):
        assert (int(fraction), 0, 0.0) == ends_of(ends)[int(fraction)]


def test_at_a_private_way_a_trip_begins_and_ends_in_its_own_copy() -> None:
    network = network_of(
        Street(0, 1, 100.0), Street(1, 2, 100.0, access=PRIVATE), profile=profile_of("walk")
    )
    one = np.array([1.0])
    public, private = np.array([0], np.int32), np.array([1], np.int32)
    begin = departures(network, public, one).node[1, 0]
    end = arrivals(network, public, one).node[1, 0]
    # Node 1 of the public street: its two copies, and neither is the public node.
    assert begin == departures(network, private, 1 - one).node[0, 0] != end
    assert end == arrivals(network, private, 1 - one).node[0, 0]
    assert network.seed_v[0] == network.read_v[0] not in (begin, end)


def test_stretches_follow_the_direction() -> None:
    network = network_of(Street(0, 1, 1000.0), profile=uphill("walk"))
    edge = np.zeros(3, np.int32)
    along = stretches(network, edge, np.array([0.5, 0.5, 0.5]), np.array([0.75, 0.25, 0.5]))
    assert along.permitted.tolist() == [True, True, True]
    assert along.ms.tolist() == [225_000, 450_000, 0]
    assert along.metres.tolist() == [250.0, 250.0, 0.0]
    oneway = network_of(Street(0, 1, 100.0, oneway=1), profile=profile_of("drive"))
    along = stretches(oneway, edge, np.array([0.5, 0.5, 0.5]), np.array([0.75, 0.25, 0.5]))
    assert along.permitted.tolist() == [True, False, True]


def test_an_edge_may_be_open_in_one_direction_only() -> None:
    @dataclasses.dataclass(frozen=True)
    class Downhill(Profile):
        def edge_ms(self, roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            forward, _ = super().edge_ms(roads)
            return forward, np.full(len(roads), -1)

    walk = profile_of("walk")
    downhill = Downhill(**{f.name: getattr(walk, f.name) for f in dataclasses.fields(Profile)})
    network = network_of(Street(0, 1, 100.0), profile=downhill)
    assert (network.forward.tolist(), network.backward.tolist()) == ([True], [False])
    assert len(network.graph.arcs) == 1


def test_an_override_holds_in_both_directions() -> None:
    rows = {"edge_index": [0, 1], "profile": ["", ""], "allowed": [None, None]}
    overrides = pd.DataFrame(rows | {"speed_kmh": [3.6, np.nan], "minutes": [np.nan, 1.0]})
    roads = roads_of(node_places(4), [Street(k, k + 1, 100.0) for k in range(3)])
    network = build_network(roads, uphill("walk"), direction="from", overrides=overrides)
    assert network.ms_forward.tolist() == [100_000, 60_000, 90_000]
    assert network.ms_backward.tolist() == [100_000, 60_000, 2 * 90_000 + 1_000]


@given(worlds())
@some
def test_times_equal_the_oracles(world: World) -> None:
    found = uphill_search(world)
    sites, demand = places_of(found.network, found.sites), places_of(found.network, found.demand)
    for oracle in (nearest_by_trips, nearest_sites):
        expected = oracle(
            world.roads,
            world.profile,
            world.direction,
            sites,
            demand,
            horizon_ms=world.horizon_ms,
            rules=uphill_rules(world),
        )
        np.testing.assert_array_equal(found.times.time_ms, expected.time_ms)
        np.testing.assert_array_equal(found.times.rank, expected.rank)
        np.testing.assert_allclose(found.times.metres, expected.metres, rtol=0, atol=0.002)


def test_times_equal_a_plain_directed_graph() -> None:
    """A grid of streets as a networkx DiGraph, sites and demand at its nodes."""
    side = 6
    pairs = [(n, n + 1) for n in range(side**2) if (n + 1) % side] + [
        (n, n + side) for n in range(side**2 - side)
    ]
    streets = [Street(u, v, 40.0 + 17 * (k % 7)) for k, (u, v) in enumerate(pairs)]
    roads = roads_of(node_places(side**2), streets)
    forward, backward = uphill("walk").edge_ms(roads)
    graph = nx.DiGraph()
    for (u, v), onward, back in zip(pairs, forward.tolist(), backward.tolist(), strict=True):
        graph.add_edge(u, v, weight=onward)
        graph.add_edge(v, u, weight=back)
    at = {u: Place(k, 0.0) for k, (u, _) in enumerate(pairs)}
    at |= {v: Place(k, 1.0) for k, (_, v) in enumerate(pairs)}
    everywhere = tuple(at[n] for n in range(side**2))
    for direction in ("from", "to"):
        network = build_network(roads, uphill("walk"), direction=direction)
        sites = (at[0], at[20])
        world = World(side**2, tuple(streets), "walk", direction, sites, everywhere, 7_200_000)
        found = search_on(network, world)
        searched = graph if direction == "from" else graph.reverse()
        expected = nx.multi_source_dijkstra_path_length(searched, {0, 20})
        assert found.times.time_ms.tolist() == [expected[n] for n in range(side**2)]


@given(worlds())
@some
def test_coverage_sets_equal_the_oracle(world: World) -> None:
    found = uphill_search(world)
    rules, count = uphill_rules(world), len(world.demand)
    sites, demand = places_of(found.network, found.sites), places_of(found.network, found.demand)
    sets = coverage_sets(
        found.network,
        found.seeds,
        found.demand,
        np.arange(count, dtype=np.int32),
        count,
        limit_ms=180_000,
    )
    for i, rank in enumerate(found.seeds.rank.tolist()):
        expected = {}
        for point, place in enumerate(demand):
            ends = (place, sites[rank]) if world.direction == "to" else (sites[rank], place)
            best = trip(rules, *ends)
            if best is not None and best[0] <= 180_000:
                expected[point] = best[0]
        mine = slice(sets.first[i], sets.first[i + 1])
        pairs = zip(sets.point[mine].tolist(), sets.time_ms[mine].tolist(), strict=True)
        assert dict(pairs) == expected


def run_of(found: Searched, world: World) -> LayerRun:
    count = len(world.sites)
    ids = [f"s{i}" for i in range(count)]
    columns = {"id": np.array(ids, object), "name": np.array(ids, object), "capacity": np.nan}
    table = pd.DataFrame(columns | {"lon": [LON] * count, "lat": [LAT] * count})
    rows = demand_rows([{"id": f"d{i}"} for i in range(len(world.demand))])
    points = build_demand(rows, AREAS, QualityLog(), file="d.csv")
    layer = Layer(key="k", path="p", minutes=15.0, profile=world.profile, direction=world.direction)
    return run_layer(
        layer,
        found.network,
        table,
        found.sites,
        points,
        found.demand,
        AREAS,
        horizon_ms=world.horizon_ms,
    )


@given(worlds())
@some
def test_the_path_has_the_time_of_each_leg_in_its_own_direction(world: World) -> None:
    found = uphill_search(world)
    assume(len(found.seeds.rank) > 0)
    run, rules, demand = run_of(found, world), uphill_rules(world), found.demand
    for row in np.flatnonzero(found.times.time_ms >= 0):
        path = trace_path(
            run,
            int(demand.edge[row]),
            float(demand.fraction[row]),
            float(demand.access_m[row]),
        )
        assert path is not None and path.time_ms == found.times.time_ms[row]
        for leg in path.legs:
            # A leg from u to v is travelled from u to v only where people travel from the site.
            onward = (leg.end > leg.begin) == (world.direction == "from")
            whole = (rules.ms if onward else rules.ms_back)[found.network.road[leg.edge]]
            assert leg.ms == round(whole * abs(leg.end - leg.begin))


@given(worlds(), st.data())
@some
def test_a_part_decides_as_the_whole(world: World, data: st.DataObject) -> None:
    whole = uphill_search(world)
    count = len(world.demand)
    chosen = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    which = np.flatnonzero(chosen)
    cut = Cutter(whole.network, horizon_ms=world.horizon_ms).cut(
        whole.demand, which, (whole.seeds,)
    )
    rank = whole.seeds.rank[cut.sites[0]]
    seeds = place_sites(cut.network, cut.positions(whole.sites, rank))
    union = SiteUnion(cut.network, seeds, horizon_ms=world.horizon_ms, near_ms=60_000)
    rows = cut.positions(whole.demand, which)
    _, times = read(cut.network, seeds, union.label, rows, world.horizon_ms)
    np.testing.assert_array_equal(times.time_ms, whole.times.time_ms[which])
    np.testing.assert_array_equal(np.append(rank, -1)[times.rank], whole.times.rank[which])
    np.testing.assert_array_equal(times.metres, whole.times.metres[which])


_FRACTIONS = (0.07, 0.31, 0.52, 0.78, 0.94)


@given(worlds(), st.sampled_from((30_000, 100_000, 250_000)))
@some
def test_streets_are_reached_as_far_as_the_oracle_says(world: World, limit_ms: int) -> None:
    found = uphill_search(world)
    network, seeds = found.network, found.seeds
    roads = [int(road) for road in network.road]
    places = [Place(road, fraction) for road in roads for fraction in _FRACTIONS]
    expected = nearest_sites(
        world.roads,
        world.profile,
        world.direction,
        places_of(network, found.sites),
        places,
        horizon_ms=7_200_000,
        rules=uphill_rules(world),
    )
    label = SiteUnion(network, seeds, horizon_ms=limit_ms, near_ms=limit_ms).label
    value = np.where(label == NO_LABEL, np.inf, milliseconds_of(label).astype(float))
    streets = reached_streets(
        network,
        value,
        (network.ms_forward, network.ms_backward),
        limit_ms,
        site_edge=seeds.edge,
        site_fraction=seeds.fraction,
        site_value=milliseconds_of(seeds.edge_label).astype(float),
    )
    for place, time_ms in zip(places, expected.time_ms.tolist(), strict=True):
        if abs(time_ms - limit_ms) <= 1:
            continue  # the oracle rounds to whole milliseconds
        mine = streets.edge == roads.index(place.edge)
        inside = (streets.begin[mine] <= place.fraction) & (place.fraction <= streets.end[mine])
        assert inside.any() == (0 <= time_ms < limit_ms)


def test_closed_edges_have_no_ends() -> None:
    network = network_of(
        Street(0, 1, 100.0, access=CLOSED),
        Street(1, 2, 100.0, access=OPEN),
        profile=uphill("walk"),
    )
    assert network.road.tolist() == [1]
    assert network.ms_backward.tolist() == [2 * 90_000 + 500]
