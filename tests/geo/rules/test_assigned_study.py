"""Rule `assigned` in a study that is counted by hand: tables, summary, findings, questions."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.coverage.figures.capacity import UNIT_COLUMNS
from geo.coverage.figures.rule_shares import RULE_COLUMNS
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.export.results import write_results
from tests.worlds.hand_study import STUDY, write_hand_study
from tests.worlds.parts_studies import differing, in_parts

# s1 at A (u1) serves u2 and nobody of u1; s2 (border of u1 and u2) serves nobody; s3 is off every
# road and serves u1; "u9" is no unit.
SITES = """id,name,lon,lat,seats,serves
s2,two,114.015,30.0,20,
s1,one,114.0,30.0,10,u2；u9
s3,three,114.0,30.008,,u1
"""
LAYER = """
[[layers]]
key = "{key}"
path = "sites.csv"
rule = "assigned"
minutes = 40
"""


def write(folder: Path, layers: str) -> Path:
    write_hand_study(folder)
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    head = STUDY.partition("[[layers]]")[0]
    (folder / "study.toml").write_text(head + layers, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reach = '\n[[layers]]\nkey = "any"\npath = "sites.csv"\nminutes = 40\n'
    return write(tmp_path_factory.mktemp("assigned"), LAYER.format(key="own") + reach)


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def rows(table: pd.DataFrame, key: str, index: str) -> pd.DataFrame:
    return table[table["layer"] == key].set_index(index)


def test_times_are_those_to_the_site_that_serves_the_unit(found: Analysis) -> None:
    demand = rows(found.demand, "own", "demand_id")
    # C and D lie in u2, which s1 at A serves: 2,000 and 3,000 m at 4 km/h, though s2 is nearer.
    assert demand.loc["d2", ["site_id", "minutes", "covered"]].tolist() == ["s1", 30.0, True]
    assert demand.loc["d3", ["site_id", "minutes", "covered"]].tolist() == ["s1", 45.0, False]
    assert demand.loc["d3", "cause"] == "too_far"
    # u1 is served by s3 alone, which no road reaches: nobody is there within any limit.
    assert demand.loc["d1", "site_id"] == "" and math.isnan(demand.loc["d1", "minutes"])
    assert demand.loc["d1", "cause"] == "too_far"
    # u3 is served by nobody; off every road is first of all a doubt about the roads.
    assert demand.loc["d4", "cause"] == "not_assigned"
    assert demand.loc["d5", "cause"] == "data_doubt"
    any_site = rows(found.demand, "any", "demand_id")
    assert any_site.loc["d2", "site_id"] == "s2"


def test_presence_counts_units_that_hold_a_site_or_are_named_by_one(found: Analysis) -> None:
    units = rows(found.units, "own", "unit_id")
    finest = units[units["level"] == "township"]
    assert finest["has_site"].to_dict() == {"u1": True, "u2": False, "u3": False}
    assert finest["named_by"].to_dict() == {"u1": 1, "u2": 1, "u3": 0}
    entry = found.summary["layers"]["own"]
    assert (entry["units_with_site"], entry["units_total"]) == (2, 3)
    assert entry["share_by_presence"] == 0.666667
    assert entry["rule"] == "assigned"
    # Two sites name a unit of the first city, none one of the second.
    cities = units[units["level"] == "city"].set_index("unit_name")["named_by"]
    assert cities.to_dict() == {"甲市": 2, "乙市": 0}
    assert rows(found.units, "any", "unit_id")["named_by"].isna().all()


def test_every_cause_is_counted_in_gaps_and_summary(found: Analysis) -> None:
    gaps = rows(found.gaps, "own", "unit_id")
    assert gaps.loc["u3", ["main_cause", "uncovered_not_assigned"]].tolist() == ["not_assigned", 8]
    assert "uncovered_not_assigned" in gaps.columns
    by_cause = found.summary["layers"]["own"]["by_cause"]
    assert list(by_cause) == ["data_doubt", "not_assigned", "cut_off", "too_far"]
    assert sum(by_cause.values()) == gaps["uncovered"].sum()
    assert found.summary["schema_version"] == 2
    assert list(found.summary["layers"]["any"]["by_cause"]) == ["data_doubt", "cut_off", "too_far"]


def test_a_site_serves_only_its_own_units(found: Analysis) -> None:
    sites = rows(found.sites, "own", "site_id")
    # Within 40 minutes of s1 and in u2: d2 with 40 people and the gate at B is not in u2.
    assert sites["demand_within"].to_dict() == {"s1": 40.0, "s2": 0.0, "s3": 0.0}
    assert sites["demand_owned"].to_dict() == {"s1": 40.0, "s2": 0.0, "s3": 0.0}


def test_an_id_that_no_unit_has_is_a_finding_of_its_row(found: Analysis) -> None:
    finding = found.quality[found.quality["problem"] == "serves_unknown"]
    columns = ["file", "row", "field", "value"]
    assert finding[columns].drop_duplicates().values.tolist() == [["sites.csv", 3, "serves", "u9"]]


def test_files_hold_the_new_columns_after_the_old_ones(found: Analysis, tmp_path: Path) -> None:
    write_results(found, tmp_path)
    units = pd.read_csv(tmp_path / "units.csv", encoding="utf-8-sig")
    gaps = pd.read_csv(tmp_path / "gaps.csv", encoding="utf-8-sig")
    last = ["named_by", *UNIT_COLUMNS, *RULE_COLUMNS]
    assert units.columns[-len(last) :].tolist() == last
    assert "uncovered_not_assigned" in gaps.columns
    assert units.loc[units["layer"] == "any", "named_by"].isna().all()
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["parameters"]["layers"][0]["serves"] == "serves"


def test_in_parts_it_is_the_same(folder: Path, found: Analysis, tmp_path: Path) -> None:
    for count in (1, 3):
        whole, _ = in_parts(load_study(folder), count, tmp_path / str(count), None)
        assert differing(found, whole) == []


def test_questions_equal_a_run_of_the_changed_study(folder: Path, tmp_path: Path) -> None:
    """A site on trial serves the unit in which it stands; a closed one serves nobody."""
    explorer = open_explorer(load_study(folder))
    asked = explorer.analysis_with("own", added=((114.025, 30.0),), closed=("s1",))
    changed = write(tmp_path / "changed", LAYER.format(key="own"))
    lines = [line for line in SITES.splitlines() if not line.startswith("s1")]
    lines.append('+1,"114.02500, 30.00000",114.025,30.0,,u2')
    (changed / "sites.csv").write_text("\n".join(lines), encoding="utf-8")
    expected = run(load_study(changed))
    for table in ("demand", "units", "gaps", "gap_points", "sites"):
        pd.testing.assert_frame_equal(getattr(asked, table), getattr(expected, table))
    # From a place: the nearest of the sites that serve its unit, or the word that none does.
    nearest = {way.layer: way for way in explorer.from_here(114.02, 30.0)}
    assert (nearest["own"].site_id, nearest["any"].site_id) == ("s1", "s2")
    assert explorer.from_here(114.02, 30.02)[0].cause == "not_assigned"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (('rule = "assigned"', 'rule = "assigner"'), "rule_unknown", "layers[1].rule"),
        (('rule = "assigned"', 'serves = "who"'), "rule_key_foreign", "layers[1].serves"),
        (('path = "sites.csv"', 'sites = "none"'), "rule_needs_table", "layers[1].rule"),
        (("minutes", 'serves = "whom"\nminutes'), "column_missing", "whom"),
    ],
)
def test_a_wrong_rule_is_one_line(
    change: tuple[str, str], code: str, field: str, tmp_path: Path
) -> None:
    study = write(tmp_path, LAYER.format(key="own").replace(*change))
    with pytest.raises(StudyError) as caught:
        run(load_study(study))
    assert caught.value.code == code
    assert field in caught.value.params.values()
