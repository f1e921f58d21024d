"""The file formats: how each is recognised, who reads it, and where.

One record a format. To add a format, write its reader and add its record here; detection
(`geo.readers.formats.detect`), the child process and the road reader work from these records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

__all__ = ["FORMATS", "OSM_FORMATS", "Content", "Format", "format_of", "inside", "load_function"]

Content = Literal["rows", "features", "raster", "network"]


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes
    ----------
    key : str
        Its name: what `detect_format` returns and what messages show.
    content : str
        What it holds: ``rows`` (a table without geometry), ``features`` (rows with geometry, which
        may be the edges of a road network), ``raster`` (cells with people) or ``network`` (roads
        only).
    reader : str
        ``module:function``; empty for a format that is recognised and not read. The function of
        a network is a guarded task (`geo.readers.guard.run.Task`); all others take a path, its
        name for messages, a `QualityLog` and a `Choice`, and return a `RawTable`.
    plain : bool
        Text that is read by Python's own parsers: in this process while the file is short. Every
        other format is read in a child process.
    gdal : (str, str) or None
        The library whose GDAL reads it, and the one driver that the child process leaves in.
    osmium : bool
        Whether osmium reads it, under the name `key`.
    suffix : str
        Suffix of its files; by default `key`.
    magic : tuple of bytes
        What the file begins with, any of them, `offset` bytes from its start. Of a text: after the
        byte order mark and blanks.
    offset : int
    text : bool
        Whether it is plain text other than XML.
    within : str
        Key of the archive or packing that it comes in; `magic` is not used then.
    member : str
        A pattern of a file name in the archive (lower case, ``*`` for anything).
    xml_root : str
        The name of the root element of XML, lower case, without its namespace.
    json_members : tuple of str
        Members of JSON's outermost object, any of which only this format has.
    refusal : str
        Code of the error for a file of a format without a reader.
    """

    key: str
    content: Content = "rows"
    reader: str = ""
    plain: bool = False
    gdal: tuple[str, str] | None = None
    osmium: bool = False
    suffix: str = ""
    magic: tuple[bytes, ...] = ()
    offset: int = 0
    text: bool = False
    within: str = ""
    member: str = ""
    xml_root: str = ""
    json_members: tuple[str, ...] = ()
    refusal: str = "format_not_built"

    @property
    def built(self) -> bool:
        """Whether it can be read."""
        return bool(self.reader)

    @property
    def is_table(self) -> bool:
        """Whether its reader returns rows."""
        return self.built and self.content != "network"

    @property
    def file_suffix(self) -> str:
        """The suffix of a file of this format, without the dot."""
        return self.suffix or self.key

    def begins(self, head: bytes) -> bool:
        """Whether the first bytes of a file are those of this format."""
        return any(head[self.offset :].startswith(magic) for magic in self.magic)

    def has_any(self, members: Sequence[str]) -> bool:
        """Whether JSON with these members of its outermost object is of this format."""
        return any(name in members for name in self.json_members)


_OSM_ROADS = "geo.readers.osm.roads:guarded_task"

# The first record that fits decides.
FORMATS: tuple[Format, ...] = (
    Format(
        "gpkg",
        "features",
        "geo.readers.formats.geopackage:read_gpkg",
        magic=(b"SQLite format 3\0",),
    ),
    Format("parquet", "features", "geo.readers.formats.geoparquet:read_parquet", magic=(b"PAR1",)),
    # A PBF begins with the length of its first blob header, whose type is the word OSMHeader.
    Format(
        "pbf",
        "network",
        _OSM_ROADS,
        osmium=True,
        suffix="osm.pbf",
        magic=(b"\x0a\x09OSMHeader",),
        offset=4,
    ),
    Format(
        "fgb",
        "features",
        "geo.readers.formats.flatgeobuf:read_flatgeobuf",
        gdal=("pyogrio", "FlatGeobuf"),
        magic=(b"fgb\x03",),
    ),
    # Little and big endian; TIFF and BigTIFF.
    Format(
        "tif",
        "raster",
        "geo.readers.formats.geotiff:read_raster",
        gdal=("rasterio", "GTiff"),
        magic=(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ),
    # Archives and packed files: known by what is in them.
    Format("zip", magic=(b"PK\x03\x04",), refusal="format_archive"),
    Format("xlsx", "rows", "geo.readers.formats.xlsx:read_xlsx", within="zip", member="xl/*"),
    Format(
        "shp.zip",
        "features",
        "geo.readers.formats.shapefile:read_shapefile",
        within="zip",
        member="*.shp",
    ),
    Format("kmz", "features", "geo.readers.formats.kml:read_kmz", within="zip", member="*.kml"),
    Format("gz", magic=(b"\x1f\x8b",), refusal="format_archive"),
    Format("osm.gz", "network", _OSM_ROADS, osmium=True, within="gz", xml_root="osm"),
    Format("bz2", magic=(b"BZh",), refusal="format_archive"),
    Format("osm.bz2", "network", _OSM_ROADS, osmium=True, within="bz2", xml_root="osm"),
    # XML, by its root element.
    Format("osm", "network", _OSM_ROADS, osmium=True, xml_root="osm"),
    Format("graphml", "network", "geo.readers.roads.graphml:guarded_task", xml_root="graphml"),
    Format("kml", "features", "geo.readers.formats.kml:read_kml", xml_root="kml"),
    # Also .et of WPS, and a new workbook with a password.
    Format("xls", "rows", "geo.readers.formats.xls:read_xls", magic=(b"\xd0\xcf\x11\xe0",)),
    # Recognised, so that the refusal says what helps.
    Format("shp", magic=(b"\x00\x00\x27\x0a",), refusal="format_shp"),
    Format("7z", magic=(b"7z\xbc\xaf",), refusal="format_archive"),
    Format("rar", magic=(b"Rar!",), refusal="format_archive"),
    Format("tar", magic=(b"ustar",), offset=257, refusal="format_archive"),
    Format("xz", magic=(b"\xfd7zXZ",), refusal="format_archive"),
    Format("pdf", magic=(b"%PDF",), refusal="format_picture"),
    Format("png", magic=(b"\x89PNG",), refusal="format_picture"),
    Format("jpg", magic=(b"\xff\xd8\xff",), refusal="format_picture"),
    Format("gif", magic=(b"GIF8",), refusal="format_picture"),
    Format("webp", magic=(b"WEBP",), offset=8, refusal="format_picture"),
    Format("heic", magic=(b"ftyphei", b"ftypmif"), offset=4, refusal="format_picture"),
    Format("dwg", magic=(b"AC10",), refusal="format_drawing"),
    Format(
        "mdb", magic=(b"Standard Jet DB", b"Standard ACE DB"), offset=4, refusal="format_drawing"
    ),
    Format("xml", xml_root="workbook", refusal="format_resave"),
    Format("docx", within="zip", member="word/*", refusal="format_picture"),
    Format("ods", within="zip", member="content.xml", refusal="format_resave"),
    Format("gdb", within="zip", member="*.gdbtable", refusal="format_drawing"),
    Format(
        "prj",
        magic=(b"GEOGCS[", b"PROJCS[", b"GEOGCRS[", b"PROJCRS["),
        text=True,
        refusal="format_shp",
    ),
    Format("html", xml_root="html", refusal="format_resave"),
    # Text; anything that nothing else fits is taken for CSV.
    Format("osm.json", "network", _OSM_ROADS, text=True, json_members=("elements", "osm3s")),
    Format(
        "geojson",
        "features",
        "geo.readers.formats.geojson:read_geojson",
        plain=True,
        magic=(b"{",),
        text=True,
    ),
    Format("csv", "rows", "geo.readers.formats.csv:read_csv", plain=True, magic=(b"",), text=True),
)

# Formats whose objects carry OSM tags.
OSM_FORMATS = tuple(item.key for item in FORMATS if item.reader == _OSM_ROADS)


def format_of(key: str) -> Format:
    """The record of a format; one without a reader for a name that no record has."""
    return next((item for item in FORMATS if item.key == key), Format(key))


def inside(container: str) -> Iterator[Format]:
    """The formats that come in an archive or packing."""
    return (item for item in FORMATS if item.within == container)


def load_function(name: str) -> Any:
    """The function of ``module:function``."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
