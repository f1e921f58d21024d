"""The Help page: every chapter in both languages, and the link that leads to a page's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages import PAGES
from app_pages.help_page.chapters import CHAPTERS, chapter_titles
from app_pages.help_page.link import CHAPTER_OF
from layers.style.escape import escape
from layers.words.catalogue import LOCALES, words_for
from tests.worlds.tiny_study import write_study

Open = Callable[..., AppTest]
PAGE = "app_pages/help.py"


def _html(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


@pytest.mark.parametrize("lang", LOCALES)
def test_it_lists_all_chapters_and_shows_the_one_of_the_address(
    open_app: Open, tmp_path: Path, lang: str
) -> None:
    app = open_app(write_study(tmp_path / "s"), lang, page="help", chapter="gaps")
    assert not app.exception
    html = _html(app)
    for title in chapter_titles(lang).values():
        assert escape(title) in html
    assert 'data-chapter="gaps"' in html
    # Another language shows the same chapter.
    other = next(locale for locale in LOCALES if locale != lang)
    app.button(key="switch").click().run()
    assert "<h1" in _html(app) and chapter_titles(other)["gaps"] in _html(app)
    assert 'data-chapter="gaps"' in _html(app)


def test_a_chapter_that_does_not_exist_is_named_and_the_first_one_shown(
    open_app: Open, tmp_path: Path
) -> None:
    app = open_app(write_study(tmp_path / "s"), "en", page="help", chapter="../../secret")
    html = _html(app)
    assert f'data-chapter="{CHAPTERS[0]}"' in html and "chapter=../../secret" in html


def test_every_page_links_its_chapter(open_app: Open, tmp_path: Path) -> None:
    app = open_app(write_study(tmp_path / "s"), "en")
    for page in PAGES:
        if page.key in ("coverage", "siting", "scenarios", "overview"):
            continue  # slow; the link is the header's
        app.switch_page(page.file).run()
        links = [e.proto for e in app.get("page_link") if e.proto.page.endswith("help")]
        assert len(links) == (page.key != "help"), page.key
        if links:
            assert links[0].label == words_for("en")("page.help")
            assert f"chapter={CHAPTER_OF[page.key]}" in links[0].query_string
