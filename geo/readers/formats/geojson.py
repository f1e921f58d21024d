"""GeoJSON, without GDAL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyproj

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import crs_by_name, flattened, from_geojson_members, to_lonlat
from geo.readers.table.decode_text import decode_text
from geo.readers.table.raw_table import Choice, RawTable, check_width

__all__ = ["read_geojson"]

_GEOMETRY_TYPES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read_geojson(
    path: Path, file: str, quality: QualityLog, _choice: Choice | None = None
) -> RawTable:
    """Read a GeoJSON feature collection; rows are feature numbers from 1.

    A feature's own ``id`` becomes a column unless a property has that name. The former ``crs``
    member is read where it names an EPSG code.

    Raises
    ------
    StudyError
        ``geojson_broken`` (no JSON), ``nested_deep``, ``geojson_wrong`` (JSON of another kind),
        ``geojson_encoded`` (a map of ECharts),
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
    if _is_encoded(content, features):
        raise StudyError("geojson_encoded", file=file)
    crs = _crs_member(content, file)
    records = [feature.get("properties") or {} for feature in features]
    names = list(dict.fromkeys(name for record in records for name in record))
    check_width(len(names), file)  # before every record is asked for every name
    columns = {str(name): [_plain(record.get(name)) for record in records] for name in names}
    if "id" not in columns and any("id" in feature for feature in features):
        columns["id"] = [_plain(feature.get("id")) for feature in features]
    members = [feature.get("geometry") for feature in features]
    geometry, faults = from_geojson_members(members, file, quality)
    geometry = to_lonlat(flattened(geometry, file, quality), crs, file)
    return RawTable.of_features(file, columns, len(features), geometry, crs=crs, faults=faults)


def _is_encoded(content: dict[str, Any], features: list[dict[str, Any]]) -> bool:
    """Whether the coordinates are packed into texts, as in the maps of ECharts."""
    if content.get("UTF8Encoding"):
        return True
    geometry = features[0].get("geometry") if features else None
    return isinstance(geometry, dict) and "encodeOffsets" in geometry


def _features(content: Any) -> list[dict[str, Any]] | None:
    """The features of a GeoJSON object, None for other JSON."""
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


def _plain(value: Any) -> Any:
    """A nested property as JSON text, a boolean as ``true`` or ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
