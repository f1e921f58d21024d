"""The last changes of a study, kept in its folder so that they can be undone after a reload too.

A change of study.toml leaves the former files where they are, so its former text brings everything
back. A step can be undone as long as study.toml is as that step left it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from geo.base.access import guard
from geo.base.errors import OutputError
from geo.base.files import write_atomic
from geo.base.messages import one_line

__all__ = ["Step", "forget_step", "keep_step", "last_step"]

_FILE = ".history.json"
_MOST_STEPS = 20


@dataclass(frozen=True)
class Step:
    """One change.

    Attributes
    ----------
    what : str
        Code of the change (``undo.<what>`` in the wording catalogues).
    about : dict
        Values for the sentence about it.
    before : str
        The text of study.toml before.
    after : str
        Hash of its text after.
    """

    what: str
    about: dict[str, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""


def keep_step(folder: Path, what: str, about: Mapping[str, Any], *, before: str, text: str) -> None:
    """Keep a change of study.toml from `before` to `text`; nothing where the folder refuses."""
    shown = {name: one_line(value) for name, value in about.items()}
    steps = [*_steps(folder), Step(what, shown, before, _hash(text))][-_MOST_STEPS:]
    with suppress(OutputError):  # the change itself is saved
        _write(folder, steps)


def last_step(folder: Path) -> Step | None:
    """The change that can be undone, None where there is none."""
    guard.demand("open", folder)
    steps = _steps(folder)
    try:
        text = (folder / "study.toml").read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return steps[-1] if steps and steps[-1].after == _hash(text) else None


def forget_step(folder: Path) -> None:
    """Drop the last change after it has been undone."""
    with suppress(OutputError):  # its hash no longer fits
        _write(folder, _steps(folder)[:-1])


def _steps(folder: Path) -> list[Step]:
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return [Step(**item) for item in kept["steps"]]
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or not ours
        return []


def _write(folder: Path, steps: list[Step]) -> None:
    content = json.dumps({"steps": [asdict(step) for step in steps]}, ensure_ascii=False)
    write_atomic(folder / _FILE, content.encode())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
