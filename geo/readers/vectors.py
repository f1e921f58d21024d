"""Features as rows: GeoJSON (without GDAL) and GeoParquet, in lon/lat."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo.datum import to_wgs84
from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.shapes import flattened, from_geojson_members
from geo.readers.tables import RawTable, check_width, decode_text, one_line, text_column

__all__ = ["crs_by_name", "read_geojson", "read_parquet", "shift_geometry", "to_lonlat"]

Geometries = NDArray[np.object_]

# Only these: a free text given to pyproj could name a file of this machine.
_EPSG = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d+)", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?OGC:[\d.]*:?CRS84h?", re.IGNORECASE)
# Lon/lat whose coordinates are taken as they stand: WGS-84 (also 3D) and CGCS2000.
_PLAIN = (4326, 4979, 4490)
_GEOMETRY_TYPES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read_geojson(path: Path, file: str, quality: QualityLog) -> RawTable:
    """Read a GeoJSON feature collection; rows are feature numbers from 1.

    A feature's own ``id`` becomes a column unless a property has that name. The old ``crs`` member
    is understood where it names an EPSG code.

    Raises
    ------
    StudyError
        ``geojson_broken`` (no JSON), ``nested_deep``, ``geojson_wrong`` (JSON of another kind),
        ``columns_many``, ``crs_unknown``.
    """
    text = decode_text(path.read_bytes(), file, quality)
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise StudyError("nested_deep", file=file) from error
    except ValueError as error:
        raise StudyError("geojson_broken", file=file, reason=one_line(error)) from error
    features = _features(content)
    if features is None:
        raise StudyError("geojson_wrong", file=file)
    crs = _crs_member(content, file)
    records = [feature.get("properties") or {} for feature in features]
    names = list(dict.fromkeys(name for record in records for name in record))
    check_width(len(names), file)
    columns = {
        str(name).strip(): text_column([_plain(record.get(name)) for record in records])
        for name in names
    }
    if "id" not in columns and any("id" in feature for feature in features):
        columns["id"] = text_column([_plain(feature.get("id")) for feature in features])
    members = [feature.get("geometry") for feature in features]
    geometry, faults = from_geojson_members(members, file, quality)
    return RawTable(
        file,
        pd.DataFrame(columns, index=pd.RangeIndex(len(features)), dtype="str"),
        np.arange(1, len(features) + 1, dtype=np.int64),
        len(features),
        to_lonlat(flattened(geometry, file, quality), crs, file),
        crs.to_string() if crs else None,
        faults,
    )


def _features(content: Any) -> list[dict[str, Any]] | None:
    """The features of a GeoJSON object, None when it is none."""
    if not isinstance(content, dict):
        return None
    kind = content.get("type")
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list):
            return None
        good = all(
            isinstance(feature, dict) and isinstance(feature.get("properties"), dict | None)
            for feature in features
        )
        return features if good else None
    if kind == "Feature":
        return [content] if isinstance(content.get("properties"), dict | None) else None
    if kind in _GEOMETRY_TYPES:
        return [{"geometry": content}]
    return None


def _crs_member(content: dict[str, Any], file: str) -> pyproj.CRS | None:
    member = content.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    return crs_by_name(properties.get("name", "") if isinstance(properties, dict) else "", file)


def crs_by_name(name: object, file: str) -> pyproj.CRS | None:
    """The coordinate system that ``EPSG:4547``, an OGC URN or WKT names; None for CRS84.

    Raises
    ------
    StudyError
        Anything else (``crs_unknown``).
    """
    text = str(name).strip()
    if _CRS84.fullmatch(text):
        return None
    match = _EPSG.fullmatch(text)
    try:
        return pyproj.CRS.from_epsg(int(match[1])) if match else pyproj.CRS.from_wkt(text)
    except pyproj.exceptions.CRSError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(text) or "-") from error


def _plain(value: Any) -> Any:
    """Nested properties as JSON text; a JSON ``true`` as OSM writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def read_parquet(path: Path, file: str, quality: QualityLog) -> RawTable:
    """Read a (Geo)Parquet file; rows count from 1.

    Raises
    ------
    StudyError
        ``parquet_broken``, ``column_twice``.
    """
    # Imported here: most studies have no Parquet file and need not wait for it.
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.parquet as pq

    geometry: Geometries | None = None
    crs: pyproj.CRS | None = None
    try:
        schema = pq.read_schema(path)
        if b"geo" in (schema.metadata or {}):
            layer = gpd.read_parquet(path)
            crs = layer.crs
            geometry = np.asarray(layer.geometry.to_numpy(), dtype=object)
            geometry = flattened(geometry, file, quality)
            frame = pd.DataFrame(layer.drop(columns=layer.geometry.name))
        else:
            frame = pd.read_parquet(path)
    except MemoryError:  # one of Arrow's own errors too, and says nothing about the file
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError("parquet_broken", file=file, reason=one_line(error)) from error
    columns = {
        str(name).strip(): text_column(_as_lists(frame.iloc[:, at]))
        for at, name in enumerate(frame.columns)
    }
    return RawTable(
        file,
        pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), dtype="str"),
        np.arange(1, len(frame) + 1, dtype=np.int64),
        len(frame),
        None if geometry is None else to_lonlat(geometry, crs, file),
        crs.to_string() if crs else None,
    )


def _as_lists(column: Any) -> list[Any]:
    """Cells as Python objects; Arrow's list cells come as arrays, whose text has no commas."""
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in column]


def to_lonlat(geometry: Geometries, crs: pyproj.CRS | None, file: str) -> Geometries:
    """Undo a projection: geometries in degrees, two-dimensional.

    Parameters
    ----------
    geometry : object array (n) of shapely geometries or None
    crs : pyproj.CRS or None
        None: lon/lat as it stands.

    Raises
    ------
    StudyError
        ``crs_unknown``: pyproj knows no way from there (a local engineering system).
    """
    flat: Geometries = np.asarray(shapely.force_2d(geometry), dtype=object)
    if crs is None or crs.to_epsg() in _PLAIN or crs.to_authority() == ("OGC", "CRS84"):
        return flat
    try:
        transformer = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(crs.name)) from error
    return _with_coordinates(flat, lambda xy: transformer.transform(xy[:, 0], xy[:, 1]))


def shift_geometry(geometry: Geometries, datum: str) -> Geometries:
    """Geometries with every vertex shifted from `datum` to WGS-84 (new array)."""
    if datum in ("wgs84", "cgcs2000"):
        return geometry
    return _with_coordinates(geometry, lambda xy: to_wgs84(xy[:, 0], xy[:, 1], datum))


def _with_coordinates(geometry: Geometries, change: Any) -> Geometries:
    moved: Geometries = np.asarray(
        shapely.transform(geometry, lambda xy: np.column_stack(change(xy))), dtype=object
    )
    return moved
