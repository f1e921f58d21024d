"""What a file is, by its bytes, and who reads it.

The seam for later formats: a new one adds its mark to `detect_format`, a reader to `TABLE_READERS`
or `GUARDED_READERS` (tables and layers of features) or to `geo.readers.roads.read` (networks), and
leaves `_NOT_BUILT`. A suffix decides nothing: an OGR-VRT named `.geojson` would make GDAL read any
file of the machine. All but short plain text is parsed in a child process
(`geo.readers.guard.run`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.csv import read_csv
from geo.readers.formats.flatgeobuf import read_flatgeobuf
from geo.readers.formats.geojson import read_geojson
from geo.readers.formats.geopackage import read_gpkg
from geo.readers.formats.geoparquet import read_parquet
from geo.readers.formats.geotiff import read_raster
from geo.readers.formats.kml import decoded_xml, read_kml, read_kmz
from geo.readers.formats.shapefile import read_shapefile
from geo.readers.formats.xlsx import read_xlsx
from geo.readers.guard.answer import write_table_answer
from geo.readers.guard.compressed_text import unpacked
from geo.readers.guard.run import read_guarded
from geo.readers.table.raw_table import Choice, RawTable

__all__ = [
    "GUARDED_READERS",
    "OSM_FORMATS",
    "TABLE_READERS",
    "detect_format",
    "guarded_task",
    "read_table",
]

_Reader = Callable[[Path, str, QualityLog, Choice], RawTable]

# Plain text, by Python's own parsers of it: while it is short, in this process. Eight megabytes
# cost them a second and some hundred megabytes, whatever stands in it.
TABLE_READERS: dict[str, _Reader] = {
    "csv": lambda path, file, quality, _: read_csv(path, file, quality),
    "geojson": lambda path, file, quality, _: read_geojson(path, file, quality),
}
# Archives, databases and whatever else is parsed in a child process.
GUARDED_READERS: dict[str, _Reader] = {
    "fgb": read_flatgeobuf,
    "gpkg": read_gpkg,
    "kml": read_kml,
    "kmz": read_kmz,
    "parquet": lambda path, file, quality, _: read_parquet(path, file, quality),
    "shp.zip": read_shapefile,
    "tif": read_raster,
    "xlsx": read_xlsx,
}

# What osmium reads, by the names it has for them.
OSM_FORMATS = ("pbf", "osm", "osm.gz", "osm.bz2")

# Known by their first bytes and not built yet: refused by name.
_NOT_BUILT = {
    b"II*\x00": "tif",
    b"MM\x00*": "tif",
    b"II+\x00": "tif",
    b"MM\x00+": "tif",
    b"\x00\x00\x27\x0a": "shp",
    b"\xd0\xcf\x11\xe0": "xls",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"%PDF": "pdf",
}
_XML_ROOTS = {"osm": "osm", "graphml": "graphml", "kml": "kml"}
_PACKED = {b"\x1f\x8b": "gz", b"BZh": "bz2"}
_HEAD_BYTES = 4096
# A root element that begins later is none of ours; a bomb may put gigabytes of blanks before it.
_ROOT_BYTES = 2**20
_SHORT_BYTES = 8 * 2**20


def detect_format(path: Path, file: str | None = None) -> str:
    """The format of a file: a key of `TABLE_READERS` or `GUARDED_READERS`, or a network's format.

    A network's format is pbf, osm, osm.gz, osm.bz2 or graphml.

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
    if binary in (*TABLE_READERS, *GUARDED_READERS, "pbf"):
        return binary
    if binary in ("gz", "bz2"):
        return _packed_format(path, file, binary)
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
        return _xml_format(path, file, start)
    if start.startswith(b"{"):
        return "geojson"
    return "csv"


def read_table(
    path: Path, file: str, quality: QualityLog, choice: Choice | None = None
) -> RawTable:
    """Read a table or a layer of features, whatever its format.

    Parameters
    ----------
    path : Path
        The file, already known to lie inside the study's folder.
    file : str
        Its name for messages, as the study gives it.
    quality : QualityLog
    choice : Choice, optional
        Which layer or sheet is meant.

    Raises
    ------
    StudyError
        As in `detect_format`; ``format_not_table`` for a network's format; the reader's own, and
        those of `read_guarded`.
    """
    kind = detect_format(path, file)
    choice = choice or Choice()
    reader = TABLE_READERS.get(kind)
    if reader is None and kind not in GUARDED_READERS:
        raise StudyError("format_not_table", file=file, format=kind)
    if reader is None or path.stat().st_size > _SHORT_BYTES:
        return read_guarded(kind, path, file, quality, choice)
    return reader(path, file, quality, choice)


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the guarded child does for a table of the format ``request["kind"]``."""
    reader = (TABLE_READERS | GUARDED_READERS)[request["kind"]]
    choice = Choice(**request["choice"])

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        table = reader(Path(request["path"]), request["file"], quality, choice)
        return write_table_answer(table, folder)

    return read


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
    if head.startswith(b"fgb\x03"):
        return "fgb"
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            return name
    return next((name for magic, name in _NOT_BUILT.items() if head.startswith(magic)), "")


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "zip"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    suffixes = {name.lower().rpartition(".")[2] for name in names}
    return "shp.zip" if "shp" in suffixes else "kmz" if "kml" in suffixes else "zip"


def _packed_format(path: Path, file: str, name: str) -> str:
    """osm.gz or osm.bz2; nothing else is read packed."""
    try:
        with unpacked(path, name) as handle:
            head = handle.read(_HEAD_BYTES)
    except (OSError, EOFError, ValueError) as error:
        raise StudyError("packed_broken", file=file, reason=one_line(error)) from error
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise StudyError("format_not_built", file=file, format=name)
    with unpacked(path, name) as handle:
        kind = _xml_root(handle, file)
    if kind != "osm":
        raise StudyError("format_not_built", file=file, format=kind)
    return f"osm.{name}"


def _xml_format(path: Path, file: str, head: bytes) -> str:
    try:
        plain = decoded_xml(head[: head.find(b">") + 1]) != b""
    except ValueError:
        plain = True
    with path.open("rb") as handle:
        if plain:
            return _xml_root(handle, file)
        try:
            return _xml_root(io.BytesIO(_decoded_head(handle.read(_ROOT_BYTES))), file)
        except UnicodeDecodeError as error:
            raise StudyError("xml_broken", file=file, reason=one_line(error)) from error


def _decoded_head(raw: bytes) -> bytes:
    """The beginning of a GBK document as UTF-8; it may end within a letter."""
    try:
        return decoded_xml(raw)
    except UnicodeDecodeError as error:
        if error.start < len(raw) - 4:
            raise
        return decoded_xml(raw[: error.start])


def _xml_root(handle: IO[bytes], file: str) -> str:
    """The format by the root element, read by a real parser that refuses every DOCTYPE."""
    head = io.BytesIO(handle.read(_ROOT_BYTES))
    try:
        events = defusedxml.ElementTree.iterparse(head, events=("start",), forbid_dtd=True)
        root = next(iter(events))[1].tag
    except DefusedXmlException as error:
        raise StudyError("xml_doctype", file=file) from error
    except (defusedxml.ElementTree.ParseError, LookupError, ValueError) as error:
        raise StudyError("xml_broken", file=file, reason=str(error)) from error
    name = root.rpartition("}")[2].lower()
    if name not in _XML_ROOTS:
        raise StudyError("format_not_built", file=file, format=name)
    return _XML_ROOTS[name]
