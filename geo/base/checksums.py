"""Checksums of the files of a folder, so that damage to it is found before it is used.

The file `CHECKSUMS` of a folder holds the SHA-256 of all its other files, the key under which the
folder was written, and the SHA-256 of both. A folder that was moved to the place of another one
therefore does not pass either.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from geo.base.files import file_sha256
from geo.base.jobs import CORES, in_threads

__all__ = ["CHECKSUMS", "digest", "intact_files", "is_intact", "write_checksums"]

CHECKSUMS = "checksums.json"
# A second thread does not pay for less than this.
_BYTES_A_THREAD = 8 * 2**20

_Stamp = tuple[int, int, int]
# The state (size, time, inode) of each file when its checksum was found right. SHA-256 reads about
# 1.5 GB/s, so a file is read once in a process and not again before it changes.
_checked: dict[str, tuple[_Stamp, str]] = {}


def digest(*parts: object) -> str:
    """SHA-256 of plain JSON values, in hexadecimal."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_checksums(folder: Path, key: str) -> None:
    """Write the checksums of all files of `folder` into it.

    Raises
    ------
    OSError
        A file cannot be read or written.
    """
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != CHECKSUMS
    )
    sums = dict(zip(names, _sums(folder, names), strict=True))
    content = {"key": key, "files": sums, "sha256": digest(key, sums)}
    (folder / CHECKSUMS).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def intact_files(folder: Path, key: str) -> set[str]:
    """The files of `folder` (with ``/`` between names) that are as `write_checksums` found them.

    Empty where the checksums are missing, damaged or those of another key. Files that were added
    later are not among them.
    """
    sums = _written(folder, key)
    right = _right(folder, sums)
    return {name for name, good in zip(sums, right, strict=True) if good}


def is_intact(folder: Path, key: str) -> bool:
    """Whether `folder` has checksums, and every file that they name is as it was written."""
    sums = _written(folder, key)
    return bool(sums) and all(_right(folder, sums))


def _written(folder: Path, key: str) -> dict[str, str]:
    """The checksums by file; empty where they cannot be used."""
    try:
        content = json.loads((folder / CHECKSUMS).read_bytes())
        sums: dict[str, str] = content["files"]
        whole = content["key"] == key and content["sha256"] == digest(key, sums)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return sums if whole else {}


def _right(folder: Path, sums: Mapping[str, str]) -> list[bool]:
    try:
        return [
            found == wanted
            for found, wanted in zip(_sums(folder, list(sums)), sums.values(), strict=True)
        ]
    except OSError:  # one is missing: look at each alone
        return [_is_right(folder / name, wanted) for name, wanted in sums.items()]


def _is_right(path: Path, wanted: str) -> bool:
    try:
        return _sum(path) == wanted
    except OSError:
        return False


def _sums(folder: Path, names: list[str]) -> list[str]:
    """The SHA-256 of each file, on two threads where they are large."""
    paths = [folder / name for name in names]
    total = sum(path.stat().st_size for path in paths)
    threads = 1 + (CORES - 1) * int(total > _BYTES_A_THREAD)
    return in_threads(_sum, paths, threads=threads)


def _sum(path: Path) -> str:
    """The SHA-256 of a file, read again only where it has changed."""
    state = os.stat(path)
    stamp = (state.st_size, state.st_mtime_ns, state.st_ino)
    # The inode stays when a folder is moved to its place, the path does not.
    name = f"{state.st_dev}:{state.st_ino}" if state.st_ino else os.fspath(path)
    known = _checked.get(name)
    if known is None or known[0] != stamp:
        known = _checked[name] = stamp, file_sha256(path)
    return known[1]
