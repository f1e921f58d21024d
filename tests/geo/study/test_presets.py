"""Services, units and settlements straight from an OSM file, by tags and by presets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.pipeline import check, run
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.study.load import load_study
from geo.study.presets import PRESETS, PresetName
from layers.words.catalogue import words_for
from layers.words.phrases import layer_title
from tests.worlds.streets import SHARED

LIECHTENSTEIN = SHARED / "liechtenstein" / "liechtenstein-latest.osm.pbf"
needs_shared = pytest.mark.skipif(not LIECHTENSTEIN.exists(), reason="needs ../shared/data")

TOML = """[study]
name = "Liechtenstein"
locale = "en"
[units]
osm = { admin_level = ["8"] }
[demand]
osm = { place = ["village", "town", "city"] }
weight = "population"
[network]
path = "roads.osm.pbf"
[[layers]]
key = "parking"
preset = "parking"
metres = 300
[[layers]]
key = "drug"
preset = "pharmacy"
minutes = 15
"""


def _study(folder: Path, text: str = TOML):  # type: ignore[no-untyped-def]
    if LIECHTENSTEIN.exists():
        shutil.copyfile(LIECHTENSTEIN, folder / "roads.osm.pbf")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


def test_every_preset_has_tags_and_a_title() -> None:
    assert set(PRESETS) == set(get_args(PresetName))
    for name, tags in PRESETS.items():
        assert tags and all(tags.values())
        for locale in ("zh-CN", "en"):
            assert words_for(locale)(f"preset.{name}")


def test_a_layer_without_a_title_has_that_of_its_preset(tmp_path: Path) -> None:
    layer = _study(tmp_path).layer("drug")
    assert layer_title(layer, words_for("zh-CN")) == "药店"
    assert layer_title(layer, words_for("en")) == "Pharmacies"
    own = _study(tmp_path, TOML.replace('"pharmacy"', '"pharmacy"\ntitle = "Mine"')).layer("drug")
    assert layer_title(own, words_for("en")) == "Mine"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('preset = "pharmacy"', 'preset = "pharmacies"', "value_wrong"),
        ('preset = "pharmacy"', 'preset = "pharmacy"\nsites = "none"', "layer_source"),
        ('osm = { place = ["village", "town", "city"] }', "", "demand_source"),
        ('osm = { admin_level = ["8"] }', "", "units_source"),
    ],
)
def test_keys_that_do_not_fit(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(StudyError) as caught:
        _study(tmp_path, TOML.replace(old, new))
    assert caught.value.code == code


@needs_shared
def test_units_from_boundaries(tmp_path: Path) -> None:
    """22 relations; those of the neighbours are cut by the extract's border and set aside."""
    quality = QualityLog()
    units = read_units(_study(tmp_path), quality)
    assert len(units) == 11
    assert {"Vaduz", "Schaan", "Balzers"} <= set(units["name"])
    assert units["id"].str.startswith("r").all()
    (count,) = quality.inputs
    assert (count.role, count.rows_in, count.rows_used, count.rows_set_aside) == (
        "units",
        22,
        11,
        11,
    )
    assert {row.problem for row in quality.rows} == {"geometry_not_area"}


@needs_shared
def test_demand_from_settlements_and_sites_from_presets(tmp_path: Path) -> None:
    study = _study(tmp_path)
    analysis = run(study)
    figures = analysis.summary["layers"]["parking"]
    assert figures["sites_total"] == 158
    assert figures["demand_points"] == 12
    assert figures["demand_total"] == 38_195
    assert figures["units_total"] == 11
    assert study.demand_file == study.units_file == "roads.osm.pbf"
    quality, inputs = check(study)
    for item in inputs:
        assert item.rows_in == item.rows_used + item.rows_set_aside
    assert not (quality["severity"] == "error").any()


@needs_shared
def test_tags_need_an_osm_file(tmp_path: Path) -> None:
    text = TOML.replace("roads.osm.pbf", "roads.csv")
    (tmp_path / "roads.csv").write_text("id\n1\n")
    study = _study(tmp_path, text)
    for read in (read_units, lambda s, q: read_sites(s, s.layers[0], q)):
        with pytest.raises(StudyError) as caught:
            read(study, QualityLog())
        assert caught.value.code == "sites_not_osm"
