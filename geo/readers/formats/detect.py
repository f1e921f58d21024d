"""What a file is, by its bytes, and how it is read as a table.

The formats stand in `geo.readers.formats.registry`. A suffix decides nothing: an OGR-VRT named
`.geojson` would make GDAL read any file of the machine. All but short plain text is parsed in a
child process (`geo.readers.guard.run`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, cast

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats import registry
from geo.readers.formats.kml import decoded_xml
from geo.readers.formats.registry import Format, format_of, inside, load_function
from geo.readers.guard.answer import write_table_answer
from geo.readers.guard.compressed_text import unpacked
from geo.readers.guard.json_head import outermost_members
from geo.readers.guard.run import Task, read_guarded
from geo.readers.table.raw_table import Choice, RawTable

__all__ = ["detect_format", "guarded_task", "read_table", "table_task"]

_HEAD_BYTES = 4096
_MARK_BYTES = 16
# A root element that begins later is none of ours; a bomb may put gigabytes of blanks before it.
_ROOT_BYTES = 2**20
# Text up to this size is read in this process: eight megabytes cost Python's own parsers a second
# and some hundred megabytes, whatever stands in it.
_SHORT_BYTES = 8 * 2**20


def detect_format(path: Path, file: str | None = None) -> str:
    """The format of a file: the key of a record of `geo.readers.formats.registry`.

    Parameters
    ----------
    path : Path
        The file.
    file : str, optional
        Its name for messages, as the study gives it; by default the name alone.

    Raises
    ------
    StudyError
        Empty (``file_empty``), recognised and not read (``format_not_built``, or the refusal of
        its record), unknown (``format_unknown``), XML with a DOCTYPE or entities
        (``xml_doctype``) or broken XML (``xml_broken``).
    """
    file = file or path.name
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise StudyError("file_empty", file=file)
    binary = next((item for item in registry.FORMATS if _is_binary(item, head)), None)
    if binary is not None:
        return _binary_format(path, file, binary)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        # Excel's "Unicode text"; no XML reader of ours expects UTF-16.
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
        if text.lstrip().startswith("<"):
            raise StudyError("format_unknown", file=file)
        return "csv"
    if b"\0" in head:
        raise StudyError(
            "format_shp" if _is_dbf(head) else "format_unknown", file=file, format="dbf"
        )
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:_MARK_BYTES].lower().startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        # Many systems name a web page .xls.
        raise StudyError("format_resave", file=file, format="html")
    if start.startswith(b"<"):
        return _xml_format(path, file, start)
    members = outermost_members(start)
    texts = (item for item in registry.FORMATS if item.text)
    found = next((item for item in texts if item.begins(start) or item.has_any(members)), None)
    return _built(found, "csv", file)


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
    found = format_of(detect_format(path, file))
    choice = choice or Choice()
    if not found.is_table:
        raise StudyError("format_not_table", file=file, format=found.key)
    if found.plain and path.stat().st_size <= _SHORT_BYTES:
        return cast(RawTable, load_function(found.reader)(path, file, quality, choice))
    return read_guarded(table_task(found, choice), path, file, quality)


def table_task(found: Format, choice: Choice) -> Task:
    """The task of reading a table of this format in a child process."""
    options = {"reader": found.reader, "choice": asdict(choice)}
    return Task("geo.readers.formats.detect:guarded_task", options, gdal=found.gdal)


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does for a table: run the reader ``request["reader"]``."""
    reader = load_function(request["reader"])
    choice = Choice(**request["choice"])

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        table = reader(Path(request["path"]), request["file"], quality, choice)
        return write_table_answer(table, folder)

    return read


def _is_dbf(head: bytes) -> bool:
    """Whether a file is the table of a shapefile: its version, and the day of the last change."""
    return head[0] in (0x02, 0x03, 0x30, 0x83, 0x8B) and 1 <= head[2] <= 12 and 1 <= head[3] <= 31


def _is_binary(item: Format, head: bytes) -> bool:
    return not item.text and not item.within and item.begins(head)


def _built(found: Format | None, key: str, file: str) -> str:
    """The key of a format that can be read.

    Raises
    ------
    StudyError
        The format's own refusal, else ``format_not_built``, naming the format or `key`.
    """
    found = found or format_of(key)
    if not found.built:
        raise StudyError(found.refusal, file=file, format=found.key)
    return found.key


def _binary_format(path: Path, file: str, found: Format) -> str:
    """The format by its first bytes; of an archive or a packed file by what is in it."""
    held = list(inside(found.key))
    if any(item.xml_root for item in held):
        return _packed_format(path, file, found)
    if held:
        return _built(_archived_format(path, held), found.key, file)
    return _built(found, found.key, file)


def _archived_format(path: Path, held: list[Format]) -> Format | None:
    """The first of the formats of which the archive has a member."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError):
        return None
    for item in held:
        if any(fnmatchcase(name, item.member) for name in names):
            return item
    return None


def _packed_format(path: Path, file: str, packing: Format) -> str:
    """The format of a packed XML file."""
    try:
        with unpacked(path, packing.key) as handle:
            head = handle.read(_HEAD_BYTES)
    except (OSError, EOFError, ValueError) as error:
        raise StudyError("packed_broken", file=file, reason=one_line(error)) from error
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise StudyError(packing.refusal, file=file, format=packing.key)
    with unpacked(path, packing.key) as handle:
        return _format_of_root(_xml_root(handle, file), file, packing.key)


def _xml_format(path: Path, file: str, head: bytes) -> str:
    try:
        plain = decoded_xml(head[: head.find(b">") + 1]) != b""
    except ValueError:
        plain = True
    with path.open("rb") as handle:
        if plain:
            return _format_of_root(_xml_root(handle, file), file)
        try:
            decoded = io.BytesIO(_decoded_head(handle.read(_ROOT_BYTES)))
        except UnicodeDecodeError as error:
            raise StudyError("xml_broken", file=file, reason=one_line(error)) from error
    return _format_of_root(_xml_root(decoded, file), file)


def _decoded_head(raw: bytes) -> bytes:
    """The beginning of a GBK document as UTF-8; it may end within a letter."""
    try:
        return decoded_xml(raw)
    except UnicodeDecodeError as error:
        if error.start < len(raw) - 4:
            raise
        return decoded_xml(raw[: error.start])


def _format_of_root(root: str, file: str, packing: str = "") -> str:
    """The format of XML by the name of its root element, as it is or in a packing."""
    known = (item for item in registry.FORMATS if item.xml_root == root)
    found = next((item for item in known if item.within == packing), None)
    return _built(found, root, file)


def _xml_root(handle: IO[bytes], file: str) -> str:
    """The name of the root element, read by a real parser that refuses every DOCTYPE."""
    head = io.BytesIO(handle.read(_ROOT_BYTES))
    try:
        events = defusedxml.ElementTree.iterparse(head, events=("start",), forbid_dtd=True)
        root = next(iter(events))[1].tag
    except DefusedXmlException as error:
        raise StudyError("xml_doctype", file=file) from error
    except (defusedxml.ElementTree.ParseError, LookupError, ValueError) as error:
        raise StudyError("xml_broken", file=file, reason=str(error)) from error
    return str(root.rpartition("}")[2].lower())
