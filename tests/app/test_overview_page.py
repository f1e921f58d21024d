"""The Overview page: first for a study of many layers, once, and not before a view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.words.catalogue import LOCALES, words_for
from tests.worlds.overview_study import write_overview_study

Open = Callable[..., AppTest]


def _html(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


@pytest.mark.parametrize("lang", LOCALES)
def test_a_study_of_many_layers_begins_with_it(open_app: Open, tmp_path: Path, lang: str) -> None:
    app = open_app(write_overview_study(tmp_path / "s"), lang)
    assert not app.exception
    words, text = words_for(lang), _html(app)
    assert words("overview.about") in text and "coverage?" in text
    assert words("overview.waiting", count="1") in text
    assert app.get("download_button")
    # The Coverage page, where the user then goes, stays.
    app.switch_page("app_pages/coverage.py").run()
    assert not app.exception and words("overview.about") not in _html(app)
    # Both the source of the limit and the line beside the shares are there.
    assert words("indicator.office") in _html(app)


def test_an_address_with_a_view_opens_the_map(open_app: Open, tmp_path: Path) -> None:
    app = open_app(write_overview_study(tmp_path / "s"), "zh-CN", layer="parking")
    assert words_for("zh-CN")("overview.about") not in _html(app)
