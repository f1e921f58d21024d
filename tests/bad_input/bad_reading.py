"""Reads a broken study and tells what a user is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.readers.roads.overrides import read_overrides
from geo.readers.roads.read import read_roads
from geo.study.load import load_study
from layers.words.catalogue import words_for
from tests.bad_input.cases_exploits import EXPLOITS
from tests.bad_input.cases_tables import CSV, XLSX
from tests.bad_input.cases_vectors import ARCHIVES, GEOJSON, NETWORKS
from tests.bad_input.test_broken_studies import BROKEN, _good

CASES = {
    **{name: damage for name, (damage, _) in BROKEN.items()},
    **CSV,
    **XLSX,
    **GEOJSON,
    **ARCHIVES,
    **NETWORKS,
    **EXPLOITS,
}


def make(folder: Path, name: str) -> None:
    """The good study with one thing wrong."""
    folder.mkdir()
    _good(folder)
    CASES[name](folder)


def read(folder: Path) -> dict[str, Any]:
    """What both languages say, and the counts: only a `StudyError` is ever caught."""
    quality = QualityLog()
    errors: list[StudyError] = []
    try:
        study = load_study(folder)
        read_units(study, quality)
        read_overrides(study, read_roads(study, quality), quality)
        read_demand(study, quality)
        for layer in study.layers:
            read_sites(study, layer, quality)
    except StudyError as error:
        errors.append(error)
    shown: dict[str, Any] = {}
    for locale in ("zh-CN", "en"):
        words = words_for(locale)
        lines = [line for error in errors for line in words.error(error)]
        for row in quality.rows:
            text = words(f"quality.{row.problem}", **vars(row))
            action = words(f"quality.action.{row.action}")
            place = row.file if row.row is None else f"{row.file}:{row.row}"
            lines.append(f"{place}: {text} [{action}]")
        shown[locale] = [line.replace(str(folder), "…") for line in lines]
    shown["counts"] = [
        [item.role, item.rows_in, item.rows_used, item.rows_set_aside] for item in quality.inputs
    ]
    return shown
