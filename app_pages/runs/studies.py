"""Computed studies that processes share: worked out by a worker once, mapped by the others."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app_pages.runs.server_queue import in_worker, kept_results, run_queue
from geo.base.cache import default_cache
from geo.base.checksums import digest
from geo.base.errors import MachineError
from geo.base.files import file_sha256, output_errors
from geo.base.lru import LruCache
from geo.base.progress import Progress
from geo.study.load import load_study
from geo.workspace.folder import STUDY_TOML
from server.runs.results import keep_result, kept_folder, load_result
from server.runs.task import Task

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.analysis import Analysis
    from geo.questions.explorer import Explorer

__all__ = [
    "ComputedStudy",
    "StudyRef",
    "compute_study",
    "known_study",
    "on_study",
    "study_ref",
    "study_task",
    "work_on_study",
]

_ROOT = Path(__file__).resolve().parents[2]
# Packages whose objects are in a result. Another version may not read them.
_PICKLED = ("numpy", "pandas", "geopandas", "shapely", "pyproj", "pydantic", "pyarrow", "numba")
# In a worker: a study and the one before it.
_OPEN: LruCache[tuple[Analysis, Explorer]] = LruCache(2)


@dataclass(frozen=True)
class StudyRef:
    """A state of a study.

    Attributes
    ----------
    folder : str
    key : str
        Hash of the folder, of the content of its files, of the units that are seen, and of the
        program.
    """

    folder: str
    key: str


@dataclass(frozen=True)
class ComputedStudy:
    """A study's analysis, and the explorer that answers questions about it.

    Attributes
    ----------
    analysis : Analysis
    explorer : Explorer
    ref : StudyRef, optional
        Where workers find it; None on a laptop.
    size_bytes : int
        Of the files that hold it; 0 on a laptop.
    """

    analysis: Analysis
    explorer: Explorer
    ref: StudyRef | None = None
    size_bytes: int = 0


def study_ref(folder: str) -> StudyRef:
    """The present state of a study.

    Raises
    ------
    StudyError
        study.toml is wrong.
    """
    place = Path(folder).resolve()
    files = []
    study = load_study(place)
    for name in (STUDY_TOML, *study.files):
        path = place / name
        files.append((name, file_sha256(path) if path.is_file() else ""))
    seen = None if study.within is None else sorted(study.within)
    return StudyRef(folder, digest(os.fspath(place), files, seen, _program()))


def study_task(ref: StudyRef) -> Task:
    """The task that computes a study for all."""
    return Task("app_pages.runs.studies:compute_study", {"ref": ref}, keep=ref.key)


def compute_study(progress: Progress, ref: StudyRef) -> tuple[Analysis, Explorer]:
    """Compute a study, and prepare it for questions; in a worker.

    Raises
    ------
    StudyError
        The study is wrong.
    MachineError
        ``run_study_changed``: what was computed is not the state `ref`.
    """
    progress.stage("loading")
    from geo import pipeline

    explorer = pipeline.open_explorer(
        load_study(ref.folder), cache=default_cache(), progress=progress
    )
    analysis = explorer.analysis(progress)
    explorer.prepare(progress=progress)
    if study_ref(ref.folder) != ref:
        raise MachineError("run_study_changed")
    _OPEN.of(ref.key, lambda: (analysis, explorer))
    return analysis, explorer


def known_study(progress: Progress, ref: StudyRef) -> tuple[Analysis, Explorer]:
    """A computed study, in a worker; computed anew where it is kept no longer."""

    def opened() -> tuple[Analysis, Explorer]:
        folder = kept_folder(kept_results(), ref.key)
        try:
            kept: tuple[Analysis, Explorer] = load_result(folder, ref.key)
            return kept
        except LookupError:
            found = compute_study(progress, ref)
            with output_errors(folder):
                keep_result(folder, ref.key, found)
            return found

    return _OPEN.of(ref.key, opened)


def on_study(
    computed: ComputedStudy,
    work: Callable[..., Any],
    progress: Progress,
    *,
    user: str,
    told: Callable[[Any], None] | None = None,
    stopped: Callable[[], bool] | None = None,
    **arguments: Any,
) -> Any:
    """Heavy work on a computed study: by a worker of the server, here on a laptop.

    Parameters
    ----------
    computed : ComputedStudy
    work : callable
        A function of a module. Called with a progress (in a worker a `RunProgress`), the analysis,
        the explorer and the arguments.
    progress : Progress
    user : str
        Whose run it is (`session_user`).
    told, stopped : callable, optional
        As in `in_worker`; not used on a laptop.
    **arguments
        What can be pickled.
    """
    queue = run_queue()
    if computed.ref is None or queue is None:
        return work(progress, computed.analysis, computed.explorer, **arguments)
    task = Task(
        "app_pages.runs.studies:work_on_study",
        {
            "ref": computed.ref,
            "function": f"{work.__module__}:{work.__qualname__}",
            "arguments": arguments,
        },
    )
    return in_worker(queue, user, task, progress, told=told, stopped=stopped)


def work_on_study(
    progress: Progress, ref: StudyRef, function: str, arguments: dict[str, Any]
) -> Any:
    """The work of `on_study`, in a worker."""
    analysis, explorer = known_study(progress, ref)
    module, _, name = function.partition(":")
    work = getattr(importlib.import_module(module), name)
    return work(progress, analysis, explorer, **arguments)


@cache
def _program() -> str:
    """Hash of what a result depends on besides the study's files."""
    sources = sorted((_ROOT / "geo").rglob("*.py"))
    stamps = [
        (path.relative_to(_ROOT).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sources
    ]
    versions = [importlib.metadata.version(name) for name in _PICKLED]
    return digest(stamps, versions, platform.python_version())
