"""study.toml as a tomlkit document: read with a check, its sections, and values as its items."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.scratch import ScratchFolder
from geo.readers.formats.registry import format_of
from geo.study.load import DRAFT_TOML, load_study, read_study
from geo.study.model import Study
from geo.workspace.draft import fill_in, is_draft
from geo.workspace.folder import STUDY_TOML

__all__ = [
    "document_text",
    "free_name",
    "item",
    "layer_section",
    "loaded",
    "new_section",
    "study_document",
]


def loaded(text: str, folder: Path) -> Study:
    with ScratchFolder("quarterhour-") as place:
        (place / STUDY_TOML).write_text(text, encoding="utf-8", newline="\n")
        return read_study(place).model_copy(update={"folder": folder})


def document_text(folder: Path) -> str:
    """The text of study.toml; of an unfinished study with its stand-ins."""
    if is_draft(folder):
        document = tomlkit.parse((folder / DRAFT_TOML).read_bytes().decode("utf-8-sig"))
        fill_in(document)
        return tomlkit.dumps(document)
    path = folder / STUDY_TOML
    if not path.is_file():
        raise StudyError("no_study", file=str(path))
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file=STUDY_TOML) from error


def study_document(folder: Path) -> Any:
    """study.toml as a tomlkit document, after a check of the study."""
    text = document_text(folder)
    if is_draft(folder):
        loaded(text, folder)
    else:
        load_study(folder)
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise StudyError("toml_broken", file=STUDY_TOML, reason=one_line(error)) from error
    except RecursionError as error:  # tomlkit's parser gives up at less depth than Python's
        raise StudyError("nested_deep", file=STUDY_TOML) from error


def new_section(layers: Any) -> Any:
    """An empty layer, written as the study writes its layers."""
    if not isinstance(layers, AoT):
        return tomlkit.inline_table()
    section = tomlkit.table()
    section.trivia.indent = "\n"  # an empty line before it
    return section


def layer_section(document: Any, key: str) -> Any:
    for section in document["layers"]:
        if section["key"] == key:
            return section
    known = ", ".join(str(section["key"]) for section in document["layers"])
    raise StudyError("layer_unknown", value=one_line(key), known=known)


def item(value: Any) -> Any:
    """A value as a tomlkit item; a mapping becomes an inline table."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(list(value) if isinstance(value, tuple) else value)


def free_name(stem: str, kind: str, taken: set[str]) -> str:
    """A file name that is not taken."""
    suffix = format_of(kind).file_suffix
    names = (f"{stem}{number}.{suffix}" for number in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(name for name in names if name.casefold() not in taken)
