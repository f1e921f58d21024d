"""The rule of a layer as widgets: profile, direction, limit, bands, and whose demand counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app_pages.add_data.amounts import amount_keys, demand_cells, site_columns
from app_pages.add_data.rule_kind import (
    chosen_kind,
    condition_keys,
    kinds_of,
    land_upload,
    readable_land,
)
from app_pages.add_data.save import SAVED, copy_target, saved_in
from app_pages.add_data.site_choice import site_choice_keys
from app_pages.shell import kept_press, state
from app_pages.shell.html import plain, problems, sentence, show_html, status, step_heading
from geo.base.errors import QuarterhourError, StudyError
from geo.base.scratch import ScratchFolder
from geo.readers.table.class_codes import class_words
from geo.study.model import Layer, Study
from geo.study.profiles import profile_names
from geo.workspace.edit import copy_study, edit_layer
from geo.workspace.folder import new_study_folder, studies_folder
from layers.words.catalogue import Words
from layers.words.nouns import named_profile
from layers.words.phrases import layer_title
from layers.words.programmes.indicator import limit_line

__all__ = ["rule_keys", "show_edit"]

_OWN = ""
_DIRECTIONS = ("to", "from")
_COMMAS = str.maketrans("，、；;", ",,,,")
# A column with more values than this is not offered as a filter.
_MOST_VALUES = 30


def rule_keys(
    prefix: str,
    study: Study,
    words: Words,
    former: Layer | None = None,
    *,
    columns: Sequence[str] | None = None,
    file: str = "",
) -> dict[str, Any]:
    """Show the widgets of a layer's rule; returns its keys of study.toml.

    Parameters
    ----------
    prefix : str
        Of the widgets' keys.
    former : Layer, optional
        The layer whose rule the widgets show first.
    columns : sequence of str, optional
        Of the layer's own file; None where its sites come from elsewhere.
    file : str
        The user's name of that file, for messages.

    Raises
    ------
    StudyError
        The bands are not numbers (``bands_wrong``); those of `condition_keys`.
    """
    kind = chosen_kind(prefix, kinds_of(former, of_table=columns is not None), words)
    keys: dict[str, Any] = {}
    if kind != (former.rule if former else "reach"):
        keys["rule"] = kind
    if kind == "rate":
        place = (file, words("data.condition"))
        return keys | condition_keys(prefix, former, columns or (), place, words)
    if kind == "radius":
        limit = _limit(prefix, former, words, ("metres",))
        left, right = st.columns(2)
        with left:
            if parsed := _bands(_band_text(prefix, "metres", former, words)):
                keys["bands"] = parsed
        return keys | limit | _whose(prefix, study, former, (right, left), words)
    keys |= _travel_keys(prefix, study, former, words)
    if kind == "supply":
        return keys if former else keys | amount_keys(prefix, study, None, words)
    return keys | site_choice_keys(prefix, study, former, words)


def _travel_keys(prefix: str, study: Study, former: Layer | None, words: Words) -> dict[str, Any]:
    """How people travel, how far, and whose demand counts."""
    left, right = st.columns(2)
    with left:
        profile = st.selectbox(
            words("data.profile"),
            names := profile_names(study.profiles),
            index=names.index(former.profile) if former else 0,
            format_func=lambda name: sentence(named_profile(name, study, words)),
            key=f"{prefix}-profile",
        )
    with right:
        direction = st.selectbox(
            words("sources.direction"),
            _DIRECTIONS,
            index=_DIRECTIONS.index(former.direction) if former else 0,
            format_func=lambda name: words(f"sources.direction_{name}"),
            key=f"{prefix}-direction",
        )
    limit = _limit(prefix, former, words)
    keys: dict[str, Any] = {"profile": str(profile), **limit}
    if direction == "from":
        keys["direction"] = "from"
    left, right = st.columns(2)
    with left:
        if parsed := _bands(_band_text(prefix, next(iter(limit)), former, words)):
            keys["bands"] = parsed
    return keys | _whose(prefix, study, former, (right, left), words)


def _limit(
    prefix: str,
    former: Layer | None,
    words: Words,
    kinds: tuple[str, ...] = ("minutes", "metres"),
) -> dict[str, float]:
    left, right = st.columns(2)
    in_metres = former is not None and former.limit.in_metres
    with left:
        kind = st.selectbox(
            words("data.limit"),
            kinds,
            index=int(in_metres and len(kinds) > 1),
            format_func=lambda name: words(f"data.{name}"),
            key=f"{prefix}-limit",
        )
    before = _before(former, str(kind))
    with right:
        value = st.number_input(
            words(f"data.limit_{kind}"),
            min_value=1.0,
            max_value=120.0 if kind == "minutes" else 100_000.0,
            value=float(before or (15 if kind == "minutes" else 300)),
            step=1.0 if kind == "minutes" else 50.0,
            format="%g",
            key=f"{prefix}-limit-{kind}",
        )
    return {str(kind): int(value) if float(value).is_integer() else value}


def _before(former: Layer | None, kind: str) -> float | None:
    return None if former is None else former.minutes if kind == "minutes" else former.metres


def _band_text(prefix: str, kind: str, former: Layer | None, words: Words) -> str:
    shown = "5, 10, 15" if kind == "minutes" else ""
    if former is not None and _before(former, kind) is not None:
        shown = ", ".join(f"{band:g}" for band in former.bands)
    return st.text_input(
        words("data.bands"),
        value=shown,
        max_chars=60,
        help=words("data.bands_help"),
        key=f"{prefix}-bands-{kind}",
    )


def _whose(
    prefix: str, study: Study, former: Layer | None, cells: tuple[Any, Any], words: Words
) -> dict[str, Any]:
    """Whose demand counts: a band and a filter, each in the next free one of `cells`."""
    keys: dict[str, Any] = {}
    free = iter(cells)
    if study.demand.bands:
        everyone = [_OWN, *study.demand.bands]
        before = former.demand if former and former.demand else _OWN
        band = next(free).selectbox(
            words("data.demand_band"),
            everyone,
            index=everyone.index(before),
            format_func=lambda name: name or words("data.everyone"),
            key=f"{prefix}-band",
        )
        keys |= {"demand": band} if band else {}
    columns = _filters(str(study.folder), state.analysis_key(study), _study=study)
    only = dict(former.only) if former else {}
    for name, values in only.items():
        columns = {**columns, name: sorted({*columns.get(name, ()), *values})}
    if not columns:
        return keys
    first = next(iter(only), _OWN)
    names = [_OWN, *columns]
    column = next(free).selectbox(
        words("sources.only"),
        names,
        index=names.index(first),
        format_func=lambda name: name or words("data.everyone"),
        help=words("sources.only_help"),
        key=f"{prefix}-only",
    )
    if not column:
        return keys
    chosen = st.multiselect(
        words("sources.only_values", column=column),
        columns[column],
        default=list(only.get(column, ())),
        placeholder=words("data.none"),
        key=f"{prefix}-only-{column}",
    )
    return keys | ({"only": {str(column): list(chosen)}} if chosen else {})


@st.cache_data(show_spinner=False, max_entries=20)
def _filters(folder: str, key: str, *, _study: Study) -> dict[str, list[str]]:
    """Columns of the demand that have few values, with their values."""
    del folder, key
    found: dict[str, list[str]] = {}
    for name, cells in demand_cells(_study).items():
        values = set(class_words(cells, locale=_study.study.locale)) - {""}
        if 1 < len(values) <= min(_MOST_VALUES, len(np.unique(cells)) + 1, len(cells) // 2):
            found[name] = sorted(str(value) for value in values)
    return found


def _bands(text: str) -> tuple[float, ...]:
    """Numbers separated by commas of either width or by spaces, ascending, each once."""
    found = set()
    for part in text.translate(_COMMAS).replace(",", " ").split():
        try:
            value = float(part)
        except ValueError as error:
            raise StudyError("bands_wrong", value=part[:20]) from error
        if not (math.isfinite(value) and value > 0):
            raise StudyError("bands_wrong", value=part[:20])
        found.add(int(value) if value.is_integer() else value)
    return tuple(sorted(found))


def show_edit(study: Study, words: Words) -> None:
    """Show the rule of an existing layer for editing; its sites are kept."""
    show_html(step_heading(words("sources.rule"), 2))
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    key = st.selectbox(
        words("sources.rule_of"), list(titles), format_func=titles.__getitem__, key="data_rule_of"
    )
    former = study.layer(str(key))
    prefix = f"data-rule-{key}-{state.analysis_key(study)[:8]}"
    text = titles[former.key]
    title = st.text_input(words("data.title"), value=text, max_chars=60, key=f"{prefix}-title")
    show_html(plain(limit_line(former, words)))
    columns = site_columns(study, former) if former.of_objects else None
    try:
        keys = rule_keys(prefix, study, words, former, columns=columns, file=former.path or "")
    except StudyError as error:
        if error.code == "condition_wanted":  # a missing step, not an error
            show_html(status(words("error.condition_wanted")))
        else:
            show_html(problems(error, words))
        return
    kind = keys.get("rule", former.rule)
    land = land_upload(prefix, former, words) if kind in ("reach", "radius") else None
    if kind != "rate":
        keys |= amount_keys(prefix, study, former, words)
    keys["service"] = former.service_key
    # A title in two languages is kept until it is changed.
    if title.strip() == text:
        keys |= {"title": former.title} if former.title else {}
    elif title.strip():
        keys["title"] = title.strip()
    show_html(plain(words("sources.rule_about")))
    show_html(step_heading(words("data.step_save"), 3))
    name = copy_target(study, words)
    press = kept_press.save_button(
        words("data.save"), words=words, **saved_in(name), key="data_rule_save", type="primary"
    )
    if press is not None:
        # What the form does not show stays as it is.
        kept = ("indicator", "land") if kind in ("reach", "radius") else ("indicator",)
        edit = partial(edit_layer, key=str(key), keys=keys, kept=kept)
        _save(press, study, edit, land, name, titles[str(key)], words)


def _save(
    press: kept_press.Press,
    study: Study,
    edit: partial[None],
    land: UploadedFile | None,
    name: str | None,
    title: str,
    words: Words,
) -> None:
    key = str(edit.keywords["key"])
    try:
        folder = Path(study.folder)
        with ScratchFolder("quarterhour-land-") as scratch:
            upload = None if land is None else readable_land(land, study, scratch, words)
            if name is not None:
                folder = new_study_folder(studies_folder(), name)
                copy_study(Path(study.folder), folder, name=folder.name)
            edit(folder, land=None if upload is None else (upload.path, upload.kind))
    except QuarterhourError as error:
        kept_press.drop(press)
        show_html(problems(error, words))
        return

    def follow() -> None:
        state.open_folder(folder, layer=key)
        st.session_state[SAVED] = title

    press.follow = follow
    kept_press.finish(press)
    st.rerun()
