"""The file of a scenario: what it may hold, and how it is read, written and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.scenarios.changes import DOES, AddSite, Scenario, SlowRoad, read_changes
from geo.scenarios.store import (
    delete_scenario,
    list_scenarios,
    load_scenario,
    rename_scenario,
    save_scenario,
    scenario_text,
)
from geo.scenarios.trials import Trial, trial_changes, trial_of
from layers.words.catalogue import words_for

EVERY = """note = "全部写法"

[[changes]]
do = "add_site"
layer = "canteens"
lon = 114.3
lat = 30
id = 12
kind = "correction"

[[changes]]
do = "move_site"
layer = "canteens"
id = "+1"
lon = 114.31
lat = 30.6

[[changes]]
do = "close_site"
layer = "canteens"
id = "C2"

[[changes]]
do = "add_road"
line = [[114.3, 30.5], [114.31, 30.5]]
highway = "footway"

[[changes]]
do = "open_road"
road = 4811223344

[[changes]]
do = "close_road"
road = "w2"

[[changes]]
do = "slow_road"
road = "w3"
kmh = 15
profile = "drive"

[[changes]]
do = "limit"
layer = "canteens"
value = 10

[[changes]]
do = "speed"
profile = "walk_senior"
kmh = 3.0

[[changes]]
do = "demand"
factor = 1.2
"""


def test_every_kind_of_change_is_read_and_written() -> None:
    found = read_changes(EVERY.encode(), "全部")
    assert [change.do for change in found.changes] == list(DOES)
    added, slow = found.changes[0], found.changes[6]
    assert isinstance(added, AddSite) and isinstance(slow, SlowRoad)
    assert (added.id, added.lat, added.kind) == ("12", 30.0, "correction")
    assert found.changes[4].road == "4811223344"  # type: ignore[union-attr]
    assert read_changes(scenario_text(found).encode(), "全部") == found
    assert read_changes(b"", "x") == Scenario("x")


WRONG = {
    'chnages = 1': ("unknown_key", "chnages", "changes"),
    '[[changes]]\nlayer = "a"': ("key_missing", "changes[1].do", None),
    '[[changes]]\ndo = "add_sites"': ("value_wrong", "changes[1].do", None),
    '[[changes]]\ndo = "close_site"\nlayer = "a"\nidd = "b"': (
        "key_missing", "changes[1].id", None,
    ),
    '[[changes]]\ndo = "close_site"\nlayer = "a"\nid = "b"\nlatt = 3': (
        "unknown_key", "changes[1].latt", None,
    ),
    '[[changes]]\ndo = "add_site"\nlayer = "a"\nlon = 114\nlatt = 30\nlat = 30': (
        "unknown_key", "changes[1].latt", "lat",
    ),
    '[[changes]]\ndo = "add_site"\nlayer = "a"\nlon = 214\nlat = 30': (
        "value_wrong", "changes[1].lon", None,
    ),
    '[[changes]]\ndo = "demand"': ("change_demand", "changes[1]", None),
    '[[changes]]\ndo = "speed"\nkmh = 3': ("change_profile", "changes[1]", None),
    '[[changes]]\ndo = "add_road"\nline = [[1, 2], [2, 3]]\nhighway = "razed"': (
        "road_class_unknown", "changes[1].highway", None,
    ),
    "changes = 3": ("value_wrong", "changes", None),
    "[[changes": ("toml_broken", None, None),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_refused_with_the_number_of_the_change(text: str) -> None:
    code, field, nearest = WRONG[text]
    with pytest.raises(StudyError) as caught:
        read_changes(text.encode(), "甲")
    error = caught.value
    assert error.code == code and error.params["file"] == "scenarios/甲.toml"
    if field is not None:
        assert error.params["field"] == field
    if nearest is not None:
        assert error.params["nearest"] == nearest
    for locale in ("zh-CN", "en"):
        assert all(
            "甲.toml" in line and "\n" not in line for line in words_for(locale).error(error)
        )


def test_scenarios_are_kept_renamed_and_deleted(tmp_path: Path) -> None:
    close = read_changes(b'[[changes]]\ndo = "close_site"\nlayer = "a"\nid = "b"', "x").changes
    assert list_scenarios(tmp_path) == []
    save_scenario(tmp_path, Scenario(" 方案 1 ", "", close))
    assert list_scenarios(tmp_path) == ["方案 1"]
    assert load_scenario(tmp_path, "方案 1").changes == close
    with pytest.raises(StudyError, match="scenario_exists"):
        save_scenario(tmp_path, Scenario("方案 1"))
    save_scenario(tmp_path, Scenario("方案 1"), replace=True)
    assert load_scenario(tmp_path, "方案 1").changes == ()
    save_scenario(tmp_path, Scenario("B"))
    with pytest.raises(StudyError, match="scenario_exists"):
        rename_scenario(tmp_path, "方案 1", "b")
    assert rename_scenario(tmp_path, "B", "b") == "b"
    assert rename_scenario(tmp_path, "方案 1", "二") == "二"
    assert list_scenarios(tmp_path) == ["b", "二"]
    delete_scenario(tmp_path, "b")
    assert list_scenarios(tmp_path) == ["二"]


@pytest.mark.parametrize("name", ["", "a/b", "..", "../x", "con", "a\nb", "x" * 61, "."])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError, match="scenario_name"):
        save_scenario(tmp_path, Scenario(name))
    with pytest.raises(StudyError, match="scenario_unknown"):
        load_scenario(tmp_path, name)
    assert not (tmp_path / "scenarios").exists()


def test_a_link_out_of_the_study_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("", encoding="utf-8")
    folder = tmp_path / "study"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "x.toml").symlink_to(tmp_path / "secret.toml")
    with pytest.raises(StudyError, match="path_outside"):
        load_scenario(folder, "x")


def test_a_trial_is_kept_and_comes_back() -> None:
    trial = Trial("a", 20.0, ((114.0, 30.0), (115.0, 31.0)), ("s1",), {"s2": (116.0, 32.0)})
    changes = trial_changes(trial, taken=["+1", "s1", "s2"], named=lambda n: f"新{n}")
    ids = [change.id for change in changes if isinstance(change, AddSite)]
    assert ids == ["++1", "+2"]
    assert trial_of(Scenario("x", "", changes)) == trial
    # A name and a capacity that were written by hand stay with the site.
    named = AddSite(do="add_site", layer="a", id="N", name="名", lon=115, lat=31, capacity=8)
    again = trial_changes(trial, taken=["s1", "s2"], named=lambda n: f"新{n}", known=[named])
    assert named in again and len(again) == len(changes)
    other = read_changes(b'[[changes]]\ndo = "demand"\nfactor = 2', "x")
    assert trial_of(other) is None and trial_of(Scenario("x", "", (*changes, named))) is not None


def test_sites_that_a_scenario_adds_may_be_moved_and_closed_by_it() -> None:
    text = """
[[changes]]
do = "add_site"
layer = "a"
id = "n"
lon = 1
lat = 2
[[changes]]
do = "move_site"
layer = "a"
id = "n"
lon = 3
lat = 4
"""
    assert trial_of(read_changes(text.encode(), "x")) == Trial("a", None, ((3.0, 4.0),))
    text += '[[changes]]\ndo = "close_site"\nlayer = "a"\nid = "n"\n'
    assert trial_of(read_changes(text.encode(), "x")) == Trial("a")
