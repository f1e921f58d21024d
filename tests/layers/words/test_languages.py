"""One record a language: nothing else names a language."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import layers
from geo.study.languages import DEFAULT_LOCALE, LOCALES
from layers.words.languages import LANGUAGES, environment_locale

ROOT = Path(layers.__file__).parent


def test_every_locale_has_its_record_and_its_catalogues() -> None:
    assert tuple(LANGUAGES) == LOCALES
    for locale, language in LANGUAGES.items():
        assert language.locale == locale
        assert list(language.catalogue.glob("*.po"))
        assert language.styles.keys() == LANGUAGES[DEFAULT_LOCALE].styles.keys()


def test_no_other_module_of_layers_names_a_language() -> None:
    named = {
        (path.relative_to(ROOT).as_posix(), node.value)
        for path in ROOT.rglob("*.py")
        if path.name != "languages.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in LOCALES
    }
    assert not named


def test_chapters_and_sections_are_numbered_as_the_language_does() -> None:
    chinese, english = LANGUAGES["zh-CN"], LANGUAGES["en"]
    assert [chinese.chapter_number(n) for n in (1, 10, 11)] == ["一", "十", "11"]
    assert (chinese.section_number(3, 2), english.section_number(3, 2)) == ("二", "3.2")


@pytest.mark.parametrize(
    ("variable", "locale"),
    [("", "zh-CN"), ("C", "zh-CN"), ("C.UTF-8", "zh-CN"), ("POSIX", "zh-CN"),
     ("zh_TW.UTF-8", "zh-CN"), ("en_GB.UTF-8", "en"), ("pt_BR.UTF-8", "en")],
)  # fmt: skip
def test_the_terminals_language(variable: str, locale: str) -> None:
    assert environment_locale(variable) == locale
