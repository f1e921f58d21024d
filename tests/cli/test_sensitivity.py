"""`quarterhour sensitivity` and `run --sensitivity`: files, figures, and faults in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import cli
from geo.base.errors import CancelledError
from geo.sensitivity import share_range
from layers.words.catalogue import catalogue
from tests.worlds.sensitivity_studies import write_known_study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return write_known_study(tmp_path / "known")


def test_the_files_and_the_lines(
    known: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert cli.main(["sensitivity", str(known), "--draws", "2", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "71.4%" in said.out and "28.6–85.7%" in said.out and not said.err
    rows = pd.read_csv(out / "sensitivity.csv", encoding="utf-8-sig")
    names = ["layer", "factor", "setting", "share_by_time", "difference", "in_range"]
    assert list(rows.columns) == names and len(rows) == 10
    found = json.loads((out / "sensitivity.json").read_text(encoding="utf-8"))
    expected = {"share": 0.714286, "low": 0.285714, "high": 0.857143, "main_factor": "speed"}
    assert found["layers"] == {"station": expected}
    assert (found["draws"], found["seed"]) == (2, 0)

    again = tmp_path / "again"
    assert cli.main(["sensitivity", str(known), "--draws", "2", "--out", str(again)]) == 0
    for path in out.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name

    run = tmp_path / "run"
    assert cli.main(["run", str(known), "--sensitivity", "--out", str(run)]) == 0
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert summary["layers"]["station"]["sensitivity"] == expected
    assert summary["analysis_id"] == found["analysis_id"]


def test_a_scenario_moves_the_range(known: Path, tmp_path: Path) -> None:
    (known / "scenarios").mkdir()
    limit = '[[changes]]\ndo = "limit"\nlayer = "station"\nvalue = 30\n'
    (known / "scenarios" / "半小时.toml").write_text(limit, encoding="utf-8")
    road = '[[changes]]\ndo = "close_road"\nroad = "2"\n'
    (known / "scenarios" / "封路.toml").write_text(road, encoding="utf-8")
    text = (known / "study.toml").read_text(encoding="utf-8")
    named = text.replace('"roads.geojson"', '"roads.geojson"\nalternative = "roads.geojson"')
    (known / "study.toml").write_text(named, encoding="utf-8")
    found = {}
    for name in ("半小时", "封路"):
        out = tmp_path / name
        command = ["sensitivity", str(known), "--draws", "0", "--out", str(out)]
        assert cli.main([*command, "--scenario", name]) == 0
        found[name] = json.loads((out / "sensitivity.json").read_text(encoding="utf-8"))
    assert found["半小时"]["layers"]["station"]["share"] == round(6 / 7, 6)
    assert found["半小时"]["omitted"] == [] and found["封路"]["omitted"] == ["roads"]
    assert found["半小时"]["inputs"][-1]["role"] == "alternative"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--draws", "-1"], "--draws -1"),
        (["--layer", "clinics"], "station"),
        (["--scenario", "无"], "无"),
    ],
)
def test_a_fault_is_one_line(
    known: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    told: str,
) -> None:
    command = ["sensitivity", str(known), "--out", str(tmp_path / "out"), *options]
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("named", "code"), [("missing.geojson", "missing.geojson"), ("estates.csv", "estates.csv")]
)
@pytest.mark.parametrize("command", ["check", "sensitivity"])
def test_an_alternative_that_is_no_road_file_is_one_line(
    known: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    named: str,
    code: str,
) -> None:
    text = (known / "study.toml").read_text(encoding="utf-8")
    text = text.replace('"roads.geojson"', f'"roads.geojson"\nalternative = "{named}"')
    (known / "study.toml").write_text(text, encoding="utf-8")
    options = ["--out", str(tmp_path / "out")] if command == "sensitivity" else []
    assert cli.main([command, str(known), *options]) == 1
    said = capsys.readouterr().err
    assert code in said and said.count("\n") == 1


def test_results_never_replace_inputs_and_a_cancel_is_130(
    known: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (known / "estates.csv").rename(known / "sensitivity.csv")
    text = (known / "study.toml").read_text(encoding="utf-8")
    text = text.replace("estates.csv", "sensitivity.csv")
    (known / "study.toml").write_text(text, encoding="utf-8")
    assert cli.main(["sensitivity", str(known), "--out", str(known)]) == 1
    assert capsys.readouterr().err.count("\n") == 1

    def cancelled(*_: object, **__: object) -> None:
        raise CancelledError

    monkeypatch.setattr(share_range, "variants_of", cancelled)
    command = ["sensitivity", str(known), "--seed", "5", "--out", str(tmp_path / "out")]
    assert cli.main(command) == 130
    assert not (tmp_path / "out").exists()


def test_every_key_of_the_catalogue_is_used() -> None:
    files = [*ROOT.glob("geo/**/*.py"), *ROOT.glob("layers/**/*.py"), *ROOT.glob("cli/*.py")]
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in [*files, *ROOT.glob("app_pages/**/*.py")]
    )
    built = r"sensitivity\.(factor|column|reference)\.|stage\.|error\.|what\."
    catalogues = [
        (ROOT / f"layers/words/locale/{name}/sensitivity.po").read_text(encoding="utf-8")
        for name in ("zh_CN", "en")
    ]
    keys = [re.findall(r'^msgid "(.+)"$', text, re.MULTILINE) for text in catalogues]
    assert keys[0] == keys[1]
    for key in keys[0]:
        assert re.match(built, key) or f'"{key}"' in source, key
        assert key in catalogue("en") and key in catalogue("zh-CN")
