"""What users read has no programmer's word, and no word of the other language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from layers.report.blocks import Document, Heading, Paragraph, Table
from layers.report.chapters import build_report
from layers.report.html import html_bytes
from layers.report.options import SECTIONS, ReportOptions
from layers.words.catalogue import LOCALES, catalogue, words_for
from tests.worlds.streets import WUHAN

HASH = re.compile(r"[0-9a-f]{64}")
PROGRAMMERS = re.compile(r"study\.toml|layers\[|network\.|max_access_m|sha256", re.IGNORECASE)
CHINESE = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z][A-Za-z.\-]*[A-Za-z]")
# Formats, file names, datums, tags and names that have no Chinese word.
PROPER = set(
    [
        "CSV",
        "TSV",
        "Excel",
        "xlsx",
        "xls",
        "zip",
        "ZIP",
        "GeoJSON",
        "JSON",
        "GeoPackage",
        "Shapefile",
        "KML",
        "KMZ",
        "GeoParquet",
        "FlatGeobuf",
        "GraphML",
        "GeoTIFF",
        "PNG",
        "JPEG",
        "PDF",
        "SVG",
        "Word",
        "WPS",
        "OSM",
        "osm",
        "osm.pbf",
        "Overpass",
        "OpenStreetMap",
        "contributors",
        "ODbL",
        "GIS",
        "GCJ",
        "BD",
        "CGCS",
        "WGS",
        "EPSG",
        "SHA",
        "KB",
        "MB",
        "GB",
        "JavaScript",
        "map.html",
        "quality.csv",
        "units.csv",
        "gap_points.csv",
        "gap",
        "points.csv",
        "quarterhour",
        "run",
        "scenario",
        "out",
        "Esc",
        "unreachable.csv",
        "fieldcheck",
        "embed",
        "true",
        "lang",
        "zh-CN",
        "wcq",
        "amenity",
        "library",
        "leisure",
        "park",
        "garden",
        "capacity",
        "admin",
        "level",
        "place",
        "population",
        "Mall",
        "km",
    ]
)
# Read in a terminal, where study.toml and the options of commands are the user's own words.
TERMINAL = ("cli.",)
# Words that pages replace by their own: `page.error.<code>` in place of `error.<code>`.
REPLACED = ("error.", "quality.")


def _page_texts(locale: str) -> dict[str, str]:
    """Messages that pages and files show."""
    texts = catalogue(locale)
    return {
        key: text
        for key, text in texts.items()
        if not key.startswith(TERMINAL)
        and not (key.startswith(REPLACED) and f"page.{key}" in texts)
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_no_message_of_a_page_has_a_programmers_word(locale: str) -> None:
    wrong = {
        key: text
        for key, text in _page_texts(locale).items()
        if re.search(r"study\.toml|layers\[|max_access_m", text) and key != "error.no_study"
    }
    assert not wrong


def test_no_english_in_chinese_messages() -> None:
    wrong = {}
    for key, text in _page_texts("zh-CN").items():
        if key.startswith(("error.", "quality.", "road.", "presets.", "data.condition_")):
            continue  # about files: names of columns, tags and options; words of conditions
        words = set(LATIN.findall(re.sub(r"\{[^}]*\}", " ", text))) - PROPER
        if words:
            wrong[key] = words
    assert not wrong


def test_no_chinese_in_english_messages() -> None:
    assert not {key for key, text in catalogue("en").items() if CHINESE.search(text)}


def test_brackets_in_chinese_are_full_width() -> None:
    half = re.compile(r"[\u3400-\u9fff}][(]|[(][\u3400-\u9fff{]|[\u3400-\u9fff}][)]")
    assert not {key for key, text in catalogue("zh-CN").items() if half.search(text)}


@pytest.fixture(scope="module")
def wuhan() -> Analysis:
    return run(load_study(WUHAN))


def _own_texts(document: Document) -> Iterator[str]:
    """Texts of a report but for the cells of its tables, which hold names."""
    yield document.title
    yield from document.lines
    for block in document.blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Paragraph):
            yield "".join(part for part in block.parts if isinstance(part, str))
        elif isinstance(block, Table):
            yield block.caption
            yield from block.header


def _names(analysis: Analysis) -> list[str]:
    """Names from the data, the longest first."""
    parents = [name for name in analysis.study.units.parents if name in analysis.units.columns]
    found = {str(name) for column in ("unit_name", *parents) for name in analysis.units[column]}
    return sorted(found - {""}, key=len, reverse=True)


def _check(document: Document, analysis: Analysis, locale: str) -> None:
    words = words_for(locale)
    annex = words("report.section.sources")
    titles = [b.text if isinstance(b, Heading) else "" for b in document.blocks]
    end = titles.index(annex)
    for number, block in enumerate(document.blocks):
        texts = []
        if isinstance(block, Paragraph):
            texts = ["".join(part for part in block.parts if isinstance(part, str))]
        elif isinstance(block, Table):
            texts = [block.caption, *block.header, *(cell for row in block.rows for cell in row)]
        for text in texts:
            assert number > end or not HASH.search(text), text
            assert number > end or not PROGRAMMERS.search(text), text
    for text in _own_texts(document):
        for name in [*_names(analysis), *map(words.text, analysis.study.study.sources)]:
            text = text.replace(name, " ")
        if locale == "en":
            assert not CHINESE.search(text), text
        else:
            text = HASH.sub(" ", text)
            assert set(LATIN.findall(text)) <= PROPER, text
            assert not re.search(r"[\u3400-\u9fff][()]|[()][\u3400-\u9fff]", text), text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_report_of_the_sample_speaks_to_its_readers(wuhan: Analysis, locale: str) -> None:
    # Maps take long to draw; their words are in the catalogues.
    wanted = tuple(name for name in SECTIONS if name not in ("results", "maps"))
    document = build_report(wuhan, words_for(locale), ReportOptions(sections=wanted, dpi=40))
    _check(document, wuhan, locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_report_as_html_speaks_to_its_readers(analysis: Analysis, locale: str) -> None:
    words = words_for(locale)
    document = build_report(analysis, words, ReportOptions(dpi=40))
    html = html_bytes(document, words).decode()
    text = re.sub(r"<style>.*?</style>|<[^>]+>", "\n", html, flags=re.DOTALL)
    body, _, annex = text.rpartition(words("report.section.sources"))
    assert str(analysis.summary["analysis_id"]) in annex
    assert not HASH.search(body) and not PROGRAMMERS.search(body)
    for entry in analysis.summary["inputs"]:
        assert entry["file"] in annex and entry["file"] not in body
