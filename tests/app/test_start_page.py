"""The Start page in both languages: from nothing to a study, step by step."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.add_data import save as save_module
from app_pages.new_study import steps
from geo.study.load import load_study
from geo.workspace.draft import is_draft, missing_inputs
from geo.workspace.recent import recent_studies
from layers.export.empty_study import input_template
from layers.words.catalogue import LOCALES, words_for
from tests.app.test_data_page import save, shown, upload, widget
from tests.worlds.tiny_study import write_study

PAGE = "app_pages/start.py"
Open = Callable[..., AppTest]

ROWS: Mapping[str, Sequence[Sequence[object]]] = {
    "units": [("01", "甲街道", "某区", "某市"), ("02", "乙街道", "某区", "某市")],
    "demand": [
        ("d1", "一号小区", 114.301, 30.5, 100, "01"),
        ("d2", "二号小区", 114.318, 30.5, 300, "02"),
    ],
    "layers": [("s1", "一号食堂", 114.3, 30.5, "01")],
}


@pytest.fixture
def start_page(open_app: Open, tmp_path: Path, studies: Path) -> Callable[[str], AppTest]:
    """``start_page(lang)`` is the Start page of an app on the hand-countable study."""
    study = write_study(tmp_path / "tiny")

    def open_page(lang: str) -> AppTest:
        app = open_app(study, lang)
        app.switch_page(PAGE).run()
        assert not app.exception
        return app

    return open_page


def filled(role: str, lang: str) -> bytes:
    """The template with rows below its example, which stays."""
    book = openpyxl.load_workbook(io.BytesIO(input_template(role, words_for(lang))))
    for row in ROWS[role]:
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def create(app: AppTest, name: str) -> AppTest:
    app.text_input(key="start_name").set_value(name).run()
    app.text_input(key="start_place").set_value("江夏区").run()
    app.button(key="start_create").click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LOCALES)
def test_filled_templates_and_roads_become_a_study_without_any_choice(
    start_page: Callable[[str], AppTest], studies: Path, tmp_path: Path, lang: str
) -> None:
    app = create(start_page(lang), "江夏试点")
    folder = studies / "江夏试点"
    assert is_draft(folder) and missing_inputs(folder) == ("units", "demand", "layers", "network")
    for role, left in (("units", 3), ("demand", 2), ("layers", 1)):
        upload(app, f"{role} 名单(改).xlsx", filled(role, lang))
        save(app, None)
        assert len(missing_inputs(folder)) == left, shown(app)
    roads = (tmp_path / "tiny" / "roads.geojson").read_bytes()
    upload(app, "道路.geojson", roads)
    save(app, None)
    study = load_study(folder)
    assert not (folder / "draft.toml").exists()
    assert (study.study.name, study.study.place) == ("江夏试点", "江夏区")
    assert study.units.parents and study.demand.weight_unit == "人" and study.demand.unit
    assert study.layers[0].title == "layers"
    assert study.shown_file(study.units.path) == "units 名单(改).xlsx"
    app.button(key="start_to_coverage").click().run()
    from geo.pipeline import run

    summary = run(study).summary["layers"][study.layers[0].key]
    assert (summary["demand_total"], summary["sites_used"]) == (400, 1)
    assert summary["share_by_presence"] == 0.5


def test_an_unfinished_study_is_offered_again_and_says_what_is_missing(
    start_page: Callable[[str], AppTest], studies: Path
) -> None:
    app = create(start_page("zh-CN"), "半成品")
    assert recent_studies() == [(studies / "半成品").resolve()]
    assert "还缺：评价单元、居民点、服务点、路网" in shown(app)
    app.segmented_control[0].set_value("demand").run()
    assert "请先完成“1 评价单元”" in shown(app)
    app.switch_page("app_pages/coverage.py").run()
    assert "这个项目尚未完成" in shown(app) and not app.exception
    app.switch_page("app_pages/data.py").run()
    assert "这个项目尚未完成" in shown(app) and not app.exception
    again = start_page("zh-CN")
    label = next(b for b in again.button if b.key == "start_open-半成品").label
    assert "未完成" in label
    again.button(key="start_open-半成品").click().run()
    assert "还缺" in shown(again)


def test_a_wrong_name_is_said(start_page: Callable[[str], AppTest]) -> None:
    app = start_page("zh-CN")
    app.text_input(key="start_name").set_value("a/b").run()
    app.button(key="start_create").click().run()
    assert "不能作为项目名称" in shown(app)


def test_a_new_layer_is_called_by_its_subject(
    start_page: Callable[[str], AppTest], studies: Path
) -> None:
    app = start_page("zh-CN")
    app.switch_page("app_pages/data.py").run()
    upload(app, "老年食堂统计表(改).csv", "编号,名称,经度,纬度\n1,一号,114.3,30.5\n")
    assert widget(app, "text_input", "title").value == "老年食堂"


def test_recent_studies_survive_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERHOUR_STATE", str(tmp_path / "state"))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "recent.json").write_text(json.dumps([1]), encoding="utf-8")
    assert recent_studies() == []


@pytest.mark.parametrize("lang", LOCALES)
def test_facts_are_edited_on_the_data_page(
    start_page: Callable[[str], AppTest], studies: Path, lang: str
) -> None:
    words = words_for(lang)
    app = start_page(lang)
    app.switch_page("app_pages/data.py").run()
    app.segmented_control(key="data_section").set_value("facts").run()
    fact = {str(item.key).split("-")[1]: item for item in app.text_input if "facts-" in item.key}
    assert list(fact) == ["name", "place", "office", "as_of", "map_approval_number"]
    fact["office"].set_value("某市医疗保障局").run()
    fact["place"].set_value("小镇全域").run()
    # The study is not in the folder of studies: the facts go into a copy.
    app.text_input(key="data_name").set_value("副本").run()
    app.button(key="facts_save").click().run()
    assert not app.exception and words("facts.saved") in shown(app)
    info = load_study(studies / "副本").study
    assert (info.office, info.place) == ("某市医疗保障局", "小镇全域")
    assert words("undo.facts") in app.button(key="data_undo").label
    name = next(item for item in app.text_input if "facts-name" in str(item.key))
    name.set_value(" ").run()
    app.button(key="facts_save").click().run()
    assert words("error.name_empty") in shown(app)


def test_the_line_about_a_saved_file_goes_with_the_next_one(
    start_page: Callable[[str], AppTest], studies: Path
) -> None:
    app = start_page("zh-CN")
    app.switch_page("app_pages/data.py").run()
    content = "编号,名称,经度,纬度\n1,一号,114.3,30.5\n"
    upload(app, "甲.csv", content)
    save(app, "甲乙")
    assert "甲.csv 已保存" in shown(app)
    upload(app, "乙.csv", content)
    assert "已保存" not in shown(app)


class _StopsOnce:
    """Stops one run of the page where it is called, as the next click of a planner does."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function, self.left = function, 1

    def __call__(self, *args: object, **options: object) -> object:
        if self.left:
            self.left -= 1
            st.stop()
        return self.function(*args, **options)


@pytest.mark.parametrize("lang", LOCALES)
def test_another_step_right_after_save_loses_nothing(
    start_page: Callable[[str], AppTest], studies: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    app = create(start_page(lang), "江夏试点")
    folder = studies / "江夏试点"
    upload(app, "units.xlsx", filled("units", lang))
    # The run of the press ends above the button.
    with monkeypatch.context() as patch:
        patch.setattr(steps, "_step", _StopsOnce(steps._step))
        app.button(key="data_save").click().run()
        assert "units" in missing_inputs(folder)
        app.segmented_control[0].set_value("network").run()
    assert not app.exception
    assert missing_inputs(folder) == ("demand", "layers", "network")


def test_a_run_that_is_stopped_after_the_files_are_written_opens_the_copy(
    start_page: Callable[[str], AppTest], studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start_page("zh-CN")
    app.switch_page("app_pages/data.py").run()
    upload(app, "甲.csv", "编号,名称,经度,纬度\n1,一号,114.3,30.5\n")
    app.text_input(key="data_name").set_value("副本").run()
    with monkeypatch.context() as patch:
        patch.setattr(save_module, "forget_received", _StopsOnce(save_module.forget_received))
        app.button(key="data_save").click().run()
    assert (studies / "副本" / "study.toml").exists()
    app.switch_page("app_pages/gaps.py").run()
    app.switch_page("app_pages/data.py").run()
    assert "甲.csv 已保存" in shown(app) and str(studies / "副本") in shown(app)


def test_a_press_on_a_page_that_is_left_is_not_carried_out_later(
    start_page: Callable[[str], AppTest], studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create(start_page("zh-CN"), "江夏试点")
    upload(app, "units.xlsx", filled("units", "zh-CN"))
    with monkeypatch.context() as patch:
        patch.setattr(steps, "_step", _StopsOnce(steps._step))
        app.button(key="data_save").click().run()
    app.switch_page("app_pages/help.py").run()
    assert [toast.value for toast in app.toast] == [words_for("zh-CN")("data.press_lost")]
    app.switch_page(PAGE).run()
    assert "units" in missing_inputs(studies / "江夏试点")
