"""The studies that were opened last on this machine, or by each person on a server."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from geo.base.access import guard
from geo.base.errors import OutputError
from geo.base.files import write_atomic
from geo.workspace.draft import is_draft
from geo.workspace.folder import STUDY_TOML

__all__ = ["recent_studies", "remember_study"]

_MOST = 8


def _path() -> Path:
    """``$QUARTERHOUR_STATE``, else the user's own data folder."""
    folder = os.environ.get("QUARTERHOUR_STATE") or user_data_path("quarterhour", appauthor=False)
    person = guard.user()
    # A name of a person may hold what no file name can.
    of = f"-{hashlib.sha256(person.encode()).hexdigest()[:16]}" if person else ""
    return Path(folder) / f"recent{of}.json"


def recent_studies() -> list[Path]:
    """The folders of the studies opened last that are still there, the latest first."""
    try:
        kept = json.loads(_path().read_text(encoding="utf-8"))["studies"]
        found = [Path(str(item)) for item in kept]
        there = [folder for folder in found if (folder / STUDY_TOML).is_file() or is_draft(folder)]
        return [folder for folder in there if guard.is_allowed("open", folder)]
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or not ours
        return []


def remember_study(folder: Path) -> None:
    """Put a study first; nothing is remembered where the folder cannot be written."""
    folder = folder.resolve()
    kept = [folder, *(other for other in recent_studies() if other != folder)][:_MOST]
    if kept == recent_studies():
        return
    content = json.dumps({"studies": [str(item) for item in kept]}, ensure_ascii=False)
    with suppress(OutputError, OSError):
        write_atomic(_path(), content.encode())
