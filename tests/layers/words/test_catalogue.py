"""The sentences beside the numbers, and both catalogues alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.study.model import Study
from layers.words import phrases
from layers.words.catalogue import LOCALES, catalogue, words_for
from tests.worlds.made_analysis import made_analysis

ZH, EN = words_for("zh-CN"), words_for("en")
FOLDER = Path(phrases.__file__).parent / "locale"


def _study(**layer: object) -> Study:
    made = made_analysis().study
    return made.model_copy(update={"layers": (made.layers[0].model_copy(update=layer),)})


def test_names_carry_limit_and_profile(analysis: Analysis) -> None:
    clinic, parking = analysis.study.layers
    assert phrases.share_by_time_name(clinic, ZH) == "15分钟可达率（步行）"
    assert phrases.share_by_time_name(parking, ZH) == "300米可达率（步行）"
    assert phrases.share_by_time_name(clinic, EN) == "Share within 15 min (walk)"


def test_each_share_says_what_it_counts(analysis: Analysis) -> None:
    assert phrases.presence_basis(analysis, "clinic", ZH) == (
        "4个乡镇（街道）中，2个范围内设有服务点。只看有无，不看远近。"
    )
    text = phrases.time_basis(analysis, "clinic", ZH)
    for word in ("人口", "人", "15分钟（含）", "步行", "4 公里/小时", "居民前往服务点"):
        assert word in text
    assert "300 m" in phrases.time_basis(analysis, "parking", EN)


def test_band_direction_and_driving_speeds() -> None:
    study = _study(profile="drive", direction="from", demand="60+")
    layer = study.layers[0]
    assert phrases.people(study, ZH, layer) == "人口（60+）"
    assert "motorway 90" in phrases.speed_text(study, layer, EN)
    assert "motorway" not in phrases.speed_text(study, layer, EN, brief=True)


def test_a_warning_without_words_is_shown_as_it_is(analysis: Analysis) -> None:
    entry = {**analysis.summary["layers"]["clinic"], "warnings": ["unheard_of", {"code": "odd"}]}
    made = Analysis(**{**vars(analysis), "summary": {"layers": {"clinic": entry}}})
    texts = [text for _, text in phrases.layer_notes(made, "clinic", EN)]
    assert texts[1:] == ["unheard_of", "odd"]


def test_uncovered_does_not_drift() -> None:
    assert phrases.uncovered_of({"demand_total": 0.3, "demand_covered": 0.1}) == 0.2


@pytest.mark.parametrize("name", ["export", "map", "cli"])
def test_catalogues_hold_the_same_keys_and_placeholders(name: str) -> None:
    keys = []
    for locale in LOCALES:
        text = (FOLDER / locale.replace("-", "_") / f"{name}.po").read_text(encoding="utf-8")
        found = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"', text, flags=re.MULTILINE)
        assert all(value for _, value in found)
        keys.append({key: sorted(set(re.findall(r"{(\w+)}", value))) for key, value in found})
    assert set(keys[0]) == set(keys[1])
    for key in keys[0]:
        # Chinese needs the counter (个) where English does without.
        differ = set(keys[0][key]) ^ set(keys[1][key])
        assert differ <= {"unit"}, key


@pytest.mark.parametrize("name", ["export", "map", "cli"])
def test_no_key_stands_in_two_catalogues(name: str) -> None:
    keys = {
        path.stem: set(re.findall(r'^msgid "(.+)"', path.read_text(encoding="utf-8"), re.M))
        for path in (FOLDER / "en").glob("*.po")
    }
    own = keys.pop(name)
    for other, found in keys.items():
        assert not own & found, other
    assert own <= set(catalogue("en"))
