"""Demand points and sites: tables of points with everything checked that later stages trust."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.datum import to_wgs84
from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.columns import (
    Sieve,
    column,
    count_input,
    has_column,
    missing_column,
    numbers,
)
from geo.readers.formats import read_table
from geo.readers.osm_sites import read_osm_sites
from geo.readers.tables import RawTable, one_line
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
        layer's `only` names.

    Raises
    ------
    StudyError
        The file is missing or unreadable, a column is absent (``column_missing``), no row can be
        used (``demand_empty``).
    """
    demand = study.demand
    path = study.file(demand.path, "demand.path")
    table = read_table(path, demand.path, quality)
    only = {
        name: f"layers[{number}].only.{name}"
        for number, layer in reversed(list(enumerate(study.layers, start=1)))
        for name in layer.only
    }
    weights = {"weight": (demand.weight, "demand.weight")} if demand.weight else {}
    weights |= {f"band:{k}": (v, f"demand.bands.{k}") for k, v in demand.bands.items()}
    texts = {name: (name, field) for name, field in only.items()}
    if demand.group:
        texts["group"] = (demand.group, "demand.group")
    if demand.class_:
        texts["class"] = (demand.class_, "demand.class")
    _require(table, demand, "demand", [*weights.values(), *texts.values()])

    sieve = Sieve(table, quality)
    frame = _points(table, demand, "demand", sieve, quality)
    frame["weight"] = 1.0
    for name, (source, field) in weights.items():
        frame[name] = _weights(column(table, source, field), sieve, field=source)
    frame["group"] = column(table, *texts["group"]) if demand.group else ""
    frame["class"] = column(table, *texts["class"]) if demand.class_ else ""
    for name, field in only.items():
        frame[f"col:{name}"] = column(table, name, field)
    sieve.set_aside_twice(frame["id"].to_numpy(dtype=object), field=demand.id)
    frame = frame[sieve.keep].reset_index(drop=True)
    count_input(quality, "demand", path, file=demand.path, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("demand_empty", file=demand.path, rows=table.rows_in)
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
        (degrees, WGS-84), ``row``, ``capacity`` (float64, NaN where none).

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
    if layer.osm is not None:
        file = study.network.path
        path = study.file(file, "network.path")
        frame, rows_in = read_osm_sites(
            path, file, layer.osm, quality, datum=study.network.datum, capacity=layer.capacity
        )
    else:
        file = str(layer.path)
        path = study.file(file, f"{where}.path")
        frame, rows_in = _site_table(path, file, layer, where, quality)
    count_input(quality, f"layer:{layer.key}", path, file=file, rows_in=rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("layer_empty", file=file, layer=layer.key, rows=rows_in)
    return frame


def _site_table(
    path: Path, file: str, layer: Layer, where: str, quality: QualityLog
) -> tuple[pd.DataFrame, int]:
    """The sites of a table that can be used, and the number of its rows."""
    table = read_table(path, file, quality)
    capacity_field = f"{where}.capacity"
    _require(table, layer, where, [(layer.capacity, capacity_field)] if layer.capacity else [])
    sieve = Sieve(table, quality)
    frame = _points(table, layer, where, sieve, quality)
    frame["capacity"] = np.nan
    sieve.set_aside_twice(frame["id"].to_numpy(dtype=object), field=layer.id)
    if layer.capacity:
        cells = column(table, layer.capacity, capacity_field)
        seats = numbers(cells)
        bad = ~(np.isfinite(seats) & (seats >= 0))
        sieve.note(
            bad & (cells != ""), "warning", "capacity_bad", field=layer.capacity, values=cells
        )
        frame["capacity"] = np.where(bad, np.nan, seats)
    return frame[sieve.keep].reset_index(drop=True)[_SITE_COLUMNS], table.rows_in


def _number_of(study: Study, layer: Layer) -> int:
    """The layer's number as a user counts, from 1."""
    return next(n for n, other in enumerate(study.layers, start=1) if other.key == layer.key)


def _require(
    table: RawTable,
    source: DemandInput | Layer,
    where: str,
    others: list[tuple[str, str]],
) -> None:
    """Raise for every column at once that the study names and the file has not."""
    named = list(others)
    if table.geometry is None:
        named += [(source.lon, f"{where}.lon"), (source.lat, f"{where}.lat")]
    # An absent default id or name is made up; one that the study names is not.
    named += [
        (getattr(source, key), f"{where}.{key}")
        for key in ("id", "name")
        if key in source.model_fields_set
    ]
    problems = [
        missing_column(table, name, field) for name, field in named if not has_column(table, name)
    ]
    if problems:
        raise StudyError.of(problems)


def _points(
    table: RawTable, source: DemandInput | Layer, where: str, sieve: Sieve, quality: QualityLog
) -> pd.DataFrame:
    """Ids, names and positions of all rows; those without a usable one are set aside."""
    lon, lat = _positions(table, source, where, sieve)
    if has_column(table, source.id):
        ids = column(table, source.id, f"{where}.id")
        sieve.set_aside(ids == "", "id_empty", field=source.id)
    else:
        ids = np.array([str(row) for row in table.rows], dtype=object)
        quality.add("info", "id_from_row", file=table.file, field=source.id)
    names = column(table, source.name, f"{where}.name") if has_column(table, source.name) else ""
    lon, lat = to_wgs84(lon, lat, source.datum)
    frame = pd.DataFrame(index=pd.RangeIndex(len(table)))
    frame["id"] = pd.Series(ids, index=frame.index, dtype="str")
    frame["name"] = pd.Series(names, index=frame.index, dtype="str")
    return frame.assign(lon=lon, lat=lat, row=table.rows)


def _positions(
    table: RawTable, source: DemandInput | Layer, where: str, sieve: Sieve
) -> tuple[Floats, Floats]:
    """Coordinates of all rows in the file's datum; NaN in the rows that are set aside."""
    if table.geometry is not None:
        lon, lat = _from_geometry(table.geometry, sieve)
        shown = np.array([f"{x:.6f}, {y:.6f}" for x, y in zip(lon, lat, strict=True)], dtype=object)
        fields = {"lon": "geometry", "lat": "geometry"}
        cells = {"lon": shown, "lat": shown}
    else:
        fields = {"lon": source.lon, "lat": source.lat}
        cells = {key: column(table, fields[key], f"{where}.{key}") for key in fields}
        lon, lat = numbers(cells["lon"]), numbers(cells["lat"])
        for key, parsed in (("lon", lon), ("lat", lat)):
            field, values = fields[key], cells[key]
            sieve.set_aside(values == "", "coordinate_missing", field=field)
            sieve.set_aside(~np.isfinite(parsed), "coordinate_bad", field=field, values=values)
    for key, parsed, bound in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        sieve.set_aside(
            ~(np.abs(parsed) <= bound), "coordinate_range", field=fields[key], values=cells[key]
        )
    sieve.set_aside((lon == 0) & (lat == 0), "coordinate_zero", field=fields["lon"])
    return np.where(sieve.keep, lon, np.nan), np.where(sieve.keep, lat, np.nan)


def _from_geometry(geometry: Texts, sieve: Sieve) -> tuple[Floats, Floats]:
    """Points as they are; a representative point inside of areas and on lines."""
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    sieve.set_aside(empty, "geometry_missing", field="geometry")
    spots = np.array(geometry, dtype=object)
    extended = sieve.keep & (shapely.get_type_id(geometry) != shapely.GeometryType.POINT)
    if extended.any():
        spots[extended] = shapely.point_on_surface(spots[extended])
        sieve.note(extended, "info", "representative_point", action="repaired", field="geometry")
    spots[~sieve.keep] = None
    return shapely.get_x(spots), shapely.get_y(spots)


def _weights(cells: Texts, sieve: Sieve, *, field: str) -> Floats:
    """Weights of all rows; a row whose weight is none is set aside, a zero is used."""
    weights = numbers(cells)
    sieve.set_aside(cells == "", "weight_missing", field=field)
    sieve.set_aside(~np.isfinite(weights), "weight_bad", field=field, values=cells)
    sieve.set_aside(~(weights >= 0), "weight_negative", field=field, values=cells)
    return weights


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
