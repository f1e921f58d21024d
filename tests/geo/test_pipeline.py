"""The whole line on a world that is counted by hand (`hand_study`), number by number.

At 4 km/h a metre takes 0.9 s, a kilometre 15 minutes. By car (residential, 20 km/h) it is 0.18 s a
metre, three minutes a kilometre.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo import pipeline
from geo.analysis import Analysis
from geo.base.errors import CancelledError, StudyError
from geo.base.progress import Progress, ProgressState
from geo.study.load import load_study
from tests.worlds.hand_study import write_hand_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def analysis(folder: Path) -> Analysis:
    return pipeline.run(load_study(folder), per_site=True)


def rows(table: pd.DataFrame, layer: str, *columns: str) -> list[tuple[object, ...]]:
    """A layer's rows, missing values as None."""
    part = table.loc[table["layer"] == layer, list(columns)]
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in part.itertuples(index=False)
    ]


def test_demand_on_foot(analysis: Analysis) -> None:
    columns = ["demand_id", "unit_id", "weight", "time_ms", "minutes", "metres", "site_id"]
    assert rows(analysis.demand, "walk", *columns, "covered", "cause") == [
        # 500 m to s1 at A; s2 would be 1,000 m away.
        ("d1", "u1", 100.0, 450_000, 7.5, 500.0, "s1", True, ""),
        # 500 m to s2.
        ("d2", "u2", 40.0, 450_000, 7.5, 500.0, "s2", True, ""),
        # 1,000 + 500 m to s2.
        ("d3", "u2", 60.0, 1_350_000, 22.5, 1500.0, "s2", False, "too_far"),
        ("d4", "u3", 8.0, None, None, None, "", False, "cut_off"),
        ("d5", "", 5.0, None, None, None, "", False, "data_doubt"),
        # 园 by its gate at B: 500 m to s2, against 1,000 m to s1; 30 people count once.
        ("d6a", "u1", 30.0, 450_000, 7.5, 500.0, "s2", True, ""),
        ("d7", "u1", 0.0, 0, 0.0, 0.0, "s1", True, ""),
    ]
    lon = rows(analysis.demand, "walk", "lon")
    assert [value for (value,) in lon] == [114.005, 114.02, 114.03, 114.025, 114.005, 114.01, 114.0]
    access = dict(rows(analysis.demand, "walk", "demand_id", "access_m"))  # type: ignore[arg-type]
    assert access["d1"] == 0.0
    # d5: 0.015° of longitude at 30.02° N west of E, 96,467 m a degree.
    assert access["d5"] == pytest.approx(1447, abs=1)
    classes = [c for (c,) in rows(analysis.demand, "walk", "class")]
    assert classes == ["urban", "rural", "rural", "rural", "rural", "urban", "urban"]


def test_demand_by_car(analysis: Analysis) -> None:
    columns = ["demand_id", "time_ms", "metres", "site_id", "covered", "cause"]
    assert rows(analysis.demand, "car_to", *columns) == [
        ("d1", 90_000, 500.0, "s1", True, ""),
        ("d2", 90_000, 500.0, "s2", True, ""),
        ("d3", None, None, "", False, "cut_off"),  # nobody drives from D to C
        ("d4", None, None, "", False, "cut_off"),
        ("d5", None, None, "", False, "data_doubt"),
        ("d6a", 90_000, 500.0, "s2", True, ""),
        ("d7", 0, 0.0, "s1", True, ""),
    ]
    assert rows(analysis.demand, "car_from", *columns) == [
        ("d1", 90_000, 500.0, "s1", True, ""),
        ("d2", 90_000, 500.0, "s2", True, ""),
        ("d3", 270_000, 1500.0, "s2", True, ""),  # 4.5 minutes are within 4.5 minutes
        ("d4", None, None, "", False, "cut_off"),
        ("d5", None, None, "", False, "data_doubt"),
        ("d6a", 90_000, 500.0, "s2", True, ""),
        ("d7", 0, 0.0, "s1", True, ""),
    ]


def test_other_layers(analysis: Analysis) -> None:
    # 500 m along the network are within 500 m.
    covered = dict(rows(analysis.demand, "parking", "demand_id", "covered"))  # type: ignore[arg-type]
    assert [i for i, yes in covered.items() if yes] == ["d1", "d2", "d6a", "d7"]
    # Only rural rows, weighed by the old: 4 of 4 + 6 + 8 + 5.
    assert rows(analysis.demand, "old_rural", "demand_id", "weight", "covered") == [
        ("d2", 4.0, True),
        ("d3", 6.0, False),
        ("d4", 8.0, False),
        ("d5", 5.0, False),
    ]
    assert set(rows(analysis.demand, "nothing", "cause")) == {("no_site",), ("data_doubt",)}


def test_demand_is_ordered_by_id_then_layer(analysis: Analysis) -> None:
    ids = analysis.demand["demand_id"].tolist()
    assert ids == sorted(ids)
    first = analysis.demand.loc[analysis.demand["demand_id"] == "d2", "layer"].tolist()
    assert first == ["walk", "car_to", "car_from", "parking", "old_rural", "nothing"]


def test_units_on_foot(analysis: Analysis) -> None:
    columns = ["unit_id", "unit_name", "level", "county", "city", "sites", "has_site"]
    figures = ["demand_total", "demand_covered", "share_by_time", "minutes_p50", "minutes_p90"]
    found = {(r[2], r[0]): r for r in rows(analysis.units, "walk", *columns, *figures)}
    甲, 乙 = "甲市/市辖区", "乙市/市辖区"
    assert found == {
        # Outside: d5, 5 people off network.
        ("", ""): ("", "", "", "", "", 0, False, 5.0, 0.0, 0.0, None, None),
        # d1, 园 and d7; s1, s3, and s2 on the border.
        ("township", "u1"): (
            *("u1", "u1镇", "township", "市辖区", "甲市", 3, True),
            *(130.0, 130.0, 1.0, 7.5, 7.5),
        ),
        # d2 and d3: 40 of 100 in 7.5 minutes, the other 60 in 22.5.
        ("township", "u2"): (
            *("u2", "u2镇", "township", "市辖区", "甲市", 0, False),
            *(100.0, 40.0, 0.4, 22.5, 22.5),
        ),
        ("township", "u3"): (
            *("u3", "u3镇", "township", "市辖区", "乙市", 0, False),
            *(8.0, 0.0, 0.0, None, None),
        ),
        # 市辖区 is in both cities. 170 of 230; p90 of 230 is the 207th: one of d3's 60.
        ("county", 甲): (
            *(甲, "市辖区", "county", "", "甲市", 3, True),
            *(230.0, 170.0, 0.73913, 7.5, 22.5),
        ),
        ("county", 乙): (乙, "市辖区", "county", "", "乙市", 0, False, 8.0, 0.0, 0.0, None, None),
        ("city", "甲市"): (
            *("甲市", "甲市", "city", "", "", 3, True),
            *(230.0, 170.0, 0.73913, 7.5, 22.5),
        ),
        ("city", "乙市"): ("乙市", "乙市", "city", "", "", 0, False, 8.0, 0.0, 0.0, None, None),
    }
    ids = analysis.units["unit_id"].tolist()
    assert ids == sorted(ids)


def test_gaps_on_foot(analysis: Analysis) -> None:
    columns = ["rank", "unit_id", "county", "city", "demand_total", "uncovered", "uncovered_share"]
    causes = ["main_cause", "uncovered_data_doubt", "uncovered_cut_off", "uncovered_too_far"]
    nearest = ["nearest_site_id", "nearest_site_name", "nearest_minutes_p50", "lon", "lat"]
    assert rows(analysis.gaps, "walk", *columns, *causes, *nearest) == [
        (
            *(1, "u2", "市辖区", "甲市", 100.0, 60.0, 0.6),
            *("too_far", 0.0, 0.0, 60.0, "s2", "two", 22.5, 114.03, 30.0),
        ),
        (
            *(2, "u3", "市辖区", "乙市", 8.0, 8.0, 1.0),
            *("cut_off", 0.0, 8.0, 0.0, "", "", None, 114.025, 30.02),
        ),
        (
            *(3, "", "", "", 5.0, 5.0, 1.0),
            *("data_doubt", 5.0, 0.0, 0.0, "", "", None, 114.005, 30.02),
        ),
    ]
    points = rows(analysis.gap_points, "walk", "demand_id", "name", "unit_id", "minutes", "cause")
    assert points == [
        ("d3", "at D", "u2", 22.5, "too_far"),
        ("d4", "on the island", "u3", None, "cut_off"),
        ("d5", "off every road", "", None, "data_doubt"),
    ]


def test_sites_on_foot(analysis: Analysis) -> None:
    columns = ["site_id", "name", "unit_id", "used", "demand_within", "demand_owned", "capacity"]
    assert rows(analysis.sites, "walk", *columns) == [
        # Within 1,000 m of A: d1, 园's gate at B (15 minutes exactly) and d7.
        ("s1", "one", "u1", True, 130.0, 100.0, 10.0),
        # Within 1,000 m of s2: d1, d2 and 园.
        ("s2", "two", "u1", True, 170.0, 70.0, 20.0),
        ("s3", "three", "u1", False, 0.0, 0.0, None),
    ]
    # 0.008° of latitude at 30° are 886.8 m.
    access = [value for (value,) in rows(analysis.sites, "walk", "access_m")]
    assert access == [0.0, 0.0, pytest.approx(886.8, abs=0.1)]


def test_summary(analysis: Analysis) -> None:
    walk = analysis.summary["layers"]["walk"]
    expected = {
        "service": "station",
        "profile": "walk",
        "direction": "to",
        "minutes": 15.0,
        "sites_total": 3,
        "sites_used": 2,
        "demand_total": 243.0,  # 100 + 40 + 60 + 8 + 5 + 0 + 30
        "demand_covered": 170.0,
        "share_by_time": 0.699588,
        "units_total": 3,
        "units_with_site": 1,
        "share_by_presence": 0.333333,
        "minutes_p50": 7.5,
        "minutes_p90": 22.5,  # 218.7 of 243: 170 in 7.5 minutes, 230 in 22.5
        "by_cause": {"data_doubt": 5.0, "cut_off": 8.0, "too_far": 60.0},
    }
    assert {key: walk[key] for key in expected} == expected
    # d7 of seven points lies at a site of its own unit: 14 % are no trap.
    assert walk["warnings"] == []
    assert analysis.summary["layers"]["parking"]["metres"] == 500.0
    counts = {
        (count["role"], count["rows_in"], count["rows_used"], count["rows_set_aside"])
        for count in analysis.summary["inputs"]
    }
    assert ("demand", 10, 8, 2) in counts
    assert ("units", 3, 3, 0) in counts
    assert ("network", 4, 4, 0) in counts
    assert ("layer:walk", 3, 3, 0) in counts


def test_quality(analysis: Analysis) -> None:
    aside = analysis.quality[analysis.quality["action"] == "set_aside"]
    found = list(zip(aside["file"], aside["row"], aside["problem"], strict=True))
    assert found == [("estates.csv", 10, "weight_missing"), ("estates.csv", 11, "weight_negative")]
    off = analysis.quality[analysis.quality["problem"] == "off_network"]
    assert set(off["value"]) == {"1"}


def test_isochrones(analysis: Analysis) -> None:
    table = analysis.isochrones
    whole = table[(table["layer"] == "walk") & (table["site_id"] == "")]
    assert whole["minutes"].tolist() == [5.0, 10.0, 15.0]
    # 5 minutes are 333.3 of the file's metres: a third of AB, two thirds of BC; the map's metres
    # are 964.9 to 1,000 of the file's. 50 m to each side, a circle at the ends; A's end is round.
    street_m = (1 / 3 + 2 / 3) * 964.9
    expected = (street_m * 100 + 2 * np.pi * 50**2) / 1e6
    assert whole["area_km2"].iloc[0] == pytest.approx(expected, rel=0.01)
    assert whole["area_km2"].is_monotonic_increasing
    assert table.geometry.is_valid.all()
    alone = table[(table["layer"] == "walk") & (table["site_id"] != "")]
    assert list(zip(alone["site_id"], alone["minutes"], strict=True)) == [
        (site, minutes) for site in ("s1", "s2") for minutes in (5.0, 10.0, 15.0)
    ]
    in_metres = table[(table["layer"] == "parking") & (table["site_id"] == "")]
    assert in_metres["metres"].tolist() == [500.0]
    assert in_metres["minutes"].isna().all()
    assert (table["layer"] == "nothing").sum() == 0


def test_twice_gives_the_same(folder: Path, analysis: Analysis) -> None:
    again = pipeline.run(load_study(folder), per_site=True)
    same_tables(analysis, again)
    assert json.dumps(again.summary) == json.dumps(analysis.summary)


def same_tables(one: Analysis, two: Analysis) -> None:
    for name in ("demand", "units", "gaps", "gap_points", "sites", "isochrones", "quality"):
        left, right = getattr(one, name), getattr(two, name)
        assert left.to_csv() == right.to_csv(), name
    assert one.isochrones.geometry.to_wkb().tolist() == two.isochrones.geometry.to_wkb().tolist()


def test_some_layers_only(folder: Path, analysis: Analysis) -> None:
    found = pipeline.run(load_study(folder), layers=["parking"])
    assert set(found.demand["layer"]) == {"parking"}
    mine = analysis.demand[analysis.demand["layer"] == "parking"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.demand, mine)
    with pytest.raises(StudyError, match="layer_unknown"):
        pipeline.run(load_study(folder), layers=["none"])


@pytest.mark.parametrize(
    ("name", "first"), [("estates.csv", 1), ("sites.csv", 1), ("roads.geojson", 0)]
)
def test_the_order_of_rows_changes_nothing(
    tmp_path: Path, analysis: Analysis, name: str, first: int
) -> None:
    folder = write_hand_study(tmp_path)
    path = folder / name
    if first:
        head, *body = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *body[::-1]]) + "\n", encoding="utf-8")
    else:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["features"].reverse()
        path.write_text(json.dumps(content), encoding="utf-8")
    found = pipeline.run(load_study(folder))
    for table in ("demand", "units", "gaps", "gap_points", "sites"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(analysis, table))


def test_one_more_site_never_covers_less(tmp_path: Path, analysis: Analysis) -> None:
    folder = write_hand_study(tmp_path)
    with (folder / "sites.csv").open("a", encoding="utf-8") as file:
        file.write("s4,four,114.029,30.0,\n")
    found = pipeline.run(load_study(folder))
    before, after = analysis.demand, found.demand
    assert not (before["covered"] & ~after["covered"]).any()
    assert after["covered"].sum() > before["covered"].sum()


def test_progress_is_reported_and_may_be_stopped(folder: Path) -> None:
    seen: list[ProgressState] = []
    pipeline.run(load_study(folder), layers=["walk"], progress=Progress(seen.append))
    stages = list(dict.fromkeys(state.stage for state in seen))
    assert stages == ["read", "travel", "isochrones", "tables"]
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(CancelledError):
        pipeline.run(load_study(folder), progress=stopped)


def test_check_reads_without_computing(folder: Path, analysis: Analysis) -> None:
    quality, inputs = pipeline.check(load_study(folder))
    assert quality["problem"].tolist() == analysis.quality["problem"].tolist()
    assert {count.role for count in inputs} == {c["role"] for c in analysis.summary["inputs"]}
