"""A changed study, read by the study's own readers before anything is saved.

The user sees before saving what will hold afterwards.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.base.errors import StudyError
from geo.base.quality_log import InputCount, QualityLog, with_names
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.objects import read_objects
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.readers.roads.read import read_roads
from geo.roads.roads import Roads
from geo.study.load import read_study
from geo.study.model import Study
from geo.workspace.edit import Replacement, changed_document
from geo.workspace.folder import STUDY_TOML
from geo.workspace.upload import Floats

__all__ = ["Trial", "reference_places", "roads_of", "try_out"]


@dataclass(frozen=True)
class Trial:
    """The result of reading a file as an input of a study.

    Attributes
    ----------
    count : InputCount or None
        Rows read, used and set aside; None where the reader failed.
    quality : DataFrame
        In the columns of quality.csv.
    error : StudyError or None
        Why the file cannot be used.
    """

    count: InputCount | None
    quality: pd.DataFrame
    error: StudyError | None


def try_out(study: Study, change: Replacement, folder: Path) -> Trial:
    """Read the file as the changed study would.

    Parameters
    ----------
    study : Study
        The study without the change.
    change : Replacement
    folder : Path
        A private, empty folder to work in.
    """
    files = change.files(set())
    path = next(iter(files), "") if change.source is not None else ""
    quality = QualityLog(names={path: change.origin} if path and change.origin else {})
    error: StudyError | None = None
    try:
        _read(_changed(study, change, folder), change, quality)
    except StudyError as found:
        error = with_names(found, quality.names)
    count = quality.inputs[-1] if quality.inputs else None
    return Trial(count, quality.frame(), error)


def roads_of(study: Study, change: Replacement, folder: Path) -> Roads:
    """The roads of a file in its own coordinates, whatever their datum.

    Raises
    ------
    StudyError
        They cannot be read.
    """
    plain = replace(change, keys={**change.keys, "datum": "wgs84"})
    return read_roads(_changed(study, plain, folder), QualityLog())


def reference_places(study: Study) -> tuple[Floats, Floats]:
    """Sites and demand of the study in WGS-84, with which a new road file can be compared.

    Only those with files of their own: what comes from the road file moves with it. Inputs that
    cannot be read are left out.
    """
    found: list[pd.DataFrame] = []
    for layer in study.layers:
        if layer.path is not None:
            with suppress(StudyError):
                found.append(read_sites(study, layer, QualityLog()))
    if study.demand.osm is None:
        with suppress(StudyError):
            found.append(read_demand(study, QualityLog()))
    if not found:
        return np.zeros(0), np.zeros(0)
    places = pd.concat([frame[["lon", "lat"]] for frame in found], ignore_index=True)
    return places["lon"].to_numpy(np.float64), places["lat"].to_numpy(np.float64)


def _changed(study: Study, change: Replacement, folder: Path) -> Study:
    """The changed study, in a private folder where it brings files of its own."""
    files = change.files(set())
    text = changed_document(study.folder, change, [*files])
    (folder / STUDY_TOML).write_text(text, encoding="utf-8", newline="\n")
    for path, source in files.items():
        if not (folder / path).exists():
            shutil.copyfile(source, folder / path)
    changed = read_study(folder)
    return changed if files else changed.model_copy(update={"folder": study.folder})


def _read(study: Study, change: Replacement, quality: QualityLog) -> None:
    if change.role == "demand":
        read_demand(study, quality)
    elif change.role == "units":
        read_units(study, quality)
    elif change.role == "network":
        read_roads(study, quality)
    else:
        layer = study.layer(change.layers[0]) if change.layers else study.layers[-1]
        read = read_objects if layer.of_objects else read_sites
        read(study, layer, quality)
