"""Copies of studies, and changes of one input or layer of a study.

`study.toml` is changed through tomlkit, so that the user's comments and order stay. A changed study
is checked before it takes the place of the old one, so that a failure changes nothing.
"""

from __future__ import annotations

import os
import shutil
import threading
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel

from geo.base.access import guard
from geo.base.errors import StudyError
from geo.base.files import atomic_path, write_atomic
from geo.base.messages import one_line
from geo.study.keys import FILE, RULE, keys_of
from geo.study.load import DRAFT_TOML, load_study, read_study
from geo.study.model import DemandInput, Layer, NetworkInput, UnitsInput
from geo.study.preset_values import chosen_against
from geo.workspace import history
from geo.workspace.document import (
    document_text,
    free_name,
    item,
    layer_section,
    loaded,
    new_section,
    study_document,
)
from geo.workspace.draft import STAND_IN, is_draft, take_out
from geo.workspace.folder import (
    STUDY_TOML,
    create_study_folder,
    scenario_files,
    system_errors,
)
from geo.workspace.sample_parts import drop_sample_parts, without_header

__all__ = [
    "Replacement",
    "changed_document",
    "copy_study",
    "edit_layer",
    "remove_layer",
    "replace_input",
    "rewrite",
    "undo_last",
]

Role = Literal["demand", "units", "network", "layer"]

_SECTIONS: dict[Role, type[BaseModel]] = {
    "demand": DemandInput,
    "units": UnitsInput,
    "network": NetworkInput,
    "layer": Layer,
}
# Where two pages change one study at once, the second must read what the first has written.
_CHANGING = threading.Lock()


@dataclass(frozen=True)
class Replacement:
    """A file that replaces an input of a study or becomes a new layer.

    Attributes
    ----------
    role : str
        ``demand``, ``units``, ``network`` or ``layer``.
    source : Path or None
        The file's present path; None where the section names OSM tags of the network's own file.
    kind : str
        Its format (`geo.readers.formats.detect.detect_format`).
    origin : str
        The user's name of the file, under which it is shown.
    keys : mapping
        Keys of its section of study.toml, without `path`. A new layer's hold its `key`.
    layers : tuple of str
        Keys of the layers whose file it replaces; empty for a new layer and other roles.
    path_key : str
        The key that names the file: ``path``, or ``seats``.
    within : (Path, str) or None
        With seats: the file with the areas around them and its format.
    within_origin : str
        The user's name of that file.
    """

    role: Role
    source: Path | None
    kind: str
    origin: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    path_key: str = "path"
    within: tuple[Path, str] | None = None
    within_origin: str = ""

    def files(self, taken: set[str]) -> dict[str, Path]:
        """The files that come with it, by new names that are not among `taken` (case-folded).

        The names are made from the role or the layer, never from the user's name of the file.
        """
        key = self.layers[0] if self.layers else self.keys.get("key", "")
        stem = self.role if self.role != "layer" else str(key)
        if self.role == "layer" and not stem.startswith("layer"):
            stem = f"layer-{stem}"
        found = {}
        if self.source is not None:
            found[free_name(stem, self.kind, taken)] = self.source
        if self.within is not None:
            path, kind = self.within
            found[free_name(f"{stem}-within", kind, taken)] = path
        return found


def changed_document(
    folder: Path, change: Replacement, paths: Sequence[str], *, sample: Path | None = None
) -> str:
    """The text of the study.toml of `folder`, changed; the replacement's files are at `paths`.

    With the bundled `sample`, what does not fit any more of it goes
    (`geo.workspace.sample_parts`).

    Raises
    ------
    StudyError
        study.toml cannot be read (``no_study``, ``toml_not_utf8``, ``toml_broken``), or a layer is
        not in it (``layer_unknown``).
    """
    document = study_document(folder)
    if change.role != "layer":
        sections = [document[change.role]]
    elif change.layers:
        sections = [layer_section(document, key) for key in change.layers]
    else:
        sections = [new_section(document["layers"])]
    for section in sections:
        for key in keys_of(_SECTIONS[change.role], FILE):
            section.pop(key, None)
        for key, value in change.keys.items():
            section[key] = item(value)
        if change.within is not None:
            section["within"] = paths[-1]
            _name_origin(section, "within_origin", change.within_origin)
        if change.source is None:
            continue
        section[change.path_key] = paths[0]
        _name_origin(section, "origin", change.origin)
    if change.role == "layer" and not change.layers:
        document["layers"].append(sections[0])
    text = tomlkit.dumps(document)
    if sample is None or is_draft(folder):
        return text
    drop_sample_parts(document, folder, sample)
    return without_header(tomlkit.dumps(document), sample)


def _name_origin(section: Any, key: str, origin: str) -> None:
    """Keep the user's name of a file."""
    shown = "".join(c for c in one_line(origin) if unicodedata.category(c)[0] != "C")
    if shown:
        section[key] = shown


def copy_study(
    start: Path,
    target: Path,
    *,
    name: str = "",
    change: Replacement | None = None,
    sample: Path | None = None,
) -> Path:
    """Copy study.toml, its scenarios and the files that both name, with one change if any.

    Parameters
    ----------
    start : Path
        The folder of the study to copy.
    target : Path
        The new folder (`new_study_folder`).
    name : str
        The new study's name; empty keeps the old one.
    change : Replacement, optional
    sample : Path, optional
        The folder of the bundled sample, of which nothing stays that does not fit.

    Raises
    ------
    StudyError
        The changed study is wrong, or a file that it names is missing.
    AccessError
        Whoever acts may not read all of the study, or not create one.
    OutputError
        The folder cannot be written.
    """
    guard.demand("read", start)
    taken = {item.casefold() for item in load_study(start).files}
    files = {} if change is None else change.files(taken)

    def fill(folder: Path) -> None:
        if change is not None:
            text = changed_document(start, change, [*files], sample=sample)
        else:
            text = document_text(start)
            text = without_header(text, sample) if sample is not None else text
        document = tomlkit.parse(text)
        if name:
            document["study"]["name"] = name
        (folder / STUDY_TOML).write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
        study = read_study(folder)
        before = study.model_copy(update={"folder": start})
        for relative in study.files:
            _copy(files.get(relative) or before.file(relative), folder / relative)
        for relative in scenario_files(start):
            if not (folder / relative).exists():
                _copy(start / relative, folder / relative)

    return create_study_folder(target, fill)


def replace_input(folder: Path, change: Replacement, *, sample: Path | None = None) -> None:
    """Change one input of a study in its own folder; the former file stays beside the new one.

    An unfinished study (`geo.workspace.draft`) becomes a study with its last input.

    Raises
    ------
    StudyError, OutputError
        As in `copy_study`; then nothing is changed.
    AccessError
        Whoever acts may not change the study.
    """
    new = change.role == "layer" and not change.layers
    what = "layer_added" if new else "replaced"
    with guard.writing(folder, what), _CHANGING, system_errors(folder):
        files = change.files({item.name.casefold() for item in folder.iterdir()})
        text = changed_document(folder, change, [*files], sample=sample)
        try:
            for path, source in files.items():
                with atomic_path(folder / path) as temporary:
                    shutil.copyfile(source, temporary)
            _check(text, folder)
        except StudyError:
            for path in files:
                (folder / path).unlink(missing_ok=True)
            raise
        _write(folder, text, what, {"file": change.origin, "role": change.role})


def rewrite(
    folder: Path,
    edit: Callable[[Any], None],
    files: Mapping[str, bytes],
    *,
    what: str = "",
    about: Mapping[str, str] | None = None,
) -> None:
    """Change study.toml by `edit`, a function of its tomlkit document, and write files beside it.

    Parameters
    ----------
    what, about
        What the change is called where it can be undone (`geo.workspace.history.Step`); without
        `what` it cannot.

    Raises
    ------
    StudyError
        The changed study is wrong; then study.toml is as before.
    AccessError
        Whoever acts may not change the study.
    OutputError
        The folder cannot be written.
    """
    with guard.writing(folder, what or "study_changed"), _CHANGING, system_errors(folder):
        document = study_document(folder)
        edit(document)
        for name, content in files.items():
            write_atomic(folder / name, content)
        text = tomlkit.dumps(document)
        _check(text, folder)
        if text != document_text(folder):
            _write(folder, text, what, about or {})


def undo_last(folder: Path) -> history.Step | None:
    """Undo the last change of a study; returns it, or None where there is none to undo.

    Raises
    ------
    StudyError
        A file of the former study is gone.
    AccessError
        Whoever acts may not change the study.
    OutputError
        The folder cannot be written.
    """
    with guard.writing(folder, "undone"), _CHANGING, system_errors(folder):
        step = history.last_step(folder)
        if step is not None:
            _check(step.before, folder)
            write_atomic(folder / STUDY_TOML, step.before.encode())
            history.forget_step(folder)
    return step


def edit_layer(
    folder: Path,
    key: str,
    keys: Mapping[str, Any],
    *,
    kept: Collection[str] = (),
    land: tuple[Path, str] | None = None,
) -> None:
    """Give a layer another rule (how people travel, how far, who counts); its sites stay.

    Parameters
    ----------
    keys : mapping
        Keys of its section; a key of the rule (`geo.study.keys.RULE`) that is not in it falls back
        to its default.
    kept : collection of str
        Keys of the rule that stay as they are where `keys` does not give them.
    land : (Path, str), optional
        A file of polygons and its format: copied beside the study, as the layer's land.

    Raises
    ------
    StudyError, OutputError
        As in `rewrite`.
    """

    files: dict[str, bytes] = {}
    if land is not None:
        path, kind = land
        taken = {other.name.casefold() for other in folder.iterdir()}
        name = free_name(f"land-{key}", kind, taken)
        files[name] = path.read_bytes()
        keys = {**keys, "land": name}

    def edit(document: Any) -> None:
        section = layer_section(document, key)
        for name in keys_of(Layer, RULE):
            if name not in keys and name not in kept:
                section.pop(name, None)
        # What the office has chosen takes the place of the preset's, also where it is a default.
        for name, value in {**chosen_against(section, keys.get("rule")), **keys}.items():
            if section.get(name) != value:
                section[name] = item(value)

    rewrite(folder, edit, files, what="rule", about={"layer": key})


def remove_layer(folder: Path, key: str, *, title: str = "") -> None:
    """Take a layer out of a study; its file stays.

    Parameters
    ----------
    title : str
        What the layer is called where its removal can be undone; by default its key.

    Raises
    ------
    StudyError
        There is no such layer, or it is the only one (``layer_last``).
    AccessError
        Whoever acts may not change the study.
    """
    with guard.writing(folder, "removed"), _CHANGING, system_errors(folder):
        document = study_document(folder)
        layers = document["layers"]
        if len(layers) == 1:
            raise StudyError("layer_last", value=one_line(key))
        del layers[layers.index(layer_section(document, key))]
        text = tomlkit.dumps(document)
        _check(text, folder)
        _write(folder, text, "removed", {"layer": title or key})


def _write(folder: Path, text: str, what: str, about: Mapping[str, str]) -> None:
    """Write a checked study.toml, and keep the former one where the change has a name.

    An unfinished study keeps its draft.toml until nothing is missing.
    """
    if is_draft(folder):
        document = tomlkit.parse(text)
        missing = take_out(document)
        write_atomic(
            folder / (DRAFT_TOML if missing else STUDY_TOML), tomlkit.dumps(document).encode()
        )
        if not missing:
            (folder / DRAFT_TOML).unlink(missing_ok=True)
        return
    before = document_text(folder)
    write_atomic(folder / STUDY_TOML, text.encode())
    if what:
        history.keep_step(folder, what, about, before=before, text=text)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb+") as written:
        os.fsync(written.fileno())


def _check(text: str, folder: Path) -> None:
    """Raise unless `text` is a study of `folder` whose files are there."""
    study = loaded(text, folder)
    for relative in study.files:
        if relative != STAND_IN:
            study.file(relative)
