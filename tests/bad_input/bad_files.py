"""Makes the files of the bad-input cases: by code, each with one thing wrong."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import shapefile

from tests.bad_input.test_broken_studies import TOML

Damage = Callable[[Path], object]

HEADER = ["id", "name", "lon", "lat", "pop"]
A = ["a", "A", 114.3, 30.2, 10]
B = ["b", "B", 114.4, 30.2, 20]


def toml(*changes: tuple[str, str]) -> Damage:
    """study.toml with pieces of its text replaced."""

    def damage(folder: Path) -> None:
        text = (folder / "study.toml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / "study.toml").write_text(text, encoding="utf-8")

    return damage


def both(*damages: Damage) -> Damage:
    """Several damages, one after the other."""

    def damage(folder: Path) -> None:
        for one in damages:
            one(folder)

    return damage


def put(name: str, content: str | bytes, encoding: str = "utf-8") -> Damage:
    """A file with this content."""
    raw = content if isinstance(content, bytes) else content.encode(encoding)
    return lambda folder: (folder / name).write_bytes(raw)


def csv(*rows: str, header: str = "id,name,lon,lat,pop", encoding: str = "utf-8") -> Damage:
    """demand.csv with these rows, after two good ones where the header is the usual one."""
    good = ["a,A,114.3,30.2,10", "b,B,114.4,30.2,20"] if header == "id,name,lon,lat,pop" else []
    return put("demand.csv", "\n".join([header, *good, *rows]) + "\n", encoding)


def xlsx(*rows: list[Any], merge: tuple[str, ...] = (), **sheets: list[list[Any]]) -> Damage:
    """demand.csv replaced by a workbook: `rows` in its first sheet, others by name."""

    def damage(folder: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "小区"
        for row in rows:
            sheet.append(row)
        for area in merge:
            sheet.merge_cells(area)
        for title, content in sheets.items():
            other = book.create_sheet(title)
            for row in content:
                other.append(row)
        book.save(folder / "demand.csv")

    return damage


def xlsx_with(member: str, old: bytes, new: bytes) -> Damage:
    """A good workbook in whose `member` some bytes are replaced."""

    def damage(folder: Path) -> None:
        xlsx(HEADER, A, B)(folder)
        path = folder / "demand.csv"
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        assert old in contents[member]
        contents[member] = contents[member].replace(old, new, 1)
        path.write_bytes(zipped(contents))

    return damage


def zipped(contents: Mapping[str, bytes], *, pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive's bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", pack) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def geojson(name: str, *features: tuple[object, dict[str, Any]], **members: Any) -> Damage:
    """A feature collection of (geometry, properties)."""
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": geometry, "properties": properties}
            for geometry, properties in features
        ],
        **members,
    }
    return put(name, json.dumps(content, ensure_ascii=False))


def polygon(*ring: tuple[float, ...]) -> dict[str, Any]:
    """A GeoJSON polygon of one ring, as it stands."""
    return {"type": "Polygon", "coordinates": [list(ring)]}


SQUARE = polygon((114, 30), (115, 30), (115, 31), (114, 31), (114, 30))
PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def shp_parts(
    points: list[tuple[float, float] | None], *, encoding: str = "utf-8", name: str = "服务站"
) -> dict[str, bytes]:
    """The parts of a shapefile of points with id and name."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, encoding=encoding) as writer:
        writer.shapeType = shapefile.POINT
        writer.field("id", "C", 10)
        writer.field("name", "C", 40)
        for number, point in enumerate(points, start=1):
            if point is None:
                writer.null()
            else:
                writer.point(*point)
            writer.record(str(number), name)
    parts = {".shp": shp.getvalue(), ".shx": shx.getvalue(), ".dbf": dbf.getvalue()}
    return {**parts, ".prj": PRJ.encode(), ".cpg": encoding.encode()}


def shp(
    points: list[tuple[float, float] | None] | None = None,
    *,
    drop: tuple[str, ...] = (),
    stem: str = "导出/图层/sites",
    encoding: str = "utf-8",
    **replaced: bytes,
) -> Damage:
    """care.csv replaced by a zipped shapefile, without some parts or with other ones."""
    parts = shp_parts(points or [(114.3, 30.2), (114.4, 30.2)], encoding=encoding)
    parts |= {f".{suffix}": content for suffix, content in replaced.items()}
    kept = {stem + suffix: raw for suffix, raw in parts.items() if suffix not in drop}
    return put("care.csv", zipped(kept))


def areas_shp(*rings: list[tuple[float, float]]) -> bytes:
    """The .shp of one polygon record with these rings, as they stand."""
    count = sum(len(ring) for ring in rings)
    flat = [vertex for ring in rings for vertex in ring]
    xs, ys = zip(*flat, strict=True)
    starts = [sum(len(ring) for ring in rings[:at]) for at in range(len(rings))]
    body = struct.pack("<i4d2i", 5, min(xs), min(ys), max(xs), max(ys), len(rings), count)
    body += struct.pack(f"<{len(starts)}i", *starts)
    body += b"".join(struct.pack("<2d", *vertex) for vertex in flat)
    size = 100 + 8 + len(body)
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<2i", 1000, 5)
    head += struct.pack("<8d", min(xs), min(ys), max(xs), max(ys), 0, 0, 0, 0)
    return head + struct.pack(">2i", 1, len(body) // 2) + body


def kml(*placemarks: str, head: str = "", encoding: str = "UTF-8") -> bytes:
    """A KML file of placemarks."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{head}'
    text += '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>图</name>'
    return (text + "".join(placemarks) + "</Document></kml>").encode(encoding)


def mark(name: str, coordinates: str, kind: str = "Point") -> str:
    """A placemark."""
    shape = f"<coordinates>{coordinates}</coordinates>"
    if kind == "Polygon":
        shape = f"<outerBoundaryIs><LinearRing>{shape}</LinearRing></outerBoundaryIs>"
    return f"<Placemark><name>{name}</name><{kind}>{shape}</{kind}></Placemark>"


assert 'path = "demand.csv"' in TOML
