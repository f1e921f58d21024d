"""The navigation is made from the list `app_pages.PAGES` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app_pages
from app_pages import PAGES, Page
from layers.words.catalogue import LOCALES, words_for
from tests.app.conftest import APP
from tests.worlds.tiny_study import write_study


def test_every_page_has_a_file_an_address_and_a_title() -> None:
    assert len({page.key for page in PAGES}) == len(PAGES)
    assert sum(page.default for page in PAGES) == 1
    for page in PAGES:
        assert (APP.parent / page.file).is_file()
        for locale in LOCALES:
            assert words_for(locale)(f"page.{page.key}")


@pytest.mark.parametrize("hidden", [False, True])
def test_a_page_is_added_by_the_list_alone(
    open_app: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    file = tmp_path / "dummy.py"
    file.write_text(
        "import streamlit as st\n"
        "from app_pages.shell import state\n"
        'st.html("<p>the dummy page, " + state.words().locale + "</p>")\n'
    )
    # The title of another page stands in for words of its own.
    pages = (*PAGES[:-1], Page("data", str(file), hidden=hidden))
    monkeypatch.setattr(app_pages, "PAGES", pages)
    app = open_app(write_study(tmp_path / "tiny"), "en")
    assert not app.exception
    app.switch_page(str(file)).run()
    assert not app.exception
    assert "the dummy page, en" in "\n".join(found.proto.body for found in app.get("html"))


def test_a_page_that_is_not_in_the_list_cannot_be_opened(
    open_app: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_pages, "PAGES", tuple(page for page in PAGES if page.key != "report"))
    app = open_app(write_study(tmp_path / "tiny"), "en")
    with pytest.raises(ValueError, match="report"):
        app.switch_page("app_pages/report.py").run()
