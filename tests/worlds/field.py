"""The field studies of the shared data, read or run; tests skip where the folder is missing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geo.base.quality_log import QualityLog
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.study.load import load_study
from tests.worlds.streets import SHARED

__all__ = ["FieldInputs", "copy_of", "field_study", "read_field", "read_folder"]


@dataclass(frozen=True)
class FieldInputs:
    """The inputs of a field study without its roads."""

    units: gpd.GeoDataFrame
    demand: pd.DataFrame
    sites: pd.DataFrame
    quality: QualityLog

    def problems(self, file: str) -> list[tuple[str, int | None]]:
        """The findings about a file: problem and row, in the order of reading."""
        return [(row.problem, row.row) for row in self.quality.rows if row.file == file]

    def counts(self, role: str) -> tuple[int, int, int]:
        """Rows read, used and set aside of an input."""
        item = next(item for item in self.quality.inputs if item.role == role)
        return item.rows_in, item.rows_used, item.rows_set_aside


def field_study(name: str) -> Path:
    """The folder of a field study."""
    folder = SHARED / "field" / name
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")
    return folder


def copy_of(name: str, target: Path) -> Path:
    """A copy of a field study that a test may change."""
    return Path(shutil.copytree(field_study(name), target / name))


def read_field(name: str) -> FieldInputs:
    """Read the inputs of a field study."""
    return read_folder(field_study(name))


def read_folder(folder: Path) -> FieldInputs:
    """Read the inputs of a study."""
    study, quality = load_study(folder), QualityLog()
    units = read_units(study, quality)
    demand = read_demand(study, quality)
    sites = read_sites(study, study.layers[0], quality)
    return FieldInputs(units, demand, sites, quality)
