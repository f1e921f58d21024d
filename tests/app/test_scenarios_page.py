"""The Scenarios page: the list, every kind of change, undo, and before and after."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.edit_scenario.before_after import compared
from geo.base.progress import Progress
from geo.pipeline import open_explorer
from geo.scenarios.store import list_scenarios, load_scenario, scenario_bytes
from geo.study.load import load_study
from layers.words.catalogue import words_for
from tests.worlds.tiny_study import write_study

LANGUAGES = ("zh-CN", "en")
PAGE = "app_pages/scenarios.py"
Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study, whose roads have ids by row."""
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    assert not app.exception
    html = [element.proto.body for element in app.get("html")]
    return "\n".join([*html, *(found.value for found in app.markdown)])


def opened(open_app: Open, study: Path, lang: str, name: str = "甲") -> AppTest:
    app = open_app(study, lang)
    app.switch_page(PAGE).run()
    app.text_input(key="plan-new-0").set_value(name)
    app.text_input(key="plan-note-0").set_value("说明").run()
    app.button(key="plan-create").click().run()
    assert load_scenario(study, name).note == "说明"
    return app


def add(app: AppTest, do: str, **drawn: object) -> None:
    """Choose a kind of change, click what the form needs, and add it."""
    app.selectbox(key="scenario_do").set_value(do).run()
    for key, value in drawn.items():
        app.session_state[key] = value
    app.run()
    app.button(key="plan-add").click().run()
    assert not app.exception


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_change_is_added_said_and_undone(
    open_app: Open, study: Path, lang: str
) -> None:
    words = words_for(lang)
    app = opened(open_app, study, lang)
    empty = scenario_bytes(study, "甲")
    add(app, "add_site", scenario_place=(114.32, 30.5))
    add(app, "move_site", scenario_site="S1", scenario_place=(114.31, 30.5))
    add(app, "add_road", scenario_line=((114.306, 30.5), (114.306, 30.51)))
    add(app, "slow_road", scenario_road="1")
    add(app, "limit")
    add(app, "speed")
    add(app, "demand")
    does = [change.do for change in load_scenario(study, "甲").changes]
    assert does == ["add_site", "move_site", "add_road", "slow_road", "limit", "speed", "demand"]
    text = shown(app)
    assert "一号站" in text and words("scenario.changes", count="7") in text
    # A change that does not fit is refused in the engine's words, and nothing is written.
    before = scenario_bytes(study, "甲")
    add(app, "close_road", scenario_road="no such road")
    assert "no such road" in shown(app) and scenario_bytes(study, "甲") == before
    add(app, "limit")
    assert "changes[8]" in shown(app) and scenario_bytes(study, "甲") == before
    app.button(key="plan-remove-0").click().run()
    assert [change.do for change in load_scenario(study, "甲").changes] == does[1:]
    for _ in range(8):
        app.button(key="plan-undo").click().run()
    assert scenario_bytes(study, "甲") == empty
    assert app.button(key="plan-undo").disabled


def test_nobody_elses_edit_is_undone(open_app: Open, study: Path) -> None:
    app = opened(open_app, study, "en")
    add(app, "close_site", scenario_site="S1")
    path = study / "scenarios" / "甲.toml"
    path.write_text('note = "another hand"\n', encoding="utf-8")
    app.run()
    app.button(key="plan-undo").click().run()
    assert "changed by somebody" in shown(app)
    assert "another hand" in path.read_text(encoding="utf-8")


def test_scenarios_are_copied_renamed_and_deleted(open_app: Open, study: Path) -> None:
    app = opened(open_app, study, "zh-CN")
    app.button(key="plan_copy").click().run()
    assert list_scenarios(study) == ["甲", "甲 2"]
    assert app.session_state["scenario_open"] == "甲 2"
    app.text_input(key="plan_to_甲 2").set_value("乙").run()
    app.button(key="plan_rename").click().run()
    assert list_scenarios(study) == ["乙", "甲"] and app.session_state["scenario_open"] == "乙"
    app.button(key="plan_delete").click().run()
    assert list_scenarios(study) == ["甲"] and app.session_state["scenario_open"] == "甲"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_and_after(open_app: Open, study: Path, lang: str) -> None:
    (study / "scenarios").mkdir()
    close = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
    (study / "scenarios" / "甲.toml").write_text(close, encoding="utf-8")
    app = open_app(study, lang)
    app.session_state["scenario_view"] = "compare"
    app.switch_page(PAGE).run()
    until = time.monotonic() + 60
    while not any(found.proto.label for found in app.get("download_button")):
        assert time.monotonic() < until, shown(app)
        time.sleep(0.2)
        app.run()
    text = shown(app)
    # Two of five on foot lose the station.
    assert "40.0%" in text and "0.0%" in text
    assert words_for(lang)("compare.points_real", points_gained="0", points_lost="2") in text


def test_the_open_study_and_the_command_give_the_same_files(study: Path, tmp_path: Path) -> None:
    import cli

    (study / "scenarios").mkdir()
    plan = (
        '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
        '[[changes]]\ndo = "add_road"\nline = [[114.306, 30.5], [114.306, 30.51]]\n'
    )
    (study / "scenarios" / "甲.toml").write_text(plan, encoding="utf-8")
    explorer = open_explorer(load_study(study))
    explorer.analysis()
    explorer.prepare()
    found = compared(explorer, "", "甲", "zh-CN", Progress())
    out = tmp_path / "out"
    assert cli.main(["compare", str(study), f"{study}#甲", "--out", str(out)]) == 0
    with zipfile.ZipFile(BytesIO(found.archive)) as archive:
        for name in archive.namelist():
            if name != "change.json":  # names the states by their folders
                assert archive.read(name) == (out / name).read_bytes(), name
