"""The scope of a layer in a study that is counted by hand: tables, summary, questions, words."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.words.catalogue import words_for
from layers.words.definitions import definitions
from layers.words.layer_sentences import layer_sentence
from tests.worlds.hand_study import STUDY, write_hand_study
from tests.worlds.parts_studies import differing, in_parts

# All sites are in 甲市: s1 at A (u1), s2 at C (u2); s3 is off every road.
SITES = """id,name,lon,lat
s1,one,114.0,30.0
s2,two,114.02,30.0
s3,three,114.0,30.008
"""
LAYER = """
[[layers]]
key = "{key}"
path = "sites.csv"
minutes = 16
scope = "{scope}"
"""


def write(folder: Path, *scopes: str) -> Path:
    write_hand_study(folder)
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    layers = "".join(LAYER.format(key=scope, scope=scope) for scope in scopes)
    head = STUDY.partition("[[layers]]")[0]
    (folder / "study.toml").write_text(head + layers, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("scope"), "any", "unit", "county", "city", "township")


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def of(table: pd.DataFrame, key: str, index: str) -> pd.DataFrame:
    return table[table["layer"] == key].set_index(index)


def test_times_are_those_to_sites_of_the_unit(found: Analysis) -> None:
    free, own = (of(found.demand, key, "demand_id") for key in ("any", "unit"))
    # d6 has gates at B (u1) and D (u2) and lies in u1.
    sites = {"d1": "s1", "d2": "s2", "d3": "s2", "d4": "", "d5": "", "d6a": "s1", "d7": "s1"}
    assert free["site_id"].fillna("").to_dict() == sites
    assert own["site_id"].fillna("").to_dict() == sites
    assert own["minutes"].tolist()[:3] == free["minutes"].tolist()[:3]
    assert own.loc["d4", "cause"] == "cut_off"  # the island has no site at all
    assert own.loc["d5", "cause"] == "data_doubt"


def test_a_site_of_another_unit_within_the_limit_is_out_of_scope(tmp_path: Path) -> None:
    folder = write(tmp_path, "any", "unit", "city")
    lines = [line for line in SITES.splitlines() if not line.startswith("s1")]
    (folder / "sites.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = run(load_study(folder))
    causes = {key: of(found.demand, key, "demand_id")["cause"] for key in ("any", "unit", "city")}
    # s2 at C is 1,000 m from B (d6) and 1,500 m from d1.
    assert causes["any"][["d1", "d6a"]].tolist() == ["too_far", ""]
    assert causes["unit"][["d1", "d6a"]].tolist() == ["too_far", "out_of_scope"]
    assert causes["city"].to_dict() == causes["any"].to_dict()
    own = of(found.demand, "unit", "demand_id").loc["d6a"]
    assert math.isnan(own["minutes"])
    figures = found.summary["layers"]
    assert list(figures["unit"]["by_cause"]) == [
        "data_doubt", "out_of_scope", "cut_off", "too_far"
    ]  # fmt: skip
    assert figures["unit"]["by_cause"]["out_of_scope"] >= 30.0
    assert "out_of_scope" not in figures["any"]["by_cause"]
    gaps = found.gaps.set_index(["layer", "unit_id"])["uncovered_out_of_scope"]
    assert gaps["unit", "u1"] == 30.0 and math.isnan(gaps["any", "u1"])
    # A shorter limit leaves nobody out of scope; a longer one takes d1 in.
    explorer = open_explorer(load_study(folder))
    for limit, expected in ((10.0, {}), (25.0, {"d1": 100.0, "d6a": 30.0})):
        demand = explorer.analysis_with("unit", limit=limit).demand
        mine = demand[demand["cause"] == "out_of_scope"]
        assert dict(zip(mine["demand_id"], mine["weight"], strict=True)) == expected
    nearest = {way.layer: way for way in explorer.from_here(114.01, 30.0)}
    assert (nearest["any"].site_id, nearest["unit"].cause) == ("s2", "out_of_scope")
    assert nearest["city"].covered


def test_the_finest_level_is_the_unit(found: Analysis) -> None:
    mine = [
        of(found.demand, key, "demand_id").drop(columns="layer") for key in ("unit", "township")
    ]
    pd.testing.assert_frame_equal(*mine)


def test_a_county_is_known_by_the_chain_of_its_names(tmp_path: Path) -> None:
    """u3 and u1 both lie in a 市辖区, of different cities."""
    folder = write(tmp_path, "county")
    text = SITES.replace("s1,one,114.0,30.0", "s1,one,114.025,30.02")  # on the island, in u3
    (folder / "sites.csv").write_text(text, encoding="utf-8")
    demand = of(run(load_study(folder)).demand, "county", "demand_id")
    assert demand.loc["d4", "site_id"] == "s1" and demand.loc["d1", "site_id"] == "s2"


def test_in_parts_it_is_the_same(folder: Path, found: Analysis, tmp_path: Path) -> None:
    for count in (1, 3):
        whole, _ = in_parts(load_study(folder), count, tmp_path / str(count), None)
        assert differing(found, whole) == []


def test_questions_equal_a_run_of_the_changed_study(folder: Path, tmp_path: Path) -> None:
    """A site on trial and a moved one serve the unit in which they stand."""
    explorer = open_explorer(load_study(folder))
    asked = explorer.analysis_with(
        "unit", added=((114.03, 30.0),), closed=("s3",), moved={"s1": (114.015, 30.0)}
    )
    changed = write(tmp_path / "changed", "unit")
    lines = ["id,name,lon,lat", "s1,one,114.015,30.0", "s2,two,114.02,30.0"]
    lines.append('+1,"114.03000, 30.00000",114.03,30.0')
    (changed / "sites.csv").write_text("\n".join(lines), encoding="utf-8")
    expected = run(load_study(changed))
    for table in ("demand", "units", "gaps", "gap_points", "sites"):
        pd.testing.assert_frame_equal(getattr(asked, table), getattr(expected, table))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('scope = "district"', "scope_unknown"),
        ("scope = 3", "value_wrong"),
        ('rule = "assigned"\nscope = "unit"', "rule_key_foreign"),
    ],
)
def test_a_wrong_scope_is_one_line(change: str, code: str, tmp_path: Path) -> None:
    folder = write(tmp_path, "unit")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace('scope = "unit"', change), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(folder)
    assert (error.value.code, error.value.params["field"]) == (code, "layers[1].scope")
    for locale in ("zh-CN", "en"):
        assert "\n" not in words_for(locale).error(error.value)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_report_and_definitions_name_the_scope(found: Analysis, locale: str) -> None:
    words = words_for(locale)
    expected = {"zh-CN": "服务点只服务本县", "en": "in its own county"}[locale]
    assert expected in layer_sentence(found, "county", words)
    assert any(expected in text for _, _, text in definitions(found, words))
    assert expected not in layer_sentence(found, "any", words)
