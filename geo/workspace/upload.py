"""An uploaded file before it becomes an input: its format, its rows, its coordinates."""

from __future__ import annotations

import re
import unicodedata
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
from geo.readers.inputs.sources import units_table
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
    "layer_title_of",
    "layout_of",
    "open_upload",
    "own_places",
    "parts_of",
    "read_preview",
    "study_roads",
    "units_are_listed",
]

Floats = NDArray[np.float64]

# Errors for files of several parts: the parameter with their names, and the key that chooses one.
_PARTS = {"sheets_several": ("sheets", "sheet"), "gpkg_layers": ("layers", "layer")}
# What the names of files carry before and after their subject.
_SEPARATORS = " _-—–·.,，、;；~"
_FILE_WORDS = re.compile(
    r"\((?:改|修改|修订|终|终稿|最终|最终版|定稿|新|旧|初稿|副本|\d+|copy)\)$"
    r"|(?:统计表|汇总表|一览表|明细表|登记表|信息表|情况表|基本情况|花名册|名单|名录|台账|清单|汇总|统计|数据"
    r"|点位|坐标|最终版?|终版|终稿|定稿|初稿|修改版?|修订版?|更新版?|新版|旧版|副本|改)$"
    r"|(?i:[\s_\-](?:final|copy|new|list|data|v\d+))$|[\s_\-]\d{1,8}$|(?<=\D)(?:19|20)\d{2}(?:年(?:\d+月)?)?$"
    r"|^(?:附件|附表)\s*\d*[:：.、]?|^(?:19|20)\d{2}(?:年(?:度|\d+月(?:\d+日)?)?|[-_.])|^(?:副本|关于)"
)
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


def units_are_listed(study: Study) -> bool:
    """Whether the units are a list without areas, so that codes say where a point belongs."""
    if study.units.seats is not None:
        return False
    try:
        return units_table(study, QualityLog())[2].geometry is None
    except StudyError:
        return False


def layer_title_of(stem: str) -> str:
    """A title for a layer from the name of its file, without what only the file is called.

    >>> layer_title_of("老年食堂统计表(改)")
    '老年食堂'
    >>> layer_title_of("2024年医保服务站名单_最终版 v2")
    '医保服务站'
    """
    text = unicodedata.normalize("NFKC", stem).strip()
    while (shorter := _FILE_WORDS.sub("", text).strip(_SEPARATORS)) != text:
        text = shorter
    return text


def layer_key(title: str, taken: set[str]) -> str:
    """A new key for a layer: the title's Latin letters and digits, else a number."""
    stem = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:40]
    latin = bool(re.search(r"[a-z]", stem))
    first, count = (stem, 2) if latin else (f"layer_{len(taken) + 1}", len(taken) + 2)
    more = (f"{stem if latin else 'layer'}_{number}" for number in range(count, 2 * count + 3))
    return next(name for name in (first, *more) if name not in taken)
