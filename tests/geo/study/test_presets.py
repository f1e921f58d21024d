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
from geo.study.indicator import Indicator
from geo.study.load import load_study
from geo.study.model import Layer
from geo.study.presets import bundles, presets
from geo.study.rules import RULE_PARAMETERS
from layers.words.catalogue import words_for
from layers.words.phrases import layer_title
from layers.words.programmes.indicator import indicator_text
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


# The presets that name tags; studies of before know them by these keys.
WITH_TAGS = (
    "pharmacy", "hospital", "clinic", "school", "childcare", "elderly_care", "canteen", "parking",
    "townhall", "toilets", "charging",
)  # fmt: skip


def test_every_preset_has_its_texts_and_a_rule_that_exists() -> None:
    for name, preset in presets().items():
        assert preset.defaults.keys() <= Layer.model_fields.keys()
        assert preset.rule in RULE_PARAMETERS, name
        texts = [preset.title, preset.about, *(column.header for column in preset.columns)]
        for text in texts:
            assert isinstance(text, dict) and text.keys() == {"zh-CN", "en"}, name
            assert all(text.values())
            assert not re.search("[\u3400-\u9fff]", text["en"]), name
    assert all(presets()[name].tags for name in WITH_TAGS)


def test_every_limit_has_a_source_or_is_the_offices() -> None:
    for name, preset in presets().items():
        found = preset.indicator
        if found is None or found.verified == "office":
            continue
        assert found.clause and (found.document or found.verified == "secondary"), name


def test_every_bundle_names_presets() -> None:
    assert {"td_t_1063", "gb_50180", "rural"} <= bundles().keys()
    for bundle in bundles().values():
        assert set(bundle.presets) <= presets().keys()
        assert len(set(bundle.presets)) == len(bundle.presets) > 1


def test_a_preset_fills_in_what_is_not_given() -> None:
    layer = Layer.model_validate({"key": "a", "preset": "mutual_aid_centre", "path": "a.xlsx"})
    assert (layer.rule, layer.profile, layer.minutes) == ("assigned", "walk_senior", 15)
    assert layer.serves == "服务单元代码" and layer.tags is None
    own = Layer.model_validate(
        {"key": "a", "preset": "mutual_aid_centre", "path": "a.xlsx", "rule": "reach", "metres": 1}
    )
    assert (own.rule, own.minutes, own.metres, own.serves) == ("reach", None, 1, "serves")


def test_sites_by_tags_only_where_there_is_no_other_source() -> None:
    def tags(**keys: object) -> object:
        return Layer.model_validate({"key": "a", "preset": "pharmacy", **keys}).tags

    assert tags() == presets()["pharmacy"].tags
    assert tags(path="a.csv") is None and tags(sites="none") is None
    assert tags(osm={"shop": ["x"]}) == {"shop": ("x",)}


def test_a_limit_that_the_office_changes_is_its_own() -> None:
    def source(**keys: object) -> Indicator | None:
        return Layer.model_validate({"key": "a", "preset": "park", "path": "a", **keys}).indicator

    assert source() == presets()["park"].indicator == source(minutes=5)
    for keys in ({"minutes": 6}, {"metres": 5}, {"profile": "cycle"}, {"direction": "from"}):
        assert source(**keys) == Indicator(), keys
    given = source(minutes=6, indicator={"document": "X", "verified": "yes", "pass": 0.9})
    assert given == Indicator(document="X", verified="yes", pass_line=0.9)
    layer = Layer.model_validate({"key": "a", "preset": "park", "path": "a"})
    assert layer.with_limit(7).indicator == Indicator()
    assert layer.with_limit(5).indicator == layer.indicator


def test_a_limit_that_no_document_names_is_the_offices_and_the_pass_line_stays() -> None:
    with pytest.raises(ValueError, match="layer_limit"):
        Layer.model_validate({"key": "a", "preset": "market_radius", "path": "a"})
    layer = Layer.model_validate(
        {"key": "a", "preset": "market_radius", "path": "a", "metres": 500}
    )
    assert layer.indicator is not None and layer.indicator.pass_line == 0.9
    for locale, part in (
        ("zh-CN", "限值由本单位设定（参考："),
        ("en", "limit set by the office (see"),
    ):
        text = indicator_text(layer, words_for(locale))
        assert part in text and "90.0%" in text


def test_the_band_of_a_preset_counts_where_the_demand_has_it(tmp_path: Path) -> None:
    def band(demand: str, layer: str = "") -> str | None:
        text = TOML.replace('weight = "population"', f'weight = "population"\n{demand}')
        text = text.replace('preset = "pharmacy"', f'preset = "elderly_canteen"\n{layer}')
        return _study(tmp_path, text.replace('"drug"', '"drug"\nsites = "none"')).layers[1].demand

    assert band("") is None
    assert band('bands = { "0-3" = "a", "60岁以上" = "b" }') == "60岁以上"
    assert band('bands = { "60+" = "b", "0-3" = "a" }', 'demand = "0-3"') == "0-3"
    assert band('bands = { "60+" = "b" }', 'demand = ""') is None


def test_a_layer_without_a_list_waits(tmp_path: Path) -> None:
    layer = Layer.model_validate({"key": "a", "preset": "mediation", "sites": "none"})
    assert layer.waiting and layer.rule == "reach"
    assert not Layer.model_validate({"key": "a", "sites": "none", "minutes": 1}).waiting


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
        ('preset = "pharmacy"', 'path = "a"\nsites = "none"', "layer_source"),
        ('preset = "pharmacy"', 'preset = "pharmacy"\npath = "a"\nsites = "none"', "layer_source"),
        ('preset = "pharmacy"', 'preset = "mediation"', "preset_no_tags"),
        ("minutes = 15", "minutes = 15\nindicator = { pass = 90 }", "value_wrong"),
        ("minutes = 15", 'minutes = 15\nindicator = { source = "x" }', "unknown_key"),
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
    assert set((root / "study" / "presets").rglob("*.toml")) <= packaged


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
