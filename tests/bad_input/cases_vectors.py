"""Layers of features and networks, each with one thing wrong or unusual."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path

import geopandas as gpd
import shapely

from tests.bad_input.bad_files import (
    SQUARE,
    Damage,
    areas_shp,
    both,
    geojson,
    kml,
    mark,
    polygon,
    put,
    shp,
    shp_parts,
    toml,
    zipped,
)
from tests.bad_input.test_broken_studies import BOMB, OSM

ONE = {"id": "1", "name": "甲"}
TWO = {"id": "2", "name": "乙"}


def units(*features: tuple[object, dict]) -> Damage:
    """units.geojson of a good unit and these."""
    return geojson("units.geojson", (SQUARE, ONE), *features)


def _layers(driver: str, suffix: str, *, layers: tuple[str, ...] = ("one",)) -> Damage:
    def damage(folder: Path) -> None:
        frame = gpd.GeoDataFrame([ONE], geometry=[shapely.box(114, 30, 115, 31)], crs="EPSG:4490")
        path = folder / f"made{suffix}"
        for layer in layers:
            frame.to_file(path, layer=layer, driver=driver)
        path.replace(folder / "units.geojson")

    return damage


def _cut(damage: Damage, name: str, keep: float) -> Damage:
    def cut(folder: Path) -> None:
        damage(folder)
        raw = (folder / name).read_bytes()
        (folder / name).write_bytes(raw[: int(len(raw) * keep)])

    return cut


def _blob(folder: Path) -> None:
    import sqlite3

    _layers("GPKG", ".gpkg")(folder)
    with sqlite3.connect(folder / "units.geojson") as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("INSERT INTO one (id, name, geom) VALUES ('2', '乙', x'475000')")


def _parquet(folder: Path) -> None:
    frame = gpd.GeoDataFrame([ONE], geometry=[shapely.box(114, 30, 115, 31)], crs="EPSG:4490")
    frame.to_parquet(folder / "units.geojson")


AREA = areas_shp([(114, 30), (114, 31), (115, 31), (115, 30), (114, 30)])
OPEN_AREA = areas_shp([(114, 30), (114, 31), (115, 31), (115, 30)])


def _unit_shp(content: bytes) -> Damage:
    parts = shp_parts([(0.0, 0.0)], name="甲")
    kept = {"u" + suffix: parts[suffix] for suffix in (".dbf", ".prj", ".cpg")}
    return put("units.geojson", zipped({**kept, "u.shp": content}))


GEOJSON: dict[str, Damage] = {
    "ring not closed": units((polygon((114, 30), (115, 30), (115, 31)), TWO)),
    "heights": units((polygon((114, 30, 5), (115, 30, 5), (115, 31, 5), (114, 30, 5)), TWO)),
    "bowtie": units((polygon((114, 30), (115, 31), (115, 30), (114, 31), (114, 30)), TWO)),
    "a point among areas": units(({"type": "Point", "coordinates": [114, 30]}, TWO)),
    "no geometry": units((None, TWO)),
    "empty geometry": units(({"type": "Polygon", "coordinates": []}, TWO)),
    "ring of two points": units((polygon((114, 30), (115, 30)), TWO)),
    "coordinates of text": units((polygon(("x", "y"), (115, 30), (115, 31)), TWO)),  # type: ignore[arg-type]
    "unknown geometry": units(({"type": "Circle", "coordinates": [114, 30]}, TWO)),
    "nan coordinates": put(
        "units.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "geometry": SQUARE, "properties": ONE},
                    {
                        "type": "Feature",
                        "geometry": polygon((float("nan"), 30), (115, 30), (115, 31)),
                        "properties": TWO,
                    },
                ],
            }
        ),
    ),
    "metres without a crs": units((polygon((5e5, 3e6), (6e5, 3e6), (6e5, 4e6), (5e5, 3e6)), TWO)),
    "geojson in gbk": put(
        "units.geojson",
        json.dumps({"type": "Feature", "geometry": SQUARE, "properties": ONE}, ensure_ascii=False),
        "gb18030",
    ),
    "unit twice": units((SQUARE, ONE)),
    "unit without id": units((SQUARE, {"id": "", "name": "乙"})),
    "unit code broken": units((SQUARE, {"id": "4.20102E+11", "name": "乙"})),
    "units without areas or codes": put("units.geojson", "id,name\n1,甲\n"),
    "units without areas, codes half": both(
        put("units.geojson", "id,name\n1,甲\n"),
        toml(('weight = "pop"', 'weight = "pop"\nunit = "name"')),
    ),
    "units without areas, with codes": both(
        put("units.geojson", "id,name\nA,甲\nS,乙\n"),
        toml(('weight = "pop"', 'weight = "pop"\nunit = "name"')),
        toml(('path = "care.csv"', 'path = "care.csv"\nunit = "name"')),
    ),
}

ARCHIVES: dict[str, Damage] = {
    "shapefile in a folder": shp(),
    "shapefile without prj": shp(drop=(".prj",)),
    "shapefile without prj in metres": shp([(500000.0, 3375000.0)], drop=(".prj",)),
    "shapefile without cpg in gbk": shp(drop=(".cpg",), encoding="gbk"),
    "shapefile without cpg in utf-8": shp(drop=(".cpg",)),
    "shapefile whose cpg is wrong": shp(encoding="gbk", cpg=b"ISO-8859-1"),
    "shapefile without shx": shp(drop=(".shx",)),
    "shapefile without dbf": shp(drop=(".dbf",)),
    "shapefile without shp": put("care.csv", zipped({"a.dbf": b"x", "b.kml.shp/x": b"y"})),
    "shapefile with a null shape": shp([(114.3, 30.2), None]),
    "shapefile cut short": shp(shp=shp_parts([(114.3, 30.2)])[".shp"][:110]),
    "shapefile whose parts differ": shp(shp=shp_parts([(114.3, 30.2)])[".shp"], drop=(".shx",)),
    "shapefile of an unknown crs": shp(prj=b"LOCAL nonsense"),
    "two shapefiles": put(
        "care.csv",
        zipped(
            {
                f"{name}{suffix}": raw
                for name in ("a", "b")
                for suffix, raw in shp_parts([(114.3, 30.2)]).items()
            }
        ),
    ),
    "one of two shapefiles": both(
        toml(('path = "care.csv"', 'path = "care.csv"\nlayer = "b"')),
        put(
            "care.csv",
            zipped(
                {
                    f"{name}{suffix}": raw
                    for name in ("a", "b")
                    for suffix, raw in shp_parts([(114.3, 30.2)]).items()
                }
            ),
        ),
    ),
    "shapefile of areas": _unit_shp(AREA),
    "shapefile of an open ring": _unit_shp(OPEN_AREA),
    "kml": put("care.csv", kml(mark("甲", "114.3,30.2,0"))),
    "kml with a bad place": put("care.csv", kml(mark("甲", "114.3,30.2"), mark("乙", "x,y"))),
    "kml with an empty place": put("care.csv", kml(mark("甲", "114.3,30.2"), mark("乙", ""))),
    "kml with an open ring": put(
        "care.csv", kml(mark("甲", "114.3,30.2 114.4,30.2 114.4,30.3", "Polygon"))
    ),
    "kml in gbk": put("care.csv", kml(mark("甲", "114.3,30.2"), encoding="gb2312")),
    "kml without that folder": both(
        toml(('path = "care.csv"', 'path = "care.csv"\nlayer = "区"')),
        put("care.csv", kml(mark("甲", "114.3,30.2"))),
    ),
    "kmz": put("care.csv", zipped({"doc.kml": kml(mark("甲", "114.3,30.2"))})),
    "half a kml": put("care.csv", kml(mark("甲", "114.3,30.2"))[:-20]),
    "geopackage without that layer": both(
        toml(('path = "units.geojson"', 'path = "units.geojson"\nlayer = "two"')),
        _layers("GPKG", ".gpkg"),
    ),
    "geopackage with two layers": _layers("GPKG", ".gpkg", layers=("one", "two")),
    "geopackage with a layer chosen": both(
        toml(('path = "units.geojson"', 'path = "units.geojson"\nlayer = "two"')),
        _layers("GPKG", ".gpkg", layers=("one", "two")),
    ),
    "geopackage with a broken shape": _blob,
    "half a geopackage": _cut(_layers("GPKG", ".gpkg"), "units.geojson", 0.3),
    "flatgeobuf": _layers("FlatGeobuf", ".fgb"),
    "half a flatgeobuf": _cut(_layers("FlatGeobuf", ".fgb"), "units.geojson", 0.4),
    "parquet": _parquet,
    "half a parquet": _cut(_parquet, "units.geojson", 0.5),
}

NETWORKS: dict[str, Damage] = {
    "osm.gz": put("roads.osm", gzip.compress(OSM.encode())),
    "osm.bz2": put("roads.osm", bz2.compress(OSM.encode())),
    "half an osm.gz": put("roads.osm", gzip.compress(OSM.encode() * 50)[:-40]),
    "gz of something else": put("roads.osm", gzip.compress(b"id,lon\n1,2\n")),
    "doctype in a gz": put("roads.osm", gzip.compress(BOMB.encode())),
    "shapefile as a network": put(
        "roads.osm", zipped({f"a{k}": v for k, v in shp_parts([(114.3, 30.2)]).items()})
    ),
    "lines with nothing in them": geojson(
        "roads.osm",
        ({"type": "LineString", "coordinates": [[114, 30], [114, 30.1]]}, {}),
        ({"type": "LineString", "coordinates": []}, {}),
        (None, {}),
    ),
}
