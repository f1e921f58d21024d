"""Rule `assigned` against brute force: one search by the oracle for every unit, in parts too."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from geo.base.errors import StudyError
from geo.base.progress import Progress
from geo.base.quality_log import QualityLog
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import sites_searched
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints, build_demand
from geo.inputs.read import Inputs
from geo.network.build import build_network
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.parts.division import Division
from geo.parts.run import compute_here, run_in_parts
from geo.rules.layer_demand import LayerDemand
from geo.study.model import Layer
from tests.worlds.oracle import nearest_sites
from tests.worlds.streets import (
    LAT,
    LON,
    World,
    areas_of,
    demand_rows,
    places_of,
    positions_of,
    worlds,
)

# Studies of the long run: QUARTERHOUR_ASSIGNED=300.
EXAMPLES = int(os.environ.get("QUARTERHOUR_ASSIGNED", "40"))
UNITS = ("U0", "U1", "U2")
# East of everything: only codes put demand and sites into these units.
AREAS = areas_of(
    [
        (name, shapely.box(LON + 5 + i, LAT, LON + 5.5 + i, LAT + 1), {})
        for i, name in enumerate(UNITS)
    ]
)
LIMITS = ({"minutes": 2.0}, {"minutes": 15.0}, {"metres": 150.0})


@dataclass(frozen=True)
class Case:
    """A world whose demand lies in units, and whose sites name the units that they serve."""

    world: World
    limit: dict[str, float]
    unit_of_row: tuple[str, ...]
    serves: tuple[frozenset[str], ...]
    grouped: bool

    @property
    def layer(self) -> Layer:
        way = {"profile": self.world.profile, "direction": self.world.direction}
        return Layer(key="k", path="p", rule="assigned", **way, **self.limit)  # type: ignore[arg-type]

    def group(self, row: int) -> str:
        """Rows of one unit are gates of one place."""
        return f"g{self.unit_of_row[row]}" if self.grouped else ""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    world = draw(worlds())
    # As in a study, no limit is beyond the horizon.
    world = replace(world, horizon_ms=max(world.horizon_ms, 900_000))
    units = st.sampled_from((*UNITS, ""))
    some = st.frozensets(st.sampled_from(UNITS), max_size=3)
    return Case(
        world,
        draw(st.sampled_from(LIMITS)),
        tuple(draw(units) for _ in world.demand),
        tuple(draw(some) for _ in world.sites),
        draw(st.booleans()),
    )


def network_of(world: World) -> Network:
    try:
        return build_network(world.roads, profile_of(world.profile), direction=world.direction)
    except StudyError:
        assume(False)
        raise


def points_of(case: Case) -> tuple[DemandPoints, list[int]]:
    """The demand points, and which row of the world each of their rows is."""
    rows = [
        {"id": f"d{i}", "unit_id": unit, "group": case.group(i), "weight": float(i + 1)}
        for i, unit in enumerate(case.unit_of_row)
    ]
    points = build_demand(demand_rows(rows), AREAS, QualityLog(), file="d.csv")
    # Rows stand in order of their point, then of their id.
    first = {}
    for row in rows:
        first.setdefault(row["group"] or row["id"], row["id"])
    key = [(first[row["group"] or row["id"]], row["id"]) for row in rows]
    return points, sorted(range(len(rows)), key=lambda i: key[i])


def sites_of(case: Case) -> pd.DataFrame:
    names = [f"s{i}" for i in range(len(case.serves))]
    cells = ["；".join(sorted(units)) for units in case.serves]
    columns = {"id": names, "name": names, "lon": LON, "lat": LAT, "capacity": np.nan}
    return pd.DataFrame(columns | {"row": range(len(names)), "serves": cells})


def by_brute_force(case: Case, order: list[int], points: DemandPoints) -> list[tuple]:
    """(time, rank, covered, cause) of every point, from the oracle's searches unit by unit."""
    world = case.world
    network = network_of(world)
    rows_on = positions_of(network, [world.demand[i] for i in order])
    demand = places_of(network, rows_on)
    sites = places_of(network, positions_of(network, world.sites))
    every = nearest_sites(
        world.roads, world.profile, world.direction, sites, demand,
        horizon_ms=world.horizon_ms,
    )  # fmt: skip
    found = {}
    for unit in UNITS:
        mine = [i for i, units in enumerate(case.serves) if unit in units]
        one = nearest_sites(
            world.roads, world.profile, world.direction, [sites[i] for i in mine], demand,
            horizon_ms=world.horizon_ms,
        )  # fmt: skip
        rank = np.array([mine[r] if r >= 0 else -1 for r in one.rank])
        found[unit] = (one.time_ms, rank, one.metres)
    named = set().union(*case.serves)
    answers = []
    on_network = rows_on.on_network
    limit = case.layer.limit
    for point in range(len(points)):
        rows = [at for at in range(len(order)) if points.point_of_row[at] == point]
        unit = case.unit_of_row[order[rows[0]]]
        best = None
        for at in rows:
            time, rank, metres = -1, -1, np.nan
            if unit in found:
                time, rank, metres = (values[at] for values in found[unit])
            key = (not on_network[at], time if time >= 0 else 10**15, rank, at)
            if best is None or key < best[0]:
                best = (key, at, time, rank, metres)
        _, at, time, rank, metres = best
        covered = time >= 0 and (
            metres <= limit.value + 1e-9 if limit.in_metres else time <= limit.ms
        )
        cause = "too_far"
        if time < 0 and not any(every.joined[row] for row in rows):
            cause = "cut_off"
        if unit not in named:
            cause = "not_assigned"
        if all(site.edge < 0 for site in sites):
            cause = "no_site"
        if not on_network[at]:
            cause = "data_doubt"
        answers.append((int(time), int(rank), bool(covered), "" if covered else cause))
    return answers


def answers_of(demand: LayerDemand) -> list[tuple]:
    columns = (demand.time_ms, demand.rank, demand.covered, demand.cause)
    return [
        (int(time), int(rank), bool(covered), str(cause))
        for time, rank, covered, cause in zip(*columns, strict=True)
    ]


@dataclass(frozen=True)
class OneNetwork:
    """Roads that hold one network, for a run in parts."""

    found: Network

    def network(self, profile: str, direction: str) -> Network:
        return self.found


def inputs_of(case: Case, network: Network, points: DemandPoints, areas: Areas) -> Inputs:
    return Inputs(areas, points, {"k": sites_of(case)}, OneNetwork(network))  # type: ignore[arg-type]


def whole(
    case: Case, network: Network, points: DemandPoints, rows: Positions, sites: Positions
) -> LayerRun:
    return run_layer(
        case.layer, network, sites_of(case), sites, points, rows, AREAS,
        horizon_ms=case.world.horizon_ms,
    )  # fmt: skip


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=(Phase.generate,),
)
@given(cases(), st.integers(1, 2))
def test_it_equals_brute_force_whole_and_in_parts(case: Case, parts: int) -> None:
    network = network_of(case.world)
    points, order = points_of(case)
    rows = positions_of(network, [case.world.demand[i] for i in order])
    sites = positions_of(network, case.world.sites)
    run = whole(case, network, points, rows, sites)
    assert answers_of(run.demand) == by_brute_force(case, order, points)

    horizon_ms = case.world.horizon_ms
    run, table = sites_searched(run, points, rows, AREAS, horizon_ms=horizon_ms)
    with tempfile.TemporaryDirectory() as folder:
        (found,), (cut_table,) = run_in_parts(
            [case.layer],
            inputs_of(case, network, points, AREAS),
            lambda layer: rows,
            lambda layer: sites,
            division=Division(parts, Path(folder), compute_here),
            horizon_ms=horizon_ms,
            progress=Progress(),
        )
    for column in fields(LayerDemand):
        np.testing.assert_array_equal(
            getattr(found.demand, column.name), getattr(run.demand, column.name)
        )
    pd.testing.assert_frame_equal(cut_table, table)


@settings(
    max_examples=100, deadline=None, derandomize=True, database=None, phases=(Phase.generate,)
)
@given(cases())
def test_a_site_counts_only_demand_that_it_serves(case: Case) -> None:
    """`demand_within` of sites.csv equals a count over the oracle's times of each site alone."""
    network = network_of(case.world)
    points, order = points_of(case)
    rows = positions_of(network, [case.world.demand[i] for i in order])
    run = whole(case, network, points, rows, positions_of(network, case.world.sites))
    table = sites_searched(run, points, rows, AREAS, horizon_ms=case.world.horizon_ms)[1]
    world, limit = case.world, case.layer.limit
    demand = places_of(network, rows)
    sites = places_of(network, positions_of(network, world.sites))
    for rank, units in enumerate(case.serves):
        alone = nearest_sites(
            world.roads, world.profile, world.direction, [sites[rank]],
            demand, horizon_ms=world.horizon_ms,
        )  # fmt: skip
        within = 0.0
        for point in range(len(points)):
            mine = [at for at in range(len(order)) if points.point_of_row[at] == point]
            best = min(
                ((alone.time_ms[at], alone.metres[at]) for at in mine if alone.time_ms[at] >= 0),
                default=None,
            )
            near = best is not None and (
                best[1] <= limit.value + 1e-9 if limit.in_metres else best[0] <= limit.ms
            )
            if near and case.unit_of_row[order[mine[0]]] in units:
                within += points.frame["weight"].iloc[point]
        assert table["demand_within"].iloc[rank] == within
