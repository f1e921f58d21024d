"""A file of polygons without ids: land, water."""

from __future__ import annotations

from typing import Literal

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.formats.geometry import Geometries
from geo.readers.inputs.areas.unit_areas import clean_areas
from geo.readers.table.layout_check import check_datum
from geo.readers.table.row_filter import RowFilter, count_input
from geo.study.model import Study

__all__ = ["read_polygons"]


def read_polygons(
    study: Study,
    file: str,
    field: str,
    quality: QualityLog,
    *,
    role: Literal["land", "water"],
    inexact_datum: bool,
) -> Geometries:
    """Read the polygons of a file, repaired, in the file's datum; rows without one are set aside.

    Parameters
    ----------
    file, field : str
        The path, and the key of study.toml that names it.
    role : str
        Of the input in `quality`.
    inexact_datum : bool
        Whether the study accepts a datum that cannot be told exactly.

    Raises
    ------
    StudyError
        ``land_no_areas`` or ``water_no_areas``: the file has no geometry or no polygon; those of
        `read_table`.
    """
    code = "land_no_areas" if role == "land" else "water_no_areas"
    path = study.file(file, field)
    table = read_table(path, file, quality)
    if table.geometry is None:
        raise StudyError(code, file=file, field=field)
    row_filter = RowFilter(table, quality)
    check_datum(table.crs, field, row_filter, accepted=inexact_datum)
    areas = clean_areas(table, row_filter)[row_filter.keep]
    count_input(quality, role, path, file=file, rows_in=table.rows_in, used=len(areas))
    if not len(areas):
        raise StudyError(code, file=file, field=field)
    return areas
