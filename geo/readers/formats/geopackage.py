"""GeoPackage, read with SQLite instead of GDAL.

A GeoPackage is a SQLite file whose geometries are WKB after a short header (OGC 12-128r19, 2.1.3),
which takes forty lines to read. With GDAL, the drivers that may open a file can only be restricted
for a whole process before it starts. The file is opened read-only and its schema is not trusted.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import Faults, flattened, to_lonlat
from geo.readers.table.raw_table import Choice, RawTable

__all__ = ["read_gpkg"]

# Length of the header by its envelope code: none, xy, xyz, xym, xyzm.
_HEADER_BYTES = {0: 8, 1: 40, 2: 56, 3: 56, 4: 72}
# -1 and 0 mean "undefined Cartesian" and "undefined geographic".
_UNDEFINED = (-1, 0)
# Time for 1,024 rows of a table, or for all rows of a view; 1,024 rows of long borders take 0.1 s.
_ROW_S = 5.0
# Steps of SQLite's machine between two looks at the time, about a millisecond.
_STEPS = 20_000
# A view may compute any number of rows from none.
_VIEW_ROWS = 500_000
# Borders of a province take 20 MB.
_LONGEST_VALUE = 128 * 2**20


def read_gpkg(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read a layer of a GeoPackage, the only one or the one chosen.

    Rows count from 1 in the order of the table. In a file without layers of features the only
    attribute table is read.

    Raises
    ------
    StudyError
        ``gpkg_broken`` (no GeoPackage), ``gpkg_view`` (a view that is recursive or takes long),
        ``gpkg_layers`` (several layers, none named), ``layer_missing``, ``crs_unknown``.
    """
    try:
        with _opened(path) as database:
            table, column, srs_id = _layer(database, file, choice.layer)
            crs = _crs(database, srs_id, file) if column else None
            is_view = _is_view(database, table)
            clock = _limit(database)
            cursor = database.execute(f"SELECT * FROM {_quoted(table)}")
            names = [str(item[0]) for item in cursor.description]
            records = list(_records(cursor, clock, is_view, file))
    except StudyError:  # is a ValueError, too
        raise
    except sqlite3.OperationalError as error:
        raise _stopped(error, file) from error
    except sqlite3.DatabaseError as error:
        # What the authorizer denies.
        code = "gpkg_view" if "not authorized" in str(error) else "gpkg_broken"
        raise StudyError(code, file=file, reason=one_line(error)) from error
    except (sqlite3.Error, ValueError) as error:
        raise StudyError("gpkg_broken", file=file, reason=one_line(error)) from error
    # Some programs write a name in the catalogue and in the table with different case.
    at_geometry = next(
        (at for at, name in enumerate(names) if column and name.lower() == column.lower()), None
    )
    columns = {
        name.strip(): [record[at] for record in records]
        for at, name in enumerate(names)
        if at != at_geometry
    }
    geometry = None
    faults: Faults = {}
    if at_geometry is not None:
        geometry, faults = _geometries([record[at_geometry] for record in records])
        geometry = to_lonlat(flattened(geometry, file, quality), crs, file)
    return RawTable.of_features(file, columns, len(records), geometry, crs=crs, faults=faults)


class _Clock:
    """Ends a query some seconds after it was last set."""

    def __init__(self) -> None:
        self.set()

    def set(self) -> None:
        self._until = time.monotonic() + _ROW_S

    def late(self) -> int:
        return int(time.monotonic() > self._until)


def _limit(database: sqlite3.Connection) -> _Clock:
    """Let queries read only; none may be recursive, take long for a row, or make a huge value.

    The file decides what a query on one of its views or generated columns computes.
    """
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)

    def authorize(action: int, *details: Any) -> int:
        return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY

    database.set_authorizer(authorize)
    clock = _Clock()
    database.set_progress_handler(clock.late, _STEPS)
    return clock


def _records(
    cursor: sqlite3.Cursor, clock: _Clock, is_view: bool, file: str
) -> Iterator[tuple[Any, ...]]:
    """The rows. Each has its time; a view has one time and a number of rows for all."""
    for number, record in enumerate(cursor, start=1):
        if not is_view:
            if number % 1024 == 0:
                clock.set()
        elif number > _VIEW_ROWS:
            raise StudyError("gpkg_view", file=file, reason=f"> {_VIEW_ROWS}")
        yield record


def _is_view(database: sqlite3.Connection, table: str) -> bool:
    found = database.execute(
        "SELECT type FROM sqlite_master WHERE lower(name) = lower(?)", (table,)
    ).fetchone()
    return found is not None and found[0] == "view"


def _stopped(error: sqlite3.OperationalError, file: str) -> StudyError:
    """The error of a query that took too long, or of a broken file."""
    code = "gpkg_view" if "interrupted" in str(error) else "gpkg_broken"
    return StudyError(code, file=file, reason=one_line(error))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, read-only; also with a write-ahead log of QGIS where the folder is writable."""
    uri = path.resolve().as_uri()
    try:
        database = sqlite3.connect(f"{uri}?mode=ro", uri=True)
        database.execute("SELECT 1 FROM gpkg_contents")
    except sqlite3.OperationalError:
        database = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    with closing(database):
        # Forbids functions with side effects in the views and triggers of the file.
        database.execute("PRAGMA trusted_schema = OFF")
        database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
        yield database


def _layer(database: sqlite3.Connection, file: str, wanted: str | None) -> tuple[str, str, int]:
    """Table, geometry column (empty: none) and reference system of the layer that is meant."""
    found = database.execute(
        "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c"
        " JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
        " WHERE c.data_type = 'features' ORDER BY c.table_name"
    ).fetchall()
    if not found:
        found = database.execute(
            "SELECT table_name, '', 0 FROM gpkg_contents"
            " WHERE data_type = 'attributes' ORDER BY table_name"
        ).fetchall()
    if wanted is not None:
        names = [str(row[0]) for row in found]
        found = [row for row in found if str(row[0]) == wanted]
        if not found:
            known = one_line(", ".join(names)) or "-"
            raise StudyError("layer_missing", file=file, value=one_line(wanted), nearest=known)
    if len(found) != 1:
        layers = ", ".join(str(row[0]) for row in found) or "-"
        raise StudyError("gpkg_layers", file=file, count=len(found), layers=one_line(layers))
    table, column, srs_id = found[0]
    return str(table), str(column), int(srs_id)


def _crs(database: sqlite3.Connection, srs_id: int, file: str) -> pyproj.CRS | None:
    if srs_id in _UNDEFINED:
        return None
    row = database.execute(
        "SELECT organization, organization_coordsys_id, definition, srs_name"
        " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if row is None:
        raise StudyError("crs_unknown", file=file, value=srs_id)
    organization, code, definition, name = row
    try:
        if str(organization).upper() == "EPSG":
            return pyproj.CRS.from_epsg(int(code))
        return pyproj.CRS.from_wkt(str(definition))
    except pyproj.exceptions.CRSError as error:
        raise StudyError("crs_unknown", file=file, value=one_line(name)) from error


def _geometries(blobs: list[Any]) -> tuple[NDArray[np.object_], Faults]:
    """Shapely geometries, None where there is none; malformed ones are in the faults."""
    wkb = np.array([*(_wkb(blob) for blob in blobs), None], dtype=object)[:-1]
    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    lost = np.flatnonzero(shapely.is_missing(geometry))
    return geometry, {
        int(at): ("geometry_malformed", "WKB") for at in lost if blobs[at] is not None
    }


def _wkb(blob: Any) -> bytes | None:
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return None
    flags = struct.unpack_from("B", blob, 3)[0]
    start = _HEADER_BYTES.get(flags >> 1 & 7)
    return None if start is None else blob[start:]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
