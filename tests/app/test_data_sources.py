"""The Data page without files: services and units from the roads' OSM file, rules, corrections."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.panel.capacity import whole_capacity
from geo.pipeline import run
from geo.study.load import load_study
from geo.workspace.edit import copy_study
from geo.workspace.road_overrides import override_rows
from layers.words.catalogue import LOCALES, words_for
from layers.words.lines.capacity import capacity_sentence
from tests.worlds.tiny_study import write_study

PAGE = "app_pages/data.py"
Open = Callable[..., AppTest]

_NODES = """<node id="1" lat="30.5" lon="114.299"/><node id="2" lat="30.5" lon="114.331"/>
<node id="3" lat="30.48" lon="114.298"/><node id="4" lat="30.48" lon="114.332"/>
<node id="5" lat="30.52" lon="114.332"/><node id="6" lat="30.52" lon="114.298"/>
<node id="11" lat="30.5" lon="114.305"><tag k="amenity" v="pharmacy"/><tag k="name" v="甲药店"/>
<tag k="capacity" v="7"/></node>
<node id="12" lat="30.5" lon="114.325"><tag k="shop" v="bakery"/></node>
<node id="13" lat="30.5" lon="114.310"><tag k="place" v="village"/><tag k="name" v="甲村"/>
<tag k="population" v="90"/></node>
<node id="14" lat="30.5" lon="114.320"><tag k="place" v="hamlet"/><tag k="name" v="乙湾"/></node>"""
_OSM = f"""<osm version="0.6">{_NODES}
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="8"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="3"/></way>
<relation id="9"><member type="way" ref="8" role="outer"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="8"/>
<tag k="name" v="甲镇"/></relation>
</osm>"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study on an OSM file."""
    folder = write_study(tmp_path / "tiny")
    (folder / "roads.osm").write_text(_OSM, encoding="utf-8")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace("roads.geojson", "roads.osm"), encoding="utf-8")
    return folder


def shown(app: AppTest) -> str:
    return "\n".join(
        element.proto.body for element in app.get("html") if "<style>" not in element.proto.body
    )


def lines(app: AppTest) -> list[str]:
    return re.findall(r'class="qh-problem"[^>]*>(.*?)</div>', shown(app))


def widget(app: AppTest, kind: str, ending: str):
    return next(item for item in getattr(app, kind) if str(item.key).endswith(f"-{ending}"))


def from_osm(app: AppTest, role: str) -> AppTest:
    app.selectbox(key="data_role").set_value(role).run()
    next(g for g in app.get("button_group") if g.key == "data_source").set_value("osm").run()
    assert not app.exception
    return app


def save(app: AppTest, name: str) -> AppTest:
    app.text_input(key="data_name").set_value(name).run()
    app.button(key="data_save").click().run()
    assert not app.exception and not lines(app)
    return app


@pytest.mark.parametrize("lang", LOCALES)
def test_a_preset_and_own_tags_become_layers(
    data_page: Callable[[str], AppTest], studies: Path, lang: str
) -> None:
    app = from_osm(data_page(lang), "layer_new")
    assert "amenity=pharmacy" in shown(app) and "roads.osm" in shown(app)
    widget(app, "checkbox", "capacity").check().run()
    save(app, "一")
    layer = load_study(studies / "一").layers[-1]
    assert (layer.preset, layer.path, layer.capacity) == ("pharmacy", None, "capacity")
    sites = run(load_study(studies / "一"), layers=[layer.key]).sites
    assert sites[["name", "capacity"]].to_numpy().tolist() == [["甲药店", 7.0]]

    app = from_osm(app, "layer_new")
    widget(app, "selectbox", "preset").set_value("").run()
    widget(app, "text_area", "tags").set_value("bakery").run()
    assert len(lines(app)) == 1 and "bakery" in lines(app)[0]
    widget(app, "text_area", "tags").set_value("shop＝bakery，butcher；amenity=pharmacy").run()
    app.radio(key="data_where").set_value("here").run()
    app.button(key="data_save").click().run()
    assert not app.exception and not lines(app)
    assert load_study(studies / "一").layers[-1].osm == {
        "shop": ("bakery", "butcher"),
        "amenity": ("pharmacy",),
    }


@pytest.mark.parametrize("lang", LOCALES)
def test_units_by_level_and_places_as_demand(
    data_page: Callable[[str], AppTest], studies: Path, lang: str
) -> None:
    app = from_osm(data_page(lang), "units")
    save(app, "一")
    units = load_study(studies / "一").units
    assert (units.osm, units.path, units.id) == ({"admin_level": ("8",)}, "", "id")
    app = from_osm(app, "demand")
    app.radio(key="data_where").set_value("here").run()
    widget(app, "checkbox", "population").check().run()
    assert any("乙湾" in row or "n14" in row or "population" in row for row in [shown(app)])
    app.button(key="data_save").click().run()
    assert not app.exception and not lines(app)
    found = run(load_study(studies / "一"))
    assert found.areas["unit_name"].tolist() == ["甲镇"]
    demand = found.demand[found.demand["layer"] == "station"]
    assert demand[["demand_id", "weight"]].to_numpy().tolist() == [["n13", 90.0]]


@pytest.mark.parametrize("lang", LOCALES)
def test_a_layer_gets_another_rule_and_keeps_its_sites(
    data_page: Callable[[str], AppTest], studies: Path, study: Path, lang: str
) -> None:
    app = data_page(lang)
    app.selectbox(key="data_role").set_value("layer_rule").run()
    widget(app, "selectbox", "direction").set_value("from").run()
    widget(app, "selectbox", "profile").set_value("cycle").run()
    widget(app, "number_input", "limit-minutes").set_value(10).run()
    app.text_input(key="data_name").set_value("一").run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    before, after = load_study(study).layers[0], load_study(studies / "一").layers[0]
    assert (after.direction, after.profile, after.minutes) == ("from", "cycle", 10)
    assert (after.path, after.title, after.bands) == (before.path, before.title, (5, 10))
    assert load_study(studies / "一").layers[1:] == load_study(study).layers[1:]


@pytest.mark.parametrize("lang", LOCALES)
def test_a_layer_with_capacities_is_told_what_is_needed(
    data_page: Callable[[str], AppTest], studies: Path, study: Path, lang: str
) -> None:
    """E1 needs 9 spaces and has 2, E2 needs 4; the station has 5, so 6 are missing there."""
    stations = "id,name,lon,lat,seats\nS1,一号站,114.300,30.5,5\n"
    (study / "stations.csv").write_text(stations, encoding="utf-8")
    rows = (study / "estates.csv").read_text(encoding="utf-8").splitlines()
    amounts = {"E1": "9,2", "E2": "4,"}
    lines_of = [f"{row},{amounts.get(row.split(',')[0], ',')}" for row in rows[1:]]
    text = "\n".join([f"{rows[0]},cars,spaces", *lines_of])
    (study / "estates.csv").write_text(text + "\n", encoding="utf-8")
    toml = (study / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace('path = "stations.csv"', 'path = "stations.csv"\ncapacity = "seats"', 1)
    (study / "study.toml").write_text(toml, encoding="utf-8")

    app = data_page(lang)
    app.selectbox(key="data_role").set_value("layer_rule").run()
    assert widget(app, "selectbox", "need").options[1:] == ["cars", "spaces"]
    widget(app, "selectbox", "need").set_value("cars").run()
    widget(app, "selectbox", "own").set_value("spaces").run()
    app.text_input(key="data_name").set_value("一").run()
    app.button(key="data_rule_save").click().run()
    assert not app.exception and not lines(app)
    layer = load_study(studies / "一").layers[0]
    assert (layer.need, layer.own, layer.capacity) == ("cars", "spaces", "seats")
    found = run(load_study(studies / "一"), layers=["station"])
    figures = found.summary["layers"]["station"]["capacity"]
    assert (figures["served"], figures["in_reach_over_capacity"]) == (5.0, 6.0)
    words = words_for(lang)
    places = words("capacity.amount", count="6")
    assert places in capacity_sentence(found, "station", words)
    assert places in whole_capacity(found, layer, words)


@pytest.mark.parametrize("lang", LOCALES)
def test_seats_within_their_districts(
    data_page: Callable[[str], AppTest], studies: Path, study: Path, lang: str
) -> None:
    app = data_page(lang)
    app.selectbox(key="data_role").set_value("units").run()
    seats = "代码,名称,经度,纬度\n01,甲街道,114.305,30.5\n02,乙街道,114.325,30.5\n"
    app.file_uploader[0].upload("驻地.csv", seats.encode("gbk")).run()
    widget(app, "radio", "units-kind").set_value("seats").run()
    # The parent areas are asked for; that they are not there yet is no fault.
    assert words_for(lang)("error.within_wanted") in shown(app) and not lines(app)
    app.file_uploader[1].upload("区界.geojson", (study / "units.geojson").read_bytes()).run()
    assert not app.exception and not lines(app)
    save(app, "一")
    units = load_study(studies / "一").units
    assert (units.seats, units.within) == ("units.csv", "units-within.geojson")
    assert (units.id, units.lon, units.approximate is not None) == ("代码", "经度", True)
    assert run(load_study(studies / "一")).areas["unit_id"].tolist() == ["01", "02"]


@pytest.mark.parametrize("lang", LOCALES)
def test_corrections_are_listed_and_taken_back(
    open_app: Open, studies: Path, study: Path, lang: str
) -> None:
    own = copy_study(study, studies / "一", name="一")
    (own / "overrides.csv").write_text("edge,profile,allowed\n7,ebike,no\n99,,yes\n")
    text = (own / "study.toml").read_text(encoding="utf-8")
    (own / "study.toml").write_text(
        text.replace('"roads.osm"', '"roads.osm"\noverrides = "overrides.csv"'), encoding="utf-8"
    )
    app = open_app(own, lang, page="data")
    app.get("button_group")[0].set_value("roads").run()
    assert not app.exception
    assert "99" in shown(app)
    app.session_state["data_override_edge"] = "7"
    app.run()
    widget_of = {str(item.key): item for item in app.selectbox}
    profile = next(item for key, item in widget_of.items() if key.startswith("o-p-7"))
    profile.set_value("walk").run()
    app.button(key="data_override_add").click().run()
    assert not app.exception and not lines(app)
    rows = override_rows(load_study(own))
    assert [(r["edge"], r["profile"], r["allowed"]) for r in rows] == [
        ("7", "ebike", "no"), ("99", "", "yes"), ("7", "walk", "no"),
    ]  # fmt: skip
    app.selectbox(key="data_override_out_3").set_value(1).run()
    app.button(key="data_override_remove").click().run()
    assert [r["edge"] for r in override_rows(load_study(own))] == ["7", "7"]
