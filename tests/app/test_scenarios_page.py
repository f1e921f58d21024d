"""The Scenarios page: the list, every kind of change, undo, and before and after."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.edit_scenario.before_after import compared
from geo.base.progress import Progress
from geo.pipeline import open_explorer, run
from geo.scenarios.apply import open_scenario
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
    app = open_app(study, lang, page="scenarios")
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_loose_end_is_said_before_the_road_is_added(
    open_app: Open, study: Path, lang: str
) -> None:
    words = words_for(lang)
    app = opened(open_app, study, lang)
    app.selectbox(key="scenario_do").set_value("add_road").run()
    # The second point is about 111 m north of the road; the first one lies on it.
    app.session_state["scenario_line"] = ((114.306, 30.5), (114.308, 30.501))
    app.run()
    loose = words("scenario.loose_end", point=2, metres="111")
    assert loose in shown(app) and not load_scenario(study, "甲").changes
    assert app.button(key="plan-add").label == words("scenario.add_loose")
    app.button(key="plan-join-ends").click().run()
    assert app.session_state["scenario_line"][2] == pytest.approx((114.308, 30.5))
    assert loose not in shown(app)
    assert app.button(key="plan-add").label == words("scenario.add_button")
    app.button(key="plan-add").click().run()
    assert len(load_scenario(study, "甲").changes[0].line) == 3
    # The planner may add such a road all the same; the next one may join it.
    add(app, "add_road", scenario_line=((114.31, 30.51), (114.312, 30.512)))
    assert len(load_scenario(study, "甲").changes) == 2
    app.selectbox(key="scenario_do").set_value("add_road").run()
    app.session_state["scenario_line"] = ((114.31, 30.5), (114.3101, 30.51))
    app.run()
    assert app.button(key="plan-add").label == words("scenario.add_button")
    # Farther than some hundred metres it is not led there.
    app.session_state["scenario_line"] = ((114.31, 30.5), (114.31, 30.55))
    app.run()
    assert app.button(key="plan-add").label == words("scenario.add_loose")
    assert "plan-join-ends" not in [button.key for button in app.button]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_closed_road_opens(open_app: Open, study: Path, lang: str) -> None:
    roads = json.loads((study / "roads.geojson").read_text(encoding="utf-8"))
    line = {"type": "LineString", "coordinates": [[114.306, 30.5], [114.306, 30.51]]}
    properties = {"id": "连接路", "highway": "residential", "foot": "no", "motor_vehicle": "no"}
    roads["features"][0]["properties"]["id"] = "大街"
    roads["features"][0]["geometry"]["coordinates"].insert(1, [114.306, 30.5])
    roads["features"].append({"type": "Feature", "properties": properties, "geometry": line})
    (study / "roads.geojson").write_text(json.dumps(roads), encoding="utf-8")
    app = opened(open_app, study, lang)
    app.selectbox(key="scenario_do").set_value("open_road").run()
    assert app.button(key="plan-add").disabled
    app.text_input(key="scenario_road").set_value("连接路").run()
    app.selectbox(key="plan-road-profile").set_value("walk").run()
    app.button(key="plan-add").click().run()
    (change,) = load_scenario(study, "甲").changes
    assert (change.do, change.road, change.profile) == ("open_road", "连接路", "walk")
    assert "连接路" in shown(app)
    assert app.session_state["scenario_road"] in (None, "")
    # E5 attaches to the road once it is open; on foot it stays out of reach of the station.
    changed, inputs = open_scenario(load_study(study), "甲")
    demand = run(changed, inputs=inputs).demand
    found = demand[demand["layer"] == "station"].set_index("demand_id").loc["E5"]
    assert not found["covered"] and found["minutes"] > 15


@pytest.mark.parametrize("lang", LANGUAGES)
def test_another_demand_file_is_kept_with_the_scenario(
    open_app: Open, study: Path, lang: str
) -> None:
    words = words_for(lang)
    app = opened(open_app, study, lang)
    empty = scenario_bytes(study, "甲")
    app.selectbox(key="scenario_do").set_value("demand_file").run()
    assert app.button(key="plan-add").disabled
    give(app, "人口2035.csv", "id,name,lon,lat\nF1,新城,114.3,30.5\nF2,远村,114.33,30.5\n")
    assert not app.button(key="plan-add").disabled
    app.button(key="plan-add").click().run()
    (change,) = load_scenario(study, "甲").changes
    assert (study / change.path).is_file() and "人口2035" in change.path
    assert "人口2035" in shown(app) and words("scenario.added") in shown(app)
    # The widget is empty again; a second file would contradict the first.
    assert app.button(key="plan-add").disabled
    changed, inputs = open_scenario(load_study(study), "甲")
    layer = run(changed, inputs=inputs).summary["layers"]["station"]
    assert (layer["demand_points"], layer["share_by_time"]) == (2, 0.5)
    files = sorted(path.name for path in (study / "scenarios").iterdir())
    give(app, "人口2040.csv", "id,name,lon,lat\nF1,新城,114.3,30.5\n")
    app.button(key="plan-add").click().run()
    assert "changes[2]" in shown(app) and len(load_scenario(study, "甲").changes) == 1
    # What is not added leaves no file behind.
    assert sorted(path.name for path in (study / "scenarios").iterdir()) == files
    app.button(key="plan-undo").click().run()
    assert scenario_bytes(study, "甲") == empty
    give(app, "空.csv", "id,name\nF1,新城\n")
    app.button(key="plan-add").click().run()
    assert "空" in shown(app) and scenario_bytes(study, "甲") == empty
    assert sorted(path.name for path in (study / "scenarios").iterdir()) == files


def give(app: AppTest, name: str, text: str) -> None:
    """Upload a demand file, as Excel in a Chinese office saves it."""
    (widget,) = app.get("file_uploader")
    widget.upload(name, text.encode("gbk"), "text/csv").run()
    assert not app.exception


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
