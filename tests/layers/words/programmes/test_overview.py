"""The overview: its order, what its rows say, and the files and the report that hold it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import result_bytes, result_names
from layers.report.blocks import Table
from layers.report.chapters import ReportOptions, build_report
from layers.words.catalogue import LOCALES, words_for
from layers.words.programmes.overview import COLUMNS, overview_rows
from ledger.evidence.trend import with_kept_trends
from ledger.ledger import open_ledger
from tests.worlds.overview_study import write_overview_study
from tests.worlds.streets import WUHAN
from tests.worlds.tiny_study import write_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_overview_study(tmp_path_factory.mktemp("overview") / "s")))


def test_the_farthest_below_its_pass_line_comes_first(made: Analysis) -> None:
    rows = overview_rows(made, words_for("zh-CN"))
    assert [row.key for row in rows] == ["far", "station", "station_ebike", "parking", "hospital"]
    assert [row.holds for row in rows] == ["未达标", "未达标", "达标", "", ""]
    assert [row.pass_line for row in rows] == ["100.0%", "50.0%", "80.0%", "", ""]
    assert [row.share for row in rows] == ["0.0%", "40.0%", "80.0%", "20.0%", "缺少名单"]
    assert [row.left for row in rows[:4]] == ["5个", "3个", "1个", "4个"]


@pytest.mark.parametrize("lang", LOCALES)
def test_two_definitions_of_one_service_name_each_other(made: Analysis, lang: str) -> None:
    words = words_for(lang)
    rows = {row.key: row for row in overview_rows(made, words)}
    assert rows["station_ebike"].title in rows["station"].twins
    assert rows["station"].title in rows["station_ebike"].twins
    assert not rows["parking"].twins


def test_a_layer_that_waits_has_no_figures_and_names_its_file(made: Analysis) -> None:
    row = overview_rows(made, words_for("zh-CN"))[-1]
    assert "等级医院名单.xlsx" in row.needs and "TD/T 1063-2021" in row.source
    assert not any((row.presence, row.left, row.pass_line, row.holds, row.range))


def test_a_range_that_is_computed_is_shown(made: Analysis) -> None:
    layers = dict(made.summary["layers"])
    layers["station"] = {**layers["station"], "sensitivity": {"low": 0.3, "high": 0.45}}
    ranged = replace(made, summary={**made.summary, "layers": layers})
    rows = {row.key: row for row in overview_rows(ranged, words_for("zh-CN"))}
    assert rows["station"].range == "30.0–45.0%" and not rows["parking"].range


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "Verified: 20.0% (2026-01-31) → 30.0% (2026-H1)"),
     ("zh-CN", "历次复算：20.0%（2026-01-31） → 30.0%（2026-H1）")],
)  # fmt: skip
def test_the_last_verifications_stand_beside_the_share(
    made: Analysis, tmp_path: Path, lang: str, text: str
) -> None:
    assert with_kept_trends(made, tmp_path) is made  # there is no ledger
    of_all = {"run": "", "layer": "station", "level": "", "unit_id": "", "unit_name": "",
              "share_by_presence": 1.0, "data_change": None, "real_change": None}  # fmt: skip
    rows = pd.DataFrame([
        {"number": 1, "made_at": "2026-01-31T09:00", "period": "", "share_by_time": 0.2, **of_all},
        {"number": 2, "made_at": "2026-06-30T09:00", "period": "2026-H1", "share_by_time": 0.3,
         **of_all},
        {"number": 3, "made_at": "2026-07-01T09:00", "period": "", "share_by_time": None, **of_all},
    ])  # fmt: skip
    with open_ledger(tmp_path) as ledger, ledger.store.writing():
        ledger.store.add_trend(rows)
    kept = with_kept_trends(made, tmp_path)
    found = {row.key: row for row in overview_rows(kept, words_for(lang))}
    assert found["station"].trend == text and not found["parking"].trend
    assert text in found["station"].cells(words_for(lang))[COLUMNS.index("share")]


@pytest.mark.parametrize("lang", LOCALES)
def test_the_workbook_holds_the_overview_and_the_summary(made: Analysis, lang: str) -> None:
    words = words_for(lang)
    assert "overview.xlsx" in result_names(made)
    raw = result_bytes(made, "overview.xlsx", locale=lang)
    assert raw == result_bytes(made, "overview.xlsx", locale=lang)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert book.sheetnames == [words("overview.sheet_overview"), words("overview.sheet_summary")]
    titles = [row.title for row in overview_rows(made, words)]
    for sheet in book.worksheets:
        text = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
        assert all(any(title in one for one in text) for title in titles[1:])
        assert any("X-1" in one for one in text)


@pytest.mark.parametrize("lang", LOCALES)
def test_the_report_of_many_layers_begins_with_it(made: Analysis, lang: str) -> None:
    words = words_for(lang)
    report = build_report(made, words, ReportOptions(sections=("summary",)))
    (table,) = [block for block in report.blocks if isinstance(block, Table)]
    assert table.key == "overview" and len(table.rows) == 5
    assert list(table.header) == [words(f"overview.column.{name}") for name in COLUMNS]


def test_a_study_of_few_layers_is_as_before(tmp_path: Path) -> None:
    analysis = run(load_study(write_study(tmp_path / "s")))
    assert "overview.xlsx" not in result_names(analysis)
    report = build_report(analysis, words_for("en"), ReportOptions(sections=("summary",)))
    assert not [block for block in report.blocks if isinstance(block, Table)]


def test_a_rate_has_its_share_and_its_objects(tmp_path: Path) -> None:
    folder = write_overview_study(tmp_path / "s")
    (folder / "works.csv").write_text(
        "id,name,lon,lat,是否开工\n1,甲,114.305,30.5,是\n2,乙,114.315,30.5,否\n", encoding="utf-8"
    )
    with (folder / "study.toml").open("a", encoding="utf-8") as toml:
        toml.write('[[layers]]\nkey = "works"\npreset = "renovation_started"\npath = "works.csv"\n')
    rows = {row.key: row for row in overview_rows(run(load_study(folder)), words_for("en"))}
    row = rows["works"]
    assert (row.share, row.left, row.presence) == ("50.0%", "1 object", "")
    assert "是否开工" in row.basis and row.source == words_for("en")("indicator.office")


@pytest.mark.parametrize("lang", LOCALES)
def test_a_share_of_land_stands_beside_the_share_of_people(lang: str) -> None:
    words = words_for(lang)
    found = run(load_study(WUHAN.parent / "hubei_programmes"), layers=["schools", "health"])
    rows = {row.key: row for row in overview_rows(found, words)}
    for key, share in (("schools", "share_by_radius"), ("health", "share_by_time")):
        entry = found.summary["layers"][key]
        assert rows[key].share == words.share(entry["land"]["share_by_land"])
        assert words.share(entry[share]) in rows[key].beside
        assert rows[key].beside in rows[key].cells(words)[3]
