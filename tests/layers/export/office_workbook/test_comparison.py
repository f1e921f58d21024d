"""The workbook of a comparison: what changes by layer, unit, group, point, site; how it prints."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from geo.scenarios.compare import Comparison, compare, open_state
from layers.export.office_workbook.comparison import comparison_workbook
from layers.words.catalogue import words_for
from tests.worlds.hand_study import write_hand_study

PLAN = (
    '[[changes]]\ndo = "close_site"\nlayer = "walk"\nid = "s2"\n'
    '[[changes]]\ndo = "demand"\nfactor = 2\n'
)


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    folder = write_hand_study(tmp_path / "study")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "甲.toml").write_text(PLAN, encoding="utf-8")
    return compare(open_state(str(folder)), open_state(f"{folder}#甲"), layers=["walk"])


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_sheet_holds_its_changes_and_prints(found: Comparison, lang: str) -> None:
    words = words_for(lang)
    content = comparison_workbook(found, words, before="现状", after="甲")
    assert content == comparison_workbook(found, words, before="现状", after="甲")
    book = openpyxl.load_workbook(BytesIO(content))
    parts = ("layers", "units", "groups", "points", "sites")
    assert book.sheetnames == [words(f"compare.sheet.{part}") for part in parts]
    moved = (found.units["covered_before"] != found.units["covered_after"]) | (
        found.units["demand_total"] != found.units["demand_total_before"]
    )
    counts = (2, int(moved.sum()), len(found.groups), len(found.points), len(found.sites))
    for sheet, count in zip(book.worksheets, counts, strict=True):
        rows = list(sheet.iter_rows(values_only=True))
        head = next(n for n, row in enumerate(rows) if row[0] == words("export.header.number"))
        assert [row[0] for row in rows[head + 1 :]] == list(range(1, count + 1)), sheet.title
        assert count, sheet.title
        assert {row[2] for row in rows[head + 1 :]} <= {
            words("compare.correction"), words("compare.real")
        }  # fmt: skip
        assert "现状" in rows[0][0] and "甲" in rows[0][0]
        # A3 across, one page wide, the header on every page.
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == f"${head + 1}:${head + 1}"
        assert sheet.print_area.endswith(f"${head + 1 + count}")
    summary = book.worksheets[0]
    real = found.figures["walk"]["real"]
    row = [cell.value for cell in list(summary.iter_rows())[-1]]
    assert row[2] == words("compare.real") and row[3:5] == [
        real["covered_before"], real["covered_after"]
    ]  # fmt: skip
    assert row[-1] == pytest.approx(100 * (real["share_after"] - real["share_before"]), abs=0.051)
