"""The sites of a layer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.inputs.preset_columns import with_own_headers
from geo.readers.inputs.site_columns import named_columns, site_columns
from geo.readers.inputs.sources import is_raster
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.osm.sites import read_osm_sites
from geo.readers.table.point_columns import point_columns, point_table, row_number
from geo.readers.table.raw_table import Choice
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    count_input,
    numbers,
    set_aside_broken_codes,
)
from geo.study.model import Layer, Study
from geo.study.rules import RULE_PARAMETERS

__all__ = ["read_sites"]

_SITE_COLUMNS = ["id", "name", "lon", "lat", "row", "capacity"]


def read_sites(study: Study, layer: Layer, quality: QualityLog) -> pd.DataFrame:
    """Read the sites of a layer: from its table, from the network's OSM tags, or none.

    A layer that counts objects has no sites.

    Parameters
    ----------
    study : Study
    layer : Layer
    quality : QualityLog
        Receives one row for each row set aside and one `InputCount` (role ``layer:<key>``).

    Returns
    -------
    DataFrame (n)
        In file order (OSM: by id), index 0..n-1: ``id``, ``name`` (text), ``lon``, ``lat``
        (degrees, WGS-84), ``row``, ``capacity`` (float64, NaN where none); ``unit_id`` where the
        layer names a column for it, ``serves`` (ids of units as they stand in the cell) where its
        rule reads one; those of `geo.readers.inputs.site_columns`.

    Raises
    ------
    StudyError
        As in `read_demand`; ``layer_empty`` when no row can be used.
    """
    where = f"layers[{row_number(study, layer)}]"
    if layer.sites == "none" or layer.of_objects:
        return pd.DataFrame({name: [] for name in _SITE_COLUMNS}).astype(
            {"id": str, "name": str, "lon": float, "lat": float, "row": int, "capacity": float}
        )
    if layer.tags is not None:
        file = study.network.path
        path = study.file(file, "network.path")
        frame, rows_in = read_osm_sites(
            path, file, layer.tags, quality, datum=study.network.datum, capacity=layer.capacity
        )
    else:
        file = str(layer.path)
        path = study.file(file, f"{where}.path")
        if is_raster(path, file):  # its cells hold people, not sites
            raise StudyError("format_not_table", file=file, format="tif")
        frame, rows_in = _site_table(path, file, layer, where, quality, study)
    count_input(quality, f"layer:{layer.key}", path, file=file, rows_in=rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("layer_empty", file=file, layer=layer.key, rows=rows_in)
    return frame


def _site_table(
    path: Path, file: str, layer: Layer, where: str, quality: QualityLog, study: Study
) -> tuple[pd.DataFrame, int]:
    """The usable sites of a table, and the number of its rows."""
    table = read_table(path, file, quality, Choice(layer.layer, layer.sheet))
    layer = with_own_headers(layer, table.frame.columns)
    capacity_field, unit_field = f"{where}.capacity", f"{where}.unit"
    serves_field = f"{where}.serves"
    others = [(layer.capacity, capacity_field)] if layer.capacity else []
    others += [(layer.unit, unit_field)] if layer.unit else []
    names_units = "serves" in RULE_PARAMETERS[layer.rule].keys
    others += [(layer.serves, serves_field)] if names_units else []
    others += named_columns(layer, where)
    columns = point_columns(table, layer, where, quality, others=others)
    row_filter = RowFilter(table, quality)
    frame = point_table(table, layer, columns, where, row_filter, partial(study_bounds, study))
    frame["capacity"] = np.nan
    if layer.unit:
        frame["unit_id"] = column(table, layer.unit, unit_field)
        set_aside_broken_codes(
            frame["unit_id"].to_numpy(dtype=object), row_filter, field=layer.unit
        )
    row_filter.set_aside_twice(
        frame["id"].to_numpy(dtype=object), field=columns.get("id", layer.id)
    )
    if layer.capacity:
        cells = column(table, layer.capacity, capacity_field)
        seats = numbers(cells)
        bad = ~(np.isfinite(seats) & (seats >= 0))
        row_filter.note(
            bad & (cells != ""), "warning", "capacity_bad", field=layer.capacity, values=cells
        )
        frame["capacity"] = np.where(bad, np.nan, seats)
    if names_units:
        frame["serves"] = column(table, layer.serves, serves_field)
    kept = [*_SITE_COLUMNS, *(["unit_id"] if layer.unit else [])]
    kept += ["serves"] if names_units else []
    further = site_columns(layer, table, where, file, row_filter, quality)
    frame, kept = frame.assign(**further), [*kept, *further]
    return frame[row_filter.keep].reset_index(drop=True)[kept], table.rows_in
