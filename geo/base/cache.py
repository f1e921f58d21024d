"""Results kept between runs: a folder of .npy files for each content hash, with a manifest.

Entries are memory-mapped, so several processes share one copy. The whole cache may be deleted at
any time. The checksums of an entry are compared when it is opened, once in a process
(`geo.base.checksums`): an entry that is damaged in any way, or that another version wrote, is
rebuilt.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from geo.base.checksums import is_intact, write_checksums
from geo.base.files import atomic_folder

__all__ = ["Arrays", "default_cache", "kept", "stored"]

Arrays = dict[str, NDArray[Any]]
_MANIFEST = "manifest.json"


def default_cache() -> Path:
    """The cache folder: ``$QUARTERHOUR_CACHE``, else the user's own cache folder."""
    return Path(os.environ.get("QUARTERHOUR_CACHE") or user_cache_path("quarterhour"))


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
    known = _load(folder, key)
    if known is not None:
        return known
    arrays, notes = build()
    try:
        _save(folder, key, arrays, notes)
    except OSError:
        # A full disk or a read-only home must not stop the work: the cache only saves time.
        return arrays, notes
    # Read back, so that the first run works on the same mapped arrays as later ones.
    return _load(folder, key) or (arrays, notes)


def kept(cache: Path | None, key: str) -> tuple[Arrays, dict[str, Any]] | None:
    """The arrays and notes kept under `key`; None where the cache has none (see `stored`)."""
    return None if cache is None else _load(cache / key[:2] / key, key)


def _load(folder: Path, key: str) -> tuple[Arrays, dict[str, Any]] | None:
    """The entry; None where it is missing, damaged or not that of `key`."""
    if not is_intact(folder, key):
        return None
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        # A plain view: jitted code must not be compiled once more for memory maps.
        arrays: Arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(
                np.ndarray
            )
            for name in manifest["arrays"]
        }
        return arrays, manifest["notes"]
    except Exception as error:
        # numpy parses headers as Python, which raises errors of many kinds. Whatever is wrong with
        # an entry, it is built again: the cache must not stop the work.
        logging.getLogger(__name__).warning("entry %s is built again: %r", key, error)
        return None


def _save(folder: Path, key: str, arrays: Arrays, notes: dict[str, Any]) -> None:
    """Write into a temporary folder and move it, so that nobody reads a half-written entry."""
    with atomic_folder(folder, replace=True) as temporary:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array, allow_pickle=False)
        manifest = json.dumps({"arrays": list(arrays), "notes": notes}, ensure_ascii=False)
        (temporary / _MANIFEST).write_text(manifest, encoding="utf-8")
        write_checksums(temporary, key)
