"""The Report page by AppTest: choices, the chapter, maps for print, tables by county."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from layers.report.options import DEFAULT_SECTIONS, SECTIONS
from tests.worlds.tiny_study import write_study

REPORT = "app_pages/report.py"
Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "tiny")


@pytest.fixture
def page(open_app: Open, study: Path) -> AppTest:
    app = open_app(study, page="report")
    assert not app.exception
    return app


def _made(app: AppTest, button: str, name: str) -> bytes:
    """What a button makes, once its work beside the page is done."""
    app.button(key=button).click().run()
    job = app.session_state[f"job-{name}"][0]
    until = time.monotonic() + 120
    while not job.done:
        assert time.monotonic() < until
        time.sleep(0.1)
    app.run()
    assert not app.exception
    content = job.result()
    assert isinstance(content, bytes)
    return content


def test_the_chapter_has_the_sections_language_and_paper_chosen(page: AppTest) -> None:
    pills = page.button_group(key="report_sections-zh-CN")
    assert pills.value == list(DEFAULT_SECTIONS)
    assert len(pills.options) == len(SECTIONS)
    pills.set_value(["summary", "gaps"]).run()
    page.selectbox(key="report_format-zh-CN").set_value("pdf").run()
    page.selectbox(key="report_paper-zh-CN").set_value("a3").run()
    page.selectbox(key="report_language-zh-CN").set_value("en").run()
    reader = PdfReader(BytesIO(_made(page, "report_make", "report")))
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (842, 1191)
    text = "".join(found.extract_text() for found in reader.pages)
    assert "Summary" in text and "Gaps and causes" in text and "Present state" not in text


def test_a_map_for_print_and_the_split_by_county(page: AppTest) -> None:
    page.selectbox(key="print_format-zh-CN").set_value("pdf").run()
    page.selectbox(key="print_orientation-zh-CN").set_value("portrait").run()
    box = PdfReader(BytesIO(_made(page, "print_make", "print"))).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    if any(button.key == "split_make" for button in page.button):
        archive = zipfile.ZipFile(BytesIO(_made(page, "split_make", "split")))
        assert {name.rsplit("/", 1)[-1] for name in archive.namelist()} == {
            "gaps.xlsx", "gaps.csv", "map.html",
        }  # fmt: skip


def test_choices_are_kept_in_the_other_language_and_speak_it(page: AppTest) -> None:
    page.selectbox(key="print_paper-zh-CN").set_value("a3").run()
    page.selectbox(key="print_what-zh-CN").set_value("gaps").run()
    page.button(key="switch").click().run()
    assert not page.exception
    assert page.selectbox(key="print_paper-en").value == "a3"
    what = page.selectbox(key="print_what-en")
    assert what.value == "gaps" and what.options == ["Share within reach", "Gaps and causes"]


def test_without_sections_there_is_nothing_to_make(page: AppTest) -> None:
    page.button_group(key="report_sections-zh-CN").set_value([]).run()
    assert page.button(key="report_make").disabled


def _offered(app: AppTest) -> set[str]:
    """The names of the jobs whose files are offered."""
    return {
        str(button.proto.id).rsplit("download-", 1)[-1]
        for button in app.get("download_button")
        if "download-" in str(button.proto.id)
    }


def test_a_file_for_other_options_is_not_offered(page: AppTest) -> None:
    page.button_group(key="report_sections-zh-CN").set_value(["summary"]).run()
    page.selectbox(key="report_format-zh-CN").set_value("html").run()
    _made(page, "report_make", "report")
    assert _offered(page) == {"report"}
    page.run()
    assert _offered(page) == {"report"}, "another run with the same options keeps the file"
    page.selectbox(key="report_format-zh-CN").set_value("docx").run()
    assert _offered(page) == set()
    _made(page, "report_make", "report")
    assert _offered(page) == {"report"}
    page.button(key="switch").click().run()
    assert not page.exception and _offered(page) == set()


def test_a_map_for_other_options_is_not_offered(page: AppTest) -> None:
    _made(page, "print_make", "print")
    assert _offered(page) == {"print"}
    page.selectbox(key="print_what-zh-CN").set_value("gaps").run()
    assert _offered(page) == set()


_NEW = (
    '[[changes]]\ndo = "add_site"\nlayer = "station"\nname = "东站"\nlon = 114.3145\nlat = 30.5\n'
    "phase = 1\n"
)
_CLOSED = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'


def test_the_chapter_holds_the_proposals_of_the_scenario_chosen(
    open_app: Open, study: Path
) -> None:
    (study / "scenarios").mkdir()
    for name, text in (("布点", _NEW), ("关闭", _CLOSED), ("写错", "[[changes]]\ndo = 1\n")):
        (study / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    app = open_app(study, page="report")
    box = app.selectbox(key="report_proposals-zh-CN")
    # Only scenarios with new sites can be written into the chapter.
    assert box.options == ["不写入布点建议", "布点"] and box.value == ""
    app.button_group(key="report_sections-zh-CN").set_value([]).run()
    assert app.button(key="report_make").disabled
    app.selectbox(key="report_proposals-zh-CN").set_value("布点").run()
    assert not app.button(key="report_make").disabled
    app.selectbox(key="report_format-zh-CN").set_value("html").run()
    page = _made(app, "report_make", "report").decode()
    text = re.sub(r"</?data[^>]*>", "", page)  # around each figure
    assert "布点建议" in text and "东站" in text and "40.0%提高到60.0%" in text
    # Another choice withdraws the file; the other language keeps the choice.
    app.selectbox(key="report_proposals-zh-CN").set_value("").run()
    assert _offered(app) == set()
    app.selectbox(key="report_proposals-zh-CN").set_value("布点").run()
    app.button(key="switch").click().run()
    assert not app.exception
    chosen = app.selectbox(key="report_proposals-en")
    assert chosen.value == "布点" and chosen.options[0] != "不写入布点建议"


def test_a_study_without_new_sites_asks_for_no_proposals(page: AppTest) -> None:
    assert not [box for box in page.selectbox if "proposals" in str(box.key)]


def test_a_document_s_figures_are_checked_on_the_page(page: AppTest) -> None:
    page.selectbox(key="report_format-zh-CN").set_value("docx").run()
    page.button_group(key="report_sections-zh-CN").set_value(["summary"]).run()
    made = _made(page, "report_make", "report")
    assert page.button(key="verify_check").disabled
    page.file_uploader(key="verify_file").set_value(("r.docx", made, "application/octet-stream"))
    page.run()
    page.button(key="verify_check").click().run(timeout=60)
    assert not page.exception
    assert any("一致" in one.value for one in page.success)
    page.file_uploader(key="verify_file").set_value(("r.docx", b"nonsense", "text/plain")).run()
    page.button(key="verify_check").click().run(timeout=60)
    assert not page.exception and not page.success
