"""The scope of a layer against brute force on the access table, whole and in parts."""

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
from geo.coverage.access_table import access_blocks
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import sites_searched
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
from tests.geo.rules.test_assigned import OneNetwork
from tests.worlds.streets import LAT, LON, World, areas_of, demand_rows, positions_of, worlds

# Studies of the long run: QUARTERHOUR_SCOPE=300.
EXAMPLES = int(os.environ.get("QUARTERHOUR_SCOPE", "40"))
# Two counties of the same name in different cities: they are told apart by their chain.
UNITS = {
    "U0": ("市辖区", "甲市"),
    "U1": ("市辖区", "甲市"),
    "U2": ("市辖区", "乙市"),
    "U3": ("东区", "乙市"),
}
# East of everything: only codes put demand and sites into these units.
AREAS = areas_of(
    [
        (
            name,
            shapely.box(LON + 5 + i, LAT, LON + 5.5 + i, LAT + 1),
            {"county": county, "city": city},
        )
        for i, (name, (county, city)) in enumerate(UNITS.items())
    ],
    parents=("county", "city"),
)
LIMITS = ({"minutes": 2.0}, {"minutes": 15.0}, {"metres": 150.0})


@dataclass(frozen=True)
class Case:
    """A world whose demand and sites lie in units; a site serves its own unit at some level."""

    world: World
    limit: dict[str, float]
    scope: str
    unit_of_row: tuple[str, ...]
    unit_of_site: tuple[str, ...]
    grouped: bool

    def layer(self, scope: str) -> Layer:
        way = {"profile": self.world.profile, "direction": self.world.direction}
        return Layer(key="k", path="p", scope=scope, **way, **self.limit)  # type: ignore[arg-type]

    def zone(self, unit: str) -> tuple[str, ...] | None:
        """The unit of the scope: the names from the top level down; None outside all units."""
        if not unit:
            return None
        county, city = UNITS[unit]
        chains = {"unit": (city, county, unit), "county": (city, county), "city": (city,)}
        return chains[self.scope]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    world = draw(worlds())
    # As in a study, no limit is beyond the horizon.
    world = replace(world, horizon_ms=max(world.horizon_ms, 900_000))
    units = st.sampled_from((*UNITS, ""))
    return Case(
        world,
        draw(st.sampled_from(LIMITS)),
        draw(st.sampled_from(("unit", "county", "city"))),
        tuple(draw(units) for _ in world.demand),
        tuple(draw(units) for _ in world.sites),
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
        {
            "id": f"d{i}",
            "unit_id": unit,
            "group": f"g{unit}" if case.grouped else "",
            "weight": float(i + 1),
        }
        for i, unit in enumerate(case.unit_of_row)
    ]
    points = build_demand(demand_rows(rows), AREAS, QualityLog(), file="d.csv")
    # Rows stand in order of their point, then of their id.
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(str(row["group"] or row["id"]), str(row["id"]))
    key = [(first[str(row["group"] or row["id"])], str(row["id"])) for row in rows]
    return points, sorted(range(len(rows)), key=lambda i: key[i])


def sites_of(case: Case) -> pd.DataFrame:
    names = [f"s{i}" for i in range(len(case.unit_of_site))]
    columns = {"id": names, "name": names, "lon": LON, "lat": LAT, "capacity": np.nan}
    return pd.DataFrame(columns | {"row": range(len(names)), "unit_id": list(case.unit_of_site)})


def searched(
    case: Case, scope: str, network: Network, points: DemandPoints, rows: Positions
) -> LayerRun:
    return run_layer(
        case.layer(scope), network, sites_of(case), positions_of(network, case.world.sites),
        points, rows, AREAS, horizon_ms=case.world.horizon_ms,
    )  # fmt: skip


def pairs(run: LayerRun, points: DemandPoints, rows: Positions, horizon_ms: int) -> pd.DataFrame:
    """The access table of a run up to the horizon."""
    blocks = access_blocks(
        [run], points, lambda layer: rows, horizon_ms=horizon_ms, minutes=horizon_ms / 60_000
    )
    tables = [block.to_pandas() for block in blocks]
    columns = ["site_id", "demand_id", "time_ms", "metres"]
    return pd.concat(tables) if tables else pd.DataFrame(columns=columns)


def by_access_table(case: Case, free: LayerRun, table: pd.DataFrame) -> list[tuple]:
    """(time, rank, covered, cause) of every point, from the pairs of all sites without a scope."""
    limit = case.layer("any").limit
    answers = []
    for row in range(len(free.demand)):
        unit = free.demand.unit[row]
        zone = case.zone(list(UNITS)[unit]) if unit >= 0 else None
        mine = table[table["demand_id"] == table.attrs["ids"][free.demand.point[row]]]
        served = [
            (int(one.time_ms), int(one.site_id[1:]), float(one.metres))
            for one in mine.itertuples()
            if zone is not None and case.zone(case.unit_of_site[int(one.site_id[1:])]) == zone
        ]
        time, rank, metres = min(served, default=(-1, -1, np.nan))
        covered = time >= 0 and (
            metres <= limit.value + 1e-9 if limit.in_metres else time <= limit.ms
        )
        cause = str(free.demand.cause[row])
        if free.demand.covered[row]:
            cause = "out_of_scope"
        answers.append((time, rank, covered, "" if covered else cause))
    return answers


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
    horizon_ms = case.world.horizon_ms
    free = searched(case, "any", network, points, rows)
    table = pairs(free, points, rows, horizon_ms)
    table.attrs["ids"] = points.frame["id"].tolist()
    run = searched(case, case.scope, network, points, rows)
    demand = run.demand
    # Under another scope a point may count with another of its rows, which has another access.
    on_network = rows.on_network
    for row, expected in enumerate(by_access_table(case, free, table)):
        found = (demand.time_ms[row], demand.rank[row], bool(demand.covered[row]))
        assert found == expected[:3]
        assert demand.cause[row] == expected[3] or not on_network[points.point_of_row == row].all()

    # Its own access table holds the pairs of the scope alone.
    own = pairs(run, points, rows, horizon_ms)
    best = own.groupby("demand_id")["time_ms"].min().to_dict()
    ids = points.frame["id"].tolist()
    times = {ids[p]: t for p, t in zip(demand.point, demand.time_ms, strict=True) if t >= 0}
    assert best == times

    run, sites = sites_searched(run, points, rows, AREAS, horizon_ms=horizon_ms)
    with tempfile.TemporaryDirectory() as folder:
        (cut,), (cut_sites,) = run_in_parts(
            [run.layer],
            Inputs(AREAS, points, {"k": sites_of(case)}, OneNetwork(network)),  # type: ignore[arg-type]
            lambda layer: rows,
            lambda layer: run.site_positions,
            division=Division(parts, Path(folder), compute_here),
            horizon_ms=horizon_ms,
            progress=Progress(),
        )
    for column in fields(LayerDemand):
        np.testing.assert_array_equal(
            getattr(cut.demand, column.name), getattr(run.demand, column.name)
        )
    pd.testing.assert_frame_equal(cut_sites, sites)
