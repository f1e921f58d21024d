"""Rule `rate` in a study that is counted by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import QuestionError, StudyError
from geo.pipeline import check, open_explorer, run
from geo.questions.siting.candidate_source import candidates_from
from geo.sensitivity.share_range import sensitivity
from geo.study.load import load_study
from layers.export.results import write_results
from tests.worlds.parts_studies import differing, in_parts
from tests.worlds.rate_study import write_rate_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rate_study(tmp_path_factory.mktemp("rate"))


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def rows(table: pd.DataFrame, key: str, index: str) -> pd.DataFrame:
    return table[table["layer"] == key].set_index(index)


def test_the_rate_is_the_weight_that_meets_the_condition(found: Analysis) -> None:
    entry = found.summary["layers"]["renewal"]
    # 100 + 20 of 100 + 50 + 30 + 20 + 10 + 5 homes; b3 and b5 are unknown: 30 + 10.
    assert (entry["demand_total"], entry["demand_covered"]) == (215.0, 120.0)
    assert entry["share_by_rate"] == round(120 / 215, 6) and entry["unknown"] == 40.0
    assert entry["by_cause"] == {"not_met": 55.0, "unknown": 40.0}
    assert math.isnan(entry["share_by_time"]) and math.isnan(entry["share_by_presence"])
    assert entry["condition"] == "started = '是' and finished != '否'"
    assert "minutes" not in entry and "metres" not in entry and "equity" not in entry
    walk = found.summary["layers"]["walk"]
    assert "share_by_rate" not in walk and walk["share_by_time"] > 0


def test_objects_are_the_rows_of_the_layer(found: Analysis) -> None:
    demand = rows(found.demand, "renewal", "demand_id")
    assert demand.index.tolist() == ["b1", "b2", "b3", "b4", "b5", "b6"]
    assert demand["cause"].tolist() == ["", "not_met", "unknown", "", "unknown", "not_met"]
    assert demand[["minutes", "metres", "time_ms", "access_m"]].isna().all(axis=None)
    assert set(demand["site_id"]) == {""}
    points = rows(found.gap_points, "renewal", "demand_id")
    assert points.index.tolist() == ["b2", "b3", "b5", "b6"]
    assert points.loc["b2", ["name", "unit_id", "weight"]].tolist() == ["two", "u1", 50.0]
    assert found.demand["demand_id"].is_monotonic_increasing


def test_every_unit_has_its_rate(found: Analysis) -> None:
    units = rows(found.units, "renewal", "unit_id")
    finest = units[units["level"] == "township"]
    assert finest["share_by_rate"].to_dict() == {
        "u1": round(100 / 150, 6), "u2": 0.0, "u3": round(20 / 30, 6)
    }  # fmt: skip
    assert finest["unknown"].to_dict() == {"u1": 0.0, "u2": 30.0, "u3": 10.0}
    assert finest["share_by_time"].isna().all()
    assert units.loc["", ["demand_total", "share_by_rate"]].tolist() == [5.0, 0.0]
    assert {"share_by_rate", "unknown"} <= {*found.units.columns}
    others = rows(found.units, "walk", "unit_id")
    assert others[["share_by_rate", "unknown"]].isna().all(axis=None)
    gaps = rows(found.gaps, "renewal", "unit_id")
    assert gaps.loc["u1", ["main_cause", "uncovered_not_met"]].tolist() == ["not_met", 50.0]
    assert gaps.loc["u2", ["main_cause", "uncovered_unknown"]].tolist() == ["unknown", 30.0]


def test_only_reads_the_columns_of_the_objects(found: Analysis) -> None:
    entry = found.summary["layers"]["old"]
    # b1, b2 and b3 of b1, b2, b3, b6 (b7, b8: there is no column of weights here).
    assert (entry["demand_points"], entry["demand_covered"]) == (6, 5.0)


def test_rows_with_a_unit_code_need_no_place(found: Analysis) -> None:
    demand = rows(found.demand, "persons", "demand_id")
    assert demand["unit_id"].to_dict() == {"v1": "u1", "v2": "u1", "v3": "u2", "v4": ""}
    assert demand["covered"].to_dict() == {"v1": True, "v2": False, "v3": True, "v4": True}
    assert demand[["lon", "lat"]].isna().all(axis=None)
    problems = found.quality[found.quality["file"] == "villages.csv"]
    assert set(problems["problem"]) >= {"object_without_place", "unit_code_unknown"}
    counted = {count["role"]: count for count in found.summary["inputs"]}
    assert counted["layer:persons"]["rows_set_aside"] == 1
    assert counted["layer:renewal"]["rows_set_aside"] == 2


def test_areas_are_objects(found: Analysis) -> None:
    demand = rows(found.demand, "plots", "demand_id")
    assert demand["covered"].to_dict() == {"p1": True, "p2": False}
    assert demand["unit_id"].to_dict() == {"p1": "u1", "p2": "u2"}


def test_in_parts_and_in_the_explorer_it_is_the_same(
    folder: Path, found: Analysis, tmp_path: Path
) -> None:
    study = load_study(folder)
    whole, _ = in_parts(study, 2, tmp_path / "parts", None)
    assert differing(found, whole) == []
    assert differing(found, open_explorer(study).analysis()) == []
    check(study)
    alone = run(study, layers=["persons"])
    assert alone.summary["layers"]["persons"]["share_by_rate"] == 0.75


def test_siting_and_sensitivity_are_refused_in_one_line(folder: Path) -> None:
    explorer = open_explorer(load_study(folder))
    with pytest.raises(QuestionError) as caught:
        candidates_from(explorer, "renewal", "demand")
    assert caught.value.code == "layer_without_travel"
    with pytest.raises(QuestionError) as caught:
        sensitivity(explorer, layers=["renewal"])
    assert caught.value.code == "layer_without_travel"
    # What is left out by default is not refused.
    assert [way.layer for way in explorer.from_here(114.005, 30.0)] == ["walk"]


def test_files_are_written(found: Analysis, tmp_path: Path) -> None:
    write_results(found, tmp_path)
    units = pd.read_csv(tmp_path / "units.csv", encoding="utf-8-sig")
    assert units.loc[units["layer"] == "walk", "share_by_rate"].isna().all()


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (('weight = "homes"', "minutes = 15"), "rule_key_unused", "layers[2].minutes"),
        (("condition = \"started = '是'\"", ""), "condition_missing", "layers[3].condition"),
        (('weight = "homes"', 'weight = "houses"'), "column_missing", "houses"),
        (("finished != '否'", "fin != '否'"), "column_missing", "fin"),
        (("finished != '否'", "open(finished)"), "condition_call", "layers[2].condition"),
        (('path = "plots.geojson"', 'sites = "none"'), "rule_needs_objects", "layers[5].rule"),
        (("minutes = 15", 'minutes = 15\ncondition = "a = 1"'), "rule_key_foreign", "rate"),
    ],
)
def test_a_wrong_rate_is_one_line(
    change: tuple[str, str], code: str, field: str, tmp_path: Path
) -> None:
    folder = write_rate_study(tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (folder / "study.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        run(load_study(folder))
    assert caught.value.code == code
    assert field in caught.value.params.values()
