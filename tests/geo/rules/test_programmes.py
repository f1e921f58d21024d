"""The example study of several rules: rebuilt by its script, and every rule runs on it."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from layers.words.catalogue import LOCALES, words_for
from layers.words.layer_sentences import layer_sentence
from tests.worlds.streets import WUHAN

DATA = WUHAN.parent
FOLDER = DATA / "hubei_programmes"


@pytest.fixture(scope="module")
def found() -> Analysis:
    return run(load_study(FOLDER))


def test_the_script_gives_the_same_tables(tmp_path: Path) -> None:
    path = DATA / "build_hubei_programmes.py"
    spec = importlib.util.spec_from_file_location("build_hubei_programmes", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.build(tmp_path)
    tables = sorted(path.name for path in tmp_path.glob("*.csv"))
    assert tables == sorted(path.name for path in FOLDER.glob("*.csv"))
    for name in tables:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
        notes = pd.read_csv(FOLDER / name)["note"]
        assert notes.str.contains("example value, not real").all(), name


def test_every_rule_runs(found: Analysis) -> None:
    layers = found.summary["layers"]
    rules = {entry["rule"] for entry in layers.values()}
    assert rules == {"reach", "assigned", "supply", "radius", "rate"}
    for key, entry in layers.items():
        share = entry[found.study.layer(key).share]
        assert 0 < share < 1, key
        rows = found.demand[found.demand["layer"] == key]
        covered = math.fsum(rows.loc[rows["covered"], "weight"])
        assert covered == entry["demand_covered"]
        uncovered = math.fsum(found.gaps.loc[found.gaps["layer"] == key, "uncovered"])
        assert uncovered == pytest.approx(entry["demand_total"] - covered)
        assert math.fsum(entry["by_cause"].values()) == pytest.approx(uncovered)
    for key in ("schools", "health"):
        assert 0 < layers[key]["land"]["share_by_land"] < 1
    assert layers["canteens_own_township"]["by_cause"]["out_of_scope"] > 0
    assert layers["parking_choice"]["at_least"] == 2
    assert layers["first_aid"]["sites_without_delay"] == 0


def test_hours_tiers_and_items_stand_apart(found: Analysis) -> None:
    entry = found.summary["layers"]["medical_insurance"]
    moments = entry["moments"]
    assert list(moments) == ["工作日10:00", "周日10:00", "国庆节10:00"]
    shares = [one["share_by_time"] for one in moments.values()]
    # Of the sites that are closed on Sundays some are open on working days; on a holiday fewer are.
    assert entry["share_by_time"] >= shares[0] > shares[1] >= shares[2] > 0
    open_then = [one["sites_open"] for one in moments.values()]
    assert open_then[0] > open_then[1] >= open_then[2]
    assert {one["sites_without_hours"] for one in moments.values()} != {0}
    for kind in ("by_tier", "by_item"):
        assert len(entry[kind]) == 3
        shares = [one["share_by_time"] for one in entry[kind].values()]
        assert max(shares) <= entry["share_by_time"]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_layer_has_its_sentence(found: Analysis, locale: str) -> None:
    words = words_for(locale)
    texts = [layer_sentence(found, key, words) for key in found.summary["layers"]]
    assert len(set(texts)) == len(texts)
    assert not any("{" in text or "rule." in text or "nan" in text for text in texts)
