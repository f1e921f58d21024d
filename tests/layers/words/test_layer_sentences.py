"""Sentences name the place of a study; parameters without a place stay as they were."""

from __future__ import annotations

from geo.study.model import StudyInfo
from layers.words.catalogue import words_for
from layers.words.layer_sentences import layer_sentence
from tests.worlds.made_analysis import made_analysis


def test_a_sentence_names_the_place_instead_of_the_title() -> None:
    analysis = made_analysis()
    words = words_for("zh-CN")
    title = words.text(analysis.study.study.name)
    assert title in layer_sentence(analysis, "clinic", words)
    info = analysis.study.study.model_copy(update={"place": "江夏区"})
    placed = made_analysis()
    object.__setattr__(placed, "study", placed.study.model_copy(update={"study": info}))
    sentence = layer_sentence(placed, "clinic", words)
    assert "江夏区" in sentence
    assert title not in sentence


def test_facts_that_are_not_given_do_not_enter_the_parameters() -> None:
    dumped = StudyInfo(name="甲").model_dump(mode="json", exclude_none=True)
    assert "place" not in dumped
    assert "office" not in dumped
