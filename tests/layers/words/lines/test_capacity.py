"""What pages, maps, workbooks and reports show of capacity equals summary.json and the tables."""

from __future__ import annotations

import io

import openpyxl
import pytest

from app_pages.panel.capacity import site_capacity, unit_capacity, whole_capacity
from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.style.shading import SHORT_COLOURS, unit_shading
from layers.web_map.standalone import render_map
from layers.words.catalogue import words_for
from layers.words.lines.capacity import capacity_sentence
from tests.worlds.capacity_study import write_capacity_study
from tests.worlds.tiny_study import write_study


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_capacity_study(tmp_path_factory.mktemp("seats"))))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_study(tmp_path_factory.mktemp("plain"))))


def test_the_sentence_equals_the_summary(found: Analysis) -> None:
    capacity = found.summary["layers"]["station"]["capacity"]
    split = [capacity[n] for n in ("served", "in_reach_over_capacity", "out_of_reach")]
    assert split == [1.0, 1.0, 3.0]
    english = capacity_sentence(found, "station", words_for("en"))
    assert "serve 1 estate at most, 20.0%" in english
    chinese = capacity_sentence(found, "station", words_for("zh-CN"))
    for text in ("最多可服务1个", "20.0%", "1个可达但服务能力不足", "3个无可达服务点"):
        assert text in chinese
    assert capacity_sentence(found, "parking", words_for("en")) == ""


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_panels(found: Analysis, locale: str) -> None:
    words, study = words_for(locale), found.study
    layer, other = study.layer("station"), study.layer("parking")
    assert words("capacity.head") in whole_capacity(found, layer, words)
    assert whole_capacity(found, other, words) == ""
    units = found.units[found.units["unit_id"] == "U1"]
    row = {r["layer"]: r for r in units.to_dict("records")}
    assert words("capacity.served") in unit_capacity(row["station"], layer, study, words)
    assert unit_capacity(row["parking"], other, study, words) == ""
    sites = {r["layer"]: r for r in found.sites.to_dict("records")}
    text = site_capacity(sites["station"], layer, study, words)
    assert words("capacity.waiting") in text and words("capacity.blank_here") not in text
    assert site_capacity(sites["parking"], other, study, words) == ""


def test_units_are_shaded_by_shortage(found: Analysis) -> None:
    # U1: E1 is served, E2 is over capacity, E5 is off the network; U2: nobody is served.
    table = unit_shading(found, "station", by="short").table
    assert table["value"].tolist() == [0.666667, 1.0]
    assert table["class_"].tolist() == [3, 4] and len(SHORT_COLOURS) == 5


def test_map_and_workbook_show_it_only_where_there_are_seats(
    found: Analysis, without: Analysis
) -> None:
    words = words_for("en")
    title = words("capacity.map_title", title="Stations, on foot")
    assert title in render_map(found, locale="en")
    assert words("legend.short") not in render_map(without, locale="en")
    book = openpyxl.load_workbook(io.BytesIO(gaps_workbook(found, words)))
    units = book[words("capacity.sheet.units")]
    cells = [[cell.value for cell in row] for row in units.iter_rows()]
    head = next(row for row in cells if words("capacity.header.short_per_cent") in row)
    at = head.index(words("capacity.header.short_per_cent"))
    body = cells[cells.index(head) + 1 :]
    assert [row[at] for row in body[:2]] == [66.7, 100.0]
    assert words("capacity.sheet.sites") in book.sheetnames
    plain = openpyxl.load_workbook(io.BytesIO(gaps_workbook(without, words)))
    assert words("capacity.sheet.units") not in plain.sheetnames
