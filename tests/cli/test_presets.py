"""`preset`: list, show, template, and add with a list or waiting for it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import cli
from geo.pipeline import run
from geo.study.load import load_study
from geo.study.presets import bundles, presets
from tests.worlds.tiny_study import write_study

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_list_and_show(lang: str, capsys: Capture) -> None:
    assert cli.main(["preset", "list", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert all(any(line.startswith(f"{key}  ") for line in out.splitlines()) for key in presets())
    assert all(f"  {key}  " in out for key in bundles())
    assert cli.main(["preset", "show", "park", "--lang", lang]) == 0
    assert "TD/T 1063-2021" in capsys.readouterr().out
    assert cli.main(["preset", "show", "parks", "--lang", lang]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_list_is_added_and_fills_the_layer_that_waits(tmp_path: Path, capsys: Capture) -> None:
    folder = write_study(tmp_path / "s")
    form = tmp_path / "名单.xlsx"
    assert cli.main(["preset", "template", "elderly_canteen", str(form), "--lang", "zh-CN"]) == 0
    book = openpyxl.load_workbook(form)
    book.worksheets[0].append(["1", "甲", 114.3, 30.5, "", 60])
    book.save(form)
    before = len(load_study(folder).layers)
    # The folder may come first.
    assert cli.main(["preset", "add", str(folder), "elderly_canteen"]) == 0
    layer = load_study(folder).layers[-1]
    assert layer.waiting and layer.profile == "walk_senior"
    assert "老年食堂名单.xlsx" in capsys.readouterr().out
    warnings = run(load_study(folder)).summary["layers"]["elderly_canteen"]["warnings"]
    assert warnings == ["sites_missing"]
    add = ["preset", "add", "elderly_canteen", str(folder), "--path", str(form)]
    assert cli.main(add) == 0
    study = load_study(folder)
    layer = study.layers[-1]
    assert len(study.layers) == before + 1 and not layer.waiting
    assert (layer.capacity, layer.origin) == ("餐位数", "名单.xlsx")
    assert cli.main(add) == 0  # a second layer
    assert load_study(folder).layers[-1].key == "elderly_canteen_2"


def test_a_column_that_is_blank_throughout_is_not_taken(tmp_path: Path) -> None:
    folder, form = write_study(tmp_path / "s"), tmp_path / "a.xlsx"
    cli.main(["preset", "template", "elderly_canteen", str(form)])
    book = openpyxl.load_workbook(form)
    book.worksheets[0].delete_rows(2)
    book.worksheets[0].append(["1", "甲", 114.3, 30.5])
    book.save(form)
    assert cli.main(["preset", "add", "elderly_canteen", str(folder), "--path", str(form)]) == 0
    assert load_study(folder).layers[-1].capacity is None


@pytest.mark.parametrize("bundle", list(bundles()))
def test_a_bundle_waits_and_the_study_still_runs(tmp_path: Path, bundle: str) -> None:
    folder = write_study(tmp_path / "s")
    assert cli.main(["preset", "add", bundle, str(folder), "--lang", "en"]) == 0
    study = load_study(folder)
    added = [layer for layer in study.layers if layer.waiting]
    assert {layer.preset for layer in added} <= set(bundles()[bundle].presets)
    analysis = run(study, layers=[layer.key for layer in added])
    assert all(not entry["demand_covered"] for entry in analysis.summary["layers"].values())


def test_a_preset_without_a_limit_asks_the_office(tmp_path: Path, capsys: Capture) -> None:
    folder = write_study(tmp_path / "s")
    assert cli.main(["preset", "add", "market_radius", str(folder), "--lang", "en"]) == 1
    assert "--metres" in capsys.readouterr().out
    add = ["preset", "add", "market_radius", str(folder), "--metres", "500"]
    assert cli.main([*add, "--path", str(folder / "stations.csv")]) == 0
    layer = load_study(folder).layers[-1]
    assert (layer.rule, layer.metres) == ("radius", 500)
    entry = run(load_study(folder), layers=[layer.key]).summary["layers"][layer.key]
    assert entry["indicator"]["pass"] == 0.9 and entry["share_by_radius"] == 0.2


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "nothing", "{folder}"],
        ["add", "rural", "{folder}", "--path", "{folder}/stations.csv"],
        ["add", "park", "{folder}/none"],
        ["add", "park", "{folder}", "--path", "{folder}/roads.geojson", "--minutes", "-1"],
        ["template", "rural", "{folder}/a.xlsx"],
    ],
)
def test_wrong_arguments_are_named_in_one_line(
    tmp_path: Path, arguments: list[str], capsys: Capture
) -> None:
    folder = write_study(tmp_path / "s")
    before = (folder / "study.toml").read_bytes()
    given = [text.format(folder=folder) for text in arguments]
    assert cli.main(["preset", *given, "--lang", "en"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert (folder / "study.toml").read_bytes() == before
