"""The hand-made analysis, plain and hostile, and a run's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.analysis import Analysis
from layers.export.results import write_results
from tests.worlds.made_analysis import made_analysis


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    return made_analysis()


@pytest.fixture(scope="session")
def hostile() -> Analysis:
    return made_analysis(hostile=True)


@pytest.fixture(scope="session")
def out(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_results(analysis, folder)
    return folder
