"""An undo restores a scenario's file byte for byte, and never somebody else's edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.scenarios.changes import CloseSite, Scenario
from geo.scenarios.store import (
    copy_scenario,
    demand_files,
    forget_demand_file,
    free_name,
    keep_demand_file,
    list_scenarios,
    load_scenario,
    put_back_scenario,
    save_scenario,
    scenario_bytes,
)

BY_HAND = b'# by hand\r\nnote="x"\n\n[[changes]]\ndo =  "close_site"\nlayer="walk"\nid="s1"\n'


def test_an_undo_restores_every_byte(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "A.toml").write_bytes(BY_HAND)
    known = load_scenario(tmp_path, "A")
    more = CloseSite(do="close_site", layer="walk", id="s2")
    save_scenario(tmp_path, Scenario("A", known.note, (*known.changes, more)), replace=True)
    after = scenario_bytes(tmp_path, "A")
    assert after != BY_HAND
    put_back_scenario(tmp_path, "A", BY_HAND, unless_changed=after)
    assert scenario_bytes(tmp_path, "A") == BY_HAND
    put_back_scenario(tmp_path, "A", None, unless_changed=BY_HAND)
    assert list_scenarios(tmp_path) == [] and scenario_bytes(tmp_path, "A") is None


def test_an_edit_of_somebody_else_stays(tmp_path: Path) -> None:
    save_scenario(tmp_path, Scenario("A"))
    mine = scenario_bytes(tmp_path, "A")
    (tmp_path / "scenarios" / "A.toml").write_bytes(BY_HAND)
    with pytest.raises(StudyError, match="scenario_changed"):
        put_back_scenario(tmp_path, "A", b"", unless_changed=mine)
    assert scenario_bytes(tmp_path, "A") == BY_HAND


def test_copies_get_free_names(tmp_path: Path) -> None:
    save_scenario(tmp_path, Scenario("A", "note"))
    assert [copy_scenario(tmp_path, "A"), copy_scenario(tmp_path, "A")] == ["A 2", "A 3"]
    assert load_scenario(tmp_path, "A 3").note == "note"
    assert free_name(tmp_path, lambda number: f"a {number}") == "a 1"


def test_demand_files_of_different_content_stand_side_by_side(tmp_path: Path) -> None:
    paths = [keep_demand_file(tmp_path, "人口 A.CSV", content) for content in (b"1", b"2", b"1")]
    assert paths[0] == paths[2] != paths[1]
    assert all(path.startswith("scenarios/人口 A-") and path.endswith(".csv") for path in paths)
    assert demand_files(tmp_path) == set(paths)
    forget_demand_file(tmp_path, paths[0])
    assert demand_files(tmp_path) == {paths[1]}
    outside = keep_demand_file(tmp_path, "../../x/..", b"3")
    assert outside.count("/") == 1 and (tmp_path / outside).is_file()
    assert (tmp_path / paths[1]).read_bytes() == b"2" and list_scenarios(tmp_path) == []
