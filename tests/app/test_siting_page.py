"""The Siting page by AppTest: a proposal, its acceptance, and options that make it stale.

On the road of the small town a candidate stands about every 500 m. The station reaches E1 and E2 of
five estates; one site reaches E3 and E4, too, and E5 is off the network: 80 % at most.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.base.cache import default_cache
from geo.pipeline import run
from geo.scenarios.apply import open_scenario
from geo.scenarios.store import load_scenario
from geo.siting.watch import Watch
from geo.study.load import load_study
from layers.words.catalogue import words_for
from tests.worlds.tiny_study import write_study

SITING, COVERAGE = "app_pages/siting.py", "app_pages/coverage.py"
Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def _opened(open_app: Open, study: Path, lang: str = "zh-CN", **query: str) -> AppTest:
    app = open_app(study, lang, page="siting", **query)
    assert not app.exception
    return app


def _proposed(app: AppTest) -> AppTest:
    app.button(key="propose_run").click().run()
    until = time.monotonic() + 120
    while any(button.key == "propose_stop" for button in app.button):
        assert time.monotonic() < until, "nothing is proposed"
        time.sleep(0.1)
        app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_proposals_are_shown_and_become_a_scenario(open_app: Open, study: Path, lang: str) -> None:
    app = _opened(open_app, study, lang)
    app.selectbox(key=f"siting_candidates-{lang}").set_value("demand").run()
    app.number_input(key="siting_sites").set_value(1).run()
    text = shown(_proposed(app))
    said = {
        "zh-CN": ("40.0%", "80.0%", "都不可能覆盖超过4个小区", "三号小区", "离道路过远"),
        "en": (
            "40.0%",
            "80.0%",
            "can cover more than 4 estates",
            "三号小区",
            "Too far from any road",
        ),
    }
    assert all(part in text for part in said[lang])
    app.text_input(key="siting_name").set_value("布点 A").run()
    app.button(key="propose_accept").click().run()
    scenario = load_scenario(study, "布点 A")
    assert [change.do for change in scenario.changes] == ["add_site"]
    assert ("布点优化" if lang == "zh-CN" else "Siting (") in scenario.note
    # A run of the scenario has the share that the page predicted; so has the Coverage page.
    changed, inputs = open_scenario(load_study(study), "布点 A")
    share = run(changed, inputs=inputs, cache=default_cache()).summary["layers"]["station"]
    assert share["share_by_time"] == 0.8
    app.button(key="propose_to_coverage").click().run()
    app.switch_page(COVERAGE).run()
    text = shown(app)
    assert "80.0%" in text and app.session_state["trial_kept"] == "布点 A"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_stop_button_keeps_the_best_choice_so_far(
    open_app: Open, study: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    def wait(watch: Watch, objective: float | None = None, bound: float | None = None) -> None:
        """A solver that finds a choice and then nothing better until it is stopped."""
        report(watch, objective, bound)
        is_asked = watch._stopped is not None  # the solvers' compilation cannot be stopped
        while is_asked and objective is not None and not watch.over:
            time.sleep(0.05)

    report = Watch.report
    monkeypatch.setattr(Watch, "report", wait)
    app = _opened(open_app, study, lang, sites="1")
    app.selectbox(key=f"siting_candidates-{lang}").set_value("demand").run()
    app.button(key="propose_run").click().run()
    until = time.monotonic() + 60
    while "propose_stop" not in {button.key for button in app.button}:
        assert time.monotonic() < until
        app.run()
    words = words_for(lang)
    while not app.session_state["siting_run"].standing:  # until a choice is known
        assert time.monotonic() < until
        time.sleep(0.1)
    app.button(key="propose_stop").click().run()
    while "propose_accept" not in {button.key for button in app.button}:
        assert time.monotonic() < until, shown(app)
        time.sleep(0.1)
        app.run()
    text = shown(app)
    assert words("propose.stopped") in text and 'class="qh-proposals"' in text
    # What was found until then is kept as any other proposal.
    app.text_input(key="siting_name").set_value("提前结束").run()
    app.button(key="propose_accept").click().run()
    assert [change.do for change in load_scenario(study, "提前结束").changes] == ["add_site"]


def test_a_change_of_the_options_withdraws_the_result(open_app: Open, study: Path) -> None:
    app = _proposed(_opened(open_app, study, sites="1"))
    assert 'class="qh-proposals"' in shown(app) and app.number_input(key="siting_sites").value == 1
    app.number_input(key="siting_sites").set_value(2).run()
    text = shown(app)
    assert 'class="qh-proposals"' not in text and "选项已更改" in text
    assert not [button for button in app.button if button.key == "propose_accept"]


def test_marks_and_closings_enter_the_question(open_app: Open, study: Path) -> None:
    app = _opened(open_app, study, sites="1")
    app.selectbox(key="siting_candidates-zh-CN").set_value("demand").run()
    app.session_state["siting_marks"] = {"demand": {"E4": "must", "E3": "forbidden"}}
    app.session_state["siting_site"] = "S1"
    app.run()
    app.button(key="propose_close").click().run()
    text = shown(app)
    assert "必选1个" in text and "禁选1个" in text and "关闭现有服务点1个" in text
    text = shown(_proposed(app))
    assert "四号小区" in text and "40.0%" in text  # E3 and E4 instead of E1 and E2
    app.button(key="propose_clear").click().run()
    assert "必选1个" not in shown(app)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_target_out_of_reach_is_one_line_with_the_points(
    open_app: Open, study: Path, lang: str
) -> None:
    app = _opened(open_app, study, lang, method="lscp")
    app.selectbox(key=f"siting_candidates-{lang}").set_value("demand").run()
    app.number_input(key="siting_target").set_value(90).run()
    text = shown(_proposed(app))
    said = {"zh-CN": ("最多可覆盖80.00%", "五号湾"), "en": ("at most 80.00 %", "五号湾")}
    assert all(part in text for part in said[lang])


def test_two_phases_and_the_curve(open_app: Open, study: Path) -> None:
    app = _opened(open_app, study, sites="2")
    app.number_input(key="siting_phase1").set_value(1).run()
    app.checkbox(key="siting_curve").check().run()
    text = shown(_proposed(app))
    assert "近期" in text and "远期" in text and "逐个新增后的覆盖率" in text
    app.button(key="propose_accept").click().run()
    phases = [change.phase for change in load_scenario(study, "方案1").changes]
    assert sorted(phases) == [1, 2]


def test_values_of_the_address_are_kept_or_named(open_app: Open, study: Path) -> None:
    app = _opened(open_app, study, layer="parking", method="p-center", sites="7")
    assert app.number_input(key="siting_sites").value == 7
    assert app.selectbox(key="siting_method-zh-CN").value == "p-center"
    assert app.selectbox(key="siting_layer-zh-CN").value == "parking"


def test_candidates_and_closed_areas_come_from_files(open_app: Open, study: Path) -> None:
    app = _opened(open_app, study, sites="1")
    app.selectbox(key="siting_candidates-zh-CN").set_value("file").run()
    assert "请先上传候选点文件" in shown(app)
    rows = ["id,name,lon,lat,cost", "A,甲地,114.3145,30.5,5", "C,丙地,114.3245,30.5,4"]
    content = "\n".join(rows).encode()
    app.file_uploader(key="upload-candidates-0").upload("候选点.csv", content, "text/csv").run()
    assert "丙地" in shown(_proposed(app))
    ring = [[114.32, 30.49], [114.33, 30.49], [114.33, 30.51], [114.32, 30.51], [114.32, 30.49]]
    area = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": area}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    app.file_uploader(key="upload-areas-0").upload("水域.geojson", text.encode()).run()
    text = shown(_proposed(app))
    assert "甲地" in text and "丙地位于不可布点区域内" not in text and "位于不可布点区域内" in text
    app.number_input(key="siting_budget").set_value(3.0).run()
    assert "没有满足全部条件" in shown(_proposed(app)) or "0个" in shown(app)


def test_a_file_without_coordinates_is_refused_in_the_words_of_the_page(
    open_app: Open, study: Path
) -> None:
    app = _opened(open_app, study, sites="1")
    app.selectbox(key="siting_candidates-zh-CN").set_value("file").run()
    file = app.file_uploader(key="upload-candidates-0")
    file.upload("清单.csv", "名称,地址\n甲,乙\n".encode(), "text/csv").run()
    text = shown(app)
    problem = text[text.index('class="qh-problem"') :][:300]
    assert "清单.csv" in problem and "--candidates" not in problem and "study.toml" not in problem
