"""Singular and plural in the messages: ``{count:case|cases}``."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from layers.words.catalogue import LOCALES, catalogue, words_for
from layers.words.figure_keys import with_keys, without_keys

EN = words_for("en")
# What the messages count, and what is said of it.
_COUNTED = (
    "cases|sites|rows|gaps|points|entries|findings|figures|files|wheels|places|estates|objects|"
    "households|people|steps|dates|candidates|options|ends|changes|units|services|edges|nodes|"
    "layers|columns|sheets|lines|cells|corrections|features|links|coordinates|numbers|values|runs|"
    "times|minutes|seconds|records|bands|characters|roads|studies|days"
)
_VERBS = "are|were|have|do|wait|count|close|lie|need|bring|stop|carry|take|agree|reach"
_BEFORE = "data|demand|different|existing|invisible|largest|more|new|percentage|road|uncovered"
_ONE = "|".join(name.removesuffix("s") for name in [*_COUNTED.split("|"), "entry", "study"])
_PLURAL = re.compile(
    rf"(?<![\d.,–])\b1 (?:(?:{_BEFORE}) )?(?:(?:{_COUNTED})\b|(?:{_ONE}) (?:{_VERBS})\b)"
)
# What reads as a plural beside 1 and is none, or is never 1.
_RIGHT = {
    "annexes.chapter.measures": "{ref} is a heading",
    "change.points": "percentage points, with their decimals",
    "shade.difference_0": "a class of percentage points",
    "shade.difference_4": "a class of percentage points",
    "travel.at_least": "never for 1",
}


def _names(text: str) -> set[str]:
    """The placeholders of a message, in its forms too."""
    found = set()
    for _, name, spec, _ in Formatter().parse(text):
        found |= {name} if name else set()
        found |= _names(spec) if spec else set()
    return found


# Placeholders that are names, headings and the like.
_WORDS = (
    "file", "ref", "who", "whom", "field", "layer", "key", "title", "rule", "unit", "units", "of",
    "column", "study", "service", "folder",
)  # fmt: skip


@pytest.mark.parametrize("key", sorted(set(catalogue("en")) - set(_RIGHT)))
def test_no_message_reads_as_plural_beside_one(key: str) -> None:
    names = _names(catalogue("en")[key])
    filled = EN(key, **{name: "NAME" if name in _WORDS else "1" for name in names})
    assert not _PLURAL.search(filled), filled


def test_the_form_follows_the_count() -> None:
    assert EN("cases.import_take", count="1") == "Import 1 case"
    assert EN("cases.import_take", count=1) == "Import 1 case"
    for count in ("0", "2", "11", "1,001", "1.5", 0, 2):
        assert EN("cases.import_take", count=count) == f"Import {count} cases"
    assert EN("cases.open_gaps", count="1") == "Open cases for this gap"
    assert EN("cases.open_gaps", count="7") == "Open cases for these 7 gaps"


def test_a_figure_with_its_key_is_counted_too() -> None:
    words = with_keys(EN)
    for text, said in (("1", "1 place"), ("2", "2 places")):
        assert without_keys(words("capacity.amount", count=words.keyed("a.b", text))) == said


def test_chinese_has_no_forms() -> None:
    for key, text in catalogue("zh-CN").items():
        assert not re.search(r"\{\w+:", text), key


@pytest.mark.parametrize("locale", LOCALES)
def test_every_form_can_be_filled(locale: str) -> None:
    words = words_for(locale)
    for key, text in catalogue(locale).items():
        for value in ("1", "2"):
            said = words(key, **dict.fromkeys(_names(text), value))
            assert not re.search(r"\{\w+:[^}]*\|", said), key
