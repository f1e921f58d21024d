"""What a file is, by its bytes, and who reads it.

The seam for later formats: a new one adds its mark to `detect_format`, a reader to `_TABLE_READERS`
(tables and layers of features) or to `geo.readers.roads` (networks), and leaves `_NOT_BUILT`.
A suffix decides nothing: an OGR-VRT named `.geojson` would make GDAL read any file of the machine.
No reader of this package goes through GDAL, so none of its drivers can be tricked into opening
anything.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.gpkg import read_gpkg
from geo.readers.tables import RawTable, read_csv
from geo.readers.vectors import read_geojson, read_parquet

__all__ = ["detect_format", "read_table"]

_TABLE_READERS: dict[str, Callable[[Path, str, QualityLog], RawTable]] = {
    "csv": read_csv,
    "geojson": read_geojson,
    "gpkg": read_gpkg,
    "parquet": read_parquet,
}

# Known by their first bytes and not built yet: refused by name.
_NOT_BUILT = {
    b"II*\x00": "tif",
    b"MM\x00*": "tif",
    b"II+\x00": "tif",
    b"MM\x00+": "tif",
    b"\x00\x00\x27\x0a": "shp",
    b"\xd0\xcf\x11\xe0": "xls",
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"%PDF": "pdf",
    b"fgb\x03": "fgb",
}
_XML_ROOTS = {"osm": "osm", "graphml": "graphml"}
_HEAD_BYTES = 4096


def detect_format(path: Path, file: str | None = None) -> str:
    """The format of a file: csv, geojson, gpkg, parquet, pbf, osm or graphml.

    Parameters
    ----------
    path : Path
        The file.
    file : str, optional
        Its name for messages, as the study gives it; by default the name alone.

    Raises
    ------
    StudyError
        Empty (``file_empty``), recognised and not built (``format_not_built``), unknown
        (``format_unknown``), XML with a DOCTYPE or entities (``xml_doctype``) or broken XML
        (``xml_broken``).
    """
    file = file or path.name
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise StudyError("file_empty", file=file)
    binary = _binary_format(path, head)
    if binary in (*_TABLE_READERS, "pbf"):
        return binary
    if binary:
        raise StudyError("format_not_built", file=file, format=binary)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        # Excel's "Unicode text"; no XML reader of ours expects UTF-16.
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
        if text.lstrip().startswith("<"):
            raise StudyError("format_unknown", file=file)
        return "csv"
    if b"\0" in head:
        raise StudyError("format_unknown", file=file)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _xml_format(path, file)
    if start.startswith(b"{"):
        return "geojson"
    return "csv"


def read_table(path: Path, file: str, quality: QualityLog) -> RawTable:
    """Read a table or a layer of features, whatever its format.

    Parameters
    ----------
    path : Path
        The file, already known to lie inside the study's folder.
    file : str
        Its name for messages, as the study gives it.

    Raises
    ------
    StudyError
        As in `detect_format`; ``format_not_table`` for a network's format; the reader's own.
    """
    kind = detect_format(path, file)
    reader = _TABLE_READERS.get(kind)
    if reader is None:
        raise StudyError("format_not_table", file=file, format=kind)
    return reader(path, file, quality)


def _binary_format(path: Path, head: bytes) -> str:
    """The format by its magic number, empty for text and unknown bytes."""
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if head.startswith(b"PAR1"):
        return "parquet"
    # A PBF begins with the length of its first blob header, whose type is the word OSMHeader.
    if head[4:6] == b"\x0a\x09" and head[6:15] == b"OSMHeader":
        return "pbf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path)
    return next((name for magic, name in _NOT_BUILT.items() if head.startswith(magic)), "")


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "zip"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    return "shp.zip" if any(name.lower().endswith(".shp") for name in names) else "zip"


def _xml_format(path: Path, file: str) -> str:
    """The format by the root element, read by a real parser that refuses every DOCTYPE."""
    try:
        with path.open("rb") as handle:
            events = defusedxml.ElementTree.iterparse(handle, events=("start",), forbid_dtd=True)
            root = next(iter(events))[1].tag
    except DefusedXmlException as error:
        raise StudyError("xml_doctype", file=file) from error
    except (defusedxml.ElementTree.ParseError, LookupError, ValueError) as error:
        raise StudyError("xml_broken", file=file, reason=str(error)) from error
    name = root.rpartition("}")[2].lower()
    if name not in _XML_ROOTS:
        raise StudyError("format_not_built", file=file, format=name)
    return _XML_ROOTS[name]
