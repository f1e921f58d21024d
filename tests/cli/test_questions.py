"""`quarterhour what-if` and `quarterhour from`: what they say and write, and what they refuse."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

import cli
from layers.export.difference import CHANGE_FILES


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue("study")
    return found


def _said(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    said = capsys.readouterr()
    assert said.err == ""
    return [re.split(r"\s{2,}", line.strip()) for line in said.out.splitlines()]


def test_a_station_at_the_other_end_of_the_street(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["what-if", str(folder), "--layer", "clinic", "--add", "114.32,30.5"]
    assert cli.main([*command, "--lang", "en", "--out", str(out)]) == 0
    header, amount, share, *rest = _said(capsys)
    assert header == ["Stations", "before", "after", "difference"]
    assert amount == ["within the limit (estates)", "1", "2", "+1"]
    assert share == ["Share within 15 min (walk)", "50.0%", "100.0%", "+50.0 points"]
    assert rest[0] == ["Demand points that come within the limit: 1; that are no longer: 0."]
    assert rest[1][0].startswith("+1 (114.32000, 30.50000, 东街道): 0 m from the road")
    assert rest[3] == ["东街道", "50.0%", "100.0%", "+1"]
    assert sorted(path.name for path in out.iterdir()) == sorted(CHANGE_FILES)
    answer = json.loads((out / "change.json").read_text(encoding="utf-8"))
    assert answer["added"] == [[114.32, 30.5]] and answer["points_gained"] == 1
    assert (answer["minutes_before"], answer["minutes_after"]) == (15.0, 15.0)
    with (out / "change_points.csv").open(encoding="utf-8-sig", newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["change"], row["demand_id"], row["site_before"]) == ("gained", "E2", "S1")
    assert row["site_after"] == "'+1"  # a text, never a formula
    assert float(row["minutes_before"]) > 15 > float(row["minutes_after"])


def test_a_site_that_moves(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["what-if", str(folder), "--layer", "clinic", "--lang", "en"]
    assert cli.main([*command, "--move", "S1@114.32,30.5", "--out", str(out)]) == 0
    assert "Demand points that come within the limit: 1; that are no longer: 1." in (
        capsys.readouterr().out
    )
    with (out / "change_sites.csv").open(encoding="utf-8-sig", newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["site_id"], row["change"], row["used"]) == ("S1", "moved", "True")
    assert cli.main([*command, "--move", "S1"]) == 2
    assert cli.main([*command, "--move", "S9@114,30"]) == 1
    assert cli.main([*command, "--move", "S1@114,30", "--close", "S1"]) == 1


def test_closing_and_another_limit_in_chinese(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["what-if", str(folder), "--layer", "clinic", "--close", "S1"]) == 0
    header, amount, *_ = _said(capsys)
    assert header == ["医保[red]服务站", "之前", "之后", "变化"]
    assert amount == ["限值范围内（个）", "1", "0", "-1"]
    assert cli.main(["what-if", str(folder), "--layer", "clinic", "--minutes", "30"]) == 0
    header, amount, share, *_ = _said(capsys)
    assert header == ["医保[red]服务站", "之前（15分钟）", "之后（30分钟）", "变化"]
    assert amount[1:] == ["1", "2", "+1"] and share[0] == "限时可达率"
    # With a site, only the site counts: the limit holds before and after.
    together = ["--minutes", "30", "--add", "114.31,30.5"]
    assert cli.main(["what-if", str(folder), "--layer", "clinic", *together]) == 0
    header, amount, share, *_ = _said(capsys)
    assert amount[1:] == ["2", "2", "0"] and share[0] == "30分钟可达率（步行）"


def test_a_site_away_from_every_road_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["what-if", str(folder), "--layer", "parking", "--add", "114.3，30.6"]
    assert cli.main([*command, "--lang", "en"]) == 0
    assert "no road of this profile within 500 m" in capsys.readouterr().out


def test_from_a_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["from", str(folder), "114.31,30.5", "--lang", "en"]) == 0
    header, clinic, parking = _said(capsys)
    assert header == ["service", "rule", "nearest site", "minutes", "metres", "within the limit"]
    assert clinic[:3] == ["Stations", "walk, 15 min", "站"] and clinic[-1] == "yes"
    assert parking[-1] == "no" and parking[-2] == clinic[-2] == "960"
    assert cli.main(["from", str(folder), "-114.31,30.5"]) == 0
    assert "路网待核实" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["from", "{}", "here"], 2, "114.305,30.553"),
        (["from", "{}", "30.5,114.3"], 1, "30.5, 114.3"),
        (["from", "{}", "114.3,30.5,7"], 2, "114.305,30.553"),
        (["what-if", "{}", "--layer", "clinic"], 2, "--add"),
        (["what-if", "{}", "--layer", "clinic", "--add", "114.3"], 2, "114.3"),
        (["what-if", "{}", "--layer", "clinic", "--metres", "300"], 2, "--minutes"),
        (["what-if", "{}", "--layer", "parking", "--minutes", "3"], 2, "--metres"),
        (["what-if", "{}", "--layer", "clinic", "--minutes", "0"], 1, "0"),
        (["what-if", "{}", "--layer", "clinic", "--minutes", "nan"], 1, "nan"),
        (["what-if", "{}", "--layer", "clinic", "--minutes", "500"], 1, "120"),
        (["what-if", "{}", "--layer", "clinic", "--close", "S9"], 1, "S9"),
        (["what-if", "{}", "--layer", "clinik", "--close", "S1"], 1, "clinik"),
        (["what-if", "{}/nowhere", "--layer", "clinic", "--close", "S1"], 1, "study.toml"),
    ],
)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_what_cannot_be_answered_is_one_line(
    folder: Path,
    arguments: list[str],
    code: int,
    word: str,
    locale: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [text.replace("{}", str(folder)) for text in arguments]
    assert cli.main([*given, "--lang", locale]) == code
    said = capsys.readouterr()
    assert said.out == "" and word in said.err and "Traceback" not in said.err
    problem = said.err.strip().splitlines() if code == 1 else said.err.split("Error: ")[1:]
    assert len(problem) == 1


def test_answers_never_take_the_place_of_inputs(folder: Path) -> None:
    (folder / "clinic.csv").rename(folder / "change_units.csv")
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8").replace("clinic.csv", "change_units.csv")
    toml.write_text(text, encoding="utf-8")
    before = (folder / "change_units.csv").read_bytes()
    command = ["what-if", str(folder), "--layer", "clinic", "--close", "S1"]
    assert cli.main([*command, "--out", str(folder)]) == 1
    assert (folder / "change_units.csv").read_bytes() == before
