"""The objects of a rate: rows of a table, at a place or in a unit, with what the rule says of them.

Objects are points, areas (which stand at one representative point) or rows that have no place and
name their unit by its code.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.readers.formats.detect import read_table
from geo.readers.inputs.condition_cells import outcome_of
from geo.readers.inputs.demand import report_unknown_values
from geo.readers.inputs.preset_columns import with_preset_headers
from geo.readers.inputs.sources import is_raster
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.table.headers import guess_columns
from geo.readers.table.point_columns import point_columns, positions, row_number
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    count_input,
    has_column,
    numbers,
    set_aside_broken_codes,
)
from geo.study.condition import columns_of, parse
from geo.study.model import Layer, Study

__all__ = ["read_objects"]

Texts = NDArray[np.object_]


def read_objects(study: Study, layer: Layer, quality: QualityLog) -> pd.DataFrame:
    """Read the objects of a layer with the rule `rate`.

    Parameters
    ----------
    study : Study
    layer : Layer
    quality : QualityLog
        Receives one row for each row set aside and one `InputCount` (role ``layer:<key>``).

    Returns
    -------
    DataFrame (n)
        In file order, index 0..n-1: ``id``, ``name`` (text), ``lon``, ``lat`` (degrees, WGS-84;
        NaN where the object has no place), ``row``, ``weight`` (1.0 without a column), ``group``
        and ``class`` ("" everywhere), ``unit_id`` where the layer names a column for it,
        ``col:<name>`` for each column that `only` names, ``met`` and ``unknown`` (bool).

    Raises
    ------
    StudyError
        As in `geo.readers.inputs.sites.read_sites`.
    """
    where = f"layers[{row_number(study, layer)}]"
    file = str(layer.path)
    path = study.file(file, f"{where}.path")
    if is_raster(path, file):  # its cells hold people, not objects
        raise StudyError("format_not_table", file=file, format="tif")
    table = with_preset_headers(
        read_table(path, file, quality, Choice(layer.layer, layer.sheet)), layer
    )
    condition = parse(layer.condition or "")
    read = {name: f"{where}.condition" for name in columns_of(condition)}
    read |= {name: f"{where}.only.{name}" for name in layer.only}
    others = [(layer.weight, f"{where}.weight")] if layer.weight else []
    others += [(layer.unit, f"{where}.unit")] if layer.unit else []
    placed = not layer.unit or _has_places(table, layer)
    columns = point_columns(
        table, layer, where, quality, others=[*others, *read.items()], placed=placed
    )
    row_filter = RowFilter(table, quality)
    frame = _rows(table, layer, columns, where, row_filter, quality, study)
    if layer.weight:
        frame["weight"] = _weights(column(table, layer.weight, where), row_filter, layer.weight)
    row_filter.set_aside_twice(
        frame["id"].to_numpy(dtype=object), field=columns.get("id", layer.id)
    )
    frame = _with_outcome(frame, table, layer, read, row_filter)
    frame = frame[row_filter.keep].reset_index(drop=True)
    count_input(
        quality, f"layer:{layer.key}", path, file=file, rows_in=table.rows_in, used=len(frame)
    )
    if frame.empty:
        raise StudyError("layer_empty", file=file, layer=layer.key, rows=table.rows_in)
    report_unknown_values(layer, where, frame, quality)
    return frame


def _with_outcome(
    frame: pd.DataFrame,
    table: RawTable,
    layer: Layer,
    read: dict[str, str],
    row_filter: RowFilter,
) -> pd.DataFrame:
    """Add what `only` filters by, and whether each object meets the condition."""
    for name in layer.only:
        frame[f"col:{name}"] = column(table, name, read[name])
    condition = parse(layer.condition or "")
    cells = {name: column(table, name, read[name]) for name in columns_of(condition)}
    outcome = outcome_of(condition, cells)
    for name, values in cells.items():
        if (row_filter.keep & (values == "")).any():
            row_filter.total(values == "", "info", "condition_cell_missing", field=name)
        bad = outcome.unreadable.get(name, np.zeros(len(values), np.bool_))
        row_filter.note(bad, "warning", "condition_cell_bad", field=name, values=values)
    return frame.assign(met=outcome.met, unknown=outcome.unknown)


def _rows(
    table: RawTable,
    layer: Layer,
    columns: dict[str, str],
    where: str,
    row_filter: RowFilter,
    quality: QualityLog,
    study: Study,
) -> pd.DataFrame:
    """Ids, names, places and units of all rows; those that stand nowhere are set aside."""
    frame = pd.DataFrame(index=pd.RangeIndex(len(table)))
    if "id" in columns:
        ids = column(table, columns["id"], f"{where}.id")
        row_filter.set_aside(ids == "", "id_empty", field=columns["id"])
        set_aside_broken_codes(ids, row_filter, field=columns["id"])
    else:
        ids = np.array([str(row) for row in table.rows], dtype=object)
        row_filter.about_file("info", "id_from_row", field=layer.id)
    names = column(table, columns["name"], f"{where}.name") if "name" in columns else ""
    frame["id"] = pd.Series(ids, index=frame.index, dtype="str")
    frame["name"] = pd.Series(names, index=frame.index, dtype="str")
    codes: Texts = np.full(len(table), "", dtype=object)
    if layer.unit:
        codes = column(table, layer.unit, f"{where}.unit")
        set_aside_broken_codes(codes, row_filter, field=layer.unit)
        frame["unit_id"] = codes
    lon, lat = np.full(len(table), np.nan), np.full(len(table), np.nan)
    without = _without_place(table, columns)
    if layer.unit:
        row_filter.set_aside(without & (codes == ""), "object_without_place", field=layer.unit)
    which = np.flatnonzero(~without if layer.unit else np.ones(len(table), np.bool_))
    if len(which):
        part = _part(table, which)
        part_filter = RowFilter(part, quality)
        part_filter.keep &= row_filter.keep[which]
        lon[which], lat[which] = positions(
            part, columns, layer, partial(study_bounds, study), where, part_filter
        )
        row_filter.keep[which] &= part_filter.keep
    lon, lat = to_wgs84(lon, lat, layer.datum)
    return frame.assign(lon=lon, lat=lat, row=table.rows, weight=1.0, group="", **{"class": ""})


def _has_places(table: RawTable, layer: Layer) -> bool:
    """Whether a table whose rows name their unit holds coordinates, too."""
    if all(has_column(table, name) for name in (layer.lon, layer.lat)):
        return True
    guessed = guess_columns(table.frame)
    return "lonlat" in guessed or ("lon" in guessed and "lat" in guessed)


def _without_place(table: RawTable, columns: dict[str, str]) -> NDArray[np.bool_]:
    """Rows without coordinates and without a geometry, bool (n)."""
    if table.geometry is not None:
        found: NDArray[np.bool_] = shapely.is_missing(table.geometry)
        found[list(table.faults)] = False
        return found
    blank = np.ones(len(table), np.bool_)
    for role in ("lon", "lat", "lonlat"):
        if role in columns:
            blank &= column(table, columns[role], role) == ""
    return blank


def _part(table: RawTable, which: NDArray[np.int64]) -> RawTable:
    """Some rows of a table."""
    place = {int(at): number for number, at in enumerate(which)}
    return replace(
        table,
        frame=table.frame.iloc[which].reset_index(drop=True),
        rows=table.rows[which],
        geometry=None if table.geometry is None else table.geometry[which],
        faults={place[at]: fault for at, fault in table.faults.items() if at in place},
    )


def _weights(cells: Texts, row_filter: RowFilter, field: str) -> NDArray[np.float64]:
    """Amounts of all rows, as weights of the demand are read."""
    weights = numbers(cells)
    row_filter.set_aside(cells == "", "weight_missing", field=field)
    row_filter.set_aside(~np.isfinite(weights), "weight_bad", field=field, values=cells)
    row_filter.set_aside(~(weights >= 0), "weight_negative", field=field, values=cells)
    return weights
