"""Runs app.py by AppTest on the hand-countable study."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.worlds.tiny_study import write_study

HERE = Path(__file__).parent
APP = HERE.parent.parent / "app.py"


@pytest.fixture(scope="session", autouse=True)
def one_scan() -> Iterator[None]:
    """Each AppTest asks every installed distribution for components, which takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the tests' own."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_app(
    monkeypatch: pytest.MonkeyPatch, cache_folder: Path, tmp_path: Path
) -> Callable[..., AppTest]:
    """``open_app(study, lang, page=..., **query)`` runs the app until the study is computed.

    With `page`, the key of a page, the session begins there, as by its address; else it begins
    with the first page.
    """
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(cache_folder))
    monkeypatch.setenv("QUARTERHOUR_STATE", str(tmp_path / "state"))

    def open_study(study: Path, lang: str = "zh-CN", /, *, page: str = "", **query: str) -> AppTest:
        monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in {"lang": lang, **query}.items():
            app.query_params[name] = value
        if page:
            # `switch_page` knows no page before the first run; Streamlit hashes a page's path.
            app._page_hash = calc_hash(page)
        app.run()
        until = time.monotonic() + 120
        while any(button.key == "cancel" for button in app.button):
            assert time.monotonic() < until, "the study is not computed"
            time.sleep(0.1)
            app.run()
        return app

    return open_study


@pytest.fixture(autouse=True)
def forget() -> None:
    """Studies of one test are not those of another."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of studies, empty and not made yet."""
    folder = tmp_path / "studies"
    monkeypatch.setenv("QUARTERHOUR_STUDIES", str(folder))
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study; a module may have another one."""
    return write_study(tmp_path / "tiny")


@pytest.fixture
def data_page(
    open_app: Callable[..., AppTest], study: Path, studies: Path
) -> Callable[[str], AppTest]:
    """``data_page(lang)`` is the Data page on the study."""

    def open_page(lang: str = "zh-CN") -> AppTest:
        app = open_app(study, lang, page="data")
        assert not app.exception
        return app

    return open_page
