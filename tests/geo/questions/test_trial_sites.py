"""Random worlds: sites that come and go, and the path behind every time."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coverage.layer_run import LayerRun, run_layer
from geo.inputs.demand import DemandPoints, build_demand
from geo.network.build import build_network
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.questions.nearest_sites import nearest_site
from geo.questions.trial_sites import TrialSites, run_with_limit, run_with_sites, trial_sites
from geo.questions.walked_path import Leg, road_line, trace_path
from geo.roads.roads import PRIVATE
from geo.search.site_union import SiteUnion
from geo.search.times import reachable_nodes
from geo.study.model import Layer
from tests.worlds.streets import (
    LAT,
    LON,
    Place,
    Street,
    World,
    areas_of,
    demand_rows,
    positions_of,
    search,
    worlds,
)

many = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
AREAS = areas_of([("A", shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1), {})])
LIMITS: list[dict[str, Any]] = [{"minutes": 2.0}, {"minutes": 15.0}, {"metres": 150.0}]


@dataclasses.dataclass(frozen=True)
class Base:
    """A world's layer: its run, and what it was run on."""

    run: LayerRun
    points: DemandPoints
    rows: Positions


def _ids(count: int) -> list[str]:
    """Ids between which trial sites fall on both sides: "!0" < "+1" < "s1"."""
    return sorted(f"{'!s'[i % 2]}{i}" for i in range(count))


def _table(ids: list[str]) -> pd.DataFrame:
    count = len(ids)
    columns = {"id": np.array(ids, object), "name": np.array(ids, object)}
    return pd.DataFrame(columns | {"lon": [LON] * count, "lat": [LAT] * count, "capacity": np.nan})


def _layer(world: World, limit: dict[str, Any]) -> Layer:
    way: dict[str, Any] = {"profile": world.profile, "direction": world.direction}
    return Layer(key="k", path="p", **way, **limit)


def _run(
    network: Network, world: World, layer: Layer, table: pd.DataFrame, sites: Positions
) -> Base:
    groups = [{"id": f"d{i}", "group": "g" * (i % 2)} for i in range(len(world.demand))]
    points = build_demand(demand_rows(groups), AREAS, QualityLog(), file="d.csv")
    # Rows stand in order of point, then id.
    order = sorted(range(len(groups)), key=lambda i: ("d1" if i % 2 else f"d{i}", f"d{i}"))
    rows = positions_of(network, [world.demand[i] for i in order])
    run = run_layer(layer, network, table, sites, points, rows, AREAS, horizon_ms=world.horizon_ms)
    return Base(run, points, rows)


def _network(world: World) -> Network:
    try:
        return build_network(world.roads, profile_of(world.profile), direction=world.direction)
    except StudyError:
        assume(False)
        raise


def _bytes(run: LayerRun) -> dict[str, Any]:
    found = {"label": run.union.label.tobytes(), "metres": run.metres.tobytes()}
    for field in dataclasses.fields(run.demand):
        value = getattr(run.demand, field.name)
        found[field.name] = value.tolist() if value.dtype == object else value.tobytes()
    return found | {"unit": run.site_unit.tolist(), "ids": run.sites["id"].tolist()}


@given(worlds(), st.sampled_from(LIMITS), st.data())
@many
def test_sites_that_come_and_go_leave_what_a_fresh_run_finds(
    world: World, limit: dict[str, Any], data: st.DataObject
) -> None:
    network = _network(world)
    layer = _layer(world, limit)
    ids = _ids(len(world.sites))
    base = _run(network, world, layer, _table(ids), positions_of(network, world.sites))
    before = _bytes(base.run)
    trials = data.draw(st.lists(st.sampled_from(world.sites + world.demand), max_size=2))
    closed = data.draw(st.sets(st.sampled_from(range(len(ids))), max_size=len(ids)))
    frame = trial_sites([(LON, LAT)] * len(trials), ids)

    changed = run_with_sites(
        base.run,
        base.points,
        base.rows,
        AREAS,
        added=TrialSites(frame, positions_of(network, trials)),
        closed=np.array(sorted(closed), np.int64),
        reachable=lambda: reachable_nodes(network, base.run.seeds),
        horizon_ms=world.horizon_ms,
    )

    left = [
        (name, place)
        for i, (name, place) in enumerate(zip(ids, world.sites, strict=True))
        if i not in closed
    ]
    left = sorted([*left, *zip(frame["id"], trials, strict=True)])
    table = _table([name for name, _ in left])
    sites = positions_of(network, [place for _, place in left])
    assert _bytes(changed) == _bytes(_run(network, world, layer, table, sites).run)
    assert _bytes(base.run) == before


@given(worlds(), st.sampled_from(LIMITS), st.sampled_from((0.5, 2.0, 15.0, 100.0)))
@many
def test_another_limit_is_a_fresh_run_under_it(
    world: World, limit: dict[str, Any], other: float
) -> None:
    network = _network(world)
    table = _table(_ids(len(world.sites)))
    sites = positions_of(network, world.sites)
    base = _run(network, world, _layer(world, limit), table, sites)
    layer = _layer(world, {next(iter(limit)): other})
    changed = run_with_limit(base.run, layer)
    assert _bytes(changed) == _bytes(_run(network, world, layer, table, sites).run)


# A ring of streets without length, and private ways at both ends.
RING = World(
    4,
    (
        Street(0, 1, 0.0),
        Street(1, 2, 0.0),
        Street(2, 0, 0.0),
        Street(2, 3, 100.0, access=PRIVATE),
    ),
    "walk",
    "to",
    (Place(0, 0.5),),
    (Place(3, 0.5, 3.0), Place(1, 1.0)),
    7_200_000,
)


@given(worlds())
@example(RING)
@many
def test_the_path_behind_every_time(world: World) -> None:
    found = search(world)
    assume(found is not None and len(found.seeds.rank) > 0)
    assert found is not None
    table = _table(_ids(len(world.sites)))
    layer = _layer(world, {"minutes": 15.0})
    run = _run(found.network, world, layer, table, found.sites).run
    roads, demand = world.roads, found.demand
    for row in np.flatnonzero(found.times.time_ms >= 0):
        edge, fraction = int(demand.edge[row]), float(demand.fraction[row])
        walk = trace_path(run, edge, fraction, float(demand.access_m[row]))
        assert walk is not None
        assert walk.time_ms == found.times.time_ms[row]
        assert walk.rank == found.times.rank[row]
        assert abs(walk.metres - found.times.metres[row]) < 0.002
        _stands_to_reason(world, found.network, walk.legs, walk.site_at, walk.ends_at)
        line = road_line(roads, found.network, walk)
        assert line.shape[1] == 2 and len(line) >= 1


def _stands_to_reason(
    world: World,
    network: Network,
    legs: tuple[Leg, ...],
    begin: tuple[int, float],
    end: tuple[int, float],
) -> None:
    """Leg follows leg at a node, along permitted ways, from the site's place to the point's."""
    roads = world.roads

    def place(edge: int, fraction: float) -> tuple[str, float, float]:
        road = int(network.road[edge])
        if fraction in (0.0, 1.0):
            return ("node", float((roads.u if fraction == 0.0 else roads.v)[road]), 0.0)
        return ("edge", float(edge), fraction)

    at = place(*begin)
    word = ""
    for leg in legs:
        assert place(leg.edge, leg.begin) == at
        at = place(leg.edge, leg.end)
        ahead = leg.end > leg.begin
        assert (network.forward if ahead else network.backward)[leg.edge]
        word += "p" if roads.foot[network.road[leg.edge]] == PRIVATE else "o"
    assert at == place(*end)
    # Two points on one private way are joined along it; else no private way in the middle.
    assert len(legs) == 1 or re.fullmatch("p*o*p*", word)


@given(worlds(), st.integers(0, 4))
@many
def test_from_here_is_the_time_of_a_demand_point_there(world: World, row: int) -> None:
    found = search(world)
    assume(found is not None)
    assert found is not None
    row %= len(world.demand)
    table = _table(_ids(len(world.sites)))
    run = _run(found.network, world, _layer(world, {"minutes": 2.0}), table, found.sites).run
    one = Positions(*(getattr(found.demand, f)[row : row + 1] for f in _FIELDS))
    here = nearest_site(
        run,
        world.roads,
        LON,
        LAT,
        one,
        reachable=lambda: reachable_nodes(found.network, found.seeds),
        horizon_ms=world.horizon_ms,
    )
    time_ms = int(found.times.time_ms[row])
    assert (here.time_ms is None) == (time_ms < 0)
    point = int(np.flatnonzero(run.demand.point == 0)[0])
    if row == 0:
        assert here.covered == run.demand.covered[point]
        assert here.cause == run.demand.cause[point]
    if here.time_ms is None:
        assert here.path is None and here.site_id == "" and np.isnan(here.minutes)
        return
    assert here.time_ms == time_ms and here.covered == (time_ms <= 120_000)
    assert here.site_id == table["id"].iat[found.times.rank[row]]
    assert here.path is not None and here.access is not None and here.egress is not None
    ends = [here.path.coords[0], here.path.coords[-1]]
    assert ends == [(LON, LAT), (LON, LAT)]  # both the place and the site lie there in this test
    assert here.access.coords[-1] == here.along.coords[0]
    assert here.along.coords[-1] == here.egress.coords[0]


_FIELDS = ("edge", "fraction", "access_m")


def test_a_union_resumes_where_another_ended() -> None:
    found = search(RING)
    assert found is not None
    union = SiteUnion.resumed(
        found.network,
        found.seeds,
        found.union.label.copy(),
        found.union.active.copy(),
        horizon_ms=RING.horizon_ms,
    )
    union.remove(0)
    assert not union.active[0] and found.union.active[0]
    union.add(0)
    assert union.label.tobytes() == found.union.label.tobytes()


@given(worlds())
@many
def test_a_graph_turned_round_is_in_the_order_of_a_fresh_one(world: World) -> None:
    graph = _network(world).graph
    source = np.repeat(np.arange(graph.node_count), np.diff(graph.first_arc.astype(np.int64)))
    target = (graph.arcs & np.uint64(0xFFFF_FFFF)).astype(np.int64)
    ms = graph.arcs >> np.uint64(32)
    order = np.lexsort((graph.arc_edge, ms, source, target))
    turned = graph.reversed
    expected = (ms[order] << np.uint64(32)) | source[order].astype(np.uint64)
    assert turned.arcs.tolist() == expected.tolist()
    assert turned.arc_edge.tolist() == graph.arc_edge[order].tolist()
    counts = np.bincount(target, minlength=graph.node_count)
    assert np.diff(turned.first_arc.astype(np.int64)).tolist() == counts.tolist()
    again = turned.reversed
    for name in ("first_arc", "arcs", "arc_edge"):
        assert getattr(again, name).tobytes() == getattr(graph, name).tobytes()
