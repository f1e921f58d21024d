"""A grant with a unit: the results of a study hold that subtree, and nothing of other units."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.base.access.guard import AccessError
from geo.base.errors import StudyError
from geo.pipeline import check, open_explorer, run
from geo.scenarios import store
from geo.scenarios.changes import Scenario
from geo.study.load import load_study
from ledger.evidence.parameters import inputs_hash
from tests.worlds.office_server import Office

# Of the hand-countable study: demand and sites by unit.
POINTS = {"u1": {"d1", "d7"}, "u2": {"d2", "d3"}, "u3": {"d4"}}
SITES = {"u1": {"s1", "s2", "s3"}, "u2": set(), "u3": set()}
GRANTS = {"u1": {"u1"}, "u2": {"u2"}, "甲市": {"u1", "u2"}, "乙市/市辖区": {"u3"}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The results of the whole study."""
    from tests.worlds.hand_study import write_hand_study

    return run(load_study(write_hand_study(tmp_path_factory.mktemp("whole"))))


@pytest.mark.parametrize("granted", list(GRANTS))
def test_results_hold_the_subtree_with_its_own_shares(
    office: Office, whole: Analysis, granted: str
) -> None:
    folder, units = office.study("one"), GRANTS[granted]
    office.grant("li", "viewer", "one", granted)
    with office.acting("li"):
        study = load_study(folder)
        explorer = open_explorer(study)
    part = explorer.analysis()
    assert set(part.areas["unit_id"]) == units
    finest = whole.units[(whole.units["level"] == "township") & whole.units["unit_id"].isin(units)]
    own = part.units[part.units["level"] == "township"]
    same = ["unit_id", "layer", "sites", "demand_total", "demand_covered", "share_by_time"]
    assert own[same].reset_index(drop=True).equals(finest[same].reset_index(drop=True))
    ids = set(whole.demand.loc[whole.demand["unit_id"].isin(units), "demand_id"])
    assert set(part.demand["demand_id"]) == ids == set(part.points.index)
    before = whole.demand[whole.demand["unit_id"].isin(units)].reset_index(drop=True)
    for name in ("demand_id", "layer", "time_ms", "covered", "site_id", "cause"):
        assert part.demand[name].equals(before[name]), name
    for table in (part.gaps, part.gap_points, part.sites):
        assert set(table["unit_id"]) <= units
    assert set(part.sites["site_id"]) == set().union(*(SITES[unit] for unit in units))
    walk, entry = finest[finest["layer"] == "walk"], part.summary["layers"]["walk"]
    assert entry["demand_total"] == walk["demand_total"].sum()
    assert entry["demand_covered"] == walk["demand_covered"].sum()
    assert entry["units_total"] == len(units) and entry["sites_total"] == len(
        part.sites[part.sites["layer"] == "walk"]
    )
    inside = part.areas.geometry.union_all().buffer(1e-9)
    assert part.isochrones.geometry.within(inside).all()
    assert part.quality["row"].isna().all()
    assert part.summary["analysis_id"] != whole.summary["analysis_id"]
    label = {"u1": "u1镇", "u2": "u2镇", "甲市": "甲市", "乙市/市辖区": "市辖区"}[granted]
    assert part.study.study.name == part.summary["study"] == f"手算 · {label}"
    assert part.study.study.place == label
    # A question about the study is answered for the subtree, too.
    trial = explorer.change("walk", added=((114.03, 30.0),))
    assert trial.demand_total == entry["demand_total"]
    townships = trial.units.loc[trial.units["level"] == "township", "unit_id"]
    assert set(townships) - {""} == units
    assert {*trial.gained["unit_id"], *trial.lost["unit_id"]} <= units


def test_no_name_of_another_unit_is_in_the_results(office: Office) -> None:
    folder = office.study("one")
    office.grant("li", "viewer", "one", "乙市/市辖区")
    with office.acting("li"):
        part = run(load_study(folder))
    shown = "".join(
        table.drop(columns="geometry", errors="ignore").to_csv()
        for table in (part.demand, part.units, part.gaps, part.gap_points, part.sites, part.quality)
    ) + json.dumps(part.summary["layers"], default=str)
    for name in ("u1", "u2", "甲市", "middle of AB", "at C"):
        assert name not in shown


def test_several_grants_add_up_and_a_whole_grant_is_all(office: Office) -> None:
    folder = office.study("one")
    office.grant("li", "viewer", "one", "u1")
    office.grant("li", "editor", "one", "u3")
    with office.acting("li"):
        assert load_study(folder).within == {"u1", "u3"}
    office.grant("li", "viewer", "*")
    with office.acting("li"):
        assert load_study(folder).within is None
    assert load_study(folder).within is None


def test_the_study_itself_is_the_same(office: Office) -> None:
    """Cases and evidence of a county stand on the same inputs as those of the whole."""
    folder = office.study("one")
    office.grant("li", "viewer", "one", "u1")
    with office.acting("li"):
        part = load_study(folder)
    assert inputs_hash(part) == inputs_hash(load_study(folder))
    assert part.parameters() == load_study(folder).parameters()


def test_a_grant_of_an_unknown_unit_gives_nothing(office: Office) -> None:
    folder = office.study("one")
    office.grant("li", "viewer", "one", "nowhere")
    with office.acting("li"), pytest.raises(StudyError) as caught:
        check(load_study(folder))
    assert caught.value.code == "units_not_granted"


def test_scenarios_are_about_the_whole(office: Office) -> None:
    folder = office.study("one")
    store.save_scenario(folder, Scenario("kept", "", ()))
    office.grant("li", "editor", "one", "u1")
    with office.acting("li"):
        assert store.list_scenarios(folder) == []
        with pytest.raises(AccessError):
            store.load_scenario(folder, "kept")


def test_study_toml_cannot_name_units_that_are_seen(tmp_path: Path) -> None:
    from tests.worlds.hand_study import write_hand_study

    folder = write_hand_study(tmp_path / "one")
    toml = folder / "study.toml"
    toml.write_text('within = ["u1"]\n' + toml.read_text("utf-8"), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    assert caught.value.code == "unknown_key_alone"
