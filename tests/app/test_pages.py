"""Every page in both languages, on a study whose figures can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.base.errors import CancelledError
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import result_bytes
from tests.worlds.tiny_study import write_study

LANGUAGES = ("zh-CN", "en")
GAPS = "app_pages/gaps.py"
Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study."""
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def look_at(app: AppTest, unit: str) -> None:
    """Choose a unit, as a click on the map does."""
    app.session_state["unit"] = unit
    app.run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_coverage_page_shows_both_shares_with_what_was_counted(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang)
    assert not app.exception
    text = shown(app)
    for figure in ("50.0%", "40.0%", "80.0%"):  # presence, on foot, by e-bike beside it
        assert figure in text
    expected = {
        "zh-CN": ["设点覆盖率", "15分钟可达率（步行）", "口径", "不宜直接比较", "4 公里/小时",
                  "未经审图，仅限内部使用", "界线为示意。", "只有一条路。", "以手工点代替。"],
        "en": ["Share by presence", "15 min", "What is counted", "4 km/h", "Borders are a sketch.",
               "There is one road only.", "Points by hand stand in."],
    }  # fmt: skip
    for words in expected[lang]:
        assert words in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_unit_shows_its_figures_and_its_uncovered_estates(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang)
    look_at(app, "U2")
    assert not app.exception
    text = shown(app)
    assert "乙街道" in text and "0.0%" in text
    assert text.index("四号小区") < text.index("三号小区")  # the farther one first
    assert "一号小区" not in text
    look_at(app, "U1")
    assert "66.7%" in shown(app)
    assert {"zh-CN": "路网待核实（单列）", "en": "listed separately"}[lang] in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_rule_and_the_service_change_the_figures(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang)
    app.button_group(key="rule-station").set_value("station_ebike").run()
    assert {"zh-CN": "15分钟可达率（电动自行车）", "en": "e-bike"}[lang] in shown(app)
    app.selectbox(key="service").set_value("parking").run()
    assert not app.exception
    text = shown(app)
    assert "20.0%" in text and {"zh-CN": "300米可达率（步行）", "en": "300 m"}[lang] in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_gaps_page_lists_filters_and_keeps_the_choice(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang)
    app.switch_page(GAPS).run()
    assert not app.exception
    assert {"zh-CN": "小镇", "en": "Small town"}[lang] in shown(app)
    table = app.dataframe[0].value
    assert table["unit_id"].tolist() == ["U2", "U1"]
    assert table["uncovered"].tolist() == [2, 1]
    app.selectbox(key="gaps_cause").set_value("data_doubt").run()
    assert app.dataframe[0].value["unit_id"].tolist() == ["U1"]
    app.selectbox(key="gaps_cause").set_value("").run()
    app.selectbox(key="gaps_by").set_value("points").run()
    assert not app.exception
    assert app.dataframe[0].value["demand_id"].tolist() == ["E4", "E3", "E5"]
    app.selectbox(key="gaps_parent").set_value("甲县").run()
    assert app.dataframe[0].value["demand_id"].tolist() == ["E5"]
    app.selectbox(key="gaps_parent").set_value("").run()
    app.text_input(key="gaps_text").set_value("三号").run()
    assert app.dataframe[0].value["demand_id"].tolist() == ["E3"]
    app.text_input(key="gaps_text").set_value("nowhere").run()
    assert not app.exception and not app.dataframe and app.info
    app.text_input(key="gaps_text").set_value("").run()
    app.selectbox(key="gaps_layer").set_value("").run()
    assert len(app.dataframe[0].value) == 8  # 3 on foot, 1 by e-bike, 4 of parking


def test_minutes_over_the_limit_never_look_within_it(open_app: Open, study: Path) -> None:
    app = open_app(study)
    app.switch_page(GAPS).run()
    app.selectbox(key="gaps_by").set_value("points").run()
    minutes = app.dataframe[0].value.set_index("demand_id")["minutes"]
    assert minutes["E3"] == 21.6 and minutes["E4"] == 36.0
    assert minutes.isna()["E5"]


def test_the_language_button_changes_the_language_and_keeps_the_choice(
    open_app: Open, study: Path
) -> None:
    app = open_app(study)
    app.button_group(key="rule-station").set_value("station_ebike").run()
    app.button(key="switch").click().run()
    assert not app.exception
    assert "Small town" in shown(app) and "e-bike" in shown(app)
    assert app.button_group(key="rule-station").value == "station_ebike"
    app.switch_page(GAPS).run()
    assert app.selectbox(key="gaps_layer").value == "station_ebike"


def test_the_study_names_the_first_language(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(write_study(tmp_path / "tiny", locale="en"), "")
    assert "Small town" in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", ["app_pages/coverage.py", GAPS])
def test_a_broken_study_gives_one_line_a_problem(
    open_app: Open, study: Path, lang: str, page: str
) -> None:
    toml = study / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("metres = 300", "meters = 300"), encoding="utf-8")
    app = open_app(study, lang)
    app.switch_page(page).run()
    assert not app.exception
    assert shown(app).count('class="qh-problem"') == 1
    assert "meters" in shown(app) and "Traceback" not in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("file", "content"),
    [("stations.csv", None), ("stations.csv", "id,name,lon\nS1,x,114.3\n")],
    ids=["missing file", "missing column"],
)
def test_a_broken_file_gives_one_line(
    open_app: Open, study: Path, lang: str, file: str, content: str | None
) -> None:
    (study / file).unlink()
    if content is not None:
        (study / file).write_text(content, encoding="utf-8")
    app = open_app(study, lang)
    assert not app.exception
    assert 'class="qh-problem"' in shown(app) and file in shown(app)


def test_a_mended_study_is_computed_anew(open_app: Open, study: Path) -> None:
    toml = study / "study.toml"
    good = toml.read_text(encoding="utf-8")
    toml.write_text(good.replace("minutes = 15", "minutes = 30"), encoding="utf-8")
    app = open_app(study)
    assert "30分钟可达率（步行）" in shown(app)
    toml.write_text(good, encoding="utf-8")
    app = open_app(study)
    assert "15分钟可达率（步行）" in shown(app) and "40.0%" in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_fault_of_ours_is_worded_and_a_reload_tries_again(
    open_app: Open, study: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("geo.pipeline.open_explorer", fail)
        app = open_app(study, lang)
        assert {"zh-CN": "程序出错（ZeroDivisionError）", "en": "ZeroDivisionError"}[lang] in shown(
            app
        )
        assert app.exception  # in the log; the page hides Streamlit's own box
    app = open_app(study, lang)
    assert not app.exception and "40.0%" in shown(app)


def test_cancel_says_so_and_offers_to_start_again(
    open_app: Open, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(*_: object, **__: object) -> None:
        raise CancelledError

    with monkeypatch.context() as stopped:
        stopped.setattr("geo.pipeline.open_explorer", cancelled)
        app = open_app(study)
        assert not app.exception and "已取消" in app.info[0].value
    next(button for button in app.button if button.label == "重新计算").click().run()
    assert "40.0%" in shown(open_app(study))


def test_names_from_files_stay_text(open_app: Open, tmp_path: Path) -> None:
    payload = "<img src=x onerror=alert(1)>`${alert(2)}`"
    app = open_app(write_study(tmp_path / "tiny", names=[payload] * 5, unit=payload))
    look_at(app, "U1")
    assert not app.exception
    assert "<img src=x" not in shown(app) and "&lt;img" in shown(app)


def test_downloads_are_the_commands_bytes(study: Path) -> None:
    from app_pages.shell.downloads import MIME, result_file

    first, second = run(load_study(study)), run(load_study(study))
    for name in MIME:
        assert result_file("key", name, _analysis=first) == result_bytes(second, name)
