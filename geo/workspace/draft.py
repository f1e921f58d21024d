"""Unfinished studies: a folder whose draft.toml is completed input by input.

The model of a study is strict, so an unfinished one is kept apart: ``draft.toml`` holds the
sections that are there. When the last required input comes, it becomes ``study.toml``
(`geo.workspace.edit`). Until then, readers see stand-ins for what is missing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomlkit

from geo.base.access import guard
from geo.base.scratch import ScratchFolder
from geo.study.load import DRAFT_TOML, read_study
from geo.study.model import Study
from geo.workspace.folder import STUDY_TOML, create_study_folder

__all__ = [
    "INPUTS",
    "STAND_IN",
    "create_draft",
    "draft_name",
    "fill_in",
    "is_draft",
    "list_drafts",
    "missing_inputs",
    "open_draft",
    "take_out",
]

# The inputs of a study in the order of the steps, by their sections.
INPUTS = ("units", "demand", "layers", "network")
# The path, and the key, of an input that is missing. No file has this name.
STAND_IN = "missing-input"
# A list of units without areas is accepted where demand names a column of codes.
_SECTIONS: dict[str, dict[str, Any]] = {
    "units": {"path": STAND_IN, "level": "township"},
    "demand": {"path": STAND_IN, "unit": "unit"},
    "network": {"path": STAND_IN},
}
_LAYER = {"key": STAND_IN, "sites": "none", "minutes": 15}


def is_draft(folder: Path) -> bool:
    """Whether the folder holds an unfinished study."""
    return (folder / DRAFT_TOML).is_file() and not (folder / STUDY_TOML).is_file()


def list_drafts(root: Path) -> list[str]:
    """Names of the unfinished studies in `root` that whoever acts may open, in order."""
    try:
        found = [path.name for path in root.iterdir() if is_draft(path)]
    except OSError:  # no such folder yet, or it may not be read
        return []
    return sorted(
        name for name in found if not name.startswith(".") and guard.is_allowed("open", root / name)
    )


def create_draft(target: Path, *, name: str, locale: str, place: str = "") -> Path:
    """Make the folder of a new study without any input.

    Parameters
    ----------
    target : Path
        The new folder (`geo.workspace.folder.new_study_folder`).
    name, place : str
        Title of the study, and the place that its sentences name.
    locale : str
        Its language.

    Raises
    ------
    StudyError, OutputError
        As in `create_study_folder`.
    """
    document = tomlkit.document()
    document["study"] = {"name": name, **({"place": place} if place else {}), "locale": locale}
    text = tomlkit.dumps(document)

    def fill(folder: Path) -> None:
        (folder / DRAFT_TOML).write_text(text, encoding="utf-8", newline="\n")

    return create_study_folder(target, fill)


def draft_name(folder: Path) -> str:
    """The title of an unfinished study; the folder's name where it cannot be read."""
    try:
        raw = tomllib.loads((folder / DRAFT_TOML).read_text(encoding="utf-8-sig"))
        return str(raw["study"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name


def missing_inputs(folder: Path) -> tuple[str, ...]:
    """The inputs that an unfinished study still lacks, in the order of `INPUTS`."""
    raw = tomllib.loads((folder / DRAFT_TOML).read_text(encoding="utf-8-sig"))
    return tuple(name for name in INPUTS if not raw.get(name))


def open_draft(folder: Path) -> Study:
    """An unfinished study as far as it goes: stand-ins for missing inputs, and no stand-in layer.

    Raises
    ------
    StudyError
        What is in draft.toml is wrong.
    AccessError
        Whoever acts may not open it.
    """
    guard.demand("open", folder)
    document = tomlkit.parse((folder / DRAFT_TOML).read_text(encoding="utf-8-sig"))
    fill_in(document)
    with ScratchFolder("quarterhour-") as place:
        (place / STUDY_TOML).write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
        study = read_study(place)
    layers = tuple(layer for layer in study.layers if layer.key != STAND_IN)
    return study.model_copy(update={"folder": folder, "layers": layers})


def fill_in(document: Any) -> None:
    """Put a stand-in for every missing input into a tomlkit document."""
    for name, section in _SECTIONS.items():
        if name not in document:
            document[name] = dict(section)
    if not document.get("layers"):
        layers = tomlkit.aot()
        layers.append(tomlkit.item(dict(_LAYER)))
        document["layers"] = layers


def take_out(document: Any) -> tuple[str, ...]:
    """Take the stand-ins out of a tomlkit document; returns the inputs that are missing."""
    for name in _SECTIONS:
        if document[name].get("path") == STAND_IN:
            del document[name]
    layers = document["layers"]
    for at in reversed(range(len(layers))):
        if layers[at]["key"] == STAND_IN:
            del layers[at]
    if not len(layers):
        del document["layers"]
    return tuple(name for name in INPUTS if name not in document)
