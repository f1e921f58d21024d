"""Files of unknown origin are parsed in a child process, which may do nothing but parse them.

One child for each file: its memory and time are limited, its environment holds no more than it
needs and skips every GDAL driver but the one chosen (GDAL reads `GDAL_SKIP` once, when it starts),
and an audit hook refuses sockets, processes and every file but its own (`geo.readers.guard.child`).
Tasks are named ``module:function``, so that the guard imports no reader. Results come back as Arrow
or .npy files (`geo.readers.guard.answer`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog, QualityRow
from geo.readers.guard.answer import read_roads_answer, read_table_answer
from geo.readers.table.raw_table import Choice, RawTable
from geo.roads.roads import Roads

__all__ = ["Limits", "gdal_drivers", "read_guarded", "read_guarded_osm", "read_guarded_roads"]

_ROOT = Path(__file__).resolve().parents[3]
# Handed on where they exist: without them Python or a Windows library does not start.
_KEPT = (
    "SYSTEMROOT",
    "WINDIR",
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "NUMBER_OF_PROCESSORS",
)
# Formats that go through GDAL: the library, which brings a GDAL of its own, and the one driver.
_DRIVERS = {"fgb": ("pyogrio", "FlatGeobuf"), "tif": ("rasterio", "GTiff")}
_START = (
    "import sys; sys.path.insert(0, {root!r}); from geo.readers.guard.child import main; main()"
)


@dataclass(frozen=True)
class Limits:
    """What a child may use.

    A GeoParquet of 927,000 roads took 0.8 GB and 6 seconds. Harmful files are small, so a large one
    may have more.
    """

    memory_mb: int = 4096
    seconds: int = 300

    @classmethod
    def of(cls, path: Path) -> Limits:
        """The limits for a file by its size: 4 to 16 GB, five minutes and a second a megabyte."""
        megabytes = path.stat().st_size // 2**20
        return cls(min(max(4096, 40 * megabytes), 16384), 300 + megabytes)


def read_guarded(
    kind: str,
    path: Path,
    file: str,
    quality: QualityLog,
    choice: Choice,
    *,
    limits: Limits | None = None,
) -> RawTable:
    """Read a table in a child process.

    Parameters
    ----------
    kind : str
        Format as `geo.readers.formats.detect.detect_format` gave it.
    path : Path
        The file, already known to lie inside the study's folder.
    file : str
        Its name for messages.
    quality : QualityLog
        Receives the child's findings, also when it fails.
    choice : Choice
    limits : Limits, optional

    Raises
    ------
    StudyError
        The reader's own; ``guard_memory``, ``guard_time`` or ``guard_crashed`` when the file broke
        the child.
    """
    request = {"task": "geo.readers.formats.detect:guarded_task", "choice": asdict(choice)}
    with _answered(request, kind, path, file, quality, limits) as (answer, folder):
        return read_table_answer(folder, file, answer)


def read_guarded_osm(
    kind: str,
    path: Path,
    file: str,
    quality: QualityLog,
    *,
    wanted: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    boundaries: bool,
    limits: Limits | None = None,
) -> RawTable:
    """Read objects of an OSM file by their tags in a child process.

    Parameters
    ----------
    kind, path, file, quality, limits
        As in `read_guarded`.
    wanted, columns, boundaries
        As in `geo.readers.osm.objects.read_osm_objects`.

    Raises
    ------
    StudyError
        As in `read_guarded`.
    """
    request = {
        "task": "geo.readers.osm.objects:guarded_task",
        "wanted": {key: list(values) for key, values in wanted.items()},
        "columns": list(columns),
        "boundaries": boundaries,
    }
    with _answered(request, kind, path, file, quality, limits) as (answer, folder):
        return read_table_answer(folder, file, answer)


def read_guarded_roads(
    kind: str,
    path: Path,
    file: str,
    quality: QualityLog,
    datum: str,
    *,
    limits: Limits | None = None,
) -> tuple[Roads, int, int]:
    """Read the roads of an OSM file or of OSMnx's GraphML in a child process.

    Parameters
    ----------
    kind, path, file, quality, limits
        As in `read_guarded`.
    datum : str
        Datum of the file's coordinates.

    Returns
    -------
    roads : Roads
    rows_in, rows_used : int
        As the reader of the format counts them.

    Raises
    ------
    StudyError
        As in `read_guarded`.
    """
    module = "geo.readers.roads.graphml" if kind == "graphml" else "geo.readers.osm.roads"
    request = {"task": f"{module}:guarded_task", "datum": datum}
    with _answered(request, kind, path, file, quality, limits) as (answer, folder):
        roads = read_roads_answer(folder)
    if not roads.consistent:
        raise StudyError("roads_inconsistent", file=file)
    return roads, int(answer["rows_in"]), int(answer["rows_used"])


@contextmanager
def _answered(
    request: dict[str, Any],
    kind: str,
    path: Path,
    file: str,
    quality: QualityLog,
    limits: Limits | None,
) -> Iterator[tuple[dict[str, Any], Path]]:
    """The child's answer, and the folder with what it left, as long as it is looked at."""
    limits = limits or Limits.of(path)
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as folder:
        request |= {
            "kind": kind,
            "path": str(path.resolve()),
            "file": file,
            "folder": folder,
            "limits": asdict(limits),
            "driver": _DRIVERS.get(kind),
        }
        answer = _run(request, _environment(kind, folder), limits, file)
        quality.rows.extend(QualityRow(**row) for row in answer["quality"])
        if "error" in answer:
            raise StudyError(answer["error"]["code"], **answer["error"]["params"])
        yield answer, Path(folder)


def _run(
    request: Mapping[str, Any], environment: dict[str, str], limits: Limits, file: str
) -> dict[str, Any]:
    """The child's answer; every way in which it can end without one has its own error."""
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-c", _START.format(root=str(_ROOT))],
            input=json.dumps(request).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=request["folder"],
            timeout=limits.seconds,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise StudyError("guard_time", file=file, seconds=limits.seconds) from error
    try:
        answer: dict[str, Any] = json.loads(
            (Path(request["folder"]) / "answer.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError) as error:
        raise StudyError("guard_crashed", file=file, status=ended.returncode) from error
    return answer


def _environment(kind: str, folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "TMPDIR": folder,
        "TEMP": folder,
        "TMP": folder,
        "HOME": folder,
        # Few threads: pools reserve address space by the core, which counts against the limit.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OSMIUM_POOL_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "GDAL_SKIP": _skipped(kind),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "PROJ_NETWORK": "OFF",
    }


@cache
def _skipped(kind: str) -> str:
    """Every driver of the format's GDAL but one; by comma, since some names hold spaces."""
    if kind not in _DRIVERS:
        return ""
    library, driver = _DRIVERS[kind]
    return ",".join(sorted(gdal_drivers(library) - {driver}))


def gdal_drivers(library: str) -> set[str]:
    """The drivers that the GDAL of pyogrio or of rasterio has in this process."""
    if library == "pyogrio":
        import pyogrio

        return set(pyogrio.list_drivers())
    import rasterio

    with rasterio.Env() as environment:
        return set(environment.drivers())
