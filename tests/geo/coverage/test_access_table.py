"""The access table: pairs of site and demand, counted again by runs of one site each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from geo.analysis import Analysis
from geo.base.errors import QuestionError
from geo.coverage.access_table import ACCESS_SCHEMA
from geo.parts.division import Division
from geo.parts.run import compute_here
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from tests.worlds.hand_study import write_hand_study


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def found(hand: Path) -> Analysis:
    return run(load_study(hand), access_table=True)


def pairs_of(analysis: Analysis) -> pd.DataFrame:
    assert analysis.access is not None
    return pa.concat_tables([ACCESS_SCHEMA.empty_table(), *analysis.access()]).to_pandas()


def with_one_site(hand: Path, folder: Path, site: str) -> Analysis:
    """The study with this site only."""
    folder.mkdir()
    for path in hand.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    sites = pd.read_csv(folder / "sites.csv", dtype=str, encoding="utf-8-sig")
    sites[sites["id"] == site].to_csv(folder / "sites.csv", index=False)
    return run(load_study(folder))


def test_every_pair_is_what_a_run_with_that_site_alone_covers(
    hand: Path, found: Analysis, tmp_path: Path
) -> None:
    pairs = pairs_of(found)
    assert pairs.columns.tolist() == ["layer", "site_id", "demand_id", "time_ms", "metres"]
    sites = found.sites.loc[found.sites["used"], "site_id"].unique()
    assert len(sites) > 1
    counted = 0
    for site in sites:
        alone = with_one_site(hand, tmp_path / site, site).demand
        alone = alone[alone["covered"]]
        mine = pairs[pairs["site_id"] == site]
        columns = ["layer", "demand_id", "time_ms", "metres"]
        expected = alone[columns].astype({"time_ms": "int64", "layer": str, "demand_id": str})
        pd.testing.assert_frame_equal(
            mine[columns].sort_values(columns[:2], ignore_index=True),
            expected.sort_values(columns[:2], ignore_index=True),
            check_dtype=False,
        )
        counted += len(mine)
    assert counted == len(pairs) > 0


def test_the_quickest_pair_of_each_point_is_that_of_the_demand(found: Analysis) -> None:
    pairs = pairs_of(found)
    least = pairs.groupby(["layer", "demand_id"])["time_ms"].min()
    covered = found.demand[found.demand["covered"]].set_index(["layer", "demand_id"])["time_ms"]
    for layer in ("walk", "car_to", "car_from", "old_rural"):  # limits in minutes
        assert least.loc[layer].to_dict() == covered.loc[layer].astype(int).to_dict()


def test_rows_are_ordered_by_layer_site_and_demand(found: Analysis) -> None:
    pairs = pairs_of(found)
    place = {layer.key: number for number, layer in enumerate(found.study.layers)}
    order = pairs.assign(layer=pairs["layer"].map(place))
    columns = ["layer", "site_id", "demand_id"]
    pd.testing.assert_frame_equal(order, order.sort_values(columns, ignore_index=True))
    assert not order.duplicated(columns).any()


def test_sites_within_and_demand_alone_follow_from_the_pairs(found: Analysis) -> None:
    pairs = pairs_of(found)
    within = pairs.groupby(["layer", "demand_id"]).size()
    demand = found.demand.set_index(["layer", "demand_id"])
    expected = within.reindex(demand.index, fill_value=0)
    assert (demand["sites_within"] == expected).all()
    assert demand["sites_within"].max() > 1
    sole = demand[(demand["sites_within"] == 1) & demand["covered"]].reset_index()
    alone = sole.merge(pairs[["layer", "demand_id", "site_id"]], on=["layer", "demand_id"])
    sums = alone.groupby(["layer", "site_id_y"])["weight"].sum()
    sites = found.sites.set_index(["layer", "site_id"])["demand_alone"]
    for key, value in sites.items():
        assert value == pytest.approx(sums.get(key, 0.0))
    assert sites.sum() > 0


def test_demand_alone_is_what_closing_the_site_loses(hand: Path, found: Analysis) -> None:
    explorer = open_explorer(load_study(hand))
    walk = found.sites[(found.sites["layer"] == "walk") & found.sites["used"]]
    covered = found.summary["layers"]["walk"]["demand_covered"]
    for site, alone in zip(walk["site_id"], walk["demand_alone"], strict=True):
        closed = explorer.analysis_with("walk", closed=[site])
        assert covered - closed.summary["layers"]["walk"]["demand_covered"] == pytest.approx(alone)


def test_trial_sites_are_counted_as_if_they_were_in_the_study(hand: Path) -> None:
    explorer = open_explorer(load_study(hand))
    base = explorer.analysis_with("walk").demand.set_index("demand_id")["sites_within"]
    place = explorer.analysis_with("walk").sites.iloc[0]
    doubled = explorer.analysis_with("walk", added=[(place["lon"], place["lat"])])
    after = doubled.demand.set_index("demand_id")["sites_within"]
    reached = pairs_of(run(load_study(hand), access_table=True))
    mine = reached[(reached["layer"] == "walk") & (reached["site_id"] == place["site_id"])]
    assert len(mine)
    for point, count in base.items():
        assert after[point] == count + int(point in set(mine["demand_id"]))


def test_minutes_take_the_place_of_every_limit(hand: Path) -> None:
    study = load_study(hand)
    few = pairs_of(run(study, access_table=True, access_minutes=1.0))
    many = pairs_of(run(study, access_table=True, access_minutes=60.0))
    assert few["time_ms"].max() <= 60_000 < many["time_ms"].max() <= 3_600_000
    key = ["layer", "site_id", "demand_id"]
    assert len(few.merge(many, on=key)) == len(few)


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), 120.5])
def test_minutes_beyond_the_horizon_are_refused(hand: Path, minutes: float) -> None:
    with pytest.raises(QuestionError) as caught:
        run(load_study(hand), access_table=True, access_minutes=minutes)
    assert caught.value.code == "access_minutes"


def test_in_parts_the_pairs_are_the_same(hand: Path, found: Analysis, tmp_path: Path) -> None:
    study = load_study(hand)
    divided = run(study, access_table=True, division=Division(3, tmp_path, compute_here))
    pd.testing.assert_frame_equal(pairs_of(divided), pairs_of(found))
    pd.testing.assert_frame_equal(divided.demand, found.demand)
    pd.testing.assert_frame_equal(divided.sites, found.sites)


def test_a_layer_without_sites_has_no_pairs(found: Analysis) -> None:
    assert "nothing" not in set(pairs_of(found)["layer"])
    nothing = found.demand[found.demand["layer"] == "nothing"]
    assert (nothing["sites_within"] == 0).all()
