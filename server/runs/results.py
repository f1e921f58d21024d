"""Results as files that processes share: what a worker computed is mapped, not copied.

A result is pickled, but its arrays stand beside the pickle in one file that each reader maps.
Arrays that are mapped from the cache already, such as the roads, are named and not written again.
So ten processes that hold one study hold its arrays once.

A pickle runs code when it is read. The folder of an entry must therefore belong to the user of this
process, and nobody else may write it.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.base.checksums import digest, is_intact, write_checksums
from geo.base.files import atomic_folder

__all__ = [
    "has_result",
    "keep_result",
    "kept_folder",
    "load_result",
    "prune_results",
    "result_bytes",
]

_PICKLE, _ARRAYS = "result.pickle", "arrays.bin"
_ALIGNED = 64
_LOCKS = {type(make()): make for make in (threading.Lock, threading.RLock)}


def kept_folder(parent: Path, key: str) -> Path:
    """Where the result of `key` stands among those of `parent`."""
    return parent / digest(key)


def result_bytes(folder: Path) -> int:
    """The size of a result on the disk; 0 where it has gone."""
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0


def keep_result(folder: Path, key: str, value: Any) -> None:
    """Write a result into `folder`, which is made, or replaced, as a whole.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    head, buffers = io.BytesIO(), list[pickle.PickleBuffer]()
    _Pickler(head, protocol=5, buffer_callback=buffers.append).dump(value)
    sizes = [(buffer.raw().nbytes, buffer.raw().readonly) for buffer in buffers]
    with atomic_folder(folder, replace=True) as temporary:
        temporary.chmod(0o700)
        with (temporary / _ARRAYS).open("wb") as file:
            for buffer in buffers:
                file.write(buffer.raw())
                file.write(bytes(-file.tell() % _ALIGNED))
        with (temporary / _PICKLE).open("wb") as file:
            pickle.dump(sizes, file)
            file.write(head.getbuffer())
        write_checksums(temporary, key)


def has_result(folder: Path, key: str) -> bool:
    """Whether `folder` holds the whole result of `key`."""
    return _is_own(folder) and is_intact(folder, key)


def load_result(folder: Path, key: str) -> Any:
    """The result kept in `folder` under `key`; its arrays are mapped, and changed in memory only.

    Raises
    ------
    LookupError
        There is none, it is damaged, or a file of the cache that it names has gone.
    """
    if not has_result(folder, key):
        raise LookupError(key)
    with suppress(OSError):
        os.utime(folder)  # used last: see `prune_results`
    try:
        with (folder / _PICKLE).open("rb") as file:
            sizes = pickle.load(file)
            return pickle.load(file, buffers=_mapped_buffers(folder / _ARRAYS, sizes))
    except Exception as error:
        # A pickle that another version wrote fails in many ways. It is computed again.
        raise LookupError(key) from error


def prune_results(parent: Path, *, most_bytes: int, spare: Path | None = None) -> None:
    """Remove the results in `parent` that were used longest ago, beyond so many bytes.

    Processes that have mapped a result keep it. On Windows a mapped one stays until later.

    Parameters
    ----------
    parent : Path
    most_bytes : int
    spare : Path, optional
        A result that stays.
    """
    found = []
    for folder in parent.iterdir() if parent.is_dir() else ():
        with suppress(OSError):
            found.append((folder.stat().st_mtime, result_bytes(folder), folder))
    left = most_bytes
    for _, size, folder in sorted(found, key=lambda one: one[0], reverse=True):
        left -= size
        if left < 0 and folder != spare:
            shutil.rmtree(folder, ignore_errors=True)


class _Pickler(pickle.Pickler):
    """Names mapped arrays by their files, and makes locks anew."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) in _LOCKS:
            return _LOCKS[type(value)], ()
        if type(value) is np.ndarray and (found := _mapped_from(value)) is not None:
            return _array_of, found
        return NotImplemented


def _mapped_from(array: NDArray[Any]) -> tuple[Any, ...] | None:
    """File, offset, type, shape and strides of an array that is a view of a file."""
    base: Any = array.base
    while base is not None and not isinstance(base, np.memmap):
        base = getattr(base, "base", None)
    if base is None or base.filename is None or base.mode != "r" or not array.size:
        return None
    stat = os.stat(base.filename)
    offset = base.offset + array.ctypes.data - base.ctypes.data
    stamp = (stat.st_size, stat.st_mtime_ns)
    return str(base.filename), stamp, offset, array.dtype, array.shape, array.strides


def _array_of(
    file: str,
    stamp: tuple[int, int],
    offset: int,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    strides: tuple[int, ...],
) -> NDArray[Any]:
    stat = os.stat(file)
    if (stat.st_size, stat.st_mtime_ns) != stamp:
        raise LookupError(file)
    whole = np.memmap(file, np.uint8, "r")
    return np.ndarray(shape, dtype, whole, offset, strides)


def _mapped_buffers(path: Path, sizes: list[tuple[int, bool]]) -> Iterator[memoryview]:
    """The buffers of a result. Each is as writable as it was: compiled code depends on it."""
    whole = np.memmap(path, np.uint8, "c").data if path.stat().st_size else memoryview(b"")
    at = 0
    for size, read_only in sizes:
        found = whole[at : at + size]
        yield found.toreadonly() if read_only else found
        at += size + -size % _ALIGNED


def _is_own(folder: Path) -> bool:
    """Whether the folder is this user's alone."""
    if sys.platform == "win32":
        return folder.is_dir()  # the folder of the cache is in the user's profile
    try:
        stat = os.stat(folder)
    except OSError:
        return False
    return stat.st_uid == os.geteuid() and not stat.st_mode & 0o022
