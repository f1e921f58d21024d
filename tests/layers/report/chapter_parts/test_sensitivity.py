"""The report's section on the range: its figures are those of sensitivity.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.base.progress import Progress, ProgressState
from geo.pipeline import open_explorer
from geo.sensitivity.result import Sensitivity
from geo.sensitivity.share_range import sensitivity
from geo.study.load import load_study
from layers.export.sensitivity.files import sensitivity_parts
from layers.report.blocks import Document, Heading, Paragraph, Picture, Table
from layers.report.chapters import build_report
from layers.report.options import ReportOptions
from layers.words.catalogue import words_for
from tests.worlds.sensitivity_studies import write_known_study

Made = tuple[Analysis, Sensitivity]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = write_known_study(tmp_path_factory.mktemp("known") / "study")
    explorer = open_explorer(load_study(folder))
    return explorer.analysis(), sensitivity(explorer, draws=3)


def _report(made: Made, locale: str, ranges: Sensitivity | None) -> Document:
    steps: list[ProgressState] = []
    options = ReportOptions(sections=("results",), dpi=40, ranges=ranges)
    document = build_report(made[0], words_for(locale), options, progress=Progress(steps.append))
    assert steps[-1].done == steps[-1].total
    return document


def _text(document: Document) -> str:
    paragraphs = [block for block in document.blocks if isinstance(block, Paragraph)]
    return "\n".join("".join(map(str, block.parts)) for block in paragraphs)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_sentences_are_those_of_the_files(made: Made, locale: str) -> None:
    words = words_for(locale)
    document = _report(made, locale, made[1])
    found = json.loads(sensitivity_parts(made[1], made[0].study)["sensitivity.json"])
    figures = found["layers"]["station"]
    text = _text(document)
    low, high = (words.share(figures[name]) for name in ("low", "high"))
    share = words.share(figures["share"])
    said = {
        "zh-CN": f"可达率（步行）为{share}（{low[:-1]}–{high}）。影响最大的是“出行速度±10%”",
        "en": f"(walk): {share} ({low[:-1]}–{high}). The assumption that moves the share most is",
    }
    assert said[locale] in text
    assert words("sensitivity.reference.walk_5kmh", share="85.7%") in text
    (table,) = [b for b in document.blocks if isinstance(b, Table) and b.key == "ranges"]
    assert len(table.rows) == 7 and table.rows[0][2:4] == [low, high]
    (picture,) = [b for b in document.blocks if isinstance(b, Picture) and "range-" in b.key]
    assert share in picture.alt and picture.png


def test_without_a_range_the_report_is_as_it_was(made: Made) -> None:
    words = words_for("zh-CN")
    for ranges in (None, ReportOptions(ranges=made[1]).within({"U1"}).ranges):
        document = _report(made, "zh-CN", ranges)
        titles = [block.text for block in document.blocks if isinstance(block, Heading)]
        assert not any(words("sensitivity.title") in title for title in titles)
    # A page compares options to know whether a report is still the one that was asked for.
    assert ReportOptions(ranges=made[1]) == ReportOptions()


def test_the_summary_holds_the_same_range(made: Made, tmp_path: Path) -> None:
    summary = made[1].added_to(made[0]).summary["layers"]["station"]["sensitivity"]
    found = json.loads(sensitivity_parts(made[1], made[0].study)["sensitivity.json"])
    assert summary == found["layers"]["station"]
