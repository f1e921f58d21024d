"""The scenarios of a study: files in the folder `scenarios` beside its study.toml."""

from __future__ import annotations

import hashlib
import os
import threading
import unicodedata
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import tomlkit

from geo.base.access import guard
from geo.base.errors import StudyError
from geo.base.file_names import file_name
from geo.base.files import output_errors, write_atomic
from geo.base.messages import one_line
from geo.scenarios.changes import Scenario, read_changes, scenario_file
from geo.workspace.folder import checked_name

__all__ = [
    "check_new_name",
    "copy_scenario",
    "delete_scenario",
    "demand_files",
    "forget_demand_file",
    "free_name",
    "keep_demand_file",
    "list_scenarios",
    "load_scenario",
    "put_back_scenario",
    "rename_scenario",
    "save_scenario",
    "scenario_bytes",
    "scenario_text",
]

_SUFFIX = ".toml"
# Where two pages change the scenarios of one study at once, the second must see what the first did.
_CHANGING = threading.Lock()


def list_scenarios(folder: Path) -> list[str]:
    """Names of the scenarios of the study in `folder`, in order.

    A scenario is about the whole study: who may see a part of it sees none.

    Raises
    ------
    AccessError
        Whoever acts may not open the study. Every other function of this module raises it without
        the right to read or to change all of the study.
    """
    guard.demand("open", folder)
    if not guard.is_allowed("read", folder):
        return []
    try:
        found = [path for path in (folder / "scenarios").iterdir() if path.is_file()]
    except OSError:  # none have been kept, or the folder may not be read
        return []
    names = (path.name.removesuffix(_SUFFIX) for path in found if path.name.endswith(_SUFFIX))
    return sorted(unicodedata.normalize("NFC", name) for name in names if _is_name(name))


def load_scenario(folder: Path, name: str) -> Scenario:
    """Read and check a scenario of the study in `folder`.

    Raises
    ------
    StudyError
        There is none of this name (``scenario_unknown``), or it is wrong (`read_changes`).
    """
    guard.demand("read", folder)
    known = list_scenarios(folder)
    name = unicodedata.normalize("NFC", name)
    if name not in known:
        shown = ", ".join(known) or "-"
        raise StudyError("scenario_unknown", value=one_line(name), known=shown)
    path = _path(folder, name)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise StudyError(
            "path_outside", file=scenario_file(name), field="scenarios", value=one_line(name)
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        shown = ", ".join(known)
        raise StudyError("scenario_unknown", value=one_line(name), known=shown) from error
    return read_changes(content, name)


def save_scenario(folder: Path, scenario: Scenario, *, replace: bool = False) -> Scenario:
    """Keep a scenario with the study in `folder`, whole or not at all.

    Parameters
    ----------
    replace : bool
        Whether a scenario of the same name is replaced.

    Returns
    -------
    Scenario
        Under the name that its file has.

    Raises
    ------
    StudyError
        The name cannot be that of a file (``scenario_name``) or is taken (``scenario_exists``).
    OutputError
        The folder cannot be written.
    """
    name = checked_name(scenario.name, "scenario_name")
    with guard.writing(folder, "scenario_saved"), _CHANGING:
        if not replace:
            _refuse_taken(folder, name)
        write_atomic(_path(folder, name), scenario_text(scenario).encode())
    return Scenario(name, scenario.note, scenario.changes)


def check_new_name(folder: Path, name: str) -> str:
    """The name that the file of a new scenario gets.

    Raises
    ------
    StudyError
        As in `save_scenario`.
    """
    name = checked_name(name, "scenario_name")
    _refuse_taken(folder, name)
    return name


def rename_scenario(folder: Path, name: str, to: str) -> str:
    """Give a scenario another name; returns the name that its file has.

    Raises
    ------
    StudyError
        As in `load_scenario` and `save_scenario`.
    OutputError
        The folder cannot be written.
    """
    to = checked_name(to, "scenario_name")
    with guard.writing(folder, "scenario_renamed"), _CHANGING:
        if name not in list_scenarios(folder):
            raise StudyError("scenario_unknown", value=one_line(name), known="-")
        same = to.casefold() == name.casefold()  # a system may hold both for one file
        if not same:
            _refuse_taken(folder, to)
        with output_errors(_path(folder, to)):
            os.replace(_path(folder, name), _path(folder, to))
    return to


def free_name(folder: Path, named: Callable[[int], str]) -> str:
    """The first name that no scenario has: ``named(1)``, ``named(2)``, …."""
    taken = {known.casefold() for known in list_scenarios(folder)}
    return next(name for name in map(named, count(1)) if name.casefold() not in taken)


def copy_scenario(folder: Path, name: str) -> str:
    """Copy a scenario under a free name, such as ``NAME 2``; returns that name.

    Raises
    ------
    StudyError
        As in `load_scenario` and `save_scenario`.
    OutputError
        The folder cannot be written.
    """
    scenario = load_scenario(folder, name)
    to = free_name(folder, lambda number: f"{name} {number + 1}")
    return save_scenario(folder, Scenario(to, scenario.note, scenario.changes)).name


def keep_demand_file(folder: Path, name: str, content: bytes) -> str:
    """Keep a demand file for a scenario of the study; returns its path in the study's folder.

    A file of another content gets another name, so that an undo finds the former one.

    Parameters
    ----------
    name : str
        The file's name where it comes from, which the kept one begins with.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    given = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:8]
    path = f"scenarios/{file_name(f'{given.stem[:40]}-{digest}{given.suffix.lower()}')}"
    with guard.writing(folder, "scenario_file_kept"):
        write_atomic(folder / path, content)
    return path


def demand_files(folder: Path) -> set[str]:
    """The demand files that are kept with the scenarios, as paths in the study's folder."""
    guard.demand("read", folder)
    try:
        found = list((folder / "scenarios").iterdir())
    except OSError:
        return set()
    return {f"scenarios/{path.name}" for path in found if path.suffix != _SUFFIX}


def forget_demand_file(folder: Path, path: str) -> None:
    """Remove a demand file that no scenario came to use."""
    with guard.writing(folder, "scenario_file_removed"), output_errors(folder / path):
        (folder / path).unlink(missing_ok=True)


def scenario_bytes(folder: Path, name: str) -> bytes | None:
    """The content of a scenario's file as it stands, for `put_back_scenario`; None without one."""
    guard.demand("read", folder)
    try:
        return _path(folder, name).read_bytes()
    except OSError:
        return None


def put_back_scenario(
    folder: Path, name: str, content: bytes | None, *, unless_changed: bytes | None
) -> None:
    """Undo an edit: a scenario's file gets its former content, byte for byte.

    Parameters
    ----------
    content : bytes, optional
        The former content; None removes the file.
    unless_changed : bytes, optional
        The content after the edit.

    Raises
    ------
    StudyError
        Somebody has changed the scenario since (``scenario_changed``).
    OutputError
        The folder cannot be written.
    """
    with guard.writing(folder, "scenario_undone"), _CHANGING:
        if scenario_bytes(folder, name) != unless_changed:
            raise StudyError("scenario_changed", value=one_line(name))
        if content is not None:
            write_atomic(_path(folder, name), content)
            return
        with output_errors(_path(folder, name)):
            _path(folder, name).unlink(missing_ok=True)


def delete_scenario(folder: Path, name: str) -> None:
    """Remove a scenario's file.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    guard.demand("write", folder)
    if name not in list_scenarios(folder):
        return
    with (
        guard.writing(folder, "scenario_deleted"),
        _CHANGING,
        output_errors(_path(folder, name)),
    ):
        _path(folder, name).unlink(missing_ok=True)


def scenario_text(scenario: Scenario) -> str:
    """The content of a scenario's file."""
    document = tomlkit.document()
    if scenario.note:
        document["note"] = scenario.note
    rows = tomlkit.aot()
    for change in scenario.changes:
        table = tomlkit.table()
        values: dict[str, Any] = change.model_dump(exclude_none=True, exclude_defaults=True)
        for key in ("do", *(key for key in values if key != "do")):
            value = values[key]
            table[key] = [list(vertex) for vertex in value] if key == "line" else value
        rows.append(table)
    if len(rows):
        document["changes"] = rows
    return tomlkit.dumps(document)


def _path(folder: Path, name: str) -> Path:
    return folder / scenario_file(name)


def _is_name(name: str) -> bool:
    try:
        return checked_name(name, "scenario_name") == unicodedata.normalize("NFC", name)
    except StudyError:
        return False


def _refuse_taken(folder: Path, name: str) -> None:
    taken = {known.casefold() for known in list_scenarios(folder)}
    if name.casefold() in taken or os.path.lexists(_path(folder, name)):
        raise StudyError("scenario_exists", value=name)
