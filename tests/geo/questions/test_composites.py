"""Composites: services are counted, and any layer of a service is enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.questions.composites import composites
from geo.study.load import load_study
from layers.words.catalogue import LOCALES, words_for
from layers.words.programmes.composites import composite_lead, composite_rows
from tests.worlds.tiny_study import write_study

# On one road from 114.300: E1 480 m, E2 864 m, E3 1,440 m, E4 2,400 m; E5 is off the roads.
_LAYERS = """
[[layers]]
key = "kindergarten"
preset = "kindergarten_circle"
path = "stations.csv"
metres = 500
[[layers]]
key = "school"
preset = "primary_school_circle"
path = "stations.csv"
metres = 900
[[layers]]
key = "second_school"
preset = "primary_school_circle"
path = "parking.csv"
[[layers]]
key = "middle"
preset = "junior_school_circle"
sites = "none"
"""


@pytest.fixture
def made(tmp_path: Path) -> Analysis:
    folder = write_study(tmp_path / "s")
    toml = folder / "study.toml"
    toml.write_text(toml.read_text("utf-8").split("[[layers]]")[0] + _LAYERS, encoding="utf-8")
    return run(load_study(folder))


def test_a_service_is_reached_by_any_of_its_layers(made: Analysis) -> None:
    (found,) = composites(made)
    assert found.layers == (("kindergarten",), ("school", "second_school"))
    assert found.missing == ("junior_school_circle",)
    # E1 both; E2 the school; E4 the second school, 192 m off; E3 and E5 neither.
    assert found.by_count == (2.0, 2.0, 1.0)
    assert (found.total, found.share_all, found.mean_reached) == (5.0, 0.2, 0.8)


@pytest.mark.parametrize("lang", LOCALES)
def test_it_is_said_in_words(made: Analysis, lang: str) -> None:
    words = words_for(lang)
    (found,) = composites(made)
    text = composite_lead(found, made, words)
    assert "20.0%" in text and "0.80" in text
    assert [row[2] for row in composite_rows(found, made, words)] == ["20.0%", "40.0%", "40.0%"]


def test_a_study_without_presets_has_none(tmp_path: Path) -> None:
    assert composites(run(load_study(write_study(tmp_path / "s")))) == []
