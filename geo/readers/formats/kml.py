"""KML and KMZ, read by the standard library's XML parser through defusedxml.

Only the few elements with placemarks are needed. The libraries for KML bring a whole object model,
and GDAL's two drivers follow links. Links are not opened; their number is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
import numpy as np
import shapely
from defusedxml import DefusedXmlException
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import Faults, flattened
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from geo.readers.table.raw_table import Choice, RawTable

__all__ = ["decoded_xml", "read_kml", "read_kmz"]

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_DECLARATION = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
_KINDS = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")


def read_kml(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read the placemarks of a KML file; rows count from 1.

    Columns are `name`, `folder`, `description` and the names in ExtendedData; `id` where every
    placemark has one. `choice.layer` keeps the placemarks of one folder.

    Raises
    ------
    StudyError
        ``xml_doctype``, ``xml_broken``, ``layer_missing``.
    """
    return _read(path.read_bytes(), file, quality, choice)


def read_kmz(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read the first KML of a KMZ (a zip archive); see `read_kml`.

    Raises
    ------
    StudyError
        The errors of `read_kml` and of `geo.readers.guard.zip_members`.
    """
    with open_archive(path, file) as archive:
        members = checked_members(archive, file)
        names = [name for name in members if name.lower().endswith(".kml")]
        first = "doc.kml" if "doc.kml" in names else names[0]
        raw = read_member(archive, members[first], file)
    return _read(raw, file, quality, choice)


def _read(raw: bytes, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    root = _root(raw, file)
    links = sum(1 for item in root.iter() if _tag(item) in ("NetworkLink", "href"))
    if links:
        quality.add("info", "kml_links", file=file, value=links)
    marks = list(_placemarks(root, ""))
    if choice.layer is not None:
        folders = sorted({folder for folder, _ in marks if folder})
        if choice.layer not in folders:
            known = one_line(", ".join(folders)) or "-"
            raise StudyError(
                "layer_missing", file=file, value=one_line(choice.layer), nearest=known
            )
        marks = [mark for mark in marks if mark[0] == choice.layer]
    records = [_properties(mark, folder) for folder, mark in marks]
    if not all("id" in record for record in records):
        # Ids are of use only where every placemark has one.
        records = [{k: v for k, v in record.items() if k != "id"} for record in records]
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [record.get(name) for record in records] for name in names}
    geometry, faults = _geometries([mark for _, mark in marks], file, quality)
    geometry = flattened(geometry, file, quality)
    return RawTable.of_features(file, columns, len(marks), geometry, faults=faults)


def _root(raw: bytes, file: str) -> Any:
    """The root element; XML in GBK, which the parser cannot decode, is decoded before."""
    try:
        return defusedxml.ElementTree.fromstring(decoded_xml(raw), forbid_dtd=True)
    except DefusedXmlException as error:
        raise StudyError("xml_doctype", file=file) from error
    except (defusedxml.ElementTree.ParseError, LookupError, ValueError) as error:
        raise StudyError("xml_broken", file=file, reason=one_line(error)) from error


def decoded_xml(raw: bytes) -> bytes:
    """XML that is declared as GBK (which the parser cannot decode) as UTF-8, other XML unchanged.

    Raises
    ------
    ValueError
        It is declared as GBK and is not.
    """
    declared = _DECLARED.match(raw.removeprefix(b"\xef\xbb\xbf"))
    if not declared or not declared[1].lower().startswith((b"gb", b"936")):
        return raw
    return _DECLARATION.sub("", raw.decode("gb18030"), count=1).encode()


def _tag(element: Any) -> str:
    """An element's name without its namespace, of which KML has several."""
    return str(element.tag).rpartition("}")[2]


def _placemarks(element: Any, folder: str) -> Iterator[tuple[str, Any]]:
    """Every placemark with the name of the innermost folder around it."""
    waiting = [(element, folder)]
    while waiting:
        parent, around = waiting.pop()
        if _tag(parent) == "Placemark":
            yield around, parent
            continue
        if _tag(parent) in ("Folder", "Document"):
            around = _text(parent, "name") or around
        waiting.extend((child, around) for child in reversed(list(parent)))


def _text(element: Any, name: str) -> str:
    for child in element:
        if _tag(child) == name:
            return (child.text or "").strip()
    return ""


def _properties(mark: Any, folder: str) -> dict[str, str]:
    found = {"name": _text(mark, "name"), "folder": folder}
    if _text(mark, "description"):
        found["description"] = _text(mark, "description")
    if mark.get("id"):
        found["id"] = str(mark.get("id"))
    for item in mark.iter():
        key = str(item.get("name") or "").strip()
        if not key:
            continue
        if _tag(item) == "SimpleData":
            found[key] = (item.text or "").strip()
        elif _tag(item) == "Data":
            found[key] = _text(item, "value")
    return found


def _geometries(
    marks: list[Any], file: str, quality: QualityLog
) -> tuple[NDArray[np.object_], Faults]:
    geometry = np.full(len(marks), None, dtype=object)
    faults: Faults = {}
    for at, mark in enumerate(marks):
        shape = next((child for child in mark if _tag(child) in _KINDS), None)
        if shape is None:
            other = next((_tag(c) for c in mark if _tag(c) in ("Track", "MultiTrack", "Model")), "")
            if other:
                faults[at] = ("geometry_malformed", other)
            continue
        closed: list[bool] = []
        try:
            geometry[at] = _geometry(shape, closed)
        except (ValueError, IndexError, RecursionError, shapely.errors.ShapelyError):
            faults[at] = ("geometry_malformed", _tag(shape))
            continue
        if any(closed):
            quality.add(
                "warning",
                "ring_closed",
                file=file,
                row=at + 1,
                field="geometry",
                action="repaired",
                value=_tag(shape),
            )
    return geometry, faults


def _geometry(shape: Any, closed: list[bool]) -> Any:
    """A KML geometry; `closed` notes whether a ring had to be closed."""
    kind = _tag(shape)
    if kind == "MultiGeometry":
        parts = [_geometry(child, closed) for child in shape if _tag(child) in _KINDS]
        return _collected(parts)
    if kind == "Polygon":
        rings = [
            (_tag(border), _ring(ring, closed))
            for border in shape
            if _tag(border) in ("outerBoundaryIs", "innerBoundaryIs")
            for ring in border
            if _tag(ring) == "LinearRing"
        ]
        outer = [ring for name, ring in rings if name == "outerBoundaryIs"]
        return shapely.Polygon(outer[0], [r for name, r in rings if name == "innerBoundaryIs"])
    vertices = _vertices(shape)
    if kind == "Point":
        return shapely.Point(vertices[0])
    return shapely.LineString(vertices)


def _collected(parts: list[Any]) -> Any:
    """Parts of one kind as its multi-geometry."""
    kinds = {part.geom_type for part in parts}
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    return shapely.GeometryCollection(parts)


def _ring(element: Any, closed: list[bool]) -> list[tuple[float, ...]]:
    vertices = _vertices(element)
    if vertices[0][:2] != vertices[-1][:2]:
        vertices.append(vertices[0])
        closed.append(True)
    return vertices


def _vertices(element: Any) -> list[tuple[float, ...]]:
    """``lon,lat[,height]`` tuples; heights are kept only where every vertex has one."""
    text = _text(element, "coordinates")
    tuples = [tuple(float(part) for part in item.split(",")) for item in text.split()]
    if not tuples or any(len(item) < 2 for item in tuples):
        raise ValueError("coordinates")
    width = min(3, *(len(item) for item in tuples)) if len(tuples) > 1 else min(3, len(tuples[0]))
    return [item[:width] for item in tuples]
