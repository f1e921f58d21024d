"""Adds presets to a study: with the office's list of sites, or waiting for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.inputs.preset_columns import columns_in
from geo.readers.table.headers import guess_columns
from geo.readers.table.raw_table import Choice, RawTable
from geo.study.model import Layer, Study
from geo.study.presets import Bundle, Preset, bundles, presets
from geo.study.travel_keys import ordinary_moments
from geo.workspace.document import document_text, item, loaded, new_section
from geo.workspace.edit import Replacement, replace_input, rewrite
from geo.workspace.upload import units_are_listed

__all__ = ["Added", "add_list", "add_presets", "list_columns", "preset_or_bundle"]


@dataclass(frozen=True)
class Added:
    """What became of one preset.

    Attributes
    ----------
    preset : Preset
    state : str
        ``file``, ``osm`` (its sites are read by tags), ``waits`` (for its list) or ``no_limit``
        (it was not added, since the office has to decide the limit).
    layer : str
        The key of its layer; empty where there is none.
    file : str
        The list's own name.
    """

    preset: Preset
    state: Literal["file", "osm", "waits", "no_limit"]
    layer: str = ""
    file: str = ""


def preset_or_bundle(name: str) -> Preset | Bundle:
    """The preset or bundle with this key.

    Raises
    ------
    StudyError
        There is none (``preset_or_bundle``).
    """
    found = presets().get(name) or bundles().get(name)
    if found is None:
        known = ", ".join([*presets(), *bundles()])
        raise StudyError("preset_or_bundle", value=one_line(name), known=known)
    return found


def add_presets(
    folder: Path,
    wanted: Sequence[Preset],
    *,
    limit: Mapping[str, float] | None = None,
    osm: bool = False,
    title: str = "",
) -> list[Added]:
    """Add a layer for each preset; without its list it waits.

    Parameters
    ----------
    folder : Path
        A study, or an unfinished one.
    limit : mapping, optional
        ``minutes`` or ``metres`` in place of the presets' own limits.
    osm : bool
        Read the sites from the network's OSM file, where a preset has tags.
    title : str
        What the step is called where it can be undone.

    Raises
    ------
    StudyError, OutputError
        As in `geo.workspace.edit.rewrite`; then nothing is changed.
    """
    study = loaded(document_text(folder), folder)
    taken = {layer.key for layer in study.layers}
    added, sections = [], []
    for preset in wanted:
        if not limit and not preset.has_limit and preset.rule != "rate":
            added.append(Added(preset, "no_limit"))
            continue
        key = _free_key(preset.key, taken)
        taken.add(key)
        by_tags = osm and bool(preset.tags)
        section: dict[str, Any] = {"key": key, "preset": preset.key, **(limit or {})}
        sections.append(section if by_tags else {**section, "sites": "none"})
        added.append(Added(preset, "osm" if by_tags else "waits", key))

    def edit(document: Any) -> None:
        for keys in sections:
            section = new_section(document["layers"])
            for name, value in keys.items():
                section[name] = item(value)
            document["layers"].append(section)

    if sections:
        rewrite(folder, edit, {}, what="presets", about={"title": one_line(title)})
    return added


def add_list(
    folder: Path, preset: Preset, path: Path, *, limit: Mapping[str, float] | None = None
) -> Added:
    """Add a layer with the office's list, or give the list to the layer that waits for it.

    Raises
    ------
    StudyError
        The file cannot be read, or ``preset_needs_limit``.
    OutputError
        The folder cannot be written.
    """
    if not limit and not preset.has_limit and preset.rule != "rate":
        raise StudyError("preset_needs_limit", value=preset.key)
    study = loaded(document_text(folder), folder)
    kind = detect_format(path, path.name)
    table = read_table(path, path.name, QualityLog(), Choice())
    keys: dict[str, Any] = list_columns(preset, table, study)
    waiting = [layer.key for layer in study.layers if layer.waiting and layer.preset == preset.key]
    if waiting:
        keys |= limit or {}
        change = Replacement("layer", path, kind, path.name, keys, (waiting[0],))
    else:
        key = _free_key(preset.key, {layer.key for layer in study.layers})
        keys = {"key": key, "preset": preset.key, **(limit or {}), **keys}
        change = Replacement("layer", path, kind, path.name, keys)
    replace_input(folder, change)
    layer = waiting[0] if waiting else keys["key"]
    return Added(preset, "file", layer, path.name)


def list_columns(preset: Preset, table: RawTable, study: Study) -> dict[str, Any]:
    """Keys of a layer for the columns of a preset's list that a table has.

    With opening hours come the ordinary moments, in the language of the study.
    """
    # An optional column that is empty throughout says nothing: its blanks are no zeros.
    filled = [name for name in table.frame.columns if (table.frame[name] != "").any()]
    found: dict[str, Any] = dict(columns_in(preset, filled, Layer.model_fields))
    if "hours" in found:
        found["moments"] = ordinary_moments(study.study.locale)
    unit = guess_columns(table.frame).get("unit")
    # Objects without a place are counted in the unit of their code.
    coded = preset.rule == "rate" and unit in filled
    if unit is not None and (coded or units_are_listed(study)):
        found["unit"] = unit
    if preset.rule == "rate" and "weight" in found:
        column = next(c for c in preset.columns if c.key == "weight")
        found["weight"] = column.headers[0]
    return found


def _free_key(stem: str, taken: set[str]) -> str:
    names = (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
