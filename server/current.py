"""The settings of the server that this process belongs to."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Lock

from geo.base.errors import StudyError
from server.config import ServerConfig, load_config

__all__ = ["SERVER", "current_config"]

# Names server.toml in the processes of a server. Without it, this is a laptop.
SERVER = "QUARTERHOUR_SERVER"

_Stamp = tuple[str, int, int]
_LOCK = Lock()
_kept: list[tuple[_Stamp, ServerConfig]] = []


def current_config() -> ServerConfig | None:
    """server.toml as it stands, read again when it changes; None on a laptop.

    While a changed file is wrong, the former settings hold, and the log says so.

    Raises
    ------
    StudyError
        It is wrong from the beginning.
    """
    given = os.environ.get(SERVER, "")
    if not given:
        return None
    path = Path(given)
    stamp = _stamp(path)
    # Asked for hundreds of times in a run, by all sessions, so without waiting for each other.
    held = _kept[0] if _kept else None
    if held is not None and held[0] == stamp:
        return held[1]
    with _LOCK:
        stamp = _stamp(path)
        if _kept and _kept[0][0] == stamp:
            return _kept[0][1]
        try:
            config = load_config(path)
        except StudyError as error:
            if not _kept or _kept[0][0][0] != stamp[0]:
                raise
            logging.getLogger(__name__).error("the former settings hold: %s", error)
            config = _kept[0][1]
        _kept[:] = [(stamp, config)]
        return config


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_size, found.st_mtime_ns
