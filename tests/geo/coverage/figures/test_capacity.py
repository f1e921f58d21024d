"""Capacity of a study against a linear programme and plain Python on its access table."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coverage.access_table import ACCESS_SCHEMA, access_blocks
from geo.coverage.county import county_part, series_parts
from geo.coverage.figures.capacity import SITE_COLUMNS, UNIT_COLUMNS, with_capacity
from geo.coverage.layer_run import run_layer
from geo.inputs.demand import build_demand
from geo.network.build import build_network
from geo.network.profiles import profile_of
from geo.parts.division import Division
from geo.parts.run import compute_here
from geo.pipeline import open_explorer, run
from geo.scenarios.apply import open_scenario
from geo.study.load import load_study
from geo.study.model import Layer
from tests.worlds.assignment_oracle import best_assignment, plain_2sfca, plain_crowding
from tests.worlds.hand_study import write_hand_study
from tests.worlds.streets import LAT, LON, World, areas_of, demand_rows, positions_of, worlds

# Studies of the long run: QUARTERHOUR_CAPACITY=300.
EXAMPLES = int(os.environ.get("QUARTERHOUR_CAPACITY", "100"))
AREAS = areas_of([("U", shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1), {})])
LIMITS = ({"minutes": 2.0}, {"minutes": 15.0}, {"metres": 150.0})
DECAYS = (None, "gaussian", ((1.0, 1.0), (10.0, 0.5), (200.0, 0.25)))
AMOUNTS = st.sampled_from((0.0, 1.0, 2.0, 5.0, 0.3, 2.75))
SEATS = st.sampled_from((0.0, 1.0, 3.0, 7.0, 0.4, 2.5, math.nan))


def weight_of(at: float, catchment: float, decay) -> float:
    if decay is None:
        return 1.0
    if decay == "gaussian":
        return math.exp(-(at**2) / (2 * (catchment / 2) ** 2))
    return next((w for end, w in decay if at <= end), 0.0)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=(Phase.generate,),
)
@given(worlds(), st.sampled_from(LIMITS), st.sampled_from(DECAYS), st.booleans(), st.data())
def test_a_study_equals_the_oracle_on_its_access_table(
    world: World, limit: dict, decay, grouped: bool, data: st.DataObject
) -> None:
    # As in a study, no limit is beyond the horizon.
    world = replace(world, horizon_ms=max(world.horizon_ms, 900_000))
    way = {"profile": world.profile, "direction": world.direction, "decay": decay}
    layer = Layer(key="k", path="p", capacity="seats", **way, **limit)
    try:
        network = build_network(world.roads, profile_of(world.profile), direction=world.direction)
    except StudyError:
        assume(False)
    amounts = data.draw(st.lists(AMOUNTS, min_size=5, max_size=5))
    seats = data.draw(st.lists(SEATS, min_size=4, max_size=4))[: len(world.sites)]
    lines = [
        {"id": f"d{i}", "weight": amounts[0 if grouped and i < 2 else i],
         "group": "g" if grouped and i < 2 else ""}
        for i in range(len(world.demand))
    ]  # fmt: skip
    points = build_demand(demand_rows(lines), AREAS, QualityLog(), file="d.csv")
    rows = positions_of(network, list(world.demand))
    names = [f"s{i}" for i in range(len(world.sites))]
    sites = pd.DataFrame({"id": names, "name": names, "lon": LON, "lat": LAT, "capacity": seats})
    found = run_layer(
        layer, network, sites, positions_of(network, world.sites), points, rows, AREAS,
        horizon_ms=world.horizon_ms, threads=1,
    )  # fmt: skip
    found = with_capacity(found, points, rows, horizon_ms=world.horizon_ms, threads=1)
    capacity = found.capacity
    assert capacity is not None

    # The access table, as for a layer with the widest catchment.
    wide = replace(found, layer=layer.with_limit(layer.limit.value * 1.5))
    blocks = access_blocks([wide], points, lambda _: rows, horizon_ms=world.horizon_ms, threads=1)
    table = pa.concat_tables([ACCESS_SCHEMA.empty_table(), *blocks]).to_pandas()
    table["at"] = table["metres"] if layer.limit.in_metres else table["time_ms"] / 60_000

    ids = points.frame["id"].tolist()
    amount = dict(zip(ids, points.frame["weight"].tolist(), strict=True))
    room = {name: 0.0 if math.isnan(n) else n for name, n in zip(names, seats, strict=True)}
    inside = table[table["at"] <= layer.limit.value]
    near = {(r.site_id, r.demand_id): float(r.time_ms) for r in inside.itertuples()}
    served, least = best_assignment(near, amount, room)
    assert capacity.served.sum() == pytest.approx(served, abs=1e-6)
    assert capacity.person_minutes == pytest.approx(least / 60_000, rel=1e-6, abs=1e-6)
    assert (capacity.served <= np.array(list(amount.values()))).all()
    assert (capacity.assigned <= np.array(list(room.values()))).all()
    assert capacity.assigned.sum() == pytest.approx(capacity.served.sum(), abs=1e-9)
    assert capacity.assigned + capacity.spare == pytest.approx(list(room.values()))
    split = capacity.served + capacity.over + capacity.outside
    assert split == pytest.approx(list(amount.values()), abs=1e-12)
    reached = {point for _, point in near}
    outside = [0.0 if point in reached else amount[point] for point in ids]
    assert capacity.outside.tolist() == outside
    assert capacity.without_capacity == sum(map(math.isnan, seats))

    for factor, mean in zip((0.75, 1.0, 1.5), capacity.means, strict=True):
        size = layer.limit.value * factor
        reach = table[table["at"] <= size]
        weight = {
            (r.site_id, r.demand_id): weight_of(r.at, size, decay) for r in reach.itertuples()
        }
        plain = plain_2sfca(weight, amount, room)
        total = sum(amount.values())
        if total:
            expected = 1000 * sum(plain[p] * amount[p] for p in ids) / total
            assert mean == pytest.approx(expected)
        else:
            assert math.isnan(mean)
        if factor == 1.0:
            assert capacity.access == pytest.approx([1000 * plain[p] for p in ids])
            crowd = plain_crowding(weight, amount, room)
            expected = [crowd.get(name, math.nan) for name in names]
            assert capacity.crowding == pytest.approx(expected, nan_ok=True)


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def found(hand: Path) -> Analysis:
    return run(load_study(hand), layers=["walk", "parking"])


def rows_of(table: pd.DataFrame, layer: str, *columns: str) -> pd.DataFrame:
    return table[table["layer"] == layer][list(columns)]


def test_the_hand_study(found: Analysis) -> None:
    """s1 has 10 seats, s2 20; d1 (100) is within both, d2 (40) and d6 (30) within s2 only."""
    figures = found.summary["layers"]["walk"]["capacity"]
    assert list(figures) == [
        "served", "in_reach_over_capacity", "out_of_reach", "person_minutes", "access_2sfca",
        "capacity_total", "sites_without_capacity", "amount",
    ]  # fmt: skip
    assert (figures["served"], figures["capacity_total"]) == (30.0, 30.0)
    assert figures["sites_without_capacity"] == 1
    assert figures["in_reach_over_capacity"] == 140.0 and figures["out_of_reach"] == 73.0
    # d1 takes the 10 seats at 500 m (7.5 min), s2 serves d2 and d6 at 500 m.
    assert figures["person_minutes"] == 30 * 7.5
    sites = rows_of(found.sites, "walk", "site_id", "assigned", "spare", "crowding")
    assert sites["assigned"].tolist() == [10.0, 20.0, 0.0]
    assert sites["spare"].tolist() == [0.0, 0.0, 0.0]
    assert sites["crowding"].isna().tolist() == [False, False, True]
    assert list(figures["access_2sfca"]) == ["0.75", "1", "1.5"]


@pytest.fixture(scope="module")
def parking(hand: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand study where estates need spaces for their cars and have some of their own."""
    folder = tmp_path_factory.mktemp("parking") / "study"
    shutil.copytree(hand, folder)
    cars = {"d1": "25", "d2": "12", "d3": "7", "d5": "-3", "d6a": "9", "d6b": "9"}
    own = {"d1": "1", "d2": "20", "d6a": "1", "d6b": "1", "d3": "some"}
    lines = (folder / "estates.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{lines[0]},cars,spaces"]
    for line in lines[1:]:
        name = line.split(",")[0]
        rows.append(f"{line},{cars.get(name, '')},{own.get(name, '')}")
    (folder / "estates.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    named = 'capacity = "seats"\nneed = "cars"\nown = "spaces"'
    toml = toml.replace('capacity = "seats"', named, 1)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder


def test_spaces_that_are_needed_and_not_there(parking: Path, found: Analysis) -> None:
    """d1 needs 25 - 1, d2 has more than it needs, d3 needs 7, the estate of d6 9 - 1.

    s1 has 10 spaces for d1; s2 has 20, first for d6 (500 m), then for d1 (1,000 m).
    """
    needed = run(load_study(parking), layers=["walk"])
    figures = needed.summary["layers"]["walk"]["capacity"]
    parts = ("served", "in_reach_over_capacity", "out_of_reach", "amount")
    assert [figures[name] for name in parts] == [30.0, 2.0, 7.0, 39.0]
    assert figures["person_minutes"] == 10 * 7.5 + 8 * 7.5 + 12 * 15
    rows = rows_of(needed.demand, "walk", "demand_id", *parts[:3]).set_index("demand_id")
    assert rows.loc["d1"].tolist() == [22.0, 2.0, 0.0]
    assert rows.loc["d2"].tolist() == [0.0, 0.0, 0.0]
    assert rows.loc["d3"].tolist() == [0.0, 0.0, 7.0]
    assert needed.units["short"].max() == 9.0
    # Shares and weights are those of the people, as before.
    same_columns = ["weight", "minutes", "covered"]
    before, after = (
        rows_of(one.demand, "walk", *same_columns).reset_index(drop=True) for one in (found, needed)
    )
    assert before.equals(after)
    problems = needed.quality.set_index("problem")
    assert sorted(problems.loc["amount_bad", "value"]) == ["-3", "some"]
    assert "amount_missing" in problems.index


def test_parts_trials_and_scenarios_need_as_much(parking: Path, tmp_path: Path) -> None:
    study = load_study(parking)
    whole = run(study, layers=["walk"])
    parts = run(study, layers=["walk"], division=Division(2, tmp_path, compute_here))
    assert same(parts, whole)
    (parking / "scenarios").mkdir()
    text = '[[changes]]\ndo = "demand"\nfactor = 2\n'
    (parking / "scenarios" / "double.toml").write_text(text, encoding="utf-8")
    changed, inputs = open_scenario(study, "double")
    doubled = run(changed, layers=["walk"], inputs=inputs)
    # d1 needs 50 - 1, d2 24 - 20, d3 14, the estate of d6 18 - 1.
    figures = doubled.summary["layers"]["walk"]["capacity"]
    assert (figures["amount"], figures["out_of_reach"]) == (84.0, 14.0)


def test_units_add_up(found: Analysis) -> None:
    units = found.units[found.units["layer"] == "walk"]
    assert [name for name in units.columns if name in UNIT_COLUMNS] == list(UNIT_COLUMNS)
    split = units["served"] + units["in_reach_over_capacity"] + units["out_of_reach"]
    assert split.tolist() == units["demand_total"].tolist()
    assert (units["demand_total"] - units["served"]).tolist() == units["short"].tolist()
    assert units["access_2sfca"].isna().tolist() == (units["demand_total"] == 0).tolist()


def test_columns_are_blank_without_capacities(found: Analysis) -> None:
    assert "capacity" not in found.summary["layers"]["parking"]
    assert rows_of(found.sites, "parking", *SITE_COLUMNS).isna().all(axis=None)
    assert rows_of(found.units, "parking", *UNIT_COLUMNS).isna().all(axis=None)
    columns = ("served", "in_reach_over_capacity", "out_of_reach", "access_2sfca")
    assert found.demand.columns[-5:].tolist() == ["sites_within", *columns]
    assert rows_of(found.demand, "parking", *columns).isna().all(axis=None)
    assert rows_of(found.demand, "walk", *columns).notna().all(axis=None)


def test_a_county_has_figures_of_its_own(found: Analysis) -> None:
    whole = found.summary["layers"]["walk"]["capacity"]
    counties = [county_part(found, part, "c") for part in series_parts(found)]
    figures = [county.summary["layers"]["walk"]["capacity"] for county in counties]
    units = [county.units[county.units["layer"] == "walk"] for county in counties]
    for name in ("served", "in_reach_over_capacity", "out_of_reach"):
        own = [unit.loc[unit["level"] == "township", name].sum() for unit in units]
        assert [figure[name] for figure in figures] == own
        assert sum(own) <= whole[name]
    assert [figure["served"] for figure in figures] != [whole["served"]] * len(figures)
    assert "capacity" not in counties[0].summary["layers"]["parking"]


def same(one: Analysis, other: Analysis) -> bool:
    tables = ("demand", "units", "sites")
    return all(getattr(one, name).equals(getattr(other, name)) for name in tables) and (
        repr(one.summary["layers"]) == repr(other.summary["layers"])
    )


def test_in_parts_and_in_the_app_the_figures_are_the_same(
    hand: Path, found: Analysis, tmp_path: Path
) -> None:
    study = load_study(hand)
    parts = run(study, layers=["walk", "parking"], division=Division(2, tmp_path, compute_here))
    assert same(parts, found)
    whole = open_explorer(study).analysis()
    assert repr(whole.summary["layers"]["walk"]) == repr(found.summary["layers"]["walk"])


def test_a_trial_has_them_only_where_they_are_asked_for(hand: Path) -> None:
    explorer = open_explorer(load_study(hand))
    quick = explorer.analysis_with("walk", limit=10, catchments=False)
    assert "capacity" not in quick.summary["layers"]["walk"]
    assert quick.units["served"].isna().all() and quick.sites["assigned"].isna().all()
    full = explorer.analysis_with("walk", limit=10)
    assert full.summary["layers"]["walk"]["capacity"]["served"] > 0
    quick = explorer.analysis_with("walk", limit=10, catchments=False)
    assert quick.units["served"].isna().all()


@pytest.mark.parametrize(
    "value", ['"linear"', "[]", "[[5, 1.0], [5, 0.5]]", "[[5, 1.5]]", "[[5]]", "3", "[[5, true]]"]
)
def test_a_wrong_decay_is_named(hand: Path, tmp_path: Path, value: str) -> None:
    toml = (hand / "study.toml").read_text(encoding="utf-8")
    changed = toml.replace('capacity = "seats"', f'capacity = "seats"\ndecay = {value}')
    (tmp_path / "study.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    assert (caught.value.code, caught.value.params["field"]) == ("decay_wrong", "layers[1].decay")


def test_decay_is_a_parameter_and_plain_json(hand: Path, tmp_path: Path) -> None:
    toml = (hand / "study.toml").read_text(encoding="utf-8")
    steps = "decay = [[5, 1.0], [15, 0.5]]"
    for name, text in (("plain", toml), ("steps", toml.replace("seats", f'seats"\n{steps} #', 1))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.toml").write_text(text, encoding="utf-8")
    plain, stepped = (load_study(tmp_path / name).parameters() for name in ("plain", "steps"))
    assert "decay" not in json.dumps(plain)
    assert json.loads(json.dumps(stepped))["layers"][0]["decay"] == [[5.0, 1.0], [15.0, 0.5]]
