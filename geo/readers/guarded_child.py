"""The child process of `geo.readers.guarded`: limits itself, reads one file, writes what it holds.

Run as ``python -c``, never imported by the rest. It imports what it needs first, then shuts itself
in: from there on the audit hook refuses sockets, new processes and files other than its own.
"""

from __future__ import annotations

import json
import mimetypes
import os
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from geo.readers.limits import limit_memory, limit_seconds

__all__ = ["main"]

_REFUSED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "ftplib.",
)
_REFUSED_NAMES = ("urllib.Request", "os.startfile", "os.remove", "os.rename", "shutil.rmtree")


def main() -> None:
    """Read the request from standard input, and leave answer.json beside what was read."""
    request = json.loads(sys.stdin.buffer.read())
    limits, folder = request["limits"], Path(request["folder"])
    limit_memory(limits["memory_mb"] * 2**20)
    limit_seconds(limits["seconds"])
    try:
        answer = _read(request, folder)
    except MemoryError:
        from geo.errors import StudyError

        answer = _failed(
            StudyError("guard_memory", file=request["file"], megabytes=limits["memory_mb"])
        )
    except Exception as error:
        # A reader's own fault or a file it cannot bear: either way one line for the user.
        from geo.errors import StudyError

        answer = _failed(
            StudyError("guard_crashed", file=request["file"], status=type(error).__name__)
        )
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _failed(error: Any) -> dict[str, Any]:
    return {"error": {"code": error.code, "params": error.params}, "quality": []}


def _read(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from geo.errors import StudyError
    from geo.quality import QualityLog
    from geo.readers.guarded import gdal_drivers

    if request["driver"] is not None:
        library, driver = request["driver"]
        # Should a driver have been left in, nothing is opened.
        if gdal_drivers(library) != {driver}:
            return _failed(StudyError("guard_crashed", file=request["file"], status=-1))
    read = _TASKS[request["task"]](request)
    quality = QualityLog()
    # openpyxl asks for the system's list of media types.
    mimetypes.init()
    _shut_in(Path(request["path"]), folder)
    try:
        answer = read(quality, folder)
    except StudyError as error:
        answer = _failed(error)
    return answer | {"quality": [asdict(row) for row in quality.rows]}


_Reading = Callable[[Any, Path], dict[str, Any]]


def _table_task(request: dict[str, Any]) -> _Reading:
    from geo.readers.formats import GUARDED_READERS, TABLE_READERS
    from geo.readers.tables import Choice

    reader = (TABLE_READERS | GUARDED_READERS)[request["kind"]]
    choice = Choice(**request["choice"])

    def read(quality: Any, folder: Path) -> dict[str, Any]:
        return _left(reader(Path(request["path"]), request["file"], quality, choice), folder)

    return read


def _osm_task(request: dict[str, Any]) -> _Reading:
    from geo.readers.osm_objects import read_osm_objects

    options = {key: request[key] for key in ("wanted", "columns", "boundaries")}
    wanted = options.pop("wanted")

    def read(quality: Any, folder: Path) -> dict[str, Any]:
        path, file = Path(request["path"]), request["file"]
        return _left(read_osm_objects(path, file, wanted, quality, **options), folder)

    return read


def _roads_task(request: dict[str, Any]) -> _Reading:
    import numpy as np

    from geo.readers.graphml import read_graphml
    from geo.readers.osm import read_osm
    from geo.roads import Roads

    source = (Path(request["path"]), request["file"])

    def read(quality: Any, folder: Path) -> dict[str, Any]:
        if request["kind"] == "graphml":
            roads, rows_in, rows_used = read_graphml(*source, quality, request["datum"])
        else:
            # The folder is where the process runs. Osmium writes there by a name that is plain
            # ASCII: on Windows it opens no other (`osm_source`).
            roads, rows_in, rows_used = read_osm(*source, quality, request["datum"], Path())
        for item in fields(Roads):
            np.save(folder / f"{item.name}.npy", getattr(roads, item.name), allow_pickle=False)
        return {"rows_in": rows_in, "rows_used": rows_used}

    return read


# What is imported for a task is imported before the process shuts itself in.
_TASKS = {"table": _table_task, "osm": _osm_task, "roads": _roads_task}


def _left(table: Any, folder: Path) -> dict[str, Any]:
    """The table as a file, and what Arrow has no place for."""
    _write(table, folder / "table.arrow")
    return {
        "columns": [str(name) for name in table.frame.columns],
        "rows_in": table.rows_in,
        "crs": table.crs,
        "faults": [[at, *fault] for at, fault in table.faults.items()],
    }


def _write(table: Any, path: Path) -> None:
    import numpy as np
    import pyarrow as pa
    import shapely

    # By number: two names of a file may differ in what Arrow does not keep apart.
    columns = {
        f"c{at}": pa.array(table.frame.iloc[:, at].array, pa.large_string())
        for at in range(table.frame.shape[1])
    }
    columns["rows"] = pa.array(np.asarray(table.rows), pa.int64())
    if table.geometry is not None:
        columns["geometry"] = pa.array(shapely.to_wkb(table.geometry), pa.large_binary())
    content = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)


def _shut_in(path: Path, folder: Path) -> None:
    """Refuse, for the rest of this process, whatever reading one file does not need."""
    sys.dont_write_bytecode = True
    places = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]}
    library = tuple(os.path.realpath(place) + os.sep for place in places if place)
    own = (str(Path(__file__).resolve().parents[2] / "geo") + os.sep,)
    scratch = os.path.realpath(folder) + os.sep
    target = os.path.realpath(path)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED) or event in _REFUSED_NAMES:
            raise PermissionError(event)
        if event not in ("open", "sqlite3.connect"):
            return
        name = arguments[0]
        if isinstance(name, int):
            return
        text = os.fsdecode(name)
        if event == "sqlite3.connect":
            return
        real = os.path.realpath(text)
        if real == target or real.startswith(scratch) or real == os.devnull:
            return
        mode, flags = arguments[1], arguments[2]
        writes = any(letter in str(mode) for letter in "wxa+") or bool(
            isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if writes or not real.startswith(library + own):
            raise PermissionError(text)

    sys.addaudithook(hook)
