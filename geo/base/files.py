"""The one way files are written: whole or not at all, and files that belong together together."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from geo.base.errors import CancelledError, OutputError, QuarterhourError
from geo.base.scratch import ScratchFolder, sweep

__all__ = [
    "FULL_BYTES",
    "ZIP_EPOCH",
    "atomic_folder",
    "atomic_path",
    "file_sha256",
    "finish_interrupted",
    "output_error",
    "output_errors",
    "put",
    "write_atomic",
    "written_together",
]

# The earliest date that a zip can hold. All members carry it, so that the same content gives the
# same bytes.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

# Folders with files that are being written, beside their targets.
_NEW = ".new-"
# In such a folder: files being written; the same files when all are there; those they replace.
_WRITING, _READY, _FORMER = "writing", "ready", "former"
# In the folder of ready files: names, one a line, that the new set no longer has.
_GONE = ".gone"
# Of Windows: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
_FULL_ON_WINDOWS = (39, 112)
# A disk with less than this free is full, whatever a library says.
FULL_BYTES = 64 * 2**10


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; on success it replaces `target`, else it is removed.

    Writers that need a path (GDAL, xlsxwriter) use this; the temporary file has the target's name,
    since GDAL and others choose the format by it.

    Raises
    ------
    OutputError
        The folder cannot be written, the disk is full, or another program (Excel) holds the file.
    """
    target = Path(target)
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with ScratchFolder(_NEW, parent=target.parent, salvage=_finish) as folder:
            temporary = folder / target.name
            temporary.touch()
            yield temporary
            _flush(temporary)
            os.replace(temporary, target)


@contextmanager
def written_together(out: Path, *, gone: Sequence[str] = ()) -> Iterator[Path]:
    """Yield an empty folder; on success its files move into `out`, all together, else none.

    Files of the same names in `out` are replaced, others stay; folders within are kept. Files named
    in `gone`, which an earlier set had and this one has not, are removed, too. When a file
    cannot be replaced, the former ones are put back. When the process is killed while files move,
    the next `written_together` or `finish_interrupted` moves the rest.

    Raises
    ------
    OutputError
        `out` cannot be written, the disk is full, or another program (Excel) holds one of the
        files. The former files are all there.
    CancelledError
        ``cancelled_late``: Ctrl+C came while the files moved. All new files are there.
    """
    out = Path(out)
    is_new = not out.exists()
    try:
        with output_errors(out):
            out.mkdir(parents=True, exist_ok=True)
            scratch = ScratchFolder(_NEW, parent=out, salvage=_finish)
        with scratch as folder:
            writing = folder / _WRITING
            with output_errors(out):
                writing.mkdir()
            yield writing
            with output_errors(out):
                for path in _files(writing):
                    _flush(writing / path)
            with _interrupt_held_back(out):
                (writing / _GONE).write_text("\n".join(gone), encoding="utf-8")
                # From here on, whoever finds the folder finishes the move.
                writing.rename(folder / _READY)
                _switch(folder, out)
    except BaseException:
        if is_new:
            with suppress(OSError):
                out.rmdir()
        raise


def put(place: Path, out: Path, name: str, content: bytes) -> Path:
    """Write a file of a set into `place` (`written_together`), and return its path in `out`.

    Parameters
    ----------
    name : str
        May hold folders, with ``/`` between them.

    Raises
    ------
    OutputError
        It names the file in `out`.
    """
    with output_errors(out / name):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return out / name


def finish_interrupted(out: Path) -> None:
    """Finish, or remove, what a process left in `out` that was killed while it wrote."""
    sweep(Path(out), _NEW, salvage=_finish)


def _files(folder: Path) -> list[Path]:
    """The paths of all files of a folder that move, within it."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path != Path(_GONE))


def _gone(ready: Path) -> list[str]:
    """The names of the files that the new set no longer has."""
    try:
        return (ready / _GONE).read_text("utf-8").split("\n")
    except OSError:  # the set of an earlier version
        return []


def _switch(folder: Path, out: Path) -> None:
    """Move the files that are ready into `out`; put the former ones back where that fails."""
    ready, former = folder / _READY, folder / _FORMER
    moved: list[Path] = []
    for path in _files(ready):
        target = out / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                _keep(target, former / path)
            moved.append(path)
            os.replace(ready / path, target)
        except OSError as error:
            _put_back(moved, former, out)
            # What was not moved must not be moved by the next run either.
            shutil.rmtree(ready, ignore_errors=True)
            with output_errors(target):
                raise error
    # Last, so that nothing has to be put back for a file that cannot be removed.
    _remove(ready, out)


def _remove(ready: Path, out: Path) -> None:
    for name in filter(None, _gone(ready)):
        # Another program may hold it; its content is then that of the former set.
        with suppress(OSError):
            (out / name).unlink()


def _keep(target: Path, former: Path) -> None:
    """Keep a file under a second name until all files have moved."""
    former.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(target, former)
    except OSError:  # a file system without links
        shutil.copy2(target, former)


def _put_back(moved: list[Path], former: Path, out: Path) -> None:
    for path in moved:
        with suppress(OSError):
            if (former / path).exists():
                os.replace(former / path, out / path)
            else:
                (out / path).unlink(missing_ok=True)


def _finish(folder: Path) -> None:
    """Move the files of a killed process that were all written."""
    ready = folder / _READY
    for path in _files(ready) if ready.is_dir() else ():
        target = folder.parent / path
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(ready / path, target)
    _remove(ready, folder.parent)


@contextmanager
def _interrupt_held_back(out: Path) -> Iterator[None]:
    """Let Ctrl+C wait until the files have moved; it then is a `CancelledError`."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    # Ctrl+C interrupts the main thread only.
    if ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        came.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise CancelledError("cancelled_late", folder=str(out))


@contextmanager
def atomic_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it becomes `target`, else it is removed.

    Parameters
    ----------
    target : Path
    replace : bool
        Whether an existing folder (broken, or just written by another process) is replaced.

    Raises
    ------
    OSError
        The folder cannot be written, or `target` exists and `replace` is false.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with ScratchFolder(_NEW, parent=target.parent) as temporary:
        yield temporary
        if replace and target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        elif replace:
            target.unlink(missing_ok=True)
        os.replace(temporary, target)


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Errors of the system about a file or folder become an `OutputError` that names it."""
    try:
        yield
    except QuarterhourError:
        raise
    except PermissionError as error:
        raise OutputError("output_locked", file=str(target)) from error
    except OSError as error:
        raise output_error(error, target) from error


def output_error(error: OSError, target: Path) -> OutputError:
    """The system's error about a file or folder as an `OutputError`."""
    code = "disk_full" if _is_full(error, target) else "output_failed"
    return OutputError(code, file=str(target), reason=error.strerror or str(error))


def _is_full(error: OSError, target: Path) -> bool:
    """Whether a full disk is the cause; libraries in C often say only that writing failed."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return True
    if getattr(error, "winerror", None) in _FULL_ON_WINDOWS:
        return True
    if error.errno not in (None, errno.EIO):
        return False
    try:
        return shutil.disk_usage(target.parent).free < FULL_BYTES
    except OSError:
        return False


def _flush(path: Path) -> None:
    with open(path, "rb+") as written:
        os.fsync(written.fileno())


def write_atomic(target: Path, content: bytes) -> None:
    """Write `content` to `target`, whole or not at all (see `atomic_path`)."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
