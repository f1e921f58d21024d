"""Layers of presets in a study's folder: added, given a list, and edited."""

from __future__ import annotations

from pathlib import Path

from geo.study.indicator import Indicator
from geo.study.load import load_study
from geo.study.presets import presets
from geo.workspace.edit import Replacement, edit_layer, replace_input, undo_last
from geo.workspace.from_preset.add import add_presets
from tests.worlds.tiny_study import write_study


def _study(folder: Path) -> Path:
    """A study whose demand has a band, with a canteen that waits."""
    write_study(folder)
    toml = folder / "study.toml"
    rows = (folder / "estates.csv").read_text("utf-8").splitlines()
    lines = [f"{row},old" if row.startswith("id") else f"{row},1" for row in rows]
    (folder / "estates.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = toml.read_text("utf-8")
    toml.write_text(
        text.replace('weight_unit = "个"', 'weight_unit = "个"\nbands = { "60+" = "old" }'), "utf-8"
    )
    add_presets(folder, [presets()["elderly_canteen"]], title="老年食堂")
    return folder


def test_everybody_counts_when_the_office_says_so(tmp_path: Path) -> None:
    folder = _study(tmp_path / "s")
    assert load_study(folder).layers[-1].demand == "60+"
    edit_layer(folder, "elderly_canteen", {"profile": "walk", "minutes": 10})
    layer = load_study(folder).layers[-1]
    assert (layer.demand, layer.profile, layer.minutes) == (None, "walk", 10)
    assert layer.indicator == Indicator()
    edit_layer(
        folder, "elderly_canteen", {"profile": "walk_senior", "minutes": 15, "demand": "60+"}
    )
    assert load_study(folder).layers[-1].indicator == presets()["elderly_canteen"].indicator


def test_a_direction_against_the_preset_stays(tmp_path: Path) -> None:
    folder = _study(tmp_path / "s")
    add_presets(folder, [presets()["home_beds"]])
    assert load_study(folder).layers[-1].direction == "from"
    edit_layer(folder, "home_beds", {"profile": "ebike", "minutes": 15})
    assert load_study(folder).layers[-1].direction == "to"


def test_a_list_takes_the_place_of_waiting_and_the_preset_stays(tmp_path: Path) -> None:
    folder = _study(tmp_path / "s")
    change = Replacement("layer", folder / "stations.csv", "csv", layers=("elderly_canteen",))
    replace_input(folder, change)
    layer = load_study(folder).layers[-1]
    assert not layer.waiting and layer.profile == "walk_senior" and layer.path is not None


def test_adding_can_be_undone(tmp_path: Path) -> None:
    folder = _study(tmp_path / "s")
    step = undo_last(folder)
    assert step is not None and step.about == {"title": "老年食堂"}
    assert load_study(folder).layers[-1].key == "parking"
