"""Trials on the Coverage page: sites closed and moved, kept as scenarios and opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.scenarios.store import list_scenarios, load_scenario
from tests.worlds.tiny_study import write_study

LANGUAGES = ("zh-CN", "en")
Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study."""
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_closes_on_trial_and_opens_again(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang, site="S1")
    app.button(key="site_close").click().run()
    text = shown(app)
    said = {"zh-CN": ("已模拟关闭", "调整后可达率"), "en": ("closed on trial", "after the change")}
    assert all(word in text for word in said[lang])
    # E1 and E2 are the two of five that the station serves.
    assert "40.0%" in text and "0.0%" in text and "一号小区" in text and "二号小区" in text
    # The figures of the whole hold the trial, and the page says so.
    app.button(key="site_back").click().run()
    reminder = {"zh-CN": "含试算：模拟关闭1个", "en": "hold a trial: 1 closed"}
    assert reminder[lang] in shown(app)
    app.session_state["site"] = "S1"
    app.run()
    app.button(key="site_reopen").click().run()
    assert reminder[lang] not in shown(app) and "40.0%" in shown(app)


def test_closing_works_beside_a_new_site_and_in_a_link(open_app: Open, study: Path) -> None:
    app = open_app(study, "zh-CN", put="114.32,30.5", close="S1")
    text = shown(app)
    # Without the station the new site serves E3 and E4 alone.
    assert "40.0%" in text and "新增覆盖：2个" in text and "不再可达：2个" in text
    assert app.session_state["closed"] == (("station", "S1"),)
    app.button(key="reopen-S1").click().run()
    assert "80.0%" in shown(app)
    app.button(key="remove-1").click().run()
    assert "80.0%" not in shown(app)


def test_new_and_old_sites_move_to_where_the_map_is_clicked(open_app: Open, study: Path) -> None:
    app = open_app(study, "zh-CN", put="114.32,30.52")
    assert "超过500米" in shown(app)
    app.button(key="move-1").click().run()
    assert "请在地图上点击试设点1的新位置" in shown(app)
    _click(app, 114.32, 30.5)
    assert app.session_state["put"] == ((114.32, 30.5),) and "80.0%" in shown(app)
    # The next click puts a further site again.
    assert not app.session_state["moving"]
    app.session_state["click"], app.session_state["site"] = "look", "S1"
    app.run()
    app.button(key="site_move").click().run()
    _click(app, 114.32, 30.52)
    assert "模拟迁移：一号站" in shown(app)
    app.button(key="put-back-S1").click().run()
    assert "模拟迁移：一号站" not in shown(app)


def _click(app: AppTest, lon: float, lat: float) -> None:
    """What a click on the map sets (the map itself is opaque to AppTest)."""
    from app_pages.panel import trial_state

    before = trial_state.st.session_state
    trial_state.st.session_state = app.session_state
    try:
        assert trial_state.move_to((lon, lat))
    finally:
        trial_state.st.session_state = before
    app.run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_trial_is_kept_opened_renamed_copied_and_deleted(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang, put="114.32,30.5", close="S1", limit="20")
    app.text_input(key="trial_name").set_value("北站 试点").run()
    app.button(key="trial_save").click().run()
    assert list_scenarios(study) == ["北站 试点"] and "北站 试点" in shown(app)
    kinds = [change.do for change in load_scenario(study, "北站 试点").changes]
    assert kinds == ["limit", "add_site", "close_site"]
    # A colleague who opens the same study finds it.
    other = open_app(study, lang)
    other.session_state["click"] = "put"
    other.run()
    other.button(key="kept_open").click().run()
    state = other.session_state
    assert (state["put"], state["closed"]) == (((114.32, 30.5),), (("station", "S1"),))
    assert state["limit-station"] == "20" and state["trial_name"] == "北站 试点"
    # Saving again under its own name replaces it; another's name is refused.
    other.button(key="remove-1").click().run()
    other.button(key="trial_save").click().run()
    assert len(load_scenario(study, "北站 试点").changes) == 2
    other.button(key="kept_copy").click().run()
    assert list_scenarios(study) == ["北站 试点", "北站 试点 2"]
    other.text_input(key="trial_name").set_value("北站 试点 2").run()
    other.button(key="trial_save").click().run()
    assert {"zh-CN": "已有名为", "en": "already"}[lang] in shown(other)
    # So is its own name for a trial of another service.
    other.text_input(key="trial_name").set_value("北站 试点").run()
    other.selectbox(key="service").set_value("parking").run()
    other.session_state["put"] = ((114.32, 30.5),)
    other.run()
    other.button(key="trial_save").click().run()
    assert {"zh-CN": "已有名为", "en": "already"}[lang] in shown(other)
    other.selectbox(key="service").set_value("station").run()
    other.selectbox(key="kept_chosen").set_value("北站 试点 2").run()
    other.text_input(key="kept_to_北站 试点 2").set_value("a/b").run()
    other.button(key="kept_rename").click().run()
    assert {"zh-CN": "不能作为方案名称", "en": "cannot be a scenario"}[lang] in shown(other)
    other.text_input(key="kept_to_北站 试点 2").set_value("南站").run()
    other.button(key="kept_rename").click().run()
    assert list_scenarios(study) == ["北站 试点", "南站"]
    other.button(key="kept_delete").click().run()
    assert list_scenarios(study) == ["北站 试点"]


def test_a_scenario_that_the_page_cannot_show_is_named(open_app: Open, study: Path) -> None:
    (study / "scenarios").mkdir()
    file = study / "scenarios" / "需求.toml"
    file.write_text('[[changes]]\ndo = "demand"\nfactor = 1.1\n', encoding="utf-8")
    app = open_app(study, "zh-CN")
    app.session_state["click"] = "put"
    app.run()
    app.button(key="kept_open").click().run()
    assert "本页不能试算" in shown(app) and "--scenario 需求" in shown(app)
    close = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S7"\n'
    file.write_text(close, encoding="utf-8")
    app.button(key="kept_open").click().run()
    assert "changes[1].id" in shown(app) and "S7" in shown(app)
