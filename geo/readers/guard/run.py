"""Files of unknown origin are parsed in a child process, which can do nothing else.

Each file has a child of its own: forked from a server on Linux, started anew elsewhere. Its memory
and time are limited. Its environment holds only what it needs, and skips every GDAL driver but the
chosen one (GDAL reads `GDAL_SKIP` once, when it starts). An audit hook refuses sockets, processes
and all other files (`geo.readers.guard.child`). A `Task` names its function and its GDAL driver, so
that the guard imports no reader. Results come back as Arrow or .npy files
(`geo.readers.guard.answer`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from geo.base.errors import MachineError, OutputError, QuarterhourError, StudyError
from geo.base.files import FULL_BYTES
from geo.base.processes.children import start_child
from geo.base.processes.fork_server import FORKS, ForkServer, ForkServerError
from geo.base.quality_log import QualityLog, QualityRow
from geo.base.scratch import ScratchFolder
from geo.readers.guard.answer import read_roads_answer, read_table_answer
from geo.readers.guard.limits import machine_memory_mb
from geo.readers.table.raw_table import RawTable
from geo.roads.roads import Roads

__all__ = [
    "RESULT",
    "Limits",
    "Task",
    "gdal_drivers",
    "read_guarded",
    "read_guarded_file",
    "read_guarded_roads",
]

# The file of a result that is neither a table nor roads.
RESULT = "result"
# Memory of a machine that does not say.
_UNKNOWN_MB = 8192
# How many children run at the same time, for all sessions of a server together.
_AT_ONCE = threading.BoundedSemaphore(2)
_ROOT = Path(__file__).resolve().parents[3]
# Passed on where they exist: without them Python or a Windows library does not start.
_KEPT = (
    "SYSTEMROOT",
    "WINDIR",
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "NUMBER_OF_PROCESSORS",
)
_START = (
    "import sys; sys.path.insert(0, {root!r}); "
    "from geo.readers.guard.child import {function}; {function}()"
)
_KILLED = getattr(signal, "SIGKILL", signal.SIGTERM)
# The server that forks the children, once it is needed.
_SERVER: list[ForkServer] = []
_SERVERS = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """The memory and time that a child may use.

    A GeoParquet of 927,000 roads took 0.8 GB and 6 seconds. Harmful files are small, so large files
    may use more. Two children together may use the memory of the machine.
    """

    memory_mb: int = 4096
    seconds: int = 300

    @classmethod
    def of(cls, path: Path) -> Limits:
        """The limits for a file by its size: 4 to 16 GB, five minutes and a second a megabyte.

        On a small machine at most half of its memory, but 2 GB always.
        """
        megabytes = path.stat().st_size // 2**20
        half = max((machine_memory_mb() or _UNKNOWN_MB) // 2, 2048)
        return cls(min(max(4096, 40 * megabytes), 16384, half), 300 + megabytes)


@dataclass(frozen=True)
class Task:
    """What a child process does with one file.

    Attributes
    ----------
    function : str
        ``module:function``. It is given the request (`options`, and ``path`` and ``file`` of the
        file) and returns the work: a function of a `QualityLog` and a folder that writes its result
        into the folder and returns what else there is to say, as JSON types. What the work needs
        is imported before the process shuts itself in.
    options : mapping
        JSON types.
    gdal : (str, str) or None
        The library whose GDAL is used (each brings its own), and the one driver that is left in.
    """

    function: str
    options: Mapping[str, Any] = field(default_factory=dict)
    gdal: tuple[str, str] | None = None


def read_guarded(
    task: Task, path: Path, file: str, quality: QualityLog, *, limits: Limits | None = None
) -> RawTable:
    """Read a table in a child process.

    Parameters
    ----------
    task : Task
        Its function ends with `geo.readers.guard.answer.write_table_answer`.
    path : Path
        The file, already known to lie inside the study's folder.
    file : str
        Its name for messages.
    quality : QualityLog
        Receives the child's findings, also when it fails.
    limits : Limits, optional

    Raises
    ------
    StudyError
        The reader's own; ``guard_memory``, ``guard_time`` or ``guard_crashed`` when the file broke
        the child.
    """
    with _answered(task, path, file, quality, limits) as (answer, folder):
        return read_table_answer(folder, file, answer)


def read_guarded_roads(
    task: Task, path: Path, file: str, quality: QualityLog, *, limits: Limits | None = None
) -> tuple[Roads, int, int]:
    """Read the roads of a network in a child process.

    Parameters
    ----------
    task : Task
        Its function ends with `geo.readers.guard.answer.write_roads_answer`.
    path, file, quality, limits
        As in `read_guarded`.

    Returns
    -------
    roads : Roads
    rows_in, rows_used : int
        As the reader of the format counts them.

    Raises
    ------
    StudyError
        As in `read_guarded`; ``roads_inconsistent``.
    """
    with _answered(task, path, file, quality, limits) as (answer, folder):
        roads = read_roads_answer(folder)
    if not roads.consistent:
        raise StudyError("roads_inconsistent", file=file)
    return roads, int(answer["rows_in"]), int(answer["rows_used"])


def read_guarded_file(
    task: Task, path: Path, file: str, *, limits: Limits | None = None
) -> tuple[dict[str, Any], bytes]:
    """Read a file in a child process whose work leaves one file, `RESULT`, in its folder.

    Parameters
    ----------
    task, path, file, limits
        As in `read_guarded`.

    Returns
    -------
    answer : dict
        What the work returned.
    content : bytes
        Of the file; empty where the work left none.

    Raises
    ------
    StudyError
        As in `read_guarded`.
    """
    with _answered(task, path, file, QualityLog(), limits) as (answer, folder):
        result = folder / RESULT
        return answer, result.read_bytes() if result.is_file() else b""


@contextmanager
def _answered(
    task: Task, path: Path, file: str, quality: QualityLog, limits: Limits | None
) -> Iterator[tuple[dict[str, Any], Path]]:
    """The child's answer, and the folder with its files while the context lasts."""
    limits = limits or Limits.of(path)
    with ScratchFolder("quarterhour-") as folder:
        request = {
            **task.options,
            "task": task.function,
            "path": str(path.resolve()),
            "file": file,
            "folder": str(folder),
            "parent": os.getpid(),
            "limits": asdict(limits),
            "gdal": task.gdal,
        }
        answer = _run(request, _environment(task.gdal, str(folder)), limits, file)
        quality.rows.extend(QualityRow(**row) for row in answer["quality"])
        if "error" in answer:
            raise StudyError(answer["error"]["code"], **answer["error"]["params"])
        yield answer, folder


def _run(
    request: Mapping[str, Any], environment: dict[str, str], limits: Limits, file: str
) -> dict[str, Any]:
    """The child's answer; without one, an error that says how the child ended."""
    with _AT_ONCE:
        try:
            status = (_forked if FORKS else _started)(request, environment, limits.seconds)
        except TimeoutError as error:
            raise StudyError("guard_time", file=file, seconds=limits.seconds) from error
    try:
        answer: dict[str, Any] = json.loads(
            (Path(request["folder"]) / "answer.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError) as error:
        raise _without_answer(status, request["folder"], limits, file) from error
    return answer


def _started(request: Mapping[str, Any], environment: dict[str, str], seconds: float) -> int:
    """How a child ended that was started for this request."""
    process = start_child(
        _command("main"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=request["folder"],
    )
    with process:
        try:
            process.communicate(json.dumps(request).encode(), timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        finally:
            process.kill()  # also where the parent was cancelled; nothing where it has ended
    return process.returncode


def _forked(request: Mapping[str, Any], environment: dict[str, str], seconds: float) -> int:
    """How a child ended that the server forked for this request."""
    for _ in range(2):
        with _SERVERS:
            if not _SERVER:
                command = _command("serve_children")
                _SERVER.append(ForkServer(command, _environment(None, os.devnull)))
            server = _SERVER[0]
        try:
            return server.run({**request, "environment": environment}, seconds)
        except ForkServerError:
            # The system may have ended it while it was idle: once more, from a new server.
            with _SERVERS:
                if server in _SERVER:
                    _SERVER.remove(server)
    return _started(request, environment, seconds)


def _command(function: str) -> list[str]:
    return [sys.executable, "-I", "-c", _START.format(root=str(_ROOT), function=function)]


def _without_answer(status: int, folder: str, limits: Limits, file: str) -> QuarterhourError:
    """Why a child left no answer."""
    if status == -getattr(signal, "SIGXCPU", signal.SIGTERM):
        return StudyError("guard_time", file=file, seconds=limits.seconds)
    if status == -_KILLED:
        # By nobody of ours: the system ends the largest process when memory runs out.
        return MachineError("guard_killed", file=file)
    if shutil.disk_usage(folder).free < FULL_BYTES:
        return OutputError("disk_full", file=folder, reason=f"{file}")
    return StudyError("guard_crashed", file=file, status=status)


def _environment(gdal: tuple[str, str] | None, folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "TMPDIR": folder,
        "TEMP": folder,
        "TMP": folder,
        "HOME": folder,
        # Few threads: thread pools reserve address space for each core, which counts as memory.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OSMIUM_POOL_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "GDAL_SKIP": "" if gdal is None else _skipped(*gdal),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "PROJ_NETWORK": "OFF",
    }


@cache
def _skipped(library: str, driver: str) -> str:
    """Every driver of the library's GDAL but one; by comma, since some names hold spaces."""
    return ",".join(sorted(gdal_drivers(library) - {driver}))


def gdal_drivers(library: str) -> set[str]:
    """The drivers that the GDAL of pyogrio or of rasterio has in this process."""
    if library == "pyogrio":
        import pyogrio

        return set(pyogrio.list_drivers())
    import rasterio

    with rasterio.Env() as environment:
        return set(environment.drivers())
