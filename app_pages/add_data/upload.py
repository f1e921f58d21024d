"""The upload of an input: role, columns, coordinates, and a trial before it is saved."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.add_data import from_osm, presets, road_file, rule, save
from app_pages.add_data.columns import columns_of
from app_pages.add_data.datum_evidence import place_keys, show_place
from app_pages.add_data.received import Received, received, take, uploader_key
from app_pages.add_data.seats import are_seats, parent_areas
from app_pages.add_data.target_layer import Target, layer_keys, replaced_layers
from app_pages.rights.upload_limit import file_uploader
from app_pages.shell.html import plain, problems, show_html, status, step_heading
from geo.base.errors import StudyError
from geo.checks.datum import DATUM_NAMES
from geo.readers.table.raw_table import Choice, RawTable
from geo.study.model import Study
from geo.workspace.edit import Replacement
from geo.workspace.from_preset.add import list_columns
from geo.workspace.upload import Upload, input_kind, parts_of, read_preview
from layers.words.catalogue import Words
from server.current import current_config

__all__ = ["show", "show_target"]

_ROLES = ("layer_new", "preset", "layer_replace", "layer_rule", "demand", "units", "network")
# The roles that can be read from the OSM file of the network.
_FROM_OSM = ("layer", "demand", "units")
# Codes of what is still to be given, which is no error.
_STEPS = ("within_wanted", "condition_wanted")
_PREVIEW_ROWS = 10
# Formats by the names that offices use; others by their suffix.
_KIND_NAMES = {"shp.zip": "Shapefile", "geojson": "GeoJSON", "gpkg": "GeoPackage"}
_WIDEST_CELL = 60
# The roads of a large province.
_MOST_MB = 1_024


def show(study: Study, words: Words) -> None:
    """The whole section."""
    left, right = st.columns([5, 6], gap="medium")
    with left:
        target = _target(study, words)
    _from_source(study, target, left, right, words)


def show_target(study: Study, target: Target, words: Words) -> None:
    """The upload of an input that is chosen already."""
    left, right = st.columns([5, 6], gap="medium")
    with left:
        show_html(step_heading(words("data.step_file"), 1))
    _from_source(study, target, left, right, words)


def _from_source(study: Study, target: Target, left: Any, right: Any, words: Words) -> None:
    """The rest of the section below the choice of the input."""
    with left:
        if target.role == "layer_rule":
            rule.show_edit(study, words)
            return
        if target.role == "preset":
            presets.show_presets(study, words)
            return
        if target.role in _FROM_OSM and from_osm.has_osm(study):
            st.session_state.setdefault("data_source", "file")
            source = st.segmented_control(
                words("sources.source"),
                ("file", "osm"),
                required=True,
                format_func=lambda key: words(f"sources.source_{key}"),
                key="data_source",
            )
        else:
            source = "file"
        if source == "file":
            _uploader(words)
        given = received()
    if source == "osm":
        from_osm.show(study, target, words)
        return
    with right:
        if given is None:
            private = "data.private" if current_config() is None else "data.private_server"
            show_html(plain(words("data.formats"), words("data.formats_more"), words(private)))
            return
        if given.upload is None:
            if given.error is not None:
                show_html(problems(given.error, words))
            return
    _shown(given, given.upload, target, study, words, left, right)


def _shown(
    given: Received,
    upload: Upload,
    target: Target,
    study: Study,
    words: Words,
    left: Any,
    right: Any,
) -> None:
    """Steps two and three for a recognised file: choices on the left, findings on the right."""
    table: RawTable | None = None
    choice = Choice()
    if input_kind(upload) == "table":
        with left:
            choice = _choice(given, upload, words)
        try:
            with right, st.spinner(words("data.reading")):
                table = _table(given, upload, choice)
        except StudyError as error:
            with right:
                show_html(problems(error, words))
            return
    with right:
        _preview(upload, table, words)
    within: Upload | None = None
    with left:
        show_html(step_heading(words("data.step_read"), 2))
        try:
            seats = target.role == "units" and table is not None and are_seats(given, table, words)
            columns, keys = _settings(given, upload, table, target, study, words, seats=seats)
            if seats:
                within, more = parent_areas(given, words)
                keys |= more
        except StudyError as error:
            if error.code in _STEPS:
                show_html(status(words(f"error.{error.code}")))
            else:
                show_html(problems(error, words))
            return
    keys |= {
        name: value for name in ("sheet", "layer") if (value := getattr(choice, name)) is not None
    }
    with left:
        origin = st.text_input(words("data.source"), max_chars=200, key=given.key("source")).strip()
    if origin:
        keys["sources"] = (origin,)
    change = Replacement(
        target.role,  # type: ignore[arg-type]
        upload.path,
        upload.kind,
        upload.file,
        keys,
        target.layers,
        "seats" if within is not None else "path",
        None if within is None else (within.path, within.kind),
        "" if within is None else within.file,
    )
    with right:
        if target.role == "network":
            show_html(step_heading(words("data.place")))
            road_file.show_place(given, study, change, words)
        elif table is not None:
            show_html(step_heading(words("data.place")))
            about = "seats" if within is not None else target.role
            show_place(given, table, columns, about, study, words, keys=keys)
    with right:
        with st.spinner(words("data.reading")):
            trial = save.trial(given, study, change)
        save.show_trial(trial, study, words)
    with left:
        save.show(study, change, trial, words)


def _target(study: Study, words: Words) -> Target:
    show_html(step_heading(words("data.step_file"), 1))
    role = st.selectbox(
        words("data.role"),
        _ROLES,
        format_func=lambda key: words(f"data.role.{key}"),
        key="data_role",
    )
    if role in ("layer_rule", "preset"):
        return Target(str(role))
    if role == "layer_replace":
        return Target("layer", replaced_layers(study, words))
    return Target("layer" if role == "layer_new" else str(role))


def _uploader(words: Words) -> None:
    key = uploader_key()
    file_uploader(words("data.file"), key=key, most_mb=_MOST_MB, on_change=take, args=(key,))


def _choice(given: Received, upload: Upload, words: Words) -> Choice:
    """Show the choice of a sheet or layer, where the file holds several."""
    try:
        with st.spinner(words("data.reading")):
            _table(given, upload, Choice())
    except StudyError as error:
        parts = parts_of(error)
        if parts is None:
            return Choice()
        key, names = parts
        chosen = st.selectbox(words(f"data.{key}"), names, key=given.key(f"part-{key}"))
        return Choice(**{key: chosen})
    return Choice()


def _table(given: Received, upload: Upload, choice: Choice) -> RawTable:
    return given.memo(choice, lambda: read_preview(upload, choice)[0])


def _preview(upload: Upload, table: RawTable | None, words: Words) -> None:
    """The first rows as text; a network has no rows to show."""
    show_html(step_heading(upload.file))
    if table is None:
        show_html(plain(words("data.no_preview", kind=upload.kind.upper())))
        return
    shown = words.number(min(_PREVIEW_ROWS, len(table)))
    show_html(
        plain(
            words(
                "data.preview",
                kind=_KIND_NAMES.get(upload.kind, upload.kind.upper()),
                rows=words.number(table.rows_in),
                shown=shown,
            )
        )
    )
    rows = table.frame.head(_PREVIEW_ROWS).astype("str").map(lambda cell: cell[:_WIDEST_CELL])
    if rows.shape[1]:
        numbered = pd.Index(
            [str(row) for row in table.rows[:_PREVIEW_ROWS]], name=words("data.row")
        )
        st.dataframe(rows.set_index(numbered), height=(len(rows) + 1) * 35 + 3)


def _settings(
    given: Received,
    upload: Upload,
    table: RawTable | None,
    target: Target,
    study: Study,
    words: Words,
    *,
    seats: bool,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Show columns, coordinates and rule; returns the chosen columns and the keys of study.toml."""
    columns: dict[str, str] = {}
    keys: dict[str, Any] = {}
    if target.role == "layer" and not target.layers:
        names = None if table is None else [str(name) for name in table.frame.columns]
        stem = PurePath(upload.file).stem
        keys |= layer_keys(given, stem, study, words, columns=names, file=upload.file)
    if table is None or target.role == "network":
        datum = st.selectbox(
            words("data.datum"),
            list(DATUM_NAMES),
            format_func=DATUM_NAMES.__getitem__,
            key=given.key("datum"),
        )
        keys["datum"] = datum
        if target.role == "network":
            keys |= road_file.kept_overrides(upload, study, words)
        return columns, keys
    kind = _rule_of(target, keys, study)
    columns, named = columns_of(given, table, target.role, study, words, seats=seats, rule=kind)
    keys |= _preset_columns(target, table, study) | named
    role = "seats" if seats else target.role
    keys |= place_keys(given, table, columns, role, study, words)
    return columns, keys


def _rule_of(target: Target, keys: dict[str, Any], study: Study) -> str:
    """The rule of the layer that the file is for, which has no use for some columns."""
    if target.layers:
        return study.layer(target.layers[0]).rule
    return str(keys.get("rule", "reach"))


def _preset_columns(target: Target, table: RawTable, study: Study) -> dict[str, Any]:
    """The columns that the preset of the layer knows, where the file is the list it waits for."""
    if target.role != "layer" or not target.layers:
        return {}
    preset = study.layer(target.layers[0]).template
    return {} if preset is None else dict(list_columns(preset, table, study))
