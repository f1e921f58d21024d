"""Temporary folders that are removed with their process, or swept by the next one.

A file beside each folder, of the same name with the suffix ``.lock``, stays locked as long as its
process lives, and no longer, however the process ends. So a later process can tell a folder in use
from one that was left behind, also on a drive that several machines share.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

__all__ = ["ScratchFolder", "sweep"]

_LOCK = ".lock"
_TRIES = 20
# What a file system says that knows no locks.
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class ScratchFolder:
    """A new, empty folder for temporary files; also a context manager that gives its path.

    Folders that were left behind under the same prefix are swept first.

    Parameters
    ----------
    prefix : str
        First letters of its name.
    parent : Path, optional
        Where it is made; the system's folder of temporary files by default, where nobody else may
        read it.
    salvage : callable, optional
        Called with a folder that was left behind, before it is removed.

    Raises
    ------
    OSError
        `parent` cannot be written.
    """

    def __init__(
        self,
        prefix: str,
        *,
        parent: Path | None = None,
        salvage: Callable[[Path], None] | None = None,
    ) -> None:
        place = Path(tempfile.gettempdir()) if parent is None else parent
        sweep(place, prefix, salvage=salvage)
        self.path, handle = _made(place, prefix, 0o777 if parent else 0o700)
        self._finish = weakref.finalize(self, _remove, self.path, handle)

    @property
    def name(self) -> str:
        """The path as text."""
        return str(self.path)

    def cleanup(self) -> None:
        """Remove the folder, if it is still there."""
        self._finish()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *failure: object) -> None:
        self.cleanup()


def sweep(parent: Path, prefix: str, *, salvage: Callable[[Path], None] | None = None) -> None:
    """Remove the folders of `prefix` in `parent` whose process has ended."""
    try:
        names = [name for name in os.listdir(parent) if name.startswith(prefix)]
    except OSError:
        return
    for name in names:
        if not name.endswith(_LOCK):
            continue
        try:
            handle = os.open(parent / name, os.O_RDWR)
        except OSError:  # another user's, or just removed
            continue
        # Without locks nothing is known, so nothing is removed.
        if _lock(handle) is True:
            folder = parent / name.removesuffix(_LOCK)
            if salvage is not None and folder.is_dir():
                salvage(folder)
            _remove(folder, handle)
        else:
            os.close(handle)


def _made(parent: Path, prefix: str, mode: int) -> tuple[Path, int]:
    for _ in range(_TRIES):
        path = parent / f"{prefix}{secrets.token_hex(6)}"
        lock = _lock_of(path)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        # A sweep may have locked, and removed, the file before it was locked here.
        if _lock(handle) is not False and _is_at(handle, lock):
            try:
                path.mkdir(mode=mode)
            except BaseException:
                _remove(path, handle)
                raise
            return path, handle
        os.close(handle)
    raise OSError(errno.EAGAIN, "no temporary folder", str(parent))


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + _LOCK)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _remove(path: Path, handle: int) -> None:
    """Remove a folder, then its lock."""
    shutil.rmtree(path, ignore_errors=True)
    lock = _lock_of(path)
    if sys.platform == "win32":
        os.close(handle)  # Windows removes no open file
        with contextlib.suppress(OSError):
            lock.unlink()
        return
    with contextlib.suppress(OSError):
        lock.unlink()
    os.close(handle)


def _lock(handle: int) -> bool | None:
    """Lock an open file: True when done, False where another process holds it, None without locks.

    The lock ends with the process, since no child inherits the handle.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return None if error.errno in _NO_LOCKS else False
    return True
