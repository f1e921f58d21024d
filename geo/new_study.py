"""A file that is to become an input: what it is, what it says, and how a study would read it.

The readers themselves try it, on the study's parameters with the one section changed, so that what
is shown before saving is what holds afterwards.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.cache import default_cache
from geo.detect_layout import LayoutFinding, detect_layout
from geo.errors import StudyError
from geo.inputs import RoadSource
from geo.quality import InputCount, QualityLog
from geo.readers.cells import coordinate
from geo.readers.columns import Sieve
from geo.readers.formats import OSM_FORMATS, detect_format, read_table
from geo.readers.points import read_demand, read_sites
from geo.readers.positions import positions
from geo.readers.roads import read_roads
from geo.readers.tables import Choice, RawTable
from geo.readers.units import read_units
from geo.roads import Roads
from geo.study import Layer, Study, load_study
from geo.study_folder import STUDY_TOML, Replacement, changed_document

__all__ = [
    "Trial",
    "Upload",
    "input_kind",
    "layer_key",
    "layout_of",
    "open_upload",
    "own_places",
    "parts_of",
    "read_preview",
    "reference_places",
    "roads_of",
    "study_roads",
    "try_out",
]

Floats = NDArray[np.float64]

_NETWORKS = (*OSM_FORMATS, "graphml")
# Errors that ask which part of a file is meant: the parameter with the names, the key they are for.
_PARTS = {"sheets_several": ("sheets", "sheet"), "gpkg_layers": ("layers", "layer")}
# Vertices of borders that stand for areas.
_VERTICES = 2_000


@dataclass(frozen=True)
class Upload:
    """A file of unknown origin in a private folder, under a name of ours.

    Attributes
    ----------
    path : Path
    file : str
        What the user calls it: for messages only.
    kind : str
        Its format (`geo.readers.formats.detect_format`).
    """

    path: Path
    file: str
    kind: str


@dataclass(frozen=True)
class Trial:
    """What a study would make of a file.

    Attributes
    ----------
    count : InputCount or None
        Rows read, used and set aside; None where the reader failed.
    quality : DataFrame
        In the columns of quality.csv.
    error : StudyError or None
        Why the file cannot be used so.
    """

    count: InputCount | None
    quality: pd.DataFrame
    error: StudyError | None


def open_upload(path: Path, file: str) -> Upload:
    """Tell a file's format and give it the suffix that goes with it.

    Raises
    ------
    StudyError
        As in `detect_format`.
    """
    kind = detect_format(path, file)
    named = path.with_name(f"upload.{'osm.pbf' if kind == 'pbf' else kind}")
    path.rename(named)
    return Upload(named, file, kind)


def input_kind(upload: Upload) -> str:
    """``network`` (roads only), ``raster`` (demand only) or ``table``."""
    if upload.kind in _NETWORKS:
        return "network"
    return "raster" if upload.kind == "tif" else "table"


def read_preview(upload: Upload, choice: Choice) -> tuple[RawTable, QualityLog]:
    """The rows of an upload, and what was noticed in reading them.

    Raises
    ------
    StudyError
        As in `read_table`.
    """
    quality = QualityLog()
    return read_table(upload.path, upload.file, quality, choice), quality


def parts_of(error: StudyError) -> tuple[str, list[str]] | None:
    """The key (`sheet`, `layer`) and the names that a file with several parts offers, if it is so.

    Names that the message cuts short are left out.
    """
    if error.code not in _PARTS:
        return None
    param, key = _PARTS[error.code]
    names = [name.strip() for name in str(error.params.get(param, "")).split(", ")]
    return key, [name for name in names if name and not name.endswith("…")]


def layout_of(
    table: RawTable, columns: Mapping[str, str], study: Study, roads: Roads | None
) -> LayoutFinding | None:
    """What the coordinate columns hold; None for features, and where no columns are chosen.

    Parameters
    ----------
    table : RawTable
    columns : mapping of role to column
        With ``lon`` and ``lat``.
    study : Study
    roads : Roads, optional
        Their extent decides between zones.
    """
    if table.geometry is not None or not {"lon", "lat"} <= columns.keys():
        return None
    first, second = (
        np.array([coordinate(cell, axis) for cell in table.frame[columns[axis]]], np.float64)
        for axis in ("lon", "lat")
    )
    near = None
    if roads is not None:
        west, south, east, north = shapely.total_bounds(shapely.multipoints(roads.node_lonlat))
        near = (float(west), float(south), float(east), float(north))
    return detect_layout(first, second, near=near)


def own_places(
    table: RawTable,
    columns: Mapping[str, str],
    study: Study,
    *,
    crs: str | None,
    axis: str,
    areas: bool = False,
) -> tuple[Floats, Floats]:
    """Where the rows lie, in degrees of the file's own datum; NaN where they lie nowhere.

    Parameters
    ----------
    table : RawTable
    columns : mapping of role to column
    study : Study
    crs, axis : str
        As in study.toml.
    areas : bool
        Vertices of the borders, instead of a point a row.

    Raises
    ------
    StudyError
        The coordinates are no degrees (`geo.readers.positions.positions`).
    """
    if areas and table.geometry is not None:
        xy = shapely.get_coordinates(table.geometry)
        if len(xy) > _VERTICES:
            xy = xy[np.linspace(0, len(xy) - 1, _VERTICES).astype(np.int64)]
        return xy[:, 0], xy[:, 1]
    if table.geometry is None and "lonlat" not in columns and not {"lon", "lat"} <= columns.keys():
        return np.full(len(table), np.nan), np.full(len(table), np.nan)
    source = Layer.model_validate(
        {"key": "new", "path": "new", "minutes": 1.0, "crs": crs, "axis": axis}
    )
    sieve = Sieve(table, QualityLog())
    return positions(table, columns, source, study, "layers", sieve)


def study_roads(study: Study) -> Roads:
    """The study's roads, from the cache where it holds them.

    Raises
    ------
    StudyError
        They cannot be read.
    """
    return RoadSource(study, QualityLog(), cache=default_cache()).roads


def try_out(study: Study, change: Replacement, folder: Path) -> Trial:
    """Read the file as the changed study would.

    Parameters
    ----------
    study : Study
        The study as it is.
    change : Replacement
    folder : Path
        A private, empty folder to work in.
    """
    quality = QualityLog()
    error: StudyError | None = None
    files = change.files(set())
    path = next(iter(files), "") if change.source is not None else ""
    try:
        _read(_changed(study, change, folder), change, quality)
    except StudyError as found:
        error = _renamed(found, path, change.origin) if path else found
    quality.rows[:] = [
        replace(row, file=change.origin if row.file == path else row.file) for row in quality.rows
    ]
    count = quality.inputs[-1] if quality.inputs else None
    return Trial(count, quality.frame(), error)


def roads_of(study: Study, change: Replacement, folder: Path) -> Roads:
    """The roads of a file as they stand in it, whatever datum they are in.

    Raises
    ------
    StudyError
        They cannot be read.
    """
    plain = replace(change, keys={**change.keys, "datum": "wgs84"})
    return read_roads(_changed(study, plain, folder), QualityLog())


def reference_places(study: Study) -> tuple[Floats, Floats]:
    """Places of the study in WGS-84 that a new road file can be held against: sites and demand.

    Only those with files of their own: what comes from the roads' own file moves with it. What
    cannot be read is left out.
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
    changed = load_study(folder)
    return changed if files else changed.model_copy(update={"folder": study.folder})


def layer_key(title: str, taken: set[str]) -> str:
    """A key for a new layer: the title's Latin letters and digits, else a number; never taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:40]
    latin = bool(re.search(r"[a-z]", stem))
    first, count = (stem, 2) if latin else (f"layer_{len(taken) + 1}", len(taken) + 2)
    more = (f"{stem if latin else 'layer'}_{number}" for number in range(count, 2 * count + 3))
    return next(name for name in (first, *more) if name not in taken)


def _read(study: Study, change: Replacement, quality: QualityLog) -> None:
    if change.role == "demand":
        read_demand(study, quality)
    elif change.role == "units":
        read_units(study, quality)
    elif change.role == "network":
        read_roads(study, quality)
    else:
        layer = study.layer(change.layers[0]) if change.layers else study.layers[-1]
        read_sites(study, layer, quality)


def _renamed(error: StudyError, path: str, file: str) -> StudyError:
    """The error and its others, with the user's name of the file."""
    found: list[StudyError] = []
    for item in (error, *error.others):
        params: dict[str, Any] = {
            name: file if value == path else value for name, value in item.params.items()
        }
        found.append(StudyError(item.code, **params))
    return StudyError.of(found)
