"""The section on equity: its table, its sentences and its figure, and a county's own figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.coverage.county import county_part, series_parts
from geo.pipeline import run
from geo.study.load import load_study
from layers.report.blocks import Document, Heading, Paragraph, Picture, Ref, Table, labels
from layers.report.chapters import build_report
from layers.report.options import ReportOptions
from layers.words.catalogue import words_for
from tests.geo.equity.test_by_band import write_ranked
from tests.worlds.made_analysis import made_analysis

OPTIONS = ReportOptions(sections=("results",), dpi=50)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = write_ranked(tmp_path_factory.mktemp("hand"))
    return run(load_study(folder), layers=["walk", "parking"])


def _block(document: Document, key: str) -> Table | Picture | None:
    found = (block for block in document.blocks if isinstance(block, Table | Picture))
    return next((block for block in found if block.key == key), None)


@pytest.mark.parametrize(
    ("locale", "title", "said"),
    [
        (
            "zh-CN",
            "公平性",
            "超出15分钟的平均程度为时限的49.8%。13人在120分钟内不能到达，按120分钟计入。",
        ),
        ("en", "Equity", "on average beyond 15 min by 49.8% of the limit. 13 people without"),
    ],
)
def test_the_section_has_a_table_sentences_and_the_curves(
    analysis: Analysis, locale: str, title: str, said: str
) -> None:
    words = words_for(locale)
    document = build_report(analysis, words, OPTIONS)
    assert any(isinstance(b, Heading) and b.text.endswith(title) for b in document.blocks)
    paragraphs = [block for block in document.blocks if isinstance(block, Paragraph)]
    assert any(said in "".join(map(str, block.parts)) for block in paragraphs)
    refs = {part.target for block in paragraphs for part in block.parts if isinstance(part, Ref)}
    assert {"equity-walk", "equity-parking", "lorenz"} <= refs & set(labels(document, words))
    table, picture = _block(document, "equity-walk"), _block(document, "lorenz")
    assert isinstance(table, Table) and isinstance(picture, Picture)
    assert len(table.rows) == 4 and picture.png and "21.8%" in picture.alt
    shown = ["70.0%", {"zh-CN": "17.3分钟", "en": "17.3 min"}[locale]]
    assert table.rows[0][1:] == [*shown, "49.8%", "0.470", "2.49", "-0.304", "13"]
    # A limit in metres has no column for how far beyond it people are.
    parking = _block(document, "equity-parking")
    assert isinstance(parking, Table)
    assert parking.rows[0][1:] == [*shown, "0.470", "2.49", "-0.304", "13"]


def test_without_bands_and_classes_one_table_has_all_layers() -> None:
    document = build_report(made_analysis(), words_for("en"), OPTIONS)
    table = _block(document, "equity")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["Stations", "Parking"]
    # D5, 9 people, is off the network; 96 of 236.5 people are beyond 15 minutes.
    assert [row[-1] for row in table.rows] == ["9", "9"]
    assert table.rows[0][1] == "59.4%" and table.rows[1][3] == "—"


def test_a_county_is_described_by_its_own_people(analysis: Analysis) -> None:
    words = words_for("zh-CN")
    part = county_part(analysis, series_parts(analysis)[0], "甲")
    table = _block(build_report(part, words, OPTIONS), "equity-walk")
    assert isinstance(table, Table)
    # The unreached people live in another city and outside every unit.
    assert table.rows[0][-1] == "0" and table.rows[0][1] == "73.9%"


def test_without_demand_there_is_no_section(analysis: Analysis) -> None:
    weightless = analysis.points.assign(weight=0.0, **{"band:60+": 0.0})
    rows = analysis.demand.assign(weight=0.0)
    none = replace(analysis, demand=rows, points=weightless, equity=None)
    document = build_report(none, words_for("en"), OPTIONS)
    assert _block(document, "equity") is None and _block(document, "lorenz") is None


def test_the_figures_are_counted(analysis: Analysis, tmp_path: Path) -> None:
    from geo.base.progress import Progress, ProgressState

    seen: list[ProgressState] = []
    build_report(analysis, words_for("en"), OPTIONS, progress=Progress(seen.append))
    last = [state for state in seen if state.stage == "figures"][-1]
    assert last.done == last.total
