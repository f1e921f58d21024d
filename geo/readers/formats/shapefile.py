"""Zipped shapefiles, read by pyshp from bytes in memory.

pyshp is pure Python, so no native parser handles the bytes, and this module decides what happens
where a part is missing. GDAL would decide itself, and reads GBK as Latin-1.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyproj
import shapefile
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import Faults, polygon_of_rings, to_lonlat
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from geo.readers.table.raw_table import Choice, RawTable, refuse_repeated

__all__ = ["read_shapefile"]

Geometries = NDArray[np.object_]

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# Language driver of a DBF for code page 936.
_GBK_DRIVER = 0x4D
# Written by programs that do not know the encoding; every byte is some character in these.
_MEANINGLESS = ("iso8859-1", "iso-8859-1", "latin1", "latin-1", "88591", "1252", "cp1252", "ansi")
_ALIASES = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}
_HEADER_BYTES = 100
_DEGREES = 400.0


def read_shapefile(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read the one shapefile of a zip archive, in whatever folder; rows count from 1.

    Missing parts are reported. Without ``.prj`` the coordinates are degrees in the datum that the
    study states; without ``.cpg`` the text is UTF-8 if it can be decoded, else GBK; without
    ``.shx`` the records are read one after the other; without ``.dbf`` there are shapes only.
    `choice.layer` names one of several shapefiles.

    Raises
    ------
    StudyError
        ``shp_broken``, ``shp_no_shp``, ``column_twice``, ``gpkg_layers`` (several),
        ``layer_missing``, ``shp_no_prj`` (and no degrees), ``crs_unknown``, the errors of
        `geo.readers.guard.zip_members`.
    """
    with open_archive(path, file) as archive:
        parts = _parts(archive, file, choice.layer)
    for suffix in (".shx", ".dbf", ".prj"):
        if suffix not in parts:
            severity = "info" if suffix == ".shx" else "warning"
            quality.add(severity, f"shp_without_{suffix[1:]}", file=file, action="repaired")  # type: ignore[arg-type]
    encoding = _encoding(parts, file, quality) if ".dbf" in parts else "utf-8"
    try:
        shapes, names, records = _contents(parts, encoding)
    except (shapefile.ShapefileException, ValueError, TypeError, LookupError, OSError) as error:
        raise StudyError("shp_broken", file=file, reason=one_line(error)) from error
    except (EOFError, ArithmeticError, AttributeError, RuntimeError, struct.error) as error:
        raise StudyError("shp_broken", file=file, reason=one_line(error) or "shp") from error
    if records is not None and len(records) != len(shapes):
        reason = f".shp {len(shapes)}, .dbf {len(records)}"
        raise StudyError("shp_broken", file=file, reason=reason)
    geometry, faults = _geometries(shapes, file, quality)
    crs = _crs(parts.get(".prj"), geometry, file)
    # Names are cut to ten bytes, so that two of them may have become one.
    refuse_repeated([name.strip() for name in names], file)
    columns = {
        name.strip(): [record[at] for record in records or []] for at, name in enumerate(names)
    }
    geometry = to_lonlat(geometry, crs, file)
    return RawTable.of_features(file, columns, len(shapes), geometry, crs=crs, faults=faults)


def _parts(archive: zipfile.ZipFile, file: str, wanted: str | None) -> dict[str, bytes]:
    """The parts of the only or the chosen shapefile, by suffix."""
    members = {
        name: info
        for name, info in checked_members(archive, file).items()
        # macOS adds these to every archive.
        if "__MACOSX" not in name and not PurePosixPath(name).name.startswith("._")
    }
    layers = sorted(name for name in members if name.lower().endswith(".shp"))
    if wanted is not None:
        layers = [name for name in layers if PurePosixPath(name).stem == wanted] or layers
        if not any(PurePosixPath(name).stem == wanted for name in layers):
            known = ", ".join(PurePosixPath(name).stem for name in layers) or "-"
            raise StudyError(
                "layer_missing", file=file, value=one_line(wanted), nearest=one_line(known)
            )
    if not layers:
        raise StudyError("shp_no_shp", file=file)
    if len(layers) > 1:
        shown = ", ".join(PurePosixPath(name).stem for name in layers)
        raise StudyError("gpkg_layers", file=file, count=len(layers), layers=one_line(shown))
    stem = layers[0][: -len(".shp")].lower()
    found = {name.lower(): info for name, info in members.items()}
    return {
        suffix: read_member(archive, found[stem + suffix], file)
        for suffix in _PARTS
        if stem + suffix in found
    }


def _contents(
    parts: Mapping[str, bytes], encoding: str
) -> tuple[list[Any], list[str], list[Any] | None]:
    """Shapes, column names and records; no records without a .dbf."""
    streams = {
        suffix[1:]: io.BytesIO(parts[suffix])
        for suffix in (".shp", ".shx", ".dbf")
        if suffix in parts
    }
    with shapefile.Reader(**streams, encoding=encoding, encodingErrors="replace") as reader:
        shapes = list(reader.iterShapes())
        if ".dbf" not in parts:
            return shapes, [], None
        names = [str(item[0]) for item in reader.fields if item[0] != "DeletionFlag"]
        return shapes, names, list(reader.iterRecords())


def _encoding(parts: Mapping[str, bytes], file: str, quality: QualityLog) -> str:
    """The encoding of the .dbf: the stated one if its text can be decoded so, else a guess."""
    raw = parts[".dbf"]
    said = parts.get(".cpg", b"").decode("ascii", "replace").strip().lower()
    if not said and len(raw) > 29 and raw[29] == _GBK_DRIVER:
        said = "gbk"
    cells = _text_cells(raw)
    stated = _ALIASES.get(said.removeprefix("cp"), said)
    if not any(not cell.isascii() for cell in cells):
        return "utf-8"
    if said and said not in _MEANINGLESS and _decodes(cells, stated):
        return stated
    for encoding in ("utf-8", "gb18030"):
        if _decodes(cells, encoding):
            quality.add(
                "warning" if said else "info", "dbf_encoding", file=file, value=encoding.upper()
            )
            return encoding
    quality.add("warning", "dbf_encoding", file=file, value="GB18030")
    return "gb18030"


def _decodes(cells: list[bytes], encoding: str) -> bool:
    """Whether the cells can be decoded; the width may cut a cell within its last character."""
    broken = 0
    for cell in cells:
        try:
            cell.decode(encoding)
        except LookupError:
            return False
        except UnicodeDecodeError as error:
            broken += error.end < len(cell) or error.start < len(cell) - 3
    return broken == 0


def _text_cells(raw: bytes) -> list[bytes]:
    """The character cells of a .dbf as bytes, without their padding."""
    if len(raw) < 33:
        return []
    count = int.from_bytes(raw[4:8], "little")
    header, width = (int.from_bytes(raw[at : at + 2], "little") for at in (8, 10))
    fields, at, place = [], 32, 1
    while at + 32 <= min(header, len(raw)) and raw[at] != 0x0D:
        size = raw[at + 16]
        if raw[at + 11 : at + 12] == b"C":
            fields.append((place, place + size))
        place, at = place + size, at + 32
    names = [raw[at : at + 11].split(b"\0")[0] for at in range(32, at, 32)]
    starts = range(header, min(header + count * width, len(raw)), max(width, 1))
    return names + [
        raw[start + first : start + last].rstrip(b" \0")
        for start in starts
        for first, last in fields
    ]


def _geometries(shapes: list[Any], file: str, quality: QualityLog) -> tuple[Geometries, Faults]:
    geometry = np.full(len(shapes), None, dtype=object)
    faults: Faults = {}
    extra = 0
    for at, shape in enumerate(shapes):
        if shape.shapeType == shapefile.NULL:
            continue
        extra += shape.shapeType > 10
        try:
            made, closed = _geometry(shape)
        except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError):
            made, closed = None, False
        if made is None:
            faults[at] = ("geometry_malformed", one_line(shape.shapeTypeName))
        geometry[at] = made
        if closed and made is not None:
            quality.add(
                "warning",
                "ring_closed",
                file=file,
                row=at + 1,
                field="geometry",
                action="repaired",
                value=one_line(shape.shapeTypeName),
            )
    if extra:
        quality.add("info", "z_dropped", file=file, field="geometry", value=extra)
    return geometry, faults


def _geometry(shape: Any) -> tuple[Any, bool]:
    """One record's geometry, and whether a ring had to be closed."""
    xy = np.array(shape.points, dtype=np.float64).reshape(len(shape.points), -1)[:, :2]
    kind = shape.shapeType % 10
    if kind == shapefile.POINT:
        return shapely.Point(xy[0]), False
    if kind == shapefile.MULTIPOINT:
        return shapely.MultiPoint(xy), False
    starts = list(shape.parts)
    parts = [xy[a:b] for a, b in zip(starts, [*starts[1:], len(xy)], strict=True)]
    if kind == shapefile.POLYLINE:
        lines = [part for part in parts if len(part) > 1]
        if not lines:
            return None, False
        return (
            shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)
        ), False
    return polygon_of_rings(parts) if kind == shapefile.POLYGON else (None, False)


def _crs(prj: bytes | None, geometry: Geometries, file: str) -> pyproj.CRS | None:
    if prj is None:
        bounds = shapely.total_bounds(geometry)
        if np.isfinite(bounds).all() and np.abs(bounds).max() > _DEGREES:
            raise StudyError("shp_no_prj", file=file, value=f"{bounds[0]:.0f}, {bounds[1]:.0f}")
        return None
    text = prj.decode("utf-8", "replace").strip().lstrip("\ufeff")
    try:
        crs = pyproj.CRS.from_wkt(text)
        code = crs.to_epsg(min_confidence=60)
        return pyproj.CRS.from_epsg(code) if code else crs
    except pyproj.exceptions.CRSError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(text, 40) or "-") from error
