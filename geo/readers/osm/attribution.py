"""Whether a study holds data of OpenStreetMap, whose licence asks to be named on every map."""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path

from geo.base.errors import StudyError
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import OSM_FORMATS
from geo.study.model import Study

__all__ = ["holds_osm"]

# Column names stand at one end of a file: in the header of a table, in the footer of a Parquet.
_END_BYTES = 2**18
_MOST_MEMBERS = 64
# osm_id, osmid, osm_way_id, OpenStreetMap; and "@id": "way/1" as overpass-turbo writes it.
_MARKS = (b"osm", b"openstreetmap", b'"@id"')


def holds_osm(study: Study) -> bool:
    """Whether a file of the study is from OpenStreetMap, by its format or its columns.

    A file that is missing counts as one: to name OpenStreetMap in vain is the lesser fault.
    """
    for file in study.files:
        try:
            path = study.file(file, "network.path")
            state = path.stat()
        except (StudyError, OSError):
            return True
        if _is_from_osm(path, state.st_mtime_ns, state.st_size):
            return True
    return False


@lru_cache(maxsize=256)
def _is_from_osm(path: Path, _changed: int, _size: int) -> bool:
    try:
        if detect_format(path) in OSM_FORMATS:
            return True
    except StudyError:
        return False
    return any(mark in end.lower() for end in _ends(path) for mark in _MARKS)


def _ends(path: Path) -> list[bytes]:
    """The first and last bytes of a file, or the first ones of each file in a zip."""
    try:
        with zipfile.ZipFile(path) as packed:
            found = []
            for member in packed.infolist()[:_MOST_MEMBERS]:
                found.append(member.filename.encode())
                with packed.open(member) as handle:
                    found.append(handle.read(_END_BYTES))
            return found
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        pass  # not a zip, or one that its reader refuses
    with path.open("rb") as handle:
        first = handle.read(_END_BYTES)
        handle.seek(max(path.stat().st_size - _END_BYTES, 0))
        return [first, handle.read()]
