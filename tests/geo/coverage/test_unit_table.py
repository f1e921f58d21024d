"""Coverage: quantiles, shares, minutes rounded up, presence, parents, causes."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.base.exact import exact_sum, minutes_up, share_of, weighted_quantile_ms
from geo.base.quality_log import QualityLog
from geo.coverage.layer_run import LayerRun, run_layer
from geo.coverage.tables import demand_table, sites_searched
from geo.coverage.unit_table import unit_table
from geo.inputs.areas import Areas
from geo.inputs.demand import build_demand
from geo.network.build import build_network
from geo.network.profiles import profile_of
from geo.study.model import Layer
from tests.worlds.streets import (
    LAT,
    LON,
    Place,
    Street,
    areas_of,
    demand_rows,
    found_demand,
    node_places,
    positions_of,
    roads_of,
)

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


# --- numbers -------------------------------------------------------------------------------------


@given(st.integers(0, 2**40))
@quick
def test_minutes_are_rounded_up_to_three_places(ms: int) -> None:
    found = minutes_up(np.array([ms]))[0]
    exact = Fraction(ms, 60_000)
    shown = Fraction(str(float(found)))
    assert exact <= shown < exact + Fraction(1, 1000)
    assert round(float(found), 3) == found


def test_minutes_of_the_unreached_are_missing() -> None:
    assert np.isnan(minutes_up(np.array([-1]))[0])
    assert minutes_up(np.array([0, 1, 60, 61, 900_000, 900_001])).tolist() == [
        0.0,
        0.001,
        0.001,
        0.002,
        15.0,
        15.001,
    ]


LIMITS = [k / 10 for k in range(1, 700)] + [15.001, 4.123, 7.007, 119.999]


def test_minutes_and_covered_agree_at_every_limit() -> None:
    """`minutes ≤ limit` where and only where covered: limits with decimals are no exception."""
    wrong = []
    for minutes in LIMITS:
        limit_ms = Layer(key="k", path="p", minutes=minutes).limit.ms
        assert limit_ms is not None
        around = np.arange(limit_ms - 62, limit_ms + 63)
        if np.any((minutes_up(around) <= minutes) != (around <= limit_ms)):
            wrong.append(minutes)
    assert wrong == []


weights = st.one_of(
    st.sampled_from((0.0, 0.1, 0.7, 1.0, 1.0, 2.0, 3.0, 10.0)), st.floats(0, 1e6, width=32)
)


@given(
    st.lists(st.tuples(st.integers(-1, 8), weights), max_size=12), st.sampled_from(("0.5", "0.9"))
)
@quick
def test_quantiles_equal_brute_force(rows: list[tuple[int, float]], q: str) -> None:
    times = np.array([time for time, _ in rows], np.int64)
    weight = np.array([w for _, w in rows], np.float64)
    found = weighted_quantile_ms(times, weight, float(q))
    assert found == quantile(rows, Fraction(q))


def quantile(rows: list[tuple[int, float]], q: Fraction) -> int:
    """Smallest time whose cumulative weight reaches q, exactly; -1 unreached or no weight."""
    total = sum((Fraction(w) for _, w in rows), Fraction(0))
    for time in sorted({t for t, _ in rows if t >= 0}) if total > 0 else []:
        if sum(Fraction(w) for t, w in rows if 0 <= t <= time) >= q * total:
            return time
    return -1


@pytest.mark.parametrize("weight", [1.0, 0.1, 0.7, 1 / 3])
def test_nine_of_ten_equal_weights_are_ninety_percent(weight: float) -> None:
    times = np.arange(1, 11, dtype=np.int64)
    assert weighted_quantile_ms(times, np.full(10, weight), 0.9) == 9
    assert weighted_quantile_ms(times, np.full(10, weight), 0.5) == 5


def test_shares_have_six_places_and_none_without_demand() -> None:
    assert share_of(1, 3) == 0.333333
    assert math.isnan(share_of(0, 0))
    assert share_of(0, 5) == 0.0


@given(st.lists(st.floats(0, 1e12), max_size=30), st.randoms(use_true_random=False))
@quick
def test_sums_depend_on_no_order(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    exact = sum((Fraction(v) for v in values), Fraction(0))
    assert exact_sum(np.array(values)) == exact_sum(np.array(shuffled)) == float(exact)


# --- units ---------------------------------------------------------------------------------------


def four_units() -> Areas:
    """甲市: 市辖区 {1, 2}; 乙市: 市辖区 {3}, 城关 {4}, side by side from west to east."""
    chain = [("市辖区", "甲市"), ("市辖区", "甲市"), ("市辖区", "乙市"), ("城关", "乙市")]
    return areas_of(
        [
            (str(i + 1), shapely.box(LON + i, LAT, LON + i + 1, LAT + 1), {"county": c, "city": s})
            for i, (c, s) in enumerate(chain)
        ],
        ["county", "city"],
    )


def test_units_of_every_level() -> None:
    # Units 0, 0, 1, 3, outside; unit 2 (id 3) has no demand.
    demand = found_demand(
        [60_000, 1_000_000, -1, 900_000, 0],
        weight=[10.0, 30.0, 5.0, 0.0, 7.0],
        unit=[0, 0, 1, 3, -1],
    )
    table = unit_table("L", demand, np.array([0, 0, 3, -1]), four_units())
    assert len(table) == 4 + 3 + 2 + 1
    by = table.set_index(["level", "unit_id"])
    figures = ["demand_total", "demand_covered", "share_by_time", "sites", "has_site"]

    def row(level: str, unit: str) -> list[object]:
        return [None if pd.isna(v) else v for v in by.loc[(level, unit), figures]]

    assert row("unit", "1") == [40.0, 10.0, 0.25, 2, True]
    assert row("unit", "2") == [5.0, 0.0, 0.0, 0, False]
    assert row("unit", "3") == [0.0, 0.0, None, 0, False]  # no demand → blank
    assert row("unit", "4") == [0.0, 0.0, None, 1, True]  # nothing to share: all weights are zero
    assert row("county", "甲市/市辖区") == [45.0, 10.0, 0.222222, 2, True]
    assert row("county", "乙市/市辖区") == [0.0, 0.0, None, 0, False]
    assert row("county", "乙市/城关") == [0.0, 0.0, None, 1, True]
    assert row("city", "甲市") == [45.0, 10.0, 0.222222, 2, True]
    assert row("", "") == [7.0, 7.0, 1.0, 1, True]  # outside every unit
    # p50 of unit 1: 20 of 40 are reached at 1,000 s; p90 of the city falls on the unreached.
    assert by.loc[("unit", "1"), "minutes_p50"] == pytest.approx(16.667)
    assert by.loc[("city", "甲市"), "minutes_p50"] == pytest.approx(16.667)
    assert np.isnan(by.loc[("city", "甲市"), "minutes_p90"])
    assert np.isnan(by.loc[("unit", "2"), "minutes_p50"])
    assert table["county"].tolist()[:4] == ["市辖区", "市辖区", "市辖区", "城关"]


@given(
    st.lists(
        st.tuples(st.integers(-1, 3), st.integers(-1, 1_800_000), weights), min_size=1, max_size=20
    )
)
@settings(quick, max_examples=60)
def test_parents_are_sums_over_their_demand(rows: list[tuple[int, int, float]]) -> None:
    unit, time, weight = (list(column) for column in zip(*rows, strict=True))
    demand = found_demand(time, weight=weight, unit=unit)
    table = unit_table("L", demand, np.empty(0, np.int64), four_units())
    children = {"甲市": [0, 1], "乙市": [2, 3]}
    for city, members in children.items():
        mine = [r for r in rows if r[0] in members]
        row = table[(table["level"] == "city") & (table["unit_id"] == city)].iloc[0]
        assert row["demand_total"] == math.fsum(w for _, _, w in mine)
        assert row["demand_covered"] == math.fsum(w for _, t, w in mine if 0 <= t <= 900_000)
        p50 = quantile([(t, w) for _, t, w in mine], Fraction(1, 2))
        shown = minutes_up(np.array([p50]))[0]
        assert row["minutes_p50"] == shown or (np.isnan(shown) and np.isnan(row["minutes_p50"]))


# --- one layer from roads to tables --------------------------------------------------------------


def layer_run(
    layer: Layer,
    streets: list[Street],
    sites: list[Place],
    demand: list[tuple[Place, dict[str, object]]],
) -> tuple[LayerRun, pd.DataFrame, pd.DataFrame]:
    """Run a layer on places; returns the run, demand.csv's and sites.csv's rows."""
    nodes = 1 + max(max(s.u, s.v) for s in streets)
    roads = roads_of(node_places(nodes), streets)
    network = build_network(roads, profile_of(layer.profile), direction=layer.direction)
    areas = areas_of([("A", shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1), {})])
    rows = demand_rows([row | {"id": row.get("id", f"d{i}")} for i, (_, row) in enumerate(demand)])
    points = build_demand(rows, areas, QualityLog(), file="d.csv")
    # Rows stand in order of point, then id.
    smallest = rows.groupby("group")["id"].transform("min")
    identity = rows["id"].where(rows["group"] == "", smallest)
    order = rows.assign(p=identity).sort_values(["p", "id"]).index
    at_rows = positions_of(network, [demand[i][0] for i in order])
    table = pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(len(sites))],
            "name": [f"site {i}" for i in range(len(sites))],
            "lon": LON,
            "lat": LAT,
            "capacity": np.nan,
        }
    )
    run = run_layer(
        layer,
        network,
        table,
        positions_of(network, sites),
        points,
        at_rows,
        areas,
        horizon_ms=7_200_000,
    )
    run, sites = sites_searched(run, points, at_rows, areas, horizon_ms=7_200_000)
    return run, demand_table(run, points, areas, with_class=False), sites


def walk(**more: object) -> Layer:
    limit = {} if "metres" in more else {"minutes": 15}
    return Layer(key="k", path="p", **limit, **more)  # type: ignore[arg-type]


ROAD = [Street(0, 1, 1000.0), Street(1, 2, 1000.0), Street(3, 4, 1000.0)]


def test_causes_in_their_order() -> None:
    demand = [
        (Place(0, 1.0), {}),  # 1,000 m: 15 minutes, covered to the millisecond
        (Place(1, 0.001), {}),  # 1,001 m
        (Place(2, 0.5), {}),  # an island
        (Place(-1, 0.0), {}),  # off network
    ]
    _, table, _ = layer_run(walk(), ROAD, [Place(0, 0.0)], demand)
    assert table["covered"].tolist() == [True, False, False, False]
    assert table["cause"].tolist() == ["", "too_far", "cut_off", "data_doubt"]
    assert table["site_id"].tolist() == ["s0", "s0", "", ""]
    assert table["time_ms"].tolist()[:2] == [900_000, 900_900]
    assert table["time_ms"].isna().tolist() == [False, False, True, True]
    assert table["minutes"].tolist()[:2] == [15.0, 15.015]
    assert table["metres"].tolist()[:2] == [1000.0, 1001.0]
    assert table["minutes"].isna().tolist() == table["metres"].isna().tolist()


def test_a_limit_in_metres_counts_the_access_on_both_sides() -> None:
    demand = [(Place(0, 0.25, 25.0), {}), (Place(0, 0.25, 25.001), {}), (Place(0, 0.3), {})]
    _, table, sites = layer_run(walk(metres=300), ROAD, [Place(0, 0.0, 25.0)], demand)
    assert table["metres"].tolist() == [300.0, 300.001, 325.0]
    assert table["covered"].tolist() == [True, False, False]
    assert sites["demand_within"].tolist() == [1.0]


def test_an_off_network_site_serves_nobody_but_is_there() -> None:
    run, table, sites = layer_run(
        walk(), ROAD, [Place(-1, 0.0), Place(0, 0.0)], [(Place(0, 0.1), {"weight": 8.0})]
    )
    assert sites["used"].tolist() == [False, True]
    assert sites["demand_within"].tolist() == sites["demand_owned"].tolist() == [0.0, 8.0]
    assert table["site_id"].tolist() == ["s1"]
    units = unit_table("k", run.demand, run.site_unit, areas_of([("A", SQUARE, {})]))
    assert units["sites"].tolist()[0] == 2


SQUARE = shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)


@pytest.mark.parametrize("sites", [[], [Place(-1, 0.0)]])
def test_without_a_usable_site_nothing_is_covered(sites: list[Place]) -> None:
    demand = [(Place(0, 0.1), {}), (Place(-1, 0.0), {})]
    run, table, by_site = layer_run(walk(), ROAD, sites, demand)
    assert not table["covered"].any()
    assert table["cause"].tolist() == ["no_site", "data_doubt"]
    assert len(by_site) == len(sites)
    assert run.demand.time_ms.tolist() == [-1, -1]


def test_the_quickest_gate_counts_once() -> None:
    estate = {"group": "estate", "weight": 70.0}
    demand = [
        (Place(-1, 0.0), estate | {"id": "g0"}),  # off network
        (Place(1, 0.9), estate | {"id": "g1"}),
        (Place(0, 0.5), estate | {"id": "g2", "lon": LON + 0.5}),
        (Place(0, 0.2), {"id": "lone", "weight": 1.0}),
    ]
    _, table, sites = layer_run(walk(), ROAD, [Place(0, 0.0), Place(0, 1.0)], demand)
    assert table["demand_id"].tolist() == ["g0", "lone"]  # the smallest id of its rows
    assert table["time_ms"].tolist() == [450_000, 180_000]
    assert table["lon"].tolist() == [LON + 0.5, LON]  # of the gate that counts
    assert table["cause"].tolist() == ["", ""]
    # Both sites have the estate within 15 minutes, the smaller id owns it.
    assert sites["demand_within"].tolist() == [71.0, 71.0]
    assert sites["demand_owned"].tolist() == [71.0, 0.0]


def test_an_estate_with_one_gate_on_the_network_is_not_off_network() -> None:
    gates = [(Place(-1, 0.0), {"group": "e"}), (Place(2, 0.5), {"group": "e"})]
    _, table, _ = layer_run(walk(), ROAD, [Place(0, 0.0)], gates)
    assert table["cause"].tolist() == ["cut_off"]


def test_only_filters_and_bands_weigh() -> None:
    demand = [
        (Place(0, 0.1), {"col:kind": "rural", "band:60+": 3.0, "weight": 10.0}),
        (Place(0, 0.2), {"col:kind": "urban", "band:60+": 4.0, "weight": 20.0}),
        (Place(0, 0.3), {"col:kind": "town", "band:60+": 0.0, "weight": 30.0}),
    ]
    layer = walk(only={"kind": ("rural", "town")}, demand="60+")
    _, table, sites = layer_run(layer, ROAD, [Place(0, 0.0)], demand)
    assert table["demand_id"].tolist() == ["d0", "d2"]
    assert table["weight"].tolist() == [3.0, 0.0]
    assert table["covered"].tolist() == [True, True]  # zero weight is used
    assert sites["demand_within"].tolist() == [3.0]


def test_capacity_changes_nothing() -> None:
    _, table, sites = layer_run(walk(), ROAD, [Place(0, 0.0)], [(Place(0, 0.1), {})])
    assert table["covered"].tolist() == [True]
    assert sites["capacity"].isna().all()


def test_demand_owned_is_covered_demand_only() -> None:
    demand = [(Place(0, 0.5), {"weight": 0.1}), (Place(1, 0.5), {"weight": 0.2})]
    _, _, sites = layer_run(walk(), ROAD, [Place(0, 0.0)], demand)
    assert sites["demand_owned"].tolist() == [0.1]
    assert sites["demand_within"].tolist() == [0.1]
