"""Results kept between runs: a folder of .npy files for each content hash, with a manifest.

Entries are memory-mapped, so several processes share one copy. The whole cache may be deleted at
any time; an entry that is broken or that another version wrote is rebuilt.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from geo.base.files import atomic_folder

__all__ = ["Arrays", "default_cache", "digest", "stored"]

Arrays = dict[str, NDArray[Any]]
_MANIFEST = "manifest.json"


def default_cache() -> Path:
    """The cache folder: ``$QUARTERHOUR_CACHE``, else the user's own cache folder."""
    return Path(os.environ.get("QUARTERHOUR_CACHE") or user_cache_path("quarterhour"))


def digest(*parts: object) -> str:
    """SHA-256 of plain JSON values, in hexadecimal."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def stored(
    cache: Path | None, key: str, build: Callable[[], tuple[Arrays, dict[str, Any]]]
) -> tuple[Arrays, dict[str, Any]]:
    """The arrays and notes kept under `key`; built, and then kept, where the cache has none.

    Parameters
    ----------
    cache : Path or None
        The cache folder; with None, nothing is kept.
    key : str
        Hash of everything that the result depends on.
    build : Callable
        Returns arrays by name, and notes as plain JSON values.

    Returns
    -------
    arrays, notes
        As `build` returned them; arrays from the cache are mapped from its files, read-only.
    """
    if cache is None:
        return build()
    folder = cache / key[:2] / key
    kept = _load(folder)
    if kept is not None:
        return kept
    arrays, notes = build()
    try:
        _save(folder, arrays, notes)
    except OSError:
        # A full disk or a read-only home must not stop the work: the cache only saves time.
        return arrays, notes
    # Read back, so that the first run works on the same mapped arrays as later ones.
    return _load(folder) or (arrays, notes)


def _load(folder: Path) -> tuple[Arrays, dict[str, Any]] | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        arrays: Arrays = {}
        for name, expected in manifest["arrays"].items():
            array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            if [array.dtype.str, *array.shape, _checksum(array)] != expected:
                return None
            # A plain view: jitted code must not be compiled once more for memory maps.
            arrays[name] = array.view(np.ndarray)
        return arrays, manifest["notes"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _checksum(array: NDArray[Any]) -> int:
    """Sum of the array's 64-bit words: as fast as reading, and changes when a page is lost."""
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    whole = len(data) // 8 * 8
    return int(data[:whole].view(np.uint64).sum(dtype=np.uint64)) + int(data[whole:].sum())


def _save(folder: Path, arrays: Arrays, notes: dict[str, Any]) -> None:
    """Write into a temporary folder and move it, so that nobody reads a half-written entry."""
    with atomic_folder(folder, replace=True) as temporary:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array, allow_pickle=False)
        shapes = {
            name: [array.dtype.str, *array.shape, _checksum(array)]
            for name, array in arrays.items()
        }
        manifest = json.dumps({"arrays": shapes, "notes": notes}, ensure_ascii=False)
        (temporary / _MANIFEST).write_text(manifest, encoding="utf-8")
