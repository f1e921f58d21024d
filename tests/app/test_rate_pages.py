"""The rule `rate` on the pages and in the report, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import result_bytes
from layers.report.options import ReportOptions
from layers.report.write import report_files
from layers.words.catalogue import words_for
from tests.worlds.rate_study import write_rate_study

Open = Callable[..., AppTest]
WORDS = {
    "zh-CN": ("达标率", "未达标", "情况不明", "started = '是' and finished != '否'"),
    "en": ("Share that meets the condition", "Not met", "Unknown", "started = '是'"),
}


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_pages_name_the_rate_and_its_causes(open_app: Open, tmp_path: Path, lang: str) -> None:
    app = open_app(write_rate_study(tmp_path / "study"), lang)
    shown(app)  # the overview, with so many layers
    app.switch_page("app_pages/coverage.py").run()
    app.session_state["service"] = "renewal"
    app.run()
    text = shown(app)
    share, not_met, unknown, condition = WORDS[lang]
    assert share in text and not_met in text and unknown in text
    assert condition.replace("'", "&#x27;") in text
    assert "55.8%" in text  # 120 of 215
    for unit in ("u1", "u3"):
        app.session_state["unit"] = unit
        app.run()
        assert {"u1": "66.7%", "u3": "66.7%"}[unit] in shown(app)
    app.session_state["unit"] = ""
    for state in ({"click": "from", "start": (114.005, 30.0)}, {"shade": "presence"}):
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        shown(app)
    app.switch_page("app_pages/gaps.py").run()
    shown(app)
    assert not_met in set(app.dataframe[0].value["main_cause"])


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_files_and_report_are_made_in_the_words_of_the_rule(tmp_path: Path, lang: str) -> None:
    found = run(load_study(write_rate_study(tmp_path / "study", locale=lang)))
    html = result_bytes(found, "map.html", locale=lang).decode("utf-8")
    assert WORDS[lang][0] in html
    assert result_bytes(found, "gaps.xlsx", locale=lang)
    made = report_files(found, words_for(lang), ["html", "docx"], ReportOptions())
    text = made["html"].decode("utf-8")
    assert WORDS[lang][0] in text and WORDS[lang][2].lower() in text.lower()
    assert "rule.rate" not in text and "uncovered_not_met" not in text
    assert ">nan<" not in text.lower()


OTHERS = """
[[layers]]
key = "seats"
path = "sites.csv"
rule = "supply"
minutes = 15
capacity = "seats"

[[layers]]
key = "ring"
path = "sites.csv"
rule = "radius"
metres = 1000
land = "units.geojson"
"""
NAMES = {
    "zh-CN": ("供给满足率", "1000米服务半径覆盖率", "平方公里"),
    "en": ("Share of need served", "Share within a radius of 1000 m", "km²"),
}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_supply_and_radius_have_their_names(open_app: Open, tmp_path: Path, lang: str) -> None:
    folder = write_rate_study(tmp_path / "study", locale=lang)
    with (folder / "study.toml").open("a", encoding="utf-8") as text:
        text.write(OTHERS)
    supply, radius, land = NAMES[lang]
    app = open_app(folder, lang)
    app.switch_page("app_pages/coverage.py").run()
    app.session_state["service"] = "seats"
    app.run()
    assert supply in shown(app)
    for state in ({"service": "ring"}, {"unit": "u1"}, {"unit": "", "shade": "presence"}):
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        assert radius in shown(app)
    assert land in shown(app)
    for page in ("siting", "scenarios"):
        app.switch_page(f"app_pages/{page}.py").run()
        shown(app)
