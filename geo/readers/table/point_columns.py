"""Coordinates of the rows of a point table: which columns hold them, and their cells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.readers.table.cells import Axis, coordinate, split_pair
from geo.readers.table.headers import guess_columns, is_key
from geo.readers.table.layout_check import Near, Source, check_datum, check_layout, to_degrees
from geo.readers.table.raw_table import RawTable
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    each_number,
    has_column,
    missing_column,
    reformatted,
    set_aside_broken_codes,
)
from geo.study.model import DemandInput, Layer, Study, UnitsInput

__all__ = ["point_columns", "positions"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_AXES: tuple[tuple[Axis, float], ...] = (("lon", 180.0), ("lat", 90.0))


def point_columns(
    table: RawTable,
    source: Source,
    where: str,
    quality: QualityLog,
    *,
    others: list[tuple[str, str]],
    placed: bool = True,
) -> dict[str, str]:
    """The columns of a table that hold id, name, lon and lat (or lonlat, both in one cell).

    A column that the study names is used. A column that it does not name, and that does not have
    its default name either, is recognised by its header; the quality report says so.

    Parameters
    ----------
    table : RawTable
    source : DemandInput, Layer or UnitsInput
    where : str
        The section of study.toml, for messages.
    quality : QualityLog
    others : list of (column, field)
        Further columns that must be there.
    placed : bool
        Whether the rows of a table without geometry hold coordinates.

    Raises
    ------
    StudyError
        ``column_missing``, for every column at once that is named and absent, and for coordinates
        that no column holds.
    """
    wanted = ["id", "name"]
    if placed and table.geometry is None:
        wanted += ["lon", "lat"]
    found: dict[str, str] = {}
    open_ = []
    problems = [
        missing_column(table, name, field) for name, field in others if not has_column(table, name)
    ]
    for role in wanted:
        name = str(getattr(source, role))
        if has_column(table, name):
            found[role] = name
        elif role in source.model_fields_set:
            problems.append(missing_column(table, name, f"{where}.{role}"))
        else:
            open_.append(role)
    of_units = isinstance(source, UnitsInput)
    found |= _recognised(table, open_, found, quality, of_units=of_units)
    if "lonlat" not in found:
        problems += [
            missing_column(table, str(getattr(source, role)), f"{where}.{role}")
            for role in ("lon", "lat")
            if role in open_ and role not in found
        ]
    if problems:
        raise StudyError.of(problems)
    return found


def _recognised(
    table: RawTable,
    roles: list[str],
    found: Mapping[str, str],
    quality: QualityLog,
    *,
    of_units: bool,
) -> dict[str, str]:
    """Columns for the given roles, recognised by their headers."""
    guessed = guess_columns(table.frame) if roles else {}
    if of_units and "unit" in guessed:
        # 街道代码 is the code of another thing in a table of points, and the id in one of units.
        guessed.setdefault("id", guessed["unit"])
    both = "lon" in roles and "lat" in roles
    # One of lon and lat is recognised where the study names the other one of the same pair.
    half = any(found.get(role) == guessed.get(role, "") for role in ("lon", "lat"))
    chosen = {}
    for role in (*roles, "lonlat"):
        name = guessed.get(role)
        if name is None or (role == "lonlat" and not both):
            continue
        if role in ("lon", "lat") and not both and not half:
            continue
        if role == "id" and not is_key(table.frame[name]):
            continue
        chosen[role] = name
        quality.add("info", f"column_recognised_{role}", file=table.file, field=name)
    return chosen


def positions(
    table: RawTable,
    columns: Mapping[str, str],
    source: Source,
    near: Near,
    where: str,
    row_filter: RowFilter,
) -> tuple[Floats, Floats]:
    """Coordinates of all rows in the file's datum; NaN in the rows that are set aside.

    Parameters
    ----------
    table : RawTable
    columns : mapping of role to column
        As `point_columns` gave it.
    source
        What study.toml says about the table.
    near : callable
        Bounds of the study, which decide between projections.
    where : str
        The section of study.toml, for messages.
    row_filter : RowFilter
    """
    check_datum(table.crs or source.crs, where, row_filter, accepted=source.inexact_datum)
    if table.geometry is not None:
        lon, lat = _from_geometry(table.geometry, row_filter)
        shown = np.array([f"{x:.6f}, {y:.6f}" for x, y in zip(lon, lat, strict=True)], dtype=object)
        fields = {"lon": "geometry", "lat": "geometry"}
        cells = {"lon": shown, "lat": shown}
        if table.crs is None:  # else the file's own statement is better than the study's
            check_layout(lon, lat, source, near, file=table.file, field=where)
            lon, lat = to_degrees(lon, lat, source)
    else:
        fields, cells, halves = _cells(table, columns, where)
        # With axis "yx" the first column holds latitudes, and its cells may say N or S.
        axes: tuple[Axis, Axis] = ("lat", "lon") if source.axis == "yx" else ("lon", "lat")
        first, second = _parsed(halves["lon"], axes[0]), _parsed(halves["lat"], axes[1])
        for axis, parsed in (("lon", first), ("lat", second)):
            field, values = fields[axis], cells[axis]
            row_filter.set_aside(values == "", "coordinate_missing", field=field)
            row_filter.set_aside(~np.isfinite(parsed), "coordinate_bad", field=field, values=values)
        _report_reformatted(fields, cells, row_filter)
        check_layout(first, second, source, near, file=table.file, field=where)
        lon, lat = to_degrees(first, second, source)
    for axis, bound in _AXES:
        parsed = lon if axis == "lon" else lat
        row_filter.set_aside(
            ~(np.abs(parsed) <= bound), "coordinate_range", field=fields[axis], values=cells[axis]
        )
    row_filter.set_aside((lon == 0) & (lat == 0), "coordinate_zero", field=fields["lon"])
    return np.where(row_filter.keep, lon, np.nan), np.where(row_filter.keep, lat, np.nan)


def _cells(
    table: RawTable, columns: Mapping[str, str], where: str
) -> tuple[dict[str, str], dict[str, Texts], dict[str, Texts]]:
    """By axis: the column, its cells as they are, and the part of the cells for that axis."""
    if "lonlat" not in columns:
        fields = {axis: columns[axis] for axis in ("lon", "lat")}
        cells = {axis: column(table, fields[axis], f"{where}.{axis}") for axis in fields}
        return fields, cells, cells
    both = column(table, columns["lonlat"], f"{where}.lon")
    pairs = [split_pair(cell) or ("", "") for cell in both]
    halves = {
        axis: np.array([pair[at] for pair in pairs], dtype=object)
        for at, axis in enumerate(("lon", "lat"))
    }
    return dict.fromkeys(halves, columns["lonlat"]), dict.fromkeys(halves, both), halves


def _parsed(cells: Texts, axis: Axis) -> Floats:
    return each_number(cells, partial(coordinate, axis=axis))


def _report_reformatted(
    fields: Mapping[str, str], cells: Mapping[str, Texts], row_filter: RowFilter
) -> None:
    """Report for each column how many coordinates were typed in another notation."""
    if fields["lon"] == fields["lat"]:
        return
    for axis, field in fields.items():
        typed = reformatted(cells[axis])
        if (typed & row_filter.keep).any():
            row_filter.total(
                typed, "info", "coordinate_reformatted", action="repaired", field=field
            )


def _from_geometry(geometry: Texts, row_filter: RowFilter) -> tuple[Floats, Floats]:
    """Points as they are; of areas and lines a representative point."""
    row_filter.set_aside_geometry()
    spots = np.array(geometry, dtype=object)
    extended = row_filter.keep & (shapely.get_type_id(geometry) != shapely.GeometryType.POINT)
    if extended.any():
        spots[extended] = shapely.point_on_surface(spots[extended])
        row_filter.note(
            extended, "info", "representative_point", action="repaired", field="geometry"
        )
    spots[~row_filter.keep] = None
    return shapely.get_x(spots), shapely.get_y(spots)


def row_number(study: Study, layer: Layer) -> int:
    """The layer's number in study.toml, from 1."""
    return next(n for n, other in enumerate(study.layers, start=1) if other.key == layer.key)


def point_table(
    table: RawTable,
    source: DemandInput | Layer,
    columns: dict[str, str],
    where: str,
    row_filter: RowFilter,
    near: Near,
) -> pd.DataFrame:
    """Ids, names and positions of all rows; those without a usable one are set aside."""
    lon, lat = positions(table, columns, source, near, where, row_filter)
    if "id" in columns:
        ids = column(table, columns["id"], f"{where}.id")
        row_filter.set_aside(ids == "", "id_empty", field=columns["id"])
        set_aside_broken_codes(ids, row_filter, field=columns["id"])
    else:
        ids = np.array([str(row) for row in table.rows], dtype=object)
        row_filter.about_file("info", "id_from_row", field=source.id)
    names = column(table, columns["name"], f"{where}.name") if "name" in columns else ""
    lon, lat = to_wgs84(lon, lat, source.datum)
    frame = pd.DataFrame(index=pd.RangeIndex(len(table)))
    frame["id"] = pd.Series(ids, index=frame.index, dtype="str")
    frame["name"] = pd.Series(names, index=frame.index, dtype="str")
    return frame.assign(lon=lon, lat=lat, row=table.rows)
