"""Assessment units: administrative areas with ids, names and the chain of their parents."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import shift_geometry
from geo.readers.inputs.areas.seats import read_seats
from geo.readers.inputs.areas.unit_areas import clean_areas
from geo.readers.inputs.areas.unit_parents import with_direct_counties
from geo.readers.inputs.sources import units_table
from geo.readers.table.layout_check import check_datum
from geo.readers.table.point_columns import point_columns
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    count_input,
    missing_column,
    set_aside_broken_codes,
)
from geo.study.model import Study

__all__ = ["read_units"]


def read_units(study: Study, quality: QualityLog) -> gpd.GeoDataFrame:
    """Read the units of a study.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives one row for each unit repaired or set aside and one `InputCount` (role ``units``).

    Returns
    -------
    GeoDataFrame (n), EPSG:4326
        In file order, index 0..n-1: ``id``, ``name`` (text), ``parent:<column>`` for each parent,
        ``geometry`` (Polygon or MultiPolygon, lon/lat in WGS-84, valid; all empty for a list of
        units without areas, whose demand and sites carry the units' codes).

    Raises
    ------
    StudyError
        The file is missing or unreadable or holds no areas (``units_no_geometry``, where demand and
        sites carry no codes either; ``unit_codes_missing`` where only some do), a column is absent
        (``column_missing``), no unit can be used (``units_empty``).
    """
    units = study.units
    read = _read_areas if units.seats is None else read_seats
    found = read(study, quality)
    return with_direct_counties(found, units.parents, quality, file=study.units_file)


def _read_areas(study: Study, quality: QualityLog) -> gpd.GeoDataFrame:
    """Units with areas of their own, or with codes only."""
    units = study.units
    path, file, table = units_table(study, quality)
    parents = [(parent, "units.parents") for parent in units.parents]
    columns = point_columns(table, units, "units", quality, others=parents, placed=False)
    if "id" not in columns:
        raise missing_column(table, units.id, "units.id")
    id_column = columns["id"]
    row_filter = RowFilter(table, quality)
    if table.geometry is None:
        _require_codes(study, file)
        geometry = np.full(len(table), shapely.Polygon(), dtype=object)
    else:
        check_datum(table.crs, "units", row_filter, accepted=units.inexact_datum)
        geometry = clean_areas(table, row_filter)
    ids = column(table, id_column, "units.id")
    row_filter.set_aside(ids == "", "id_empty", field=id_column)
    set_aside_broken_codes(ids, row_filter, field=id_column)
    row_filter.set_aside_twice(ids, field=id_column)
    kept = shift_geometry(geometry[row_filter.keep], units.datum)
    frame = pd.DataFrame({"id": pd.Series(ids[row_filter.keep], dtype="str")})
    frame["name"] = ""
    if "name" in columns:
        frame["name"] = column(table, columns["name"], "units.name")[row_filter.keep]
    for parent in units.parents:
        frame[f"parent:{parent}"] = column(table, parent, "units.parents")[row_filter.keep]
    count_input(quality, "units", path, file=file, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("units_empty", file=file, rows=table.rows_in)
    text = [name for name in frame.columns if name != "id"]
    frame = frame.astype(dict.fromkeys(text, "str"))
    return gpd.GeoDataFrame(frame, geometry=kept, crs="EPSG:4326")


def _require_codes(study: Study, file: str) -> None:
    """Raise unless demand and every layer with sites name a column with unit codes."""
    missing = [] if study.demand.unit else ["demand.unit"]
    named = study.demand.unit is not None
    for number, layer in enumerate(study.layers, start=1):
        if layer.sites == "none":
            continue
        named |= layer.unit is not None
        if layer.unit is None:
            missing.append(f"layers[{number}].unit")
    if missing and not named:
        raise StudyError("units_no_geometry", file=file)
    if missing:
        raise StudyError.of(
            [StudyError("unit_codes_missing", file="study.toml", field=field) for field in missing]
        )
