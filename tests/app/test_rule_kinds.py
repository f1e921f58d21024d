"""The Data page sets every rule of a layer without a preset, and keeps what it does not show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.pipeline import run
from geo.study.load import load_study
from geo.workspace.edit import edit_layer
from layers.words.catalogue import LOCALES, words_for
from tests.app.test_data_page import lines, save, shown, upload, widget

# 480 m west of E1 and of E4, 480 m east of E3; E2 is 864 m away, E5 1.1 km.
CLINICS = "编号,名称,经度,纬度,床位\n001,一号诊所,114.300,30.5,1\n002,二号诊所,114.320,30.5,1\n"
ESTATES = (
    "编号,名称,经度,纬度,户数,开工\n"
    "a,甲小区,114.305,30.5,100,是\nb,乙小区,114.309,30.5,40,否\nc,丙小区,114.315,30.5,60,\n"
)


def new_layer(app: AppTest, name: str, content: str, kind: str) -> AppTest:
    upload(app, name, content)
    widget(app, "selectbox", "kind").set_value(kind).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LOCALES)
def test_objects_that_meet_a_condition(
    data_page: Callable[[str], AppTest], studies: Path, lang: str
) -> None:
    app = new_layer(data_page(lang), "改造小区.csv", ESTATES, "rate")
    words = words_for(lang)
    assert words("error.condition_wanted") in shown(app) and not lines(app)
    # Nothing of travel is asked of objects.
    assert not [item for item in app.selectbox if str(item.key).endswith(("-profile", "-limit"))]
    for wrong in ("len(开工)", "开工 = '是", "__import__('os').system('x')"):
        widget(app, "text_input", "condition").set_value(wrong).run()
        assert not app.exception
        (line,) = lines(app)
        assert "改造小区.csv" in line and words("data.condition") in line
    widget(app, "text_input", "condition").set_value("完工 = '是'").run()
    (line,) = lines(app)
    assert "改造小区.csv" in line and "完工" in line  # there is no such column
    widget(app, "text_input", "condition").set_value("开工 = '是'").run()
    assert words("data.counts", rows_in="3", used="3", set_aside="0") in shown(app)
    widget(app, "selectbox", "rate-weight").set_value("户数").run()
    assert not [item for item in app.selectbox if str(item.key).endswith("-column-capacity")]
    save(app, "一")
    assert not lines(app)
    layer = load_study(studies / "一").layers[-1]
    assert (layer.rule, layer.condition, layer.weight) == ("rate", "开工 = '是'", "户数")
    figures = run(load_study(studies / "一"), layers=[layer.key]).summary["layers"][layer.key]
    assert figures["share_by_rate"] == 0.5  # 100 of 200 households
    assert figures["unknown"] == 60

    # The rule form shows the same, and changes the condition alone.
    app.selectbox(key="data_role").set_value("layer_rule").run()
    app.selectbox(key="data_rule_of").set_value(layer.key).run()
    assert widget(app, "selectbox", "rate-weight").value == "户数"
    widget(app, "text_input", "condition").set_value("开工 != '是'").run()
    app.radio(key="data_where").set_value("here").run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    after = load_study(studies / "一").layers[-1]
    assert after == layer.model_copy(update={"condition": "开工 != '是'"})


@pytest.mark.parametrize("lang", LOCALES)
def test_a_service_radius(data_page: Callable[[str], AppTest], studies: Path, lang: str) -> None:
    app = new_layer(data_page(lang), "clinics.csv", CLINICS, "radius")
    assert not [item for item in app.selectbox if str(item.key).endswith(("-profile", "-scope"))]
    widget(app, "number_input", "limit-metres").set_value(500).run()
    save(app, "一")
    assert not lines(app)
    layer = load_study(studies / "一").layers[-1]
    assert (layer.rule, layer.metres, layer.capacity) == ("radius", 500, None)
    figures = run(load_study(studies / "一"), layers=[layer.key]).summary["layers"][layer.key]
    assert figures["share_by_radius"] == 0.6  # E1, E3, E4


@pytest.mark.parametrize("lang", LOCALES)
def test_capacities_that_meet_the_need(
    data_page: Callable[[str], AppTest], studies: Path, lang: str
) -> None:
    app = new_layer(data_page(lang), "clinics.csv", CLINICS, "supply")
    assert widget(app, "selectbox", "column-capacity").value == "床位"  # by its header
    widget(app, "selectbox", "column-capacity").set_value("").run()
    (line,) = lines(app)
    assert {"zh-CN": "服务能力", "en": "capacity"}[lang] in line
    widget(app, "number_input", "per-weight").set_value(0.5).run()
    widget(app, "selectbox", "column-capacity").set_value("床位").run()
    save(app, "一")
    assert not lines(app)
    layer = load_study(studies / "一").layers[-1]
    assert (layer.rule, layer.need_per_weight, layer.capacity) == ("supply", 0.5, "床位")
    figures = run(load_study(studies / "一"), layers=[layer.key]).summary["layers"][layer.key]
    assert figures["share_by_supply"] == 0.8  # 2 places for 2.5 that are needed; E5 is off the road

    app.selectbox(key="data_role").set_value("layer_rule").run()
    app.selectbox(key="data_rule_of").set_value(layer.key).run()
    widget(app, "number_input", "limit-minutes").set_value(20).run()
    app.radio(key="data_where").set_value("here").run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    after = load_study(studies / "一").layers[-1]
    assert (after.rule, after.need_per_weight, after.minutes) == ("supply", 0.5, 20)


def test_the_form_keeps_what_it_does_not_show(
    data_page: Callable[[str], AppTest], studies: Path, study: Path
) -> None:
    square = [[114.3, 30.49], [114.31, 30.49], [114.31, 30.51], [114.3, 30.51], [114.3, 30.49]]
    land = json.dumps({
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [square]}}],
    })  # fmt: skip
    (study / "land.geojson").write_text(land, encoding="utf-8")
    toml = (study / "study.toml").read_text(encoding="utf-8")
    more = 'path = "stations.csv"\nland = "land.geojson"\nindicator = { authority = "市民政局" }'
    toml = toml.replace('path = "stations.csv"', more, 1)
    (study / "study.toml").write_text(toml, encoding="utf-8")
    app = data_page("zh-CN")
    app.selectbox(key="data_role").set_value("layer_rule").run()
    assert "land.geojson" in shown(app)
    widget(app, "number_input", "limit-minutes").set_value(10).run()
    app.text_input(key="data_name").set_value("一").run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    layer = load_study(studies / "一").layers[0]
    assert (layer.minutes, layer.land) == (10, "land.geojson")
    assert layer.indicator is not None and layer.indicator.authority == "市民政局"

    # Land of another file takes its place; one without polygons is refused by the user's name.
    app.selectbox(key="data_rule_of").set_value("station").run()
    points = '{"type": "Point", "coordinates": [114.3, 30.5]}'
    app.file_uploader[0].upload("公园.geojson", points.encode()).run()
    app.radio(key="data_where").set_value("here").run()
    app.button(key="data_rule_save").click().run()
    (line,) = lines(app)
    assert "公园.geojson" in line
    assert load_study(studies / "一").layers[0].land == "land.geojson"
    app.file_uploader[0].upload("居住用地.geojson", land.encode()).run()
    widget(app, "selectbox", "kind").set_value("radius").run()
    widget(app, "number_input", "limit-metres").set_value(500).run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    layer = load_study(studies / "一").layers[0]
    assert (layer.rule, layer.metres, layer.land) == ("radius", 500, "land-station.geojson")
    found = run(load_study(studies / "一"), layers=["station"])
    assert 0 < found.summary["layers"]["station"]["land"]["share_by_land"] < 1


@pytest.mark.parametrize(
    ("capacity", "keys"),
    [
        ("meals", {"rule": "supply", "profile": "walk", "minutes": 15}),
        ("", {"rule": "radius", "metres": 500}),
    ],
)
def test_a_layer_of_a_preset_gets_another_rule_and_its_own_again(
    study: Path, capacity: str, keys: dict[str, object]
) -> None:
    (study / "c.csv").write_text("id,name,lon,lat,meals\nA,a,114.3,30.5,3\n", encoding="utf-8")
    lines_of = ["[[layers]]", 'key = "canteen"', 'preset = "elderly_canteen"', 'path = "c.csv"']
    lines_of += [f'capacity = "{capacity}"'] if capacity else []
    text = (study / "study.toml").read_text(encoding="utf-8") + "\n".join(["", *lines_of, ""])
    (study / "study.toml").write_text(text, encoding="utf-8")
    before = load_study(study).layer("canteen")
    assert (before.rule, before.scope) == ("reach", "unit")
    edit_layer(study, "canteen", keys)
    after = load_study(study).layer("canteen")
    assert {name: getattr(after, name) for name in keys} == keys
    assert after.scope is None
    run(load_study(study), layers=["canteen"])
    own = {"rule": "reach", "profile": "walk_senior", "minutes": 15, "scope": "unit"}
    edit_layer(study, "canteen", own)
    again = load_study(study).layer("canteen")
    assert (again.rule, again.scope, again.profile) == ("reach", "unit", "walk_senior")
