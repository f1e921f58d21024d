"""equity.csv on the hand-made study, number by number, and what must not change it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.coverage.county import county_part, series_parts
from geo.equity.by_band import EQUITY_COLUMNS, equity_of, equity_table, with_equity
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.export.csv import csv_bytes
from tests.worlds.hand_study import write_hand_study
from tests.worlds.made_analysis import made_analysis

# Of each row of the estates; d5 has none, and the second gate of 园 does not count.
INCOMES = ("50", "30", "10", "20", "", "50", "1", "1", "9", "9")


def write_ranked(folder: Path) -> Path:
    """The hand-made study with an income for most people."""
    write_hand_study(folder)
    lines = (folder / "estates.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{income}" for line, income in zip(lines[1:], INCOMES, strict=True)]
    text = "\n".join([f"{lines[0]},income", *rows]) + "\n"
    (folder / "estates.csv").write_text(text, encoding="utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace('class = "kind"', 'class = "kind"\nrank = "income"')
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ranked(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def analysis(folder: Path) -> Analysis:
    return run(load_study(folder))


def figures(table: pd.DataFrame, layer: str, band: str = "", class_: str = "") -> dict[str, float]:
    chosen = (table["layer"] == layer) & (table["band"] == band) & (table["class"] == class_)
    assert chosen.sum() == 1
    return {str(k): v for k, v in table[chosen].iloc[0].items() if k not in EQUITY_COLUMNS[:3]}


def test_rows_and_columns(analysis: Analysis) -> None:
    table = equity_of(analysis)
    assert list(table.columns) == EQUITY_COLUMNS
    keys = list(table[["layer", "band", "class"]].itertuples(index=False, name=None))
    assert keys[:6] == [
        ("walk", "", ""), ("walk", "", "rural"), ("walk", "", "urban"),
        ("walk", "60+", ""), ("walk", "60+", "rural"), ("walk", "60+", "urban"),
    ]  # fmt: skip
    # `only` leaves rural people; the weight is still that of all ages.
    assert [key for key in keys if key[0] == "old_rural"] == [
        ("old_rural", "", ""), ("old_rural", "", "rural"),
        ("old_rural", "60+", ""), ("old_rural", "60+", "rural"),
    ]  # fmt: skip
    assert len(keys) == 5 * 6 + 4


def test_all_people_on_foot(analysis: Analysis) -> None:
    # 170 people in 7.5 minutes (园 counts once), 60 in 22.5, 13 unreached: 120 each.
    time = 170 * 7.5 + 60 * 22.5 + 13 * 120
    heights = (1275, 2 * 1275 + 1350, 2 * (1275 + 1350) + 1560)  # sums of L at both sides
    area = sum(w * h for w, h in zip((170, 60, 13), heights, strict=True)) / (243 * time)
    # d3 10, d4 20, d2 30, d1 and 园 50; d5 has no income.
    ranked = 60 * 22.5 * 30 + 8 * 120 * 64 + 40 * 7.5 * 88 + 130 * 7.5 * 173
    assert figures(equity_of(analysis), "walk") == {
        "demand_total": 243.0,
        "share_by_time": round(170 / 243, 6),
        "unreached": 13.0,
        "mean_minutes": 17.223,  # 4185 / 243 = 17.2222…
        "minutes_p50": 7.5,
        "gini": round(1 - area, 6),
        # The slowest 24.3 people: 13 at 120 and 11.3 at 22.5; the quickest 97.2 at 7.5.
        "palma": round((13 * 120 + 11.3 * 22.5) / (97.2 * 7.5), 6),
        "concentration": round(2 * ranked / 238 / (60 * 22.5 + 8 * 120 + 170 * 7.5) - 1, 6),
        "fgt0": round(73 / 243, 6),
        # 22.5 minutes are half the limit beyond it, 120 seven times.
        "fgt1": round((60 * 0.5 + 13 * 7) / 243, 6),
        "fgt2": round((60 * 0.25 + 13 * 49) / 243, 6),
    }


def test_bands_have_their_own_weights_and_the_same_times(analysis: Analysis) -> None:
    found = figures(equity_of(analysis), "walk", "60+")
    # 10 + 4 + 3 in 7.5 minutes, 6 in 22.5, 8 + 5 unreached.
    assert (found["demand_total"], found["unreached"]) == (36.0, 13.0)
    assert found["share_by_time"] == round(17 / 36, 6)
    assert found["mean_minutes"] == (17 * 7.5 + 6 * 22.5 + 13 * 120) / 36 == 50.625
    # A layer that counts the band has the same row for it, and all people beside it.
    rural = figures(equity_of(analysis), "old_rural", "60+")
    assert (rural["demand_total"], rural["share_by_time"]) == (23.0, round(4 / 23, 6))
    same = figures(equity_of(analysis), "old_rural", "60+", "rural")
    assert rural == pytest.approx(same, nan_ok=True)
    everybody = figures(equity_of(analysis), "old_rural")
    assert everybody["demand_total"] == 113.0
    shown = analysis.summary["layers"]["old_rural"]
    assert shown["equity"] == pytest.approx(rural, nan_ok=True)
    assert shown["equity"]["demand_total"] == shown["demand_total"]


def test_urban_people_all_travel_equally_long(analysis: Analysis) -> None:
    found = figures(equity_of(analysis), "walk", "", "urban")
    assert (found["gini"], found["palma"], found["concentration"]) == (0.0, 0.25, 0.0)
    assert (found["fgt0"], found["fgt1"], found["fgt2"]) == (0.0, 0.0, 0.0)


def test_a_limit_in_metres_has_no_fgt1_and_fgt2(analysis: Analysis) -> None:
    found = figures(equity_of(analysis), "parking")
    assert found["fgt0"] == round(73 / 243, 6)
    assert np.isnan(found["fgt1"]) and np.isnan(found["fgt2"])
    walk = figures(equity_of(analysis), "walk")
    assert all(found[name] == walk[name] for name in ("gini", "palma", "mean_minutes"))


def test_all_unreached(analysis: Analysis) -> None:
    assert figures(equity_of(analysis), "nothing") == pytest.approx(
        {
            "demand_total": 243.0, "share_by_time": 0.0, "unreached": 243.0,
            "mean_minutes": 120.0, "minutes_p50": np.nan, "gini": 0.0, "palma": 0.25,
            "concentration": 0.0, "fgt0": 1.0, "fgt1": 7.0, "fgt2": 49.0,
        },
        nan_ok=True,
    )  # fmt: skip


def test_the_table_agrees_with_the_summary(analysis: Analysis) -> None:
    for key, entry in analysis.summary["layers"].items():
        own = analysis.study.layer(key).demand or ""
        row = figures(equity_of(analysis), key, own)
        for name in ("demand_total", "share_by_time", "minutes_p50"):
            assert row[name] == pytest.approx(entry[name], nan_ok=True)
        assert row["fgt0"] == pytest.approx(1 - row["share_by_time"])
        for name, part in entry.get("by_class", {}).items():
            assert (
                figures(equity_of(analysis), key, own, name)["share_by_time"]
                == (part["share_by_time"])
            )


def test_missing_incomes_are_reported_and_their_people_stay(analysis: Analysis) -> None:
    found = analysis.quality[analysis.quality["problem"].str.startswith("rank_")]
    assert found[["severity", "field", "problem", "action", "value"]].values.tolist() == [
        ["info", "income", "rank_missing", "kept", "1"]
    ]
    assert "d5" in analysis.points.index and np.isnan(analysis.points.loc["d5", "rank"])


def test_wrong_incomes(tmp_path: Path) -> None:
    folder = write_ranked(tmp_path / "s")
    estates = folder / "estates.csv"
    text = estates.read_text(encoding="utf-8")
    estates.write_text(text.replace("urban,50", "urban,高", 1), encoding="utf-8")
    found = run(load_study(folder), layers=["walk"])
    rows = found.quality[found.quality["problem"] == "rank_bad"]
    assert rows[["row", "field", "value", "action"]].values.tolist() == [
        [2, "income", "高", "kept"]
    ]
    assert found.summary["layers"]["walk"]["demand_total"] == 243.0
    words = "\n".join(re.sub(r",[^,]*$", ",高", line) for line in text.splitlines()[1:])
    estates.write_text(text.splitlines()[0] + "\n" + words + "\n", encoding="utf-8")
    found = run(load_study(folder), layers=["walk"])
    assert found.quality["problem"].tolist().count("rank_no_number") == 1
    assert np.isnan(found.summary["layers"]["walk"]["equity"]["concentration"])


def test_without_a_rank_column_the_index_is_blank(tmp_path: Path) -> None:
    found = run(load_study(write_hand_study(tmp_path / "s")), layers=["walk"])
    assert equity_of(found)["concentration"].isna().all()
    assert "rank" not in found.points


def test_the_order_of_rows_changes_nothing(analysis: Analysis, tmp_path: Path) -> None:
    folder = write_ranked(tmp_path / "s")
    head, *rows = (folder / "estates.csv").read_text(encoding="utf-8").splitlines()
    text = "\n".join([head, *reversed(rows)]) + "\n"
    (folder / "estates.csv").write_text(text, encoding="utf-8")
    assert csv_bytes(equity_of(run(load_study(folder)))) == csv_bytes(equity_of(analysis))


def test_no_weight_at_all(analysis: Analysis) -> None:
    points = analysis.points.assign(**{"band:60+": 0.0})
    found = figures(equity_table(replace(analysis, points=points)), "walk", "60+")
    assert (found["demand_total"], found["unreached"]) == (0.0, 0.0)
    rest = [value for name, value in found.items() if name not in ("demand_total", "unreached")]
    assert np.isnan(rest).all()


def test_one_person(analysis: Analysis) -> None:
    only = replace(analysis, demand=analysis.demand[analysis.demand["demand_id"] == "d3"])
    found = figures(equity_table(only), "walk")
    assert found == pytest.approx(
        {
            "demand_total": 60.0, "share_by_time": 0.0, "unreached": 0.0, "mean_minutes": 22.5,
            "minutes_p50": 22.5, "gini": 0.0, "palma": 0.25, "concentration": 0.0, "fgt0": 1.0,
            "fgt1": 0.5, "fgt2": 0.25,
        }
    )  # fmt: skip


def test_a_layer_without_demand_has_a_row(analysis: Analysis) -> None:
    none = replace(analysis, demand=analysis.demand[analysis.demand["layer"] != "walk"])
    found = with_equity(none)
    assert figures(equity_of(found), "walk")["demand_total"] == 0.0
    assert found.summary["layers"]["walk"]["equity"]["unreached"] == 0.0


def test_an_explorer_gives_the_same_and_follows_the_limit(folder: Path, analysis: Analysis) -> None:
    explorer = open_explorer(load_study(folder))
    whole = explorer.analysis()
    assert csv_bytes(equity_of(whole)) == csv_bytes(equity_of(analysis))
    assert repr(whole.summary["layers"]) == repr(analysis.summary["layers"])
    longer = explorer.analysis_with("walk", limit=22.5)
    found = figures(equity_of(longer), "walk")
    assert (found["fgt0"], found["fgt1"]) == (
        round(13 / 243, 6),
        round(13 / 243 * (120 / 22.5 - 1), 6),
    )


def test_a_county_has_figures_of_its_own(analysis: Analysis) -> None:
    part = county_part(analysis, series_parts(analysis)[0], "甲")
    assert part.equity is None and "equity" not in part.summary["layers"]["walk"]
    # Outside every unit: d5; on the island, in another city: d4.
    assert figures(equity_of(part), "walk")["demand_total"] == 243.0 - 5 - 8


def test_an_analysis_without_points_has_the_weight_only() -> None:
    table = equity_of(made_analysis())
    assert table["band"].tolist() == table["class"].tolist() == ["", ""]
    assert table["demand_total"].tolist() == [236.5, 236.5]
