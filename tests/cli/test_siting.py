"""`quarterhour site` on a study that can be counted by hand (`tests.worlds.tiny_study`).

Candidates stand on the road at .3145 (A), .3144 (B) and .3245 (C): A and B reach E1 to E3, C
reaches E3 and E4. The station reaches E1 and E2; E5 is off the network.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from pathlib import Path

import pytest

import cli
from geo.questions.siting.session import SitingSession
from geo.scenarios.store import load_scenario
from layers.export.proposals import SITING_FILES
from tests.worlds.tiny_study import write_study

_HEADER = "id,name,lon,lat,cost,capacity,status"
_ROWS = ("A,甲地,114.3145,30.5,5,10,", "B,乙地,114.3144,30.5,2,,", "C,丙地,114.3245,30.5,4,,")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = write_study(tmp_path / "study", locale="en")
    _candidates(found)
    return found


def _candidates(folder: Path, *rows: str) -> None:
    text = "\n".join([_HEADER, *(rows or _ROWS)]) + "\n"
    (folder / "candidates.csv").write_text(text, encoding="utf-8")


def _site(folder: Path, out: Path, *options: str) -> int:
    candidates = () if "--candidates" in options else ("--candidates", "candidates.csv")
    command = ["site", str(folder), "--layer", "station", "--lang", "en", "--out", str(out)]
    return cli.main([*command, *candidates, *options])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _ids(out: Path) -> list[str]:
    return [row["candidate_id"] for row in _rows(out / "proposals.csv")]


def _summary(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "siting.json").read_text(encoding="utf-8"))
    return found


def test_two_sites_and_what_they_cover(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _site(folder, out, "--sites", "2", "--curve", "3") == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(SITING_FILES)
    first, second = _rows(out / "proposals.csv")
    assert (first["order"], first["candidate_id"], first["newly_covered"]) == ("1", "C", "2")
    assert (second["candidate_id"], second["share_after"]) == ("A", "0.8")
    assert first["unit_id"] == "U2" and first["lon"] == "114.3245"
    summary = _summary(out)
    assert (summary["status"], summary["share_before"], summary["share_after"]) == (
        "optimal", 0.4, 0.8,
    )  # fmt: skip
    assert summary["proven_gap"] == 0 and summary["sites_added"] == 2
    assert summary["unreachable"] == {"weight": 1, "points": 1}
    (lost,) = _rows(out / "unreachable.csv")
    assert (lost["demand_id"], lost["reason"]) == ("E5", "off_network")
    change = json.loads((out / "change.json").read_text(encoding="utf-8"))
    assert change["share_after"] == summary["share_after"]
    assert [row["site_id"] for row in _rows(out / "change_sites.csv")] == ["A", "C"]
    gained = {row["demand_id"]: row["site_after"] for row in _rows(out / "change_points.csv")}
    assert gained == {"E3": "A", "E4": "C"}
    curve = [(row["sites"], row["covered"]) for row in _rows(out / "curve.csv")]
    assert curve == [("1", "4"), ("2", "4"), ("3", "4")]
    points = json.loads((out / "proposals.geojson").read_text(encoding="utf-8"))["features"]
    assert [point["properties"]["candidate_id"] for point in points] == ["C", "A"]


def test_same_bytes_and_any_order_of_rows(folder: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert _site(folder, one, "--sites", "2") == 0
    _candidates(folder, *reversed(_ROWS))
    assert _site(folder, two, "--sites", "2") == 0
    for name in {path.name for path in one.iterdir()} - {"siting.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_fewest_sites_for_a_target(folder: Path, tmp_path: Path) -> None:
    """Everything has a cost, so the cheapest are taken."""
    assert _site(folder, tmp_path, "--method", "lscp", "--target", "0.6") == 0
    assert _ids(tmp_path) == ["B"] and _summary(tmp_path)["objective"] == 2


def test_unreachable_target_is_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _site(folder, tmp_path / "out", "--method", "lscp", "--target", "0.95") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "80.00 %" in error
    assert [row["reason"] for row in _rows(tmp_path / "out" / "unreachable.csv")] == ["off_network"]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        (("--sites", "1", "--budget", "4"), ["C"]),
        (("--budget", "6"), ["C"]),
        (("--sites", "1", "--at-least", "2"), ["A"]),
        (("--sites", "1", "--every-unit"), ["C"]),
        (("--sites", "1", "--method", "p-median"), ["A"]),
        (("--sites", "1", "--method", "p-center"), ["C"]),
        (("--sites", "2", "--fast"), ["C", "A"]),
        (("--relocate", "1"), ["A"]),
    ],
)
def test_conditions(
    folder: Path, tmp_path: Path, options: tuple[str, ...], chosen: list[str]
) -> None:
    assert _site(folder, tmp_path, *options) == 0
    assert _ids(tmp_path) == chosen


def test_demand_beyond_the_access_limit_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its times are cut, so p-center cannot tell choices apart."""
    words = "counts with"
    method = ("--sites", "1", "--method", "p-center")
    assert _site(folder, tmp_path, *method) == 0
    assert words not in capsys.readouterr().out
    assert _site(folder, tmp_path, *method, "--access-minutes", "0.5") == 0
    assert words in capsys.readouterr().out


def test_relocated_and_closed_sites_are_named(folder: Path, tmp_path: Path) -> None:
    assert _site(folder, tmp_path, "--relocate", "1") == 0
    assert _summary(tmp_path)["moved"] == ["S1"]
    assert _site(folder, tmp_path, "--sites", "1", "--close", "S1") == 0
    assert _summary(tmp_path)["closed"] == ["S1"] and _ids(tmp_path) == ["A"]


def test_first_phase_is_the_best_part(folder: Path, tmp_path: Path) -> None:
    assert _site(folder, tmp_path, "--sites", "3", "--phase1", "1") == 0
    phases = [(row["order"], row["phase"]) for row in _rows(tmp_path / "proposals.csv")]
    assert phases == [("1", "1"), ("2", "2"), ("3", "2")]


def test_must_and_forbidden(folder: Path, tmp_path: Path) -> None:
    rows = ("A,,114.3145,30.5,,,forbidden", "B,,114.3144,30.5,,,", "C,,114.3245,30.5,,,必选")
    _candidates(folder, *rows)
    assert _site(folder, tmp_path, "--sites", "2") == 0
    assert sorted(_ids(tmp_path)) == ["B", "C"]


def test_bad_rows_are_set_aside(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _candidates(
        folder, *_ROWS, "A,twice,114.31,30.5,,,", "D,,west,30.5,,,", "E,,114.31,30.5,-3,,",
        "F,,114.31,30.5,,,perhaps", "G,far,114.31,30.6,,,", ",no id,114.31,30.5,,,",
    )  # fmt: skip
    assert _site(folder, tmp_path, "--sites", "1") == 0
    counts = _summary(tmp_path)["candidates"]
    assert counts == {"rows_in": 9, "rows_used": 3, "rows_set_aside": 6}
    assert "6 of 9 candidates take no part" in capsys.readouterr().out


def test_no_candidate_in_a_closed_area(folder: Path, tmp_path: Path) -> None:
    ring = [[114.31445, 30.4], [114.32, 30.4], [114.32, 30.6], [114.31445, 30.6], [114.31445, 30.4]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (folder / "lake.geojson").write_text(text, encoding="utf-8")
    assert _site(folder, tmp_path, "--sites", "3", "--not-in", "lake.geojson") == 0
    assert sorted(_ids(tmp_path)) == ["B", "C"]


@pytest.mark.parametrize("source", ["streets:200", "demand", "layer:parking"])
def test_other_sources_of_candidates(folder: Path, tmp_path: Path, source: str) -> None:
    assert _site(folder, tmp_path, "--sites", "1", "--candidates", source) == 0
    assert len(_ids(tmp_path)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--method", "best", "--sites", "1"), "mclp, lscp, p-median, p-center"),
        ((), "--sites N"),
        (("--sites", "-1"), "--sites"),
        (("--sites", "1", "--target", "0.5"), "--target"),
        (("--method", "lscp", "--target", "50"), "0 to 1"),
        (("--sites", "1", "--weights", "60+"), "60+"),
        (("--sites", "0", "--every-unit"), "at least 1"),
        (("--sites", "1", "--close", "S9"), "S9"),
        (("--sites", "1", "--candidates", "nowhere.csv"), "nowhere.csv"),
        (("--sites", "1", "--candidates", "streets:wide"), "streets:500"),
        (("--sites", "1", "--access-minutes", "500"), "horizon"),
    ],
)
def test_wrong_options_are_one_line(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    assert _site(folder, tmp_path / "out", *options) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error
    assert not (tmp_path / "out").exists()


def test_ctrl_c_keeps_the_best_so_far(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    solved = SitingSession.solved

    def interrupted(self: SitingSession, watch: object, problem: object = None) -> object:
        assert not watch.stopped  # type: ignore[attr-defined]
        os.kill(os.getpid(), signal.SIGINT)
        return solved(self, watch, problem)  # type: ignore[arg-type]

    monkeypatch.setattr(SitingSession, "solved", interrupted)
    assert threading.current_thread() is threading.main_thread()
    assert _site(folder, tmp_path, "--sites", "2") == 0
    assert "Stopped" in capsys.readouterr().out
    assert len(_ids(tmp_path)) == 2


def test_changes_for_a_scenario(folder: Path) -> None:
    """The list that a scenario holds."""
    from geo.pipeline import open_explorer
    from geo.questions.siting.candidate_source import candidates_from
    from geo.questions.siting.proposals import propose
    from geo.questions.siting.question import SitingQuestion
    from geo.siting.watch import Watch
    from geo.study.load import load_study

    explorer = open_explorer(load_study(folder))
    found = candidates_from(explorer, "station", "candidates.csv")
    question = SitingQuestion("station", "mclp", sites=1, close=("S1",))
    answer = propose(SitingSession(explorer, question, found), Watch(30.0))
    close, add = answer.changes
    assert close == {"do": "close_site", "layer": "station", "id": "S1"}
    assert add == {
        "do": "add_site", "layer": "station", "id": "A", "name": "甲地",
        "lon": 114.3145, "lat": 30.5, "capacity": 10.0,
    }  # fmt: skip


def test_a_saved_scenario_has_the_predicted_share(folder: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    options = ("--sites", "2", "--phase1", "1", "--close", "S1", "--save-scenario", "Plan 1")
    assert _site(folder, out, *options) == 0
    text = (folder / "scenarios" / "Plan 1.toml").read_text(encoding="utf-8")
    assert "phase = 2" in text and "No choice of 2 new sites" in text
    command = [
        "run",
        str(folder),
        "--layer",
        "station",
        "--scenario",
        "Plan 1",
        "--out",
        str(again),
    ]
    assert cli.main(command) == 0
    found = json.loads((again / "summary.json").read_text(encoding="utf-8"))["layers"]["station"]
    change = json.loads((out / "change.json").read_text(encoding="utf-8"))
    summary = _summary(out)
    assert found["demand_covered"] == change["covered_after"]
    assert found["share_by_time"] == summary["share_after"] and summary["closed"] == ["S1"]


def test_proposals_on_a_scenario_go_on_from_it(folder: Path, tmp_path: Path) -> None:
    assert _site(folder, tmp_path / "one", "--sites", "1", "--save-scenario", "One") == 0
    options = ("--sites", "1", "--scenario", "One", "--save-scenario", "Two")
    assert _site(folder, tmp_path / "two", *options) == 0
    assert _summary(tmp_path / "two")["share_before"] == 0.8
    changes = load_scenario(folder, "Two").changes
    assert len(changes) == 2 and changes[0] == load_scenario(folder, "One").changes[0]
    run = [
        "run",
        str(folder),
        "--layer",
        "station",
        "--scenario",
        "Two",
        "--out",
        str(tmp_path / "r"),
    ]
    assert cli.main(run) == 0


def test_a_name_that_is_taken_is_refused_before_the_work(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "A.toml").write_text("", encoding="utf-8")
    for name in ("A", "a/b"):
        assert _site(folder, tmp_path / "out", "--sites", "1", "--save-scenario", name) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_stand_ins_and_newly_covered_points(folder: Path, tmp_path: Path) -> None:
    assert _site(folder, tmp_path, "--sites", "1") == 0
    (row,) = _rows(tmp_path / "proposals.csv")
    assert (row["candidate_id"], row["stand_ins"]) == ("C", "0")
    assert [p["demand_id"] for p in _rows(tmp_path / "newly_covered.csv")] == ["E3", "E4"]
    assert _site(folder, tmp_path, "--sites", "2") == 0
    # B reaches what A does.
    counts = {row["candidate_id"]: row["stand_ins"] for row in _rows(tmp_path / "proposals.csv")}
    assert counts["A"] == "1"
