"""The child process of `geo.readers.guard.run`: it limits itself and reads one file.

Run as ``python -c``; no other module imports it. After importing what the task needs, it installs
an audit hook that refuses sockets, new processes and files other than its own. Where the platform
can, children are forked from a server that has imported the libraries which most tasks need
(`geo.base.processes.fork_server`). No library that brings GDAL is among them, since GDAL reads its
environment when it is loaded.
"""

from __future__ import annotations

import errno
import importlib
import json
import mimetypes
import os
import sys
import sysconfig
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from geo.base.processes.children import end_with_parent
from geo.base.processes.fork_server import serve
from geo.readers.guard.limits import limit_memory, limit_seconds

__all__ = ["main", "serve_children"]

_PRELOADED = (
    "geopandas",
    "openpyxl",
    "osmium",
    "pyarrow.compute",
    "pyarrow.parquet",
    "pydantic",
    "scipy.sparse.csgraph",
    "xlrd",
)
_WITH_GDAL = ("pyogrio", "rasterio", "fiona", "osgeo")

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
    """Read the request from standard input, do the task, and write answer.json."""
    _answer(json.loads(sys.stdin.buffer.read()))


def serve_children() -> None:
    """Fork a child for every request until the owner ends."""
    for name in _PRELOADED:
        importlib.import_module(name)
    loaded = [name for name in _WITH_GDAL if name in sys.modules]
    if loaded:
        raise RuntimeError(f"GDAL would not read its environment: {loaded}")
    serve(_forked)


def _forked(request: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    tempfile.tempdir = None
    _answer(request | {"parent": os.getppid()})


def _answer(request: dict[str, Any]) -> None:
    limits, folder = request["limits"], Path(request["folder"])
    end_with_parent(request["parent"])
    limit_memory(limits["memory_mb"] * 2**20)
    limit_seconds(limits["seconds"])
    try:
        answer = _read(request, folder)
    except MemoryError:
        from geo.base.errors import StudyError

        answer = _failed(
            StudyError("guard_memory", file=request["file"], megabytes=limits["memory_mb"])
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            sys.exit(1)  # without an answer, the parent looks at the disk
        # A fault of the reader, or a file that it cannot read: one line for the user either way.
        from geo.base.errors import StudyError

        answer = _failed(
            StudyError("guard_crashed", file=request["file"], status=type(error).__name__)
        )
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _failed(error: Any) -> dict[str, Any]:
    return {"error": {"code": error.code, "params": error.params}, "quality": []}


def _read(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from geo.base.errors import StudyError
    from geo.base.quality_log import QualityLog
    from geo.readers.guard.run import gdal_drivers

    if request["gdal"] is not None:
        library, driver = request["gdal"]
        # If another driver is left, nothing is opened.
        if gdal_drivers(library) != {driver}:
            return _failed(StudyError("guard_crashed", file=request["file"], status=-1))
    # What the task needs is imported before the process is restricted.
    module, _, name = request["task"].partition(":")
    read = getattr(importlib.import_module(module), name)(request)
    quality = QualityLog()
    # openpyxl asks for the system's list of media types.
    mimetypes.init()
    _restrict(Path(request["path"]), folder)
    try:
        answer = read(quality, folder)
    except StudyError as error:
        answer = _failed(error)
    return answer | {"quality": [asdict(row) for row in quality.rows]}


def _restrict(path: Path, folder: Path) -> None:
    """Install an audit hook that refuses everything that reading this file does not need."""
    sys.dont_write_bytecode = True
    places = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"]}
    library = tuple(os.path.realpath(place) + os.sep for place in places if place)
    own = (str(Path(__file__).resolve().parents[3] / "geo") + os.sep,)
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
