"""An uploaded file before it becomes an input: its format, its rows, its coordinates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.cache import default_cache
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.layout import LayoutFinding, detect_layout
from geo.inputs.road_source import RoadSource
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.formats.registry import format_of
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.table.cells import coordinate
from geo.readers.table.point_columns import positions
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import RowFilter
from geo.roads.roads import Roads
from geo.study.model import Layer, Study

__all__ = [
    "Upload",
    "input_kind",
    "layer_key",
    "layout_of",
    "open_upload",
    "own_places",
    "parts_of",
    "read_preview",
    "study_roads",
]

Floats = NDArray[np.float64]

# Errors for files of several parts: the parameter with their names, and the key that chooses one.
_PARTS = {"sheets_several": ("sheets", "sheet"), "gpkg_layers": ("layers", "layer")}
# At most so many vertices of borders represent areas.
_VERTICES = 2_000


@dataclass(frozen=True)
class Upload:
    """A file of unknown origin in a private folder, under a new name.

    Attributes
    ----------
    path : Path
    file : str
        The user's name of it, for messages only.
    kind : str
        Its format (`geo.readers.formats.detect.detect_format`).
    """

    path: Path
    file: str
    kind: str


def open_upload(path: Path, file: str) -> Upload:
    """Detect a file's format and rename it to the suffix of the format.

    Raises
    ------
    StudyError
        As in `detect_format`.
    """
    kind = detect_format(path, file)
    named = path.with_name(f"upload.{format_of(kind).file_suffix}")
    path.rename(named)
    return Upload(named, file, kind)


def input_kind(upload: Upload) -> str:
    """``network`` (roads only), ``raster`` (demand only) or ``table``."""
    content = format_of(upload.kind).content
    return content if content in ("network", "raster") else "table"


def read_preview(upload: Upload, choice: Choice) -> tuple[RawTable, QualityLog]:
    """The rows of an upload, and the findings of its reader.

    Raises
    ------
    StudyError
        As in `read_table`.
    """
    quality = QualityLog()
    return read_table(upload.path, upload.file, quality, choice), quality


def parts_of(error: StudyError) -> tuple[str, list[str]] | None:
    """The key (`sheet` or `layer`) and the parts of a file, if the error is about several parts.

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
    """The layout of the coordinate columns; None for features, and where no columns are chosen.

    Parameters
    ----------
    table : RawTable
    columns : mapping of role to column
        With ``lon`` and ``lat``.
    study : Study
    roads : Roads, optional
        Their extent decides between projection zones.
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
    """Coordinates of the rows in degrees of the file's own datum, NaN where a row has none.

    Parameters
    ----------
    table : RawTable
    columns : mapping of role to column
    study : Study
    crs, axis : str
        As in study.toml.
    areas : bool
        Return vertices of the borders instead of one point a row.

    Raises
    ------
    StudyError
        The coordinates are not degrees (`geo.readers.table.point_columns.positions`).
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
    row_filter = RowFilter(table, QualityLog())
    return positions(table, columns, source, partial(study_bounds, study), "layers", row_filter)


def study_roads(study: Study) -> Roads:
    """The study's roads, from the cache where it holds them.

    Raises
    ------
    StudyError
        They cannot be read.
    """
    return RoadSource(study, QualityLog(), cache=default_cache()).roads


def layer_key(title: str, taken: set[str]) -> str:
    """A new key for a layer: the title's Latin letters and digits, else a number."""
    stem = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:40]
    latin = bool(re.search(r"[a-z]", stem))
    first, count = (stem, 2) if latin else (f"layer_{len(taken) + 1}", len(taken) + 2)
    more = (f"{stem if latin else 'layer'}_{number}" for number in range(count, 2 * count + 3))
    return next(name for name in (first, *more) if name not in taken)
