"""The three lists and the closing form: text of users stays text, one page, contacts on request."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from geo.pipeline import run
from geo.study.load import load_study
from geo.study.model import Study
from layers.ledger_forms.case_maps import case_maps
from layers.ledger_forms.closing_form import closing_form
from layers.ledger_forms.three_lists import LISTS, lists_workbook
from layers.words.catalogue import LOCALES, words_for
from ledger.cases import FIELDS, TEXT_FIELDS, Case
from tests.worlds.tiny_study import write_study

_CORPUS = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=HYPERLINK(\"http://x.test\")",
    "=HYPERLINK(\"http://x.test\",\"a\")",
    "http://x.test/a",
    "<script>alert(1)</script>",
    "<w:p/><w:instrText>INCLUDETEXT \"/etc/passwd\"</w:instrText>",
    "]]>&amp;<!DOCTYPE x>",
    "{{7*7}} ${7*7} `id`",
    "‮gnp.exe",
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(write_study(tmp_path_factory.mktemp("forms")))


def _case(text: str, number: str = "1") -> Case:
    return Case(number, 1, "open", fields=dict.fromkeys(TEXT_FIELDS, text) | {"number": number})


def test_every_field_is_in_one_of_the_lists() -> None:
    assert {name for fields in LISTS.values() for name in fields} == {*FIELDS}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_workbook_holds_text_only(study: Study, locale: str) -> None:
    cases = [_case(text, str(n)) for n, text in enumerate(_CORPUS)]
    data = lists_workbook(cases, study, words_for(locale), head="abc")
    with zipfile.ZipFile(BytesIO(data)) as book:
        for name in book.namelist():
            text = book.read(name).decode("utf-8", "replace")
            assert "<f>" not in text and "<hyperlink" not in text, name
    found = openpyxl.load_workbook(BytesIO(data))
    assert len(found.worksheets) == 3
    for sheet in found.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell for cell in cells if cell.data_type == "f"]
        texts = {str(cell.value) for cell in cells}
        assert set(_CORPUS) <= {text.strip() if text.strip() in _CORPUS else text for text in texts}
    assert lists_workbook(cases, study, words_for(locale), head="abc") == data


def test_contacts_are_left_out_of_a_public_workbook(study: Study) -> None:
    case = Case(
        "1", 1, "open", fields=dict.fromkeys(TEXT_FIELDS, "") | {"contact": "李四 13800138000"}
    )
    for public in (True, False):
        data = lists_workbook([case], study, words_for("zh-CN"), public=public)
        book = openpyxl.load_workbook(BytesIO(data))
        texts = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row}
        assert ("李四 13800138000" in texts) is not public
        assert ("责任人及电话" in texts) is not public


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", [*_CORPUS, "长" * 5000, "a " * 3000, ""])
def test_the_form_holds_text_only_and_fits_a_page(study: Study, locale: str, text: str) -> None:
    words = words_for(locale)
    data = closing_form(_case(text), study, words, head="f" * 64)
    with zipfile.ZipFile(BytesIO(data)) as package:
        body = package.read("word/document.xml").decode()
        links = package.read("word/_rels/document.xml.rels").decode()
    assert "instrText" not in re.sub(r"&lt;.*?&gt;", "", body) and "External" not in links
    document = Document(BytesIO(data))
    (table,) = document.tables
    assert [len(row.cells) for row in table.rows] == [4] * 16
    shown = "\n".join(cell.text for row in table.rows for cell in row.cells)
    if text and len(text) < 60:
        assert " ".join(text.split()) in shown
    assert sum(_height_mm(row) for row in table.rows) < 235
    for step in ("apply", "accept", "approve", "file"):
        assert words(f"ledger.form.{step}") in shown


def _height_mm(row: Any) -> float:
    """Of a row on paper: lines of 9.5 points, wide letters as wide as high."""
    lines = 0
    for cell in {cell._tc: cell for cell in row.cells}.values():
        room_mm = 50 if cell._tc.grid_span == 1 else 130
        lines = max(lines, sum(_lines(paragraph.text, room_mm) for paragraph in cell.paragraphs))
    return max(row.height.mm, lines * 4.6 + 1)


def _lines(text: str, room_mm: float) -> int:
    width = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text) * 1.68
    return max(1, -(-int(width) // int(room_mm)))


@pytest.mark.parametrize(
    "text, public",
    [
        ("张三 13812345678", "张三 ***"),
        ("电话：027-87654321。", "电话：***。"),
        ("+86 138 1234 5678", "***"),
        ("420102016001 号，2026-03-01", "420102016001 号，2026-03-01"),
        ("涉及 12345678901234 项", "涉及 12345678901234 项"),
    ],
)
def test_no_telephone_in_a_public_list(study: Study, text: str, public: str) -> None:
    data = lists_workbook([_case(text)], study, words_for("zh-CN"), public=True)
    sheets = openpyxl.load_workbook(BytesIO(data)).worksheets
    cells = {str(c.value) for sheet in sheets for row in sheet.iter_rows() for c in row if c.value}
    assert public in cells
    assert text == public or text not in cells


@pytest.mark.parametrize("locale", LOCALES)
def test_the_form_shows_the_gap_before_and_now(tmp_path: Path, locale: str) -> None:
    """A second station reaches E3; E4 stays too far."""
    folder = write_study(tmp_path / "tiny")
    before = run(load_study(folder), layers=["station"])
    uncovered = before.gap_points[before.gap_points["unit_id"] == "U2"]
    points = uncovered[["demand_id", "lon", "lat"]]
    assert set(points["demand_id"]) == {"E3", "E4"}
    sites = before.sites.rename(columns={"site_id": "id"})[["id", "lon", "lat"]]
    with (folder / "stations.csv").open("a", encoding="utf-8") as file:
        file.write("S2,二号站,114.312,30.5\n")
    now = run(load_study(folder), layers=["station"])
    words = words_for(locale)
    case = replace(_case("x"), layer="station", unit_id="U2")
    maps = case_maps(case, points, sites.to_json(orient="records"), now, words)
    assert maps is not None
    (tmp_path / "maps.png").write_bytes(maps.to_bytes())
    for name, count in (("before", "2"), ("now", "1")):
        assert words(f"ledger.form.map_{name}", count=count, all="2") in maps.alt
    data = closing_form(case, now.study, words, maps=maps)
    document = Document(BytesIO(data))
    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr") == maps.alt
    (table,) = document.tables
    assert sum(_height_mm(row) for row in table.rows if row.height) + shape.height.mm < 240
    assert case_maps(case, points.head(0), "", now, words) is None
    assert case_maps(replace(case, layer=""), points, "", now, words) is None
