"""docs/results.md lists the columns of every table as a run writes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.coverage.access_table import ACCESS_SCHEMA
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import OUTPUT_FILES, table
from tests.worlds.hand_study import write_hand_study

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)\.(csv|parquet)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_hand_study(tmp_path_factory.mktemp("hand"))))


def test_the_columns_are_those_of_a_run(found: Analysis) -> None:
    listed = {match[1]: match[3] for match in ROW.finditer(PAGE)}
    tables = {name.split(".")[0] for name in OUTPUT_FILES if name.endswith((".csv", ".parquet"))}
    assert set(listed) == tables
    for name, text in listed.items():
        text = text.replace(" (if the study has it)", "")
        columns = text.replace("*parents*", ", ".join(found.study.units.parents)).split(", ")
        names = ACCESS_SCHEMA.names if name == "access" else list(table(found, name).columns)
        assert columns == names, name


def test_every_file_is_on_the_page() -> None:
    for name in OUTPUT_FILES:
        assert f"`{name}`" in PAGE or f"`.{name.split('.')[-1]}`" in PAGE, name
