"""Studies as folders: copied, and changed in one input; whole or not at all.

`study.toml` is changed through tomlkit, so that the user's comments and order stay. A changed study
is checked as a study before anything of it is seen.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable

from geo.base.errors import StudyError
from geo.base.files import atomic_path, write_atomic
from geo.base.messages import one_line
from geo.study.load import load_study
from geo.study.model import Study
from geo.workspace.folder import STUDY_TOML, appear, system_errors

__all__ = [
    "RULE_KEYS",
    "Replacement",
    "changed_document",
    "copy_study",
    "edit_layer",
    "remove_layer",
    "replace_input",
    "rewrite",
    "study_files",
]

Role = Literal["demand", "units", "network", "layer"]

_SUFFIX = {"pbf": "osm.pbf"}
# What belongs to the file that goes, and says nothing of the one that comes.
_OF_THE_FILE: dict[Role, tuple[str, ...]] = {
    "demand": (
        *("path", "osm", "layer", "sheet", "id", "name", "lon", "lat", "crs", "axis", "weight"),
        *("weight_unit", "bands", "group", "class", "unit", "spread", "datum"),
    ),
    "units": (
        *("path", "osm", "seats", "within", "layer", "sheet", "id", "name", "lon", "lat", "crs"),
        *("axis", "level", "parents", "datum", "within_datum", "approximate"),
    ),
    "network": ("path", "layer", "overrides", "datum", "note"),
    "layer": (
        *("path", "osm", "preset", "sites", "layer", "sheet", "id", "name", "lon", "lat", "crs"),
        *("axis", "capacity", "unit", "datum", "proxy"),
    ),
}
# A layer's rule: everything but where its sites come from.
RULE_KEYS = (
    *("title", "service", "profile", "minutes", "metres", "bands", "direction", "demand", "only"),
)
# Two pages that change one study at once: the second reads what the first has written.
_CHANGING = threading.Lock()


@dataclass(frozen=True)
class Replacement:
    """A file that becomes an input of a study, in the place of another or as a new layer.

    Attributes
    ----------
    role : str
        ``demand``, ``units``, ``network`` or ``layer``.
    source : Path or None
        Where the file lies now; None where the section names OSM tags of the network's own file.
    kind : str
        Its format (`geo.readers.formats.detect.detect_format`).
    origin : str
        What the user calls it; kept as a comment in study.toml.
    keys : mapping
        Keys of its section of study.toml, without `path`. A new layer's hold its `key`.
    layers : tuple of str
        Keys of the layers whose file it replaces; empty for a new layer and other roles.
    path_key : str
        The key that names the file: ``path``, or ``seats``.
    within : (Path, str) or None
        With seats: the file with the areas around them and its format.
    """

    role: Role
    source: Path | None
    kind: str
    origin: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    path_key: str = "path"
    within: tuple[Path, str] | None = None

    def files(self, taken: set[str]) -> dict[str, Path]:
        """The files that come with it, by names of ours that are not among `taken` (case-folded).

        Names go by the role or the layer, never by what the user called the file.
        """
        key = self.layers[0] if self.layers else self.keys.get("key", "")
        stem = self.role if self.role != "layer" else str(key)
        if self.role == "layer" and not stem.startswith("layer"):
            stem = f"layer-{stem}"
        found = {}
        if self.source is not None:
            found[_free_name(stem, self.kind, taken)] = self.source
        if self.within is not None:
            path, kind = self.within
            found[_free_name(f"{stem}-within", kind, taken)] = path
        return found


def study_files(study: Study) -> list[str]:
    """The files that a study names, each once, as study.toml writes them."""
    named = [study.units.path, study.units.seats, study.units.within, study.demand.path]
    named += [study.network.path, study.network.overrides, *(item.path for item in study.layers)]
    return sorted({path for path in named if path})


def changed_document(folder: Path, change: Replacement, paths: Sequence[str]) -> str:
    """study.toml of `folder` as it reads with the replacement's files at `paths`.

    Raises
    ------
    StudyError
        study.toml cannot be read (``no_study``, ``toml_not_utf8``, ``toml_broken``), or a layer is
        not in it (``layer_unknown``).
    """
    document = _document(folder)
    if change.role != "layer":
        sections = [document[change.role]]
    elif change.layers:
        sections = [_layer_section(document, key) for key in change.layers]
    else:
        sections = [_new_section(document["layers"])]
    for section in sections:
        for key in _OF_THE_FILE[change.role]:
            section.pop(key, None)
        for key, value in change.keys.items():
            section[key] = _item(value)
        if change.within is not None:
            section["within"] = paths[-1]
        if change.source is None:
            continue
        section[change.path_key] = paths[0]
        origin = "".join(c for c in one_line(change.origin) if unicodedata.category(c)[0] != "C")
        # Within braces a comment would swallow what follows it.
        if origin and not isinstance(section, InlineTable):
            section[change.path_key].comment(origin)
    if change.role == "layer" and not change.layers:
        document["layers"].append(sections[0])
    return tomlkit.dumps(document)


def copy_study(
    start: Path, target: Path, *, name: str = "", change: Replacement | None = None
) -> Path:
    """Copy a study, with what it names and nothing else, and change it on the way.

    Parameters
    ----------
    start : Path
        The folder of the study to begin with.
    target : Path
        The new folder (`new_study_folder`); it appears when it is whole.
    name : str
        The new study's name; empty keeps the old one.
    change : Replacement, optional

    Raises
    ------
    StudyError
        The changed study is none, or a file that it names is missing.
    OutputError
        The folder cannot be written.
    """
    taken = {item.casefold() for item in _named(start)}
    files = {} if change is None else change.files(taken)

    def fill(folder: Path) -> None:
        text = (
            _document_text(start) if change is None else changed_document(start, change, [*files])
        )
        document = tomlkit.parse(text)
        if name:
            document["study"]["name"] = name
        (folder / STUDY_TOML).write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
        study = load_study(folder)
        before = study.model_copy(update={"folder": start})
        for relative in study_files(study):
            _copy(files.get(relative) or before.file(relative), folder / relative)

    return appear(target, fill)


def replace_input(folder: Path, change: Replacement) -> None:
    """Change one input of a study where it stands; the former file stays beside the new one.

    Raises
    ------
    StudyError, OutputError
        As in `copy_study`; nothing is changed then.
    """
    with _CHANGING, system_errors(folder):
        files = change.files({item.name.casefold() for item in folder.iterdir()})
        text = changed_document(folder, change, [*files])
        try:
            for path, source in files.items():
                with atomic_path(folder / path) as temporary:
                    shutil.copyfile(source, temporary)
            _check(text, folder)
        except StudyError:
            for path in files:
                (folder / path).unlink(missing_ok=True)
            raise
        write_atomic(folder / STUDY_TOML, text.encode())


def rewrite(folder: Path, edit: Callable[[Any], None], files: Mapping[str, bytes]) -> None:
    """Change study.toml by `edit`, which is given its document, and write files beside it.

    Raises
    ------
    StudyError
        The changed study is none; study.toml is as before then.
    OutputError
        The folder cannot be written.
    """
    with _CHANGING, system_errors(folder):
        document = _document(folder)
        edit(document)
        for name, content in files.items():
            write_atomic(folder / name, content)
        text = tomlkit.dumps(document)
        _check(text, folder)
        if text != _document_text(folder):
            write_atomic(folder / STUDY_TOML, text.encode())


def edit_layer(folder: Path, key: str, keys: Mapping[str, Any]) -> None:
    """Give a layer another rule: how people travel, how far, who counts; its sites stay.

    Parameters
    ----------
    keys : mapping
        Keys of its section; those of `RULE_KEYS` that are not in it fall back to their defaults.

    Raises
    ------
    StudyError, OutputError
        As in `rewrite`.
    """

    def edit(document: Any) -> None:
        section = _layer_section(document, key)
        for name in RULE_KEYS:
            if name not in keys:
                section.pop(name, None)
        for name, value in keys.items():
            if section.get(name) != value:
                section[name] = _item(value)

    rewrite(folder, edit, {})


def remove_layer(folder: Path, key: str) -> None:
    """Take a layer out of a study; its file stays.

    Raises
    ------
    StudyError
        There is no such layer, or it is the only one (``layer_last``).
    """
    with _CHANGING, system_errors(folder):
        document = _document(folder)
        layers = document["layers"]
        if len(layers) == 1:
            raise StudyError("layer_last", value=one_line(key))
        del layers[layers.index(_layer_section(document, key))]
        text = tomlkit.dumps(document)
        _check(text, folder)
        write_atomic(folder / STUDY_TOML, text.encode())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb+") as written:
        os.fsync(written.fileno())


def _check(text: str, folder: Path) -> None:
    """Raise unless `text` is a study of `folder` whose files are there."""
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as place:
        (Path(place) / STUDY_TOML).write_text(text, encoding="utf-8", newline="\n")
        study = load_study(place).model_copy(update={"folder": folder})
    for relative in study_files(study):
        study.file(relative)


def _document_text(folder: Path) -> str:
    path = folder / STUDY_TOML
    if not path.is_file():
        raise StudyError("no_study", file=str(path))
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file=STUDY_TOML) from error


def _document(folder: Path) -> Any:
    """study.toml as tomlkit has it, once it is known to be a study's."""
    text = _document_text(folder)
    load_study(folder)
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise StudyError("toml_broken", file=STUDY_TOML, reason=one_line(error)) from error
    except RecursionError as error:  # tomlkit's own parser gives up before Python's
        raise StudyError("nested_deep", file=STUDY_TOML) from error


def _named(folder: Path) -> list[str]:
    return study_files(load_study(folder))


def _new_section(layers: Any) -> Any:
    """An empty layer, written as the study writes its layers."""
    if not isinstance(layers, AoT):
        return tomlkit.inline_table()
    section = tomlkit.table()
    section.trivia.indent = "\n"  # an empty line before it
    return section


def _layer_section(document: Any, key: str) -> Any:
    for section in document["layers"]:
        if section["key"] == key:
            return section
    known = ", ".join(str(section["key"]) for section in document["layers"])
    raise StudyError("layer_unknown", value=one_line(key), known=known)


def _item(value: Any) -> Any:
    """A value for study.toml; a table goes on its own line."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(list(value) if isinstance(value, tuple) else value)


def _free_name(stem: str, kind: str, taken: set[str]) -> str:
    """A file's name that is not taken."""
    suffix = _SUFFIX.get(kind, kind)
    names = (f"{stem}{number}.{suffix}" for number in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(name for name in names if name.casefold() not in taken)
