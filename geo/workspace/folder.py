"""The folder of all studies, and new study folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from geo.base.access import guard
from geo.base.errors import OutputError, StudyError
from geo.base.file_names import is_device
from geo.base.files import atomic_folder, output_error
from geo.base.messages import one_line

__all__ = [
    "STUDY_TOML",
    "checked_name",
    "create_study_folder",
    "delete_study_folder",
    "list_studies",
    "named_by_scenario",
    "new_study_folder",
    "owner_of",
    "rename_study_folder",
    "scenario_files",
    "studies_folder",
    "system_errors",
]

STUDY_TOML = "study.toml"
# Who made the study, where people are told apart.
_OWNER = ".owner.json"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_LONGEST_NAME = 60
_LONGEST_BYTES = 200


def studies_folder() -> Path:
    """Where studies are kept: ``$QUARTERHOUR_STUDIES``, else ``Quarterhour`` in the home folder."""
    given = os.environ.get("QUARTERHOUR_STUDIES", "")
    return Path(given) if given else Path.home() / "Quarterhour"


def list_studies(root: Path) -> list[str]:
    """Names of the studies in `root` that whoever acts may open, in order."""
    try:
        found = [path.name for path in root.iterdir() if (path / STUDY_TOML).is_file()]
    except OSError:  # no such folder yet, or it may not be read
        return []
    return sorted(
        name for name in found if not name.startswith(".") and guard.is_allowed("open", root / name)
    )


def owner_of(folder: Path) -> str:
    """Who made the study in `folder`; "" if that is not known."""
    try:
        kept = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
        return str(kept["user"])
    except (OSError, ValueError, KeyError, TypeError):  # none, or not ours
        return ""


def scenario_files(folder: Path) -> list[str]:
    """The files of a study's scenarios, and the files of its folder that these name."""
    root = folder.resolve()
    found: list[str] = []
    for path in sorted(folder.glob("scenarios/*.toml")):
        if path.is_file() and path.resolve().is_relative_to(root):
            found += [f"scenarios/{path.name}", *named_by_scenario(path.read_bytes())]
    inside = [name for name in found if (root / name).resolve().is_relative_to(root)]
    return [name for name in dict.fromkeys(inside) if (folder / name).is_file()]


def named_by_scenario(content: bytes) -> list[str]:
    """The files that a scenario's changes name; none where its file cannot be read."""
    try:
        changes = tomllib.loads(content.decode("utf-8-sig")).get("changes", [])
    except (ValueError, RecursionError):
        return []
    rows = [row for row in changes if isinstance(row, dict)] if isinstance(changes, list) else []
    paths = (row.get("path") for row in rows)
    return [path for path in paths if isinstance(path, str) and path and "\0" not in path]


def new_study_folder(root: Path, name: str) -> Path:
    """The path of a new study's folder, which is not made yet.

    Raises
    ------
    StudyError
        The name cannot be that of a folder on every system (``study_name``) or is taken
        (``study_exists``).
    """
    name = checked_name(name, "study_name")
    if os.path.lexists(root / name):
        raise StudyError("study_exists", value=name)
    return root / name


def checked_name(name: str, code: str) -> str:
    """A name without spaces around it that files and folders can have on every system.

    Raises
    ------
    StudyError
        It cannot be one (`code`).
    """
    name = unicodedata.normalize("NFC", name.strip())
    strange = any(unicodedata.category(letter).startswith("C") for letter in name)
    fits = 0 < len(name) <= _LONGEST_NAME and len(name.encode("utf-8", "replace")) <= _LONGEST_BYTES
    dotted = name.startswith(".") or name.endswith(".")
    if strange or is_device(name) or not fits or dotted or _FORBIDDEN.search(name):
        raise StudyError(code, value=one_line(name))
    return name


def create_study_folder(target: Path, fill: Callable[[Path], None]) -> Path:
    """Make the folder `target`, filled by `fill`; on an error nothing of it is left.

    Raises
    ------
    StudyError
        ``study_exists``.
    AccessError
        Whoever acts may not create it.
    OutputError
        The system refuses to write.
    """
    with (
        guard.writing(target, "study_created", action="create"),
        system_errors(target),
        atomic_folder(target) as folder,
    ):
        fill(folder)
        if owner := guard.user():
            text = json.dumps({"user": owner}, ensure_ascii=False)
            (folder / _OWNER).write_text(text, encoding="utf-8")
        if os.path.lexists(target):
            raise StudyError("study_exists", value=target.name)
    return target


def rename_study_folder(folder: Path, name: str) -> Path:
    """Give a study's folder another name; returns the new path.

    Raises
    ------
    StudyError
        As in `new_study_folder`.
    AccessError
        Whoever acts may not rename it, or not create a study of the new name.
    OutputError
        The system refuses, for example since another program holds a file open.
    """
    if name.strip() == folder.name:
        return folder
    guard.demand("rename", folder)
    target = new_study_folder(folder.parent, name)
    # Otherwise a name to which a grant applies would give rights on any study.
    guard.demand("rename", target)
    with guard.writing(folder, "study_renamed", action="rename"), system_errors(target):
        folder.rename(target)
    return target


def delete_study_folder(folder: Path) -> None:
    """Delete a study with all files in its folder.

    Raises
    ------
    AccessError
        Whoever acts may not delete it.
    OutputError
        The system refuses; then all of it is still there.
    """
    # Under a hidden name first: a study is there or not, and never half.
    doomed = folder.with_name(f".deleted-{uuid4().hex}")
    with guard.writing(folder, "study_deleted", action="delete"), system_errors(folder):
        folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


@contextmanager
def system_errors(target: Path) -> Iterator[None]:
    """Turn an `OSError` in the context into an `OutputError` about `target`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise output_error(error, target) from error
