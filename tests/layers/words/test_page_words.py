"""What a page says names no key of study.toml, whatever the error."""

from __future__ import annotations

import pytest

from geo.base.errors import StudyError
from layers.words.catalogue import catalogue, words_for
from layers.words.page_words import field_name, page_error, page_problem

LOCALES = ("zh-CN", "en")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_column_is_named_by_its_control(locale: str) -> None:
    words = words_for(locale)
    error = StudyError.of(
        [
            StudyError("column_missing", file="站.xlsx", field=field, value="lon", nearest="经度")
            for field in ("layers[7].lon", "layers[7].lat", "units.parents", "demand.bands.60+")
        ]
    )
    lines = page_error(error, words)
    assert len(lines) == 4
    assert words("data.column.lon") in lines[0]
    assert words("data.parents") in lines[2]
    for line in lines:
        assert "study.toml" not in line
        assert "layers[" not in line
        assert "站.xlsx" in line


@pytest.mark.parametrize("locale", LOCALES)
def test_texts_that_name_the_file_of_keys_have_words_of_their_own(locale: str) -> None:
    texts = catalogue(locale)
    for key, text in texts.items():
        if key.startswith(("page.error.", "page.quality.")):
            assert "study.toml" not in text
            assert key.removeprefix("page.") in texts
    # Errors of an input that a page shows. The rest is about study.toml itself.
    of_the_study = ("error.zip_", "error.no_study")
    for key, text in texts.items():
        if key.startswith(("error.", "quality.")) and "study.toml" in text:
            assert f"page.{key}" in texts or key.startswith(of_the_study), key


def test_both_languages_have_the_same_words_of_pages() -> None:
    keys = [{key for key in catalogue(locale) if key.startswith("page.")} for locale in LOCALES]
    assert keys[0] == keys[1]


def test_findings_and_fields() -> None:
    words = words_for("zh-CN")
    values = {"file": "a.csv", "row": 1, "field": "demand.datum", "value": "3"}
    assert "study.toml" not in page_problem("datum_doubt", values, words)
    assert page_problem("unheard_of", values, words) == "unheard_of"
    assert field_name("人口", words) == "人口"
    assert field_name("layers[2].only.kind", words) == "kind"
    assert field_name("network", words) == words("page.section.network")
