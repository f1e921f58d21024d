"""Whole studies on real places that are not bundled: Porto Alegre and Liechtenstein.

The figures are what the tool found when these tests were written, after the times had been shown to
equal the oracle; a change to them is a change of results and belongs into the changelog. Neither
data set goes into the project (licences), so that the tests skip where `../shared/data` is missing.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo import pipeline
from geo.analysis import Analysis
from geo.study.load import load_study
from tests.worlds.real_cities import LIECHTENSTEIN, POA, write_liechtenstein, write_porto_alegre

POA_FIGURES = {
    "walk_to": {
        "demand_covered": 654_967.0,
        "share_by_time": 0.805682,
        "minutes_p50": 9.45,
        "minutes_p90": 17.877,
    },
    "drive_to": {
        "demand_covered": 809_567.0,
        "share_by_time": 0.995857,
        "minutes_p50": 2.387,
        "minutes_p90": 3.807,
    },
    "drive_from": {
        "demand_covered": 811_070.0,
        "share_by_time": 0.997706,
        "minutes_p50": 2.294,
        "minutes_p90": 3.734,
    },
}
LIECHTENSTEIN_FIGURES = {
    # Nendeln, Balzers and Mauren have no car park within 300 m of their place node.
    "near": {
        "sites_used": 158,
        "demand_covered": 28_161.0,
        "share_by_time": 0.737295,
        "minutes_p50": 1.93,
        "minutes_p90": 4.764,
    },
    # Nendeln's is 1.5 km away.
    "walk": {"demand_covered": 36_838.0, "share_by_time": 0.964472, "minutes_p50": 1.93},
    "drive": {
        "sites_used": 158,
        "demand_covered": 38_195.0,
        "share_by_time": 1.0,
        "minutes_p50": 0.765,
        "minutes_p90": 1.487,
    },
}


@pytest.fixture(scope="module")
def poa(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    if not POA.is_dir():
        pytest.skip("../shared/data/poa is missing")
    folder = tmp_path_factory.mktemp("poa")
    write_porto_alegre(folder)
    return pipeline.run(load_study(folder))


@pytest.fixture(scope="module")
def liechtenstein(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    if not LIECHTENSTEIN.is_file():
        pytest.skip("../shared/data/liechtenstein is missing")
    folder = tmp_path_factory.mktemp("li")
    write_liechtenstein(folder)
    return pipeline.run(load_study(folder))


def figures(analysis: Analysis, key: str) -> dict[str, object]:
    return analysis.summary["layers"][key]  # type: ignore[no-any-return]


def hangs_together(analysis: Analysis) -> None:
    """What must hold for every study."""
    for key, found in analysis.summary["layers"].items():
        demand = analysis.demand[analysis.demand["layer"] == key]
        assert math.fsum(demand["weight"]) == found["demand_total"]
        assert math.fsum(demand["weight"][demand["covered"]]) == found["demand_covered"]
        uncovered = found["demand_total"] - found["demand_covered"]
        assert sum(found["by_cause"].values()) == uncovered
        gaps = analysis.gaps[analysis.gaps["layer"] == key]
        assert gaps["uncovered"].sum() == uncovered
        assert gaps["rank"].tolist() == list(range(1, len(gaps) + 1))
        assert gaps["uncovered"].is_monotonic_decreasing
        units = analysis.units[analysis.units["layer"] == key]
        finest = units[units["level"].isin(["unit", ""])]
        assert finest["demand_total"].sum() == found["demand_total"]
        assert finest["sites"].sum() == found["sites_total"]
        points = analysis.gap_points[analysis.gap_points["layer"] == key]
        assert set(points["demand_id"]) == set(demand.loc[~demand["covered"], "demand_id"])
        sites = analysis.sites[analysis.sites["layer"] == key]
        assert sites["demand_owned"].sum() == pytest.approx(found["demand_covered"])
        assert (sites["demand_owned"] <= sites["demand_within"]).all()
        assert demand["time_ms"].isna().equals(demand["minutes"].isna())
        assert ((demand["site_id"] == "") == demand["time_ms"].isna()).all()
    assert analysis.isochrones.geometry.is_valid.all()
    assert not analysis.isochrones.geometry.is_empty.any()


def test_porto_alegre(poa: Analysis) -> None:
    hangs_together(poa)
    for key, expected in POA_FIGURES.items():
        found = figures(poa, key)
        assert {name: found[name] for name in expected} == pytest.approx(expected), key
        assert (found["sites_total"], found["demand_total"]) == (117, 812935.0)
    walk, drive = (poa.demand[poa.demand["layer"] == k] for k in ("walk_to", "drive_to"))
    # Sites are cells: whoever lives in one is there at once.
    assert walk["time_ms"].min() <= 2 * 500 * 900
    # On foot there are no one-ways; by car `to` and `from` differ.
    back = poa.demand[poa.demand["layer"] == "walk_from"]
    assert (walk["time_ms"].fillna(-1).to_numpy() == back["time_ms"].fillna(-1).to_numpy()).all()
    other = poa.demand[poa.demand["layer"] == "drive_from"]
    both = drive["time_ms"].notna().to_numpy() & other["time_ms"].notna().to_numpy()
    differ = drive["time_ms"].to_numpy()[both] != other["time_ms"].to_numpy()[both]
    assert differ.mean() > 0.3


def test_liechtenstein(liechtenstein: Analysis) -> None:
    hangs_together(liechtenstein)
    for key, expected in LIECHTENSTEIN_FIGURES.items():
        found = figures(liechtenstein, key)
        assert {name: found[name] for name in expected} == pytest.approx(expected), key
        assert found["sites_total"] == 158
        assert (found["demand_points"], found["demand_total"]) == (12, 38_195.0)
        assert found["units_total"] == 11
    assert (liechtenstein.demand["unit_id"] != "").all()
    # The place node of Nendeln lies in the municipality of Eschen.
    nendeln = liechtenstein.demand.set_index("demand_id").loc["n240046176", "unit_id"]
    assert set(np.atleast_1d(nendeln)) == {"Eschen"}
