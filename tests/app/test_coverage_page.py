"""The Coverage page's questions, on the study whose figures can be counted by hand.

The road is straight, a thousandth of a degree is 96 m; see `tiny_study`.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.coverage_map import isochrone_jobs, tour
from geo.questions.explorer import Explorer
from tests.worlds.tiny_study import write_study

LANGUAGES = ("zh-CN", "en")
Open = Callable[..., AppTest]
NOTICE = 'class="qh-drawing"'


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study."""
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def choose(app: AppTest, **state: object) -> str:
    """Set what a click on the map or a widget would set; returns the page's HTML."""
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_says_who_is_left_out_and_where(
    open_app: Open, study: Path, lang: str
) -> None:
    text = shown(open_app(study, lang))
    expected = {
        "zh-CN": "2个乡镇（街道）中有1个设有服务点；40.0%的小区步行15分钟内可到达服务点。"
        "尚有3个小区不能在15分钟内到达，主要分布在乙县（2）、甲县（1）。其中1个路网待核实，单独列出。",
        "en": "have a service point; 40.0% of estates are within 15 min on foot. "
        "3 estates are not, mostly in 乙县 (2), 甲县 (1). "
        "Listed separately because road data need checking: 1 of them.",
    }
    assert expected[lang] in text


@pytest.mark.parametrize(
    ("lang", "unit", "mine"),
    [
        ("zh-CN", "个", "小区"),
        ("en", "个", "estates"),
        ("zh-CN", "户", "住户"),
        ("en", "人", "people"),
    ],
)
def test_tour_and_sentence_name_what_is_counted(
    open_app: Open,
    study: Path,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    unit: str,
    mine: str,
) -> None:
    text = (study / "study.toml").read_text(encoding="utf-8")
    text = text.replace('weight_unit = "个"', f'weight_unit = "{unit}"')
    (study / "study.toml").write_text(text, encoding="utf-8")
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(tour, "_component", lambda key, data: given.append(data))
    app = open_app(study, lang)
    steps = {step["at"]: step["text"] for step in given[-1]["steps"]}
    pair, side = steps[".st-key-panel .qh-pair"], steps[".st-key-mapside"]
    page = shown(app)
    assert mine in pair and mine in side and mine in page
    others = {"小区", "住户", "人口"} if lang == "zh-CN" else {"estates", "households", "people"}
    for other in others - {mine}:
        assert other not in pair + side, other
        assert f"的{other}步行" not in page and f"of {other} are" not in page


def test_the_english_page_is_english_where_the_data_are(open_app: Open, study: Path) -> None:
    """Chinese stands on it where a name of the study is Chinese, and nowhere else."""
    latin = {
        "甲街道": "First", "乙街道": "Second", "甲县": "West", "乙县": "East",
        "一号站": "Station 1",
        "东门停车场": "Car park", "手工样例 / made by hand": "made by hand",
        **{f"{sign}号小区": f"Estate {n}" for n, sign in enumerate("一二三四", start=1)},
        "五号湾": "Estate 5",
    }  # fmt: skip
    for path in study.iterdir():
        text = path.read_text(encoding="utf-8")
        for chinese, name in latin.items():
            text = text.replace(chinese, name)
        path.write_text(text, encoding="utf-8")
    app = open_app(study, "en")
    views = ({}, {"unit": "U2"}, {"site": "S1"}, {"start": (114.32, 30.5)}, {"shade": "difference"})
    pages = [choose(app, **view) for view in views]
    for page in ("gaps", "siting", "scenarios", "report", "data", "start"):
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, page
        pages.append(shown(app) + "".join(found.value for found in app.markdown))
    for text in pages:
        words = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        found = re.findall(r"[^<>]{0,30}[\u3400-\u9fff（），。：]+[^<>]{0,30}", words)
        assert found == []
    assert "township or subdistrict" in pages[0] or "townships or subdistricts" in pages[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_another_limit_is_computed_and_stands_in_the_figures(
    open_app: Open, study: Path, lang: str
) -> None:
    # 22 minutes on foot are 1,467 m: E3 at 1,440 m comes in.
    app = open_app(study, lang, limit="22")
    text = shown(app)
    assert not app.exception
    assert "60.0%" in text and {"zh-CN": "22分钟可达率（步行）", "en": "22 min"}[lang] in text
    # Every layer keeps its own limit.
    app.selectbox(key="service").set_value("parking").run()
    assert "20.0%" in shown(app)
    app.selectbox(key="service").set_value("station").run()
    assert "60.0%" in shown(app)
    # The car park stands at .327: E4 at 192 m, E3 at 1,152 m.
    app = open_app(study, lang, layer="parking", limit="1200")
    assert "40.0%" in shown(app)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[float, threading.Event]]:
    """Isochrones of limits other than the study's wait for an event; by limit."""
    requested: dict[float, threading.Event] = {}
    own = Explorer.isochrones

    def isochrones(self: Explorer, key: str, **options: Any) -> gpd.GeoDataFrame:
        limit = options.get("limit")
        if limit is not None:
            free = requested.setdefault(limit, threading.Event())
            while not free.wait(0.01):
                options["progress"].step()
        return own(self, key, **options)

    monkeypatch.setattr(Explorer, "isochrones", isochrones)
    # No fragment polls by itself in these tests, however long they take.
    monkeypatch.setattr(isochrone_jobs, "_REQUEST_LIFETIME_S", 600.0)
    yield requested
    for free in requested.values():
        free.set()


def jobs_at_work() -> int:
    return sum(one.name == "quarterhour-job" for one in threading.enumerate())


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_outlines_come_after_the_figures(
    open_app: Open, study: Path, lang: str, slow: dict[float, threading.Event]
) -> None:
    text = shown(open_app(study, lang))
    bands = {"zh-CN": ("15分钟以内", "等时圈"), "en": ("Within 15 min", "Isochrones")}[lang]
    assert all(word in text for word in bands) and NOTICE not in text
    app = open_app(study, lang, limit="22")
    text = shown(app)
    assert "60.0%" in text  # E3 comes in, while the outlines are still to come
    notice = {"zh-CN": "正在绘制等时圈", "en": "being drawn"}[lang]
    assert NOTICE in text and notice in text
    assert f"<b>{bands[1]}</b>" not in text, "outlines of another limit"
    slow[22].set()
    until(lambda: jobs_at_work() == 0)
    text = shown(app.run())
    assert not app.exception
    assert NOTICE not in text and f"<b>{bands[1]}</b>" in text
    assert bands[0].replace("15", "22") in text


def test_another_limit_meanwhile_ends_the_former_outlines(
    open_app: Open, study: Path, slow: dict[float, threading.Event]
) -> None:
    app, other = open_app(study, "en", limit="22"), open_app(study, "en", limit="25")
    until(lambda: bool(slow))
    time.sleep(0.3)
    assert set(slow) == {22.0}, "one at a time"
    app.query_params.clear()
    choose(app, **{"limit-station": "30"})
    until(lambda: 25.0 in slow)  # that of 22 has made way
    assert 30.0 not in slow and NOTICE in shown(app)
    for free in (25.0, 30.0):
        until(lambda free=free: free in slow)  # type: ignore[misc]
        slow[free].set()
    until(lambda: jobs_at_work() == 0)
    assert not slow[22.0].is_set()
    for page, limit in ((app, 30), (other, 25)):
        text = shown(page.run())
        assert f"Within {limit} min" in text and NOTICE not in text
    # Who draws no isochrones waits for none.
    choose(app, **{"limit-station": "20"})
    until(lambda: 20.0 in slow)
    choose(app, drawn=["units"])
    until(lambda: jobs_at_work() == 0)
    assert NOTICE not in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_put_on_trial_shows_before_and_after(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang)
    text = choose(app, click="put")
    assert 'class="qh-pair"' not in text
    # 480 m east of E3 and 480 m west of E4: both come in.
    text = choose(app, put=((114.32, 30.5),))
    assert "40.0%" in text and "80.0%" in text and "三号小区" in text and "四号小区" in text
    # Far beside the road it counts for nothing, and the page says why.
    text = choose(app, put=((114.32, 30.52),))
    assert "80.0%" not in text and {"zh-CN": "超过500米", "en": "farther than 500 m"}[lang] in text
    # Trial sites stay in the figures while units are looked at, and that is said.
    text = choose(app, put=((114.32, 30.5),), click="look")
    assert (
        "80.0%" in text
        and {"zh-CN": "含试算：1个试设点", "en": "hold a trial: 1 site"}[lang] in text
    )
    app.button(key="put_clear").click().run()
    assert "80.0%" in shown(app) and "试设点" not in shown(app)  # by e-bike, beside


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_here_lists_every_layer(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang)
    text = choose(app, click="from", start=(114.309, 30.5))
    # E2 is 864 m from the station: 13.0 minutes on foot; the car park is 1,728 m away.
    assert "13.0" in text and "864" in text and "一号站" in text and "东门停车场" in text
    assert "二号小区" in text
    text = choose(app, start=(114.309, 30.52))
    assert {"zh-CN": "超过500米", "en": "farther than 500 m"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_tells_who_depends_on_it_alone(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang)
    text = choose(app, site="S1")
    assert "一号站" in text and "一号小区" in text and "二号小区" in text
    assert "40.0%" in text and "0.0%" in text
    app.button(key="site_back").click().run()
    assert "一号小区" not in shown(app)


def test_units_of_every_level_have_a_panel_and_neighbours_by_rank(
    open_app: Open, study: Path
) -> None:
    app = open_app(study)
    text = choose(app, unit="乙县", level="county")
    assert '<h3 class="qh-head">乙县' in text and "三号小区" in text and "1/2" in text
    assert app.button(key="previous").disabled
    app.button(key="next").click().run()
    assert app.session_state["unit"] == "甲县" and "2/2" in shown(app)
    app.button(key="crumb-").click().run()
    assert "<h3" not in shown(app)


def test_the_unit_leads_to_its_rows_of_the_gap_list(open_app: Open, study: Path) -> None:
    app = open_app(study)
    choose(app, unit="U1")
    app.button(key="to_gaps").click().run()
    assert not app.exception
    assert app.dataframe[0].value["unit_id"].tolist() == ["U1"]


def test_a_whole_code_means_that_unit_alone(open_app: Open, study: Path) -> None:
    units = study / "units.geojson"
    text = units.read_text(encoding="utf-8")
    units.write_text(text.replace('"U2"', '"U11"'), encoding="utf-8")
    app = open_app(study)
    choose(app, unit="U1")
    app.button(key="to_gaps").click().run()
    assert app.dataframe[0].value["unit_id"].tolist() == ["U1"]
    app.text_input(key="gaps_text").set_value("u1").run()
    assert app.dataframe[0].value["unit_id"].tolist() == ["U11", "U1"]


def test_the_unit_above_leads_to_its_rows_too(open_app: Open, study: Path) -> None:
    app = open_app(study)
    choose(app, unit="乙县")
    app.button(key="to_gaps").click().run()
    assert app.dataframe[0].value["unit_id"].tolist() == ["U2"]


@pytest.mark.parametrize("shade", ["time", "presence", "difference"])
def test_the_table_holds_what_the_map_shows(open_app: Open, study: Path, shade: str) -> None:
    app = open_app(study)
    choose(app, shade=shade, table_shown=True)
    table = app.dataframe[0].value
    assert table["id"].tolist() == ["U1", "U2"] and table["uncovered"].tolist() == [1, 2]
    choose(app, level="county")
    assert app.dataframe[0].value["id"].tolist() == ["乙县", "甲县"]


def test_names_from_files_stay_text_on_buttons(open_app: Open, tmp_path: Path) -> None:
    app = open_app(write_study(tmp_path / "tiny", unit="**甲** [x](http://a.b) $y$"))
    choose(app, unit="U1")
    assert app.button(key="crumb-U1").label == r"\*\*甲\*\* \[x\]\(http\:\/\/a\.b\) \$y\$".replace(
        r"\/", "/"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_services_together_are_counted_by_hand(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang, shade="together")
    assert not app.exception
    text = shown(app)
    # The station reaches E1 and E2, the car park E4: none has both, E3 and E5 have neither.
    for row in (
        {"zh-CN": ["2项", "0个", "0.0%"], "en": ["2", "0 estates", "0.0%"]}[lang],
        {"zh-CN": ["1项", "3个", "60.0%"], "en": ["1", "3 estates", "60.0%"]}[lang],
        {"zh-CN": ["0项", "2个", "40.0%"], "en": ["0", "2 estates", "40.0%"]}[lang],
    ):
        assert f'<td>{row[0]}</td><td class="n">{row[1]}</td><td class="n">{row[2]}</td>' in text
    assert text.count("<figure>") == 2
    # By e-bike the station reaches E3 and E4 too: E4 has both.
    app.button_group(key="rule-station").set_value("station_ebike").run()
    cells = {"zh-CN": ["2项", "1个", "20.0%"], "en": ["2", "1 estate", "20.0%"]}[lang]
    assert f'<td>{cells[0]}</td><td class="n">{cells[1]}</td>' in shown(app)


@pytest.mark.parametrize(
    ("query", "place", "then"),
    [
        ("yjd", "乙街道", {"unit": "U2", "click": "look"}),
        ("乙县", "乙县", {"unit": "乙县"}),
        ("S1", "一号站", {"site": "S1", "click": "look"}),
        ("东门", "东门停车场", {"site": "P1", "service": "parking"}),
        ("三号小区", "三号小区", {"click": "from", "start": (114.315, 30.5)}),
    ],
)
def test_what_is_found_is_shown(
    open_app: Open, study: Path, query: str, place: str, then: dict[str, object]
) -> None:
    app = open_app(study)
    app.text_input(key="search").set_value(query).run()
    assert not app.exception
    assert place in app.button(key="found-0").label
    app.button(key="found-0").click().run()
    assert not app.exception
    assert {key: app.session_state[key] for key in then} == then
    assert place in shown(app) and app.text_input(key="search").value == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_found_says_what_can_be_typed(open_app: Open, study: Path, lang: str) -> None:
    app = open_app(study, lang)
    app.text_input(key="search").set_value("zzzz").run()
    assert "wcq" in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_urban_and_rural_stand_apart_with_their_doubts(
    open_app: Open, study: Path, lang: str
) -> None:
    toml = study / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[demand]\n", '[demand]\nclass = "kind"\n'), encoding="utf-8")
    estates = study / "estates.csv"
    head, *rows = estates.read_text(encoding="utf-8").splitlines()
    kinds = ("urban", "urban", "rural", "rural", "rural")
    lines = [f"{row},{kind}" for row, kind in zip(rows, kinds, strict=True)]
    estates.write_text("\n".join([f"{head},kind", *lines]) + "\n", encoding="utf-8")
    text = shown(open_app(study, lang))
    urban = {"zh-CN": ["城镇", "2 / 2个", "0个"], "en": ["Urban", "2 of 2 estates", "0 estates"]}[
        lang
    ]
    rural = {"zh-CN": ["乡村", "0 / 3个", "1个"], "en": ["Rural", "0 of 3 estates", "1 estate"]}[
        lang
    ]
    for (name, part, doubt), share in ((urban, "100.0%"), (rural, "0.0%")):
        cells = "".join(f'<td class="n">{cell}</td>' for cell in (share, part, doubt))
        assert f"<td>{name}</td>{cells}" in text


def test_an_address_names_only_studies_that_are_known(
    open_app: Open, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    other = write_study(kept / "other")
    toml = other / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('"小镇"', '"另一个小镇"'), encoding="utf-8")
    monkeypatch.setenv("QUARTERHOUR_STUDIES", str(kept))
    assert "另一个小镇" in shown(open_app(study, study="other", unit="U2"))
    for foreign in ("nowhere", "../kept/other", str(other)):
        app = open_app(study, study=foreign)
        assert not app.exception and "另一个小镇" not in shown(app)
