"""Several services at once, counted again by hand and by a plain loop."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.pipeline import open_explorer, run
from geo.questions.explorer import Explorer
from geo.questions.services_together import services_together
from geo.study.load import load_study
from tests.worlds.hand_study import write_hand_study


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def analysis(hand: Path) -> Analysis:
    return run(load_study(hand))


@pytest.fixture(scope="module")
def asked(hand: Path) -> Explorer:
    return open_explorer(load_study(hand))


def test_counted_by_hand(analysis: Analysis) -> None:
    found = services_together(analysis, ["walk", "parking", "nothing"])
    points = found.points.set_index("demand_id")
    # d1 in the middle of AB: 500 m from A, so on foot and for parking; nobody serves "nothing".
    assert points.loc["d1", ["services", "within"]].tolist() == [3, 2]
    assert points.loc["d5", ["services", "within"]].tolist() == [3, 0]  # off every road
    whole = found.units[found.units["level"] == "city"].set_index("unit_name")
    assert whole.loc["甲市", "within_3"] == 0.0 and whole.loc["甲市", "share_all"] == 0.0
    outside = found.units.iloc[-1]
    assert outside["unit_id"] == "" and outside["total"] == outside["within_0"] == 5.0


def test_only_layers_that_have_the_point_are_counted(analysis: Analysis) -> None:
    found = services_together(analysis, ["walk", "old_rural"])
    points = found.points.set_index("demand_id")
    assert points.loc["d1", "services"] == 1  # urban: not in the demand of the rural layer
    assert points.loc["d2", "services"] == 2
    alone = services_together(analysis, ["old_rural"]).points
    assert set(alone["demand_id"]) == {"d2", "d3", "d4", "d5"}
    assert points.loc["d1", "within"] == 1  # and so counts among those who have all they ask for
    assert found.units["within_all"].sum() > found.units["within_2"].sum()


@pytest.mark.parametrize("keys", [["walk"], ["walk", "car_to", "parking"], ["car_from", "walk"]])
def test_every_level_is_the_sum_of_its_points(analysis: Analysis, keys: list[str]) -> None:
    found = services_together(analysis, keys)
    units = analysis.areas.set_index("unit_id")
    covered = {
        (row.demand_id, row.layer): row.covered for row in analysis.demand.itertuples(index=False)
    }
    for row in found.points.itertuples(index=False):
        assert row.within == sum(covered.get((row.demand_id, key), False) for key in keys)
        assert row.weight == analysis.points.loc[row.demand_id, "weight"]
    for unit in found.units.itertuples(index=False):
        if unit.level == "township":
            mine = found.points["unit_id"] == unit.unit_id
        elif unit.level == "city":
            mine = found.points["unit_id"].map(units["city"]) == unit.unit_name
        elif unit.level == "county":
            city = unit.unit_id.split("/")[0]
            mine = found.points["unit_id"].map(units["city"]) == city
        else:
            mine = found.points["unit_id"] == ""
        points = found.points[mine]
        assert unit.total == points["weight"].sum()
        for count in range(len(keys) + 1):
            there = points.loc[points["within"] == count, "weight"].sum()
            assert getattr(unit, f"within_{count}") == there
        share = unit.within_all / unit.total if unit.total else math.nan
        assert unit.share_all == pytest.approx(share, abs=1e-6, nan_ok=True)


def test_another_state_of_a_layer_can_stand_in(analysis: Analysis, asked: Explorer) -> None:
    wider = asked.analysis_with("walk", limit=60.0)
    before = services_together(analysis, ["walk", "parking"])
    after = services_together(analysis, ["walk", "parking"], instead={"walk": wider})
    assert after.points["within"].sum() > before.points["within"].sum()
    assert (after.points["within"] >= before.points["within"]).all()


def test_a_layer_that_is_not_there(analysis: Analysis) -> None:
    with pytest.raises(StudyError):
        services_together(analysis, ["walk", "swim"])
