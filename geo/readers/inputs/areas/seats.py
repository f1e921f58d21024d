"""Units from a list of seats and the boundary around them, for offices without unit borders."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.coordinates.layout import Bounds
from geo.readers.formats.detect import read_table
from geo.readers.formats.geometry import shift_geometry
from geo.readers.inputs.areas.unit_areas import clean_areas
from geo.readers.inputs.areas.voronoi import areas_around_seats, parent_of_seats
from geo.readers.table.layout_check import check_datum
from geo.readers.table.point_columns import point_columns, positions
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import RowFilter, column, count_input, has_column, missing_column
from geo.study.model import Study

__all__ = ["bounds_of", "read_seats", "within_bounds"]

Geometries = NDArray[np.object_]
Texts = NDArray[np.object_]


def read_seats(study: Study, quality: QualityLog) -> gpd.GeoDataFrame:
    """Build units around the seats of `units.seats` inside the areas of `units.within`.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives ``units_approximate``, the seats set aside (``seat_outside``, ``seat_same_place``)
        and ``within_without_seat``, with one `InputCount` for each file (roles ``units`` and
        ``within``).

    Returns
    -------
    GeoDataFrame (n), EPSG:4326
        As `geo.readers.inputs.units.read_units`. Parents come from the seats' columns, else from
        those of the area that holds the seat.

    Raises
    ------
    StudyError
        As there.
    """
    units = study.units
    file = str(units.seats)
    path = study.file(file, "units.seats")
    table = read_table(path, file, quality, Choice(units.layer, units.sheet))
    parents, parent_table, kept_parents = _parents(study, quality)
    columns = point_columns(table, units, "units", quality, others=[])
    if "id" not in columns:
        raise missing_column(table, units.id, "units.id")
    _require_parents(table, parent_table, study)
    row_filter = RowFilter(table, quality)
    lon, lat = to_wgs84(
        *positions(table, columns, units, partial(within_bounds, study), "units", row_filter),
        units.datum,
    )
    ids = column(table, columns["id"], "units.id")
    row_filter.set_aside(ids == "", "id_empty", field=columns["id"])
    row_filter.set_aside_twice(ids, field=columns["id"])
    parent = np.full(len(table), -1, dtype=np.int64)
    parent[row_filter.keep] = parent_of_seats(parents, lon[row_filter.keep], lat[row_filter.keep])
    row_filter.set_aside(parent < 0, "seat_outside", field="units.within")
    places = pd.DataFrame({"lon": lon, "lat": lat})
    twice = np.zeros(len(table), dtype=bool)
    twice[row_filter.keep] = places[row_filter.keep].round(7).duplicated().to_numpy()
    row_filter.set_aside(twice, "seat_same_place", field="units.seats")
    keep = row_filter.keep
    count_input(quality, "units", path, file=file, rows_in=table.rows_in, used=int(keep.sum()))
    if not keep.any():
        raise StudyError("units_empty", file=file, rows=table.rows_in)
    _report(file, len(parents), parent[keep], quality, str(units.within))
    frame = pd.DataFrame({"id": ids[keep]})
    frame["name"] = column(table, columns["name"], "units.name")[keep] if "name" in columns else ""
    for name in units.parents:
        cells = _cells(name, table, parent_table, kept_parents[parent])
        frame[f"parent:{name}"] = cells[keep]
    areas = areas_around_seats(parents, parent[keep], lon[keep], lat[keep])
    return gpd.GeoDataFrame(frame.astype("str"), geometry=areas, crs="EPSG:4326")


def within_bounds(study: Study) -> Bounds | None:
    """Bounds of the areas around the seats; None where they cannot be read."""
    file = str(study.units.within)
    try:
        table = read_table(study.file(file, "units.within"), file, QualityLog())
    except StudyError:
        return None
    return bounds_of(table.geometry)


def bounds_of(geometry: Geometries | None) -> Bounds | None:
    """Bounds of all geometries; None where there are none."""
    if geometry is None or not len(geometry):
        return None
    west, south, east, north = (float(side) for side in shapely.total_bounds(geometry))
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


def _parents(study: Study, quality: QualityLog) -> tuple[Geometries, RawTable, NDArray[np.int64]]:
    """The usable areas in WGS-84, their table, and the row of each area in it."""
    units = study.units
    file = str(units.within)
    path = study.file(file, "units.within")
    table = read_table(path, file, quality)
    if table.geometry is None:
        raise StudyError("units_no_geometry", file=file)
    row_filter = RowFilter(table, quality)
    check_datum(table.crs, "units.within", row_filter, accepted=units.inexact_datum)
    areas = clean_areas(table, row_filter)[row_filter.keep]
    count_input(quality, "within", path, file=file, rows_in=table.rows_in, used=len(areas))
    if not len(areas):
        raise StudyError("units_empty", file=file, rows=table.rows_in)
    datum = units.within_datum or units.datum
    return shift_geometry(areas, datum), table, np.flatnonzero(row_filter.keep)


def _require_parents(table: RawTable, parent_table: RawTable, study: Study) -> None:
    """Raise for every parent's column that neither file has."""
    problems = [
        missing_column(parent_table, name, "units.parents")
        for name in study.units.parents
        if not has_column(table, name) and not has_column(parent_table, name)
    ]
    if problems:
        raise StudyError.of(problems)


def _cells(name: str, table: RawTable, parent_table: RawTable, row: NDArray[np.int64]) -> Texts:
    """A parent's names for all seats, from their own table, else from the area around each."""
    if has_column(table, name):
        return column(table, name, "units.parents")
    return column(parent_table, name, "units.parents")[row]


def _report(
    file: str, areas: int, parent: NDArray[np.int64], quality: QualityLog, within: str
) -> None:
    quality.add("warning", "units_approximate", file=file, field="units.seats", value=len(parent))
    empty = areas - len(np.unique(parent))
    if empty:
        quality.add("warning", "within_without_seat", file=within, value=empty)
