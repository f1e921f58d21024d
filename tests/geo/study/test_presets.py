"""Services, units and settlements straight from an OSM file, by tags and by presets."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

import geo
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.pipeline import check, run
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.study import presets as presets_module
from geo.study.load import load_study
from geo.study.model import Layer
from geo.study.presets import presets
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
    for name, preset in presets().items():
        assert preset.tags and all(preset.tags.values())
        assert preset.defaults.keys() <= Layer.model_fields.keys()
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
        ('preset = "pharmacy"', 'preset = "pharmacies"', "preset_unknown"),
        ('preset = "pharmacy"', 'preset = "pharmacy"\nsites = "none"', "layer_source"),
        ('osm = { place = ["village", "town", "city"] }', "", "demand_source"),
        ('osm = { admin_level = ["8"] }', "", "units_source"),
    ],
)
def test_keys_that_do_not_fit(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(StudyError) as caught:
        _study(tmp_path, TOML.replace(old, new))
    assert caught.value.code == code


def test_an_unknown_preset_names_the_nearest_and_all_known_ones(tmp_path: Path) -> None:
    text = TOML.replace('preset = "pharmacy"', 'preset = "pharmacys"').replace("= 300", "= -1")
    with pytest.raises(StudyError) as caught:
        _study(tmp_path, text)
    # In the same pass as the other problems.
    problem = next(e for e in (caught.value, *caught.value.others) if e.code == "preset_unknown")
    assert len(caught.value.others) == 1
    assert problem.params["field"] == "layers[2].preset"
    assert problem.params["nearest"] == "pharmacy" and "toilets" in problem.params["known"]
    for locale in ("zh-CN", "en"):
        assert "pharmacys" in words_for(locale).error(problem)[0]


def test_a_preset_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "library.toml").write_text(
        '[tags]\namenity = ["library"]\n[defaults]\nprofile = "cycle"\nminutes = 10\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(presets_module, "_FOLDER", folder)
    presets.cache_clear()
    try:
        layer = Layer.model_validate({"key": "a", "preset": "library"})
        assert layer.tags == {"amenity": ("library",)}
        assert (layer.profile, layer.minutes, layer.metres) == ("cycle", 10, None)
        own = Layer.model_validate({"key": "a", "preset": "library", "metres": 500.0})
        assert (own.profile, own.minutes, own.metres) == ("cycle", None, 500)
        (folder / "library.toml").write_text('title = "x"\n[tags]\n', encoding="utf-8")
        presets.cache_clear()
        with pytest.raises(ValueError, match=r"library\.toml"):
            presets()
    finally:
        monkeypatch.undo()
        presets.cache_clear()


def test_the_docs_list_the_presets() -> None:
    text = (Path(__file__).parents[3] / "docs" / "study.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| `preset` |")]
    assert re.findall(r"`(\w+)`", row)[1:] == list(presets())


def test_the_presets_are_packaged() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    patterns = tomllib.loads(text)["tool"]["setuptools"]["package-data"]["geo"]
    root = Path(geo.__file__).parent
    packaged = {path for pattern in patterns for path in root.glob(pattern)}
    assert set((root / "study" / "presets").glob("*.toml")) <= packaged
    assert len(presets()) == 11


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
