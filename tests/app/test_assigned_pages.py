"""The rule `assigned` on the pages, in the report and on the Data page, in both languages."""

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
from tests.worlds.tiny_study import write_study

Open = Callable[..., AppTest]
WORDS = {
    "zh-CN": ("未落实服务点", "有服务点负责", "只计负责本单元的服务点"),
    "en": ("No site assigned", "are served by one", "the sites that serve a unit"),
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The tiny study, whose station serves the second unit: U1 holds it and is served by nobody."""
    folder = write_study(tmp_path / "tiny")
    (folder / "stations.csv").write_text(
        "id,name,lon,lat,serves\nS1,一号站,114.300,30.5,U2\n", encoding="utf-8"
    )
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('key = "station"\n', 'key = "station"\nrule = "assigned"\n')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_coverage_and_gaps_name_the_rule_and_its_cause(
    open_app: Open, study: Path, lang: str
) -> None:
    app = open_app(study, lang)
    text = shown(app)
    cause, presence, basis = WORDS[lang]
    assert cause in text and presence in text and basis in text
    assert "100.0%" in text  # both units: one holds the station, the other is served by it
    app.session_state["unit"] = "U2"
    app.run()
    text = shown(app)
    assert {"zh-CN": "1个服务点负责本单元", "en": "Sites that serve it: 1."}[lang] in text
    for state in ({"click": "from", "start": (114.305, 30.5)}, {"shade": "presence"}):
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        shown(app)
    app.switch_page("app_pages/gaps.py").run()
    shown(app)
    table = app.dataframe[0].value
    assert cause in set(table["main_cause"])


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_files_and_report_are_made_in_the_words_of_the_rule(study: Path, lang: str) -> None:
    found = run(load_study(study))
    html = result_bytes(found, "map.html", locale=lang).decode("utf-8")
    assert WORDS[lang][1] in html
    assert result_bytes(found, "gaps.xlsx", locale=lang)
    made = report_files(found, words_for(lang), ["html", "docx"], ReportOptions())
    text = made["html"].decode("utf-8")
    assert WORDS[lang][1] in text and WORDS[lang][0].lower() in text.lower()
    # What only another rule could say is not said of this one.
    assert "rule.assigned" not in text and "uncovered_not_assigned" not in text
