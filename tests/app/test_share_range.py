"""The box of the range of the share by AppTest: computed, cancelled, kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from geo.base.errors import StudyError
from geo.base.progress import Progress
from geo.sensitivity import share_range
from tests.worlds.sensitivity_studies import write_known_study

Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_known_study(tmp_path / "known")


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def waited(app: AppTest, key: str) -> AppTest:
    """Run until a button is gone."""
    until = time.monotonic() + 60
    while has(app, key):
        assert time.monotonic() < until, key
        time.sleep(0.1)
        app.run()
    return app


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_range_is_computed_once_and_kept(
    open_app: Open, study: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = study / "study.toml"
    # A study of its own for each language, so that the first one's result is not shown.
    text.write_text(text.read_text("utf-8").replace("一条路", f"一条路{lang}"), "utf-8")
    app = open_app(study, lang)
    headline = {"zh-CN": "71.4%（28.6–85.7%）", "en": "71.4% (28.6–85.7%)"}[lang]
    assert headline not in shown(app)
    app.button(key="range_compute").click().run()
    text = shown(waited(waited(app, "range_cancel"), "range_compute"))
    assert headline in text
    assert f"71.4%<small>{headline.removeprefix('71.4%')}</small>" in text
    assert {"zh-CN": "出行速度±10%", "en": "Travel speed ±10%"}[lang] in text
    assert {"zh-CN": "仅供对照", "en": "For comparison only"}[lang] in text

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(share_range, "sensitivity", refused)
    st.cache_resource.clear()  # as after a restart of the server
    again = open_app(study, lang)
    assert headline in shown(again) and not has(again, "range_compute")
    # Another limit has no range.
    limited = open_app(study, lang, limit="10")
    assert headline not in shown(limited) and not has(limited, "range_compute")


def test_a_cancel_and_an_error(
    open_app: Open, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Progress] = []

    def slow(*_: Any, progress: Progress, **__: Any) -> None:
        seen.append(progress)
        progress.stage("sensitivity", 28)
        while True:
            time.sleep(0.02)
            progress.step(0)

    monkeypatch.setattr(share_range, "sensitivity", slow)
    app = open_app(study)
    app.button(key="range_compute").click().run()
    app.button(key="range_cancel").click().run()
    assert has(app.run(), "range_compute") and seen[0].cancelled

    def wrong(*_: Any, **__: Any) -> None:
        raise StudyError("file_missing", file="study.toml", field="network.alternative", value="x")

    monkeypatch.setattr(share_range, "sensitivity", wrong)
    app.button(key="range_compute").click().run()
    waited(app, "range_cancel")
    assert "qh-problem" in shown(app.run()) and has(app, "range_compute")
