"""The chapter of proposed sites, and the measures that they put into the lists of gaps."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from geo.analysis import Analysis
from geo.pipeline import open_explorer
from geo.scenarios.changes import AddSite, Scenario
from geo.scenarios.proposed import ProposedSites, proposed_in_scenario
from geo.study.load import load_study
from layers.export.office_workbook.gap_workbook import gaps_workbook
from layers.report.blocks import Document, Heading, Paragraph, Table
from layers.report.chapters import build_report
from layers.report.options import ReportOptions
from layers.words.catalogue import words_for
from tests.worlds.tiny_study import write_study

OPTIONS = ReportOptions(sections=("siting",), dpi=50)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, ProposedSites]:
    """The small town, and a scenario of two sites: at E3 (near term) and near E4 (long term)."""
    explorer = open_explorer(load_study(write_study(tmp_path_factory.mktemp("tiny"))))
    sites = [
        AddSite(do="add_site", layer="station", lon=lon, lat=30.5, name=name, phase=phase)
        for lon, name, phase in ((114.3145, "", 1), (114.3285, "东站", 2))
    ]
    (found,) = proposed_in_scenario(explorer, Scenario("A", "已证明为最优。", tuple(sites)))
    return explorer.analysis(), found


def _text(document: Document) -> str:
    lines = []
    for block in document.blocks:
        if isinstance(block, Heading):
            lines.append(block.text)
        elif isinstance(block, Paragraph):
            lines.append("".join(part for part in block.parts if isinstance(part, str)))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh-CN", ("一、布点建议", "近期1个、远期1个", "40.0%提高到80.0%", "已证明为最优")),
        ("en", ("Proposed sites", "1 in the near term", "40.0% to 80.0%", "已证明为最优")),
    ],
)
def test_the_chapter_is_filled(
    made: tuple[Analysis, ProposedSites], locale: str, said: tuple[str, ...]
) -> None:
    analysis, found = made
    document = build_report(analysis, words_for(locale), replace(OPTIONS, proposals=(found,)))
    text = _text(document)
    assert all(part in text for part in said), text
    (table,) = [block for block in document.blocks if isinstance(block, Table)]
    assert [row[4] for row in table.rows] == ["1", "1"]  # E3, then E4
    assert "东站" in table.rows[1][2] and "乙街道" in table.rows[0][2]
    assert table.rows[1][5] == "80.0%"


def test_a_result_of_the_command_gives_its_bound(made: tuple[Analysis, ProposedSites]) -> None:
    analysis, found = made
    summary = {
        "method": "mclp", "objective": 4.0, "bound": 4.0, "proven_gap": 0.0, "status": "optimal",
        "parameters": {"sites": 2, "budget": None}, "moved": [], "demand_total": 5.0,
        "sites_added": 2,
    }  # fmt: skip
    options = replace(OPTIONS, proposals=(replace(found, summary=summary),))
    text = _text(build_report(analysis, words_for("zh-CN"), options))
    assert "新增2个服务点的任何布点方案都不可能覆盖超过4个小区（80.0%）" in text


def test_without_proposals_the_usual_report_has_no_such_chapter(
    made: tuple[Analysis, ProposedSites],
) -> None:
    _, found = made
    assert "siting" not in ReportOptions().chosen
    options = ReportOptions(proposals=(found,))
    assert "siting" in options.chosen and "siting" not in options.within({"U1"}).chosen
    assert "siting" in options.within({"U2"}).chosen


def test_gaps_xlsx_names_the_measures(made: tuple[Analysis, ProposedSites]) -> None:
    analysis, found = made
    words = words_for("zh-CN")
    book = openpyxl.load_workbook(BytesIO(gaps_workbook(analysis, words, proposed=[found])))
    units, points = book.worksheets[0], book["服务站·步行"]

    def column(sheet: object, header: str) -> list[object]:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]  # type: ignore[attr-defined]
        top = next(row for row in rows if header in row)
        return [row[top.index(header)] for row in rows[rows.index(top) + 1 :]]

    measures = [text for text in column(units, "建议措施") if text]
    assert any("建议点1（近期）、乙街道东站（远期），可覆盖2个小区" in str(one) for one in measures)
    assert "暂无布点建议，另行研究" in measures  # U1 has E5, which no site can reach
    about = dict(
        zip(column(points, words("export.header.point")), column(points, "建议措施"), strict=True)
    )
    assert about["四号小区"] == "由新增乙街道东站（远期）覆盖"
    assert about["五号湾"] == "暂无布点建议，另行研究"
    # Without proposals the office fills the column in by hand.
    blank = openpyxl.load_workbook(BytesIO(gaps_workbook(analysis, words)))
    assert not [text for text in column(blank.worksheets[0], "建议措施") if text]
