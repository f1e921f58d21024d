"""Demand points and sites: tables of points with everything checked that later stages trust."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.datum import to_wgs84
from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.classes import class_words
from geo.readers.columns import (
    Sieve,
    column,
    count_input,
    numbers,
    reformatted,
    set_aside_broken_codes,
)
from geo.readers.formats import read_table
from geo.readers.osm_sites import read_osm_sites
from geo.readers.positions import point_columns, positions
from geo.readers.raster import RASTER_VALUE
from geo.readers.sources import demand_table, is_raster
from geo.readers.tables import Choice, RawTable, one_line
from geo.readers.vectors import shift_geometry
from geo.study import DemandInput, Layer, Study

__all__ = ["read_demand", "read_sites"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_SITE_COLUMNS = ["id", "name", "lon", "lat", "row", "capacity"]


def read_demand(study: Study, quality: QualityLog) -> pd.DataFrame:
    """Read the demand points of a study.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives one row for each row set aside and one `InputCount` (role ``demand``).

    Returns
    -------
    DataFrame (n)
        In file order, index 0..n-1: ``id``, ``name`` (text), ``lon``, ``lat`` (degrees, WGS-84),
        ``row`` (as the user sees it), ``weight`` (1.0 without a weight column), ``band:<name>`` per
        band, ``group``, ``class`` (text, empty where none), ``col:<name>`` per column that any
        layer's `only` names; ``unit_id`` where the study names a column for it, ``shape``
        (geometries in WGS-84) where the weights are to be spread.

    Raises
    ------
    StudyError
        The file is missing or unreadable, a column is absent (``column_missing``), no row can be
        used (``demand_empty``).
    """
    demand = study.demand
    path, file, table = demand_table(study, quality)
    weight = demand.weight or (RASTER_VALUE if is_raster(path, file) else "")
    weights, roles, only = _named_columns(study, weight)
    others = [*weights.values(), *roles.values(), *only.items()]
    columns = point_columns(table, demand, "demand", quality, others=others)
    if demand.spread and table.geometry is None:
        raise StudyError("spread_no_areas", file=file)

    sieve = Sieve(table, quality)
    frame = _points(table, demand, columns, "demand", sieve, study)
    if demand.spread and table.geometry is not None:
        frame["shape"] = shift_geometry(table.geometry, demand.datum)
    frame["weight"] = 1.0
    for name, (source, field) in weights.items():
        frame[name] = _weights(column(table, source, field), sieve, field=source)
    frame["group"] = column(table, *roles["group"]) if demand.group else ""
    if demand.unit:
        frame["unit_id"] = column(table, *roles["unit"])
    for role in ("group", "unit"):
        if role in roles:
            set_aside_broken_codes(column(table, *roles[role]), sieve, field=roles[role][0])
    _classes(frame, table, roles.get("class"), only, study)
    sieve.set_aside_twice(frame["id"].to_numpy(dtype=object), field=columns.get("id", demand.id))
    frame = frame[sieve.keep].reset_index(drop=True)
    count_input(quality, "demand", path, file=file, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("demand_empty", file=file, rows=table.rows_in)
    _check_only(study, frame, quality)
    return frame


def read_sites(study: Study, layer: Layer, quality: QualityLog) -> pd.DataFrame:
    """Read the sites of a layer: from its table, from the network's OSM tags, or none.

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
        layer names a column for it.

    Raises
    ------
    StudyError
        As in `read_demand`; ``layer_empty`` when no row can be used.
    """
    where = f"layers[{_number_of(study, layer)}]"
    if layer.sites == "none":
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
        if is_raster(path, file):  # its cells are people, not places
            raise StudyError("format_not_table", file=file, format="tif")
        frame, rows_in = _site_table(path, file, layer, where, quality, study)
    count_input(quality, f"layer:{layer.key}", path, file=file, rows_in=rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("layer_empty", file=file, layer=layer.key, rows=rows_in)
    return frame


def _site_table(
    path: Path, file: str, layer: Layer, where: str, quality: QualityLog, study: Study
) -> tuple[pd.DataFrame, int]:
    """The sites of a table that can be used, and the number of its rows."""
    table = read_table(path, file, quality, Choice(layer.layer, layer.sheet))
    capacity_field, unit_field = f"{where}.capacity", f"{where}.unit"
    others = [(layer.capacity, capacity_field)] if layer.capacity else []
    others += [(layer.unit, unit_field)] if layer.unit else []
    columns = point_columns(table, layer, where, quality, others=others)
    sieve = Sieve(table, quality)
    frame = _points(table, layer, columns, where, sieve, study)
    frame["capacity"] = np.nan
    if layer.unit:
        frame["unit_id"] = column(table, layer.unit, unit_field)
        set_aside_broken_codes(frame["unit_id"].to_numpy(dtype=object), sieve, field=layer.unit)
    sieve.set_aside_twice(frame["id"].to_numpy(dtype=object), field=columns.get("id", layer.id))
    if layer.capacity:
        cells = column(table, layer.capacity, capacity_field)
        seats = numbers(cells)
        bad = ~(np.isfinite(seats) & (seats >= 0))
        sieve.note(
            bad & (cells != ""), "warning", "capacity_bad", field=layer.capacity, values=cells
        )
        frame["capacity"] = np.where(bad, np.nan, seats)
    kept = [*_SITE_COLUMNS, *(["unit_id"] if layer.unit else [])]
    return frame[sieve.keep].reset_index(drop=True)[kept], table.rows_in


def _number_of(study: Study, layer: Layer) -> int:
    """The layer's number as a user counts, from 1."""
    return next(n for n, other in enumerate(study.layers, start=1) if other.key == layer.key)


def _points(
    table: RawTable,
    source: DemandInput | Layer,
    columns: dict[str, str],
    where: str,
    sieve: Sieve,
    study: Study,
) -> pd.DataFrame:
    """Ids, names and positions of all rows; those without a usable one are set aside."""
    lon, lat = positions(table, columns, source, study, where, sieve)
    if "id" in columns:
        ids = column(table, columns["id"], f"{where}.id")
        sieve.set_aside(ids == "", "id_empty", field=columns["id"])
        set_aside_broken_codes(ids, sieve, field=columns["id"])
    else:
        ids = np.array([str(row) for row in table.rows], dtype=object)
        sieve.about_file("info", "id_from_row", field=source.id)
    names = column(table, columns["name"], f"{where}.name") if "name" in columns else ""
    lon, lat = to_wgs84(lon, lat, source.datum)
    frame = pd.DataFrame(index=pd.RangeIndex(len(table)))
    frame["id"] = pd.Series(ids, index=frame.index, dtype="str")
    frame["name"] = pd.Series(names, index=frame.index, dtype="str")
    return frame.assign(lon=lon, lat=lat, row=table.rows)


def _weights(cells: Texts, sieve: Sieve, *, field: str) -> Floats:
    """Weights of all rows; a row whose weight is none is set aside, a zero is used."""
    weights = numbers(cells)
    sieve.set_aside(cells == "", "weight_missing", field=field)
    typed = reformatted(cells) & np.isfinite(weights)
    if (typed & sieve.keep).any():
        sieve.total(typed, "info", "number_reformatted", action="repaired", field=field)
    sieve.set_aside(~np.isfinite(weights), "weight_bad", field=field, values=cells)
    sieve.set_aside(~(weights >= 0), "weight_negative", field=field, values=cells)
    return weights


def _named_columns(
    study: Study, weight: str
) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]], dict[str, str]]:
    """Columns that the study names for demand, each with its key in study.toml.

    Returns
    -------
    weights : dict of ``weight`` and ``band:<name>`` to (column, key)
    roles : dict of ``group``, ``class`` and ``unit`` to (column, key)
    only : dict of column to key
        The columns that layers filter by.
    """
    demand = study.demand
    weights = {"weight": (weight, "demand.weight")} if weight else {}
    weights |= {f"band:{k}": (v, f"demand.bands.{k}") for k, v in demand.bands.items()}
    named = {"group": demand.group, "class": demand.class_, "unit": demand.unit}
    roles = {role: (name, f"demand.{role}") for role, name in named.items() if name}
    only = {
        name: f"layers[{number}].only.{name}"
        for number, layer in reversed(list(enumerate(study.layers, start=1)))
        for name in layer.only
    }
    return weights, roles, only


def _classes(
    frame: pd.DataFrame,
    table: RawTable,
    class_: tuple[str, str] | None,
    only: dict[str, str],
    study: Study,
) -> None:
    """Add ``class`` and ``col:*``; 城乡分类代码 are worded as urban and rural."""
    wanted: dict[str, set[str]] = {}
    for layer in study.layers:
        for name, values in layer.only.items():
            wanted.setdefault(name, set()).update(values)
    locale = study.study.locale
    frame["class"] = ""
    if class_ is not None:
        filtered = wanted.get(class_[0], set())
        frame["class"] = class_words(column(table, *class_), locale=locale, wanted=filtered)
    for name, field in only.items():
        cells = column(table, name, field)
        frame[f"col:{name}"] = class_words(cells, locale=locale, wanted=wanted[name])


def _check_only(study: Study, frame: pd.DataFrame, quality: QualityLog) -> None:
    """A filter value that never occurs is most likely a slip of the pen."""
    for number, layer in enumerate(study.layers, start=1):
        for name, values in layer.only.items():
            present = set(frame[f"col:{name}"])
            for value in values:
                if value not in present:
                    quality.add(
                        "warning",
                        "only_value_unknown",
                        file="study.toml",
                        field=f"layers[{number}].only.{name}",
                        value=one_line(value),
                    )
