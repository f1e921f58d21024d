"""Rule `supply` in the tiny study with seats, counted by hand.

The station has one seat; E1 (480 m) and E2 (864 m) are within 15 minutes, E3 and E4 too far, E5 off
every road. The nearer of the two is served.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import QuestionError, StudyError
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.words.catalogue import LOCALES, words_for
from layers.words.layer_sentences import layer_sentence
from layers.words.phrases import time_basis
from tests.worlds.capacity_study import write_capacity_study
from tests.worlds.parts_studies import differing, in_parts


def write(folder: Path, *keys: str, seats: str = "1", demand: str = "") -> Path:
    """The study, whose layer ``station`` has the rule `supply` and these keys."""
    write_capacity_study(folder, seats=seats)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    more = "\n".join(('key = "station"', 'rule = "supply"', *keys))
    text = text.replace('key = "station"', more, 1)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    if demand:
        (folder / "estates.csv").write_text(demand, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("supply"))


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def rows(table: pd.DataFrame, index: str) -> pd.DataFrame:
    return table[table["layer"] == "station"].set_index(index)


def test_served_in_full_is_covered(found: Analysis) -> None:
    demand = rows(found.demand, "demand_id")
    assert demand["cause"].tolist() == ["", "over_capacity", "too_far", "too_far", "data_doubt"]
    assert demand["covered"].tolist() == [True, False, False, False, False]
    entry = found.summary["layers"]["station"]
    assert (entry["share_by_supply"], entry["share_by_time"]) == (0.2, 0.2)
    assert entry["by_cause"] == {
        "data_doubt": 1.0, "over_capacity": 1.0, "cut_off": 0.0, "too_far": 2.0
    }  # fmt: skip
    units = rows(found.units, "unit_id")
    # U1 holds E1, E2 and E5.
    assert units.loc["U1", "share_by_supply"] == round(1 / 3, 6)
    assert units.loc["U2", "share_by_supply"] == 0.0
    others = found.units[found.units["layer"] != "station"]
    assert others["share_by_supply"].isna().all()
    gaps = rows(found.gaps, "unit_id")
    assert gaps.loc["U1", "uncovered_over_capacity"] == 1.0


def test_parts_and_explorer_give_the_same(folder: Path, found: Analysis, tmp_path: Path) -> None:
    study = load_study(folder)
    whole, _ = in_parts(study, 2, tmp_path / "parts", None)
    assert differing(found, whole) == []
    explorer = open_explorer(study)
    assert differing(found, explorer.analysis()) == []
    assert explorer.covered_demand("station").covered.tolist() == [True, *[False] * 4]
    with pytest.raises(QuestionError) as caught:
        explorer.change("station", added=[(114.31, 30.5)])
    assert caught.value.code == "layer_without_travel"


def test_need_and_own_decide_what_is_served(tmp_path: Path) -> None:
    # E1 needs 3 and has 1, E2 needs 2 and has 5, E3 is far and has all that it needs.
    demand = (
        "id,name,lon,lat,cars,own\n"
        "E1,一,114.305,30.5,3,1\nE2,二,114.309,30.5,2,5\nE3,三,114.315,30.5,4,4\n"
        "E4,四,114.325,30.5,2,0\n"
    )
    folder = write(tmp_path, 'need = "cars"', 'own = "own"', seats="1", demand=demand)
    found = run(load_study(folder))
    demand_rows = rows(found.demand, "demand_id")
    assert demand_rows["covered"].tolist() == [False, True, True, False]
    assert demand_rows["cause"].tolist() == ["over_capacity", "", "", "too_far"]
    # 1 served of 2 + 0 + 0 + 2 that are needed beyond what is there.
    assert found.summary["layers"]["station"]["share_by_supply"] == 0.25


def test_need_per_weight(tmp_path: Path) -> None:
    found = run(load_study(write(tmp_path, "need_per_weight = 0.5")))
    entry = found.summary["layers"]["station"]
    # Five estates need 0.5 each; the seat serves both estates within reach.
    assert (entry["capacity"]["amount"], entry["capacity"]["served"]) == (2.5, 1.0)
    assert entry["share_by_supply"] == 0.4 and entry["demand_covered"] == 2.0


def test_no_need_is_a_blank_share(tmp_path: Path) -> None:
    demand = "id,name,lon,lat,cars\nE1,一,114.305,30.5,0\n"
    found = run(load_study(write(tmp_path, 'need = "cars"', demand=demand)))
    entry = found.summary["layers"]["station"]
    assert math.isnan(entry["share_by_supply"]) and entry["demand_covered"] == 1.0


@pytest.mark.parametrize("locale", LOCALES)
def test_sentences_speak_of_supply(found: Analysis, locale: str) -> None:
    words = words_for(locale)
    expected = {"zh-CN": "需求的20.0%得到满足", "en": "20.0% of what is needed is served"}[locale]
    assert expected in layer_sentence(found, "station", words)
    served = {"zh-CN": "需求5，其中1在", "en": "1 of 5 needed are served"}[locale]
    assert served in time_basis(found, "station", words)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('capacity = "seats"', ""), "rule_needs_capacity"),
        (('rule = "supply"', 'rule = "supply"\nneed = "a"\nneed_per_weight = 1'), "need_twice"),
        (('rule = "supply"', 'rule = "supply"\nneed_per_weight = 0'), "value_wrong"),
    ],
)
def test_a_wrong_supply_is_one_line(
    change: tuple[str, str], code: str, folder: Path, tmp_path: Path
) -> None:
    write(tmp_path)
    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    assert caught.value.code == code
