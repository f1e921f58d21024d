"""`--scenario`: every command that computes takes it, and says what is wrong in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cli

ADD = '[[changes]]\ndo = "add_site"\nlayer = "clinic"\nid = "N1"\nlon = 114.32\nlat = 30.5\n'


@pytest.fixture
def folder(study: Path) -> Path:
    (study / "scenarios").mkdir()
    (study / "scenarios" / "东站.toml").write_text(ADD, encoding="utf-8")
    (study / "scenarios" / "空.toml").write_text("", encoding="utf-8")
    return study


def test_a_run_of_a_scenario_and_of_one_without_changes(folder: Path, tmp_path: Path) -> None:
    shares = {}
    for name, option in (
        ("base", []),
        ("空", ["--scenario", "空"]),
        ("东站", ["--scenario", "东站"]),
    ):
        out = tmp_path / name
        command = ["run", str(folder), "--layer", "clinic", "--out", str(out), *option]
        assert cli.main(command) == 0
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        shares[name] = summary["layers"]["clinic"]["share_by_time"]
    assert shares == {"base": 0.5, "空": 0.5, "东站": 1.0}
    for path in (tmp_path / "base").iterdir():
        if path.name != "summary.json":  # which holds the time of the run
            assert path.read_bytes() == (tmp_path / "空" / path.name).read_bytes(), path.name


def test_questions_start_from_the_scenario(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = ["--scenario", "东站", "--lang", "en"]
    assert cli.main(["from", str(folder), "114.32,30.5", *scenario]) == 0
    assert "0.0" in capsys.readouterr().out
    command = ["what-if", str(folder), "--layer", "clinic", "--close", "N1"]
    assert cli.main([*command, *scenario]) == 0
    said = capsys.readouterr().out
    assert "100.0%" in said and "50.0%" in said
    assert cli.main(["check", str(folder), *scenario]) == 0


def test_a_wrong_scenario_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scenarios" / "错.toml").write_text(ADD + "latt = 3\n", encoding="utf-8")
    for name, parts in (("错", ("错.toml", "changes[1].latt", '"lat"')), ("西", ("西", "东站"))):
        command = [
            "run",
            str(folder),
            "--scenario",
            name,
            "--out",
            str(folder / "o"),
            "--lang",
            "en",
        ]
        assert cli.main(command) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert all(part in line for part in parts)
    assert not (folder / "o").exists()
    # Where nothing is computed there is no such option.
    assert cli.main(["fieldcheck", "x.xlsx", "--scenario", "东站"]) == 2
