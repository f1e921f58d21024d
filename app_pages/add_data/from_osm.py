"""Inputs from the OSM file of the network: sites, units and places."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app_pages.add_data import save
from app_pages.add_data.columns import level_choice
from app_pages.add_data.received import Received
from app_pages.add_data.target_layer import Target, layer_keys
from app_pages.shell.html import plain, problems, show_html, step_heading
from geo.base.errors import StudyError
from geo.base.scratch import ScratchFolder
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import OSM_FORMATS
from geo.study.model import Study
from geo.study.presets import presets
from geo.workspace.edit import Replacement
from layers.words.catalogue import Words
from layers.words.programmes.presets import tags_text

__all__ = ["has_osm", "show"]

_OWN = ""
_SEPARATORS = str.maketrans("；，、＝\n", ";,,=;")
_ADMIN_LEVELS = tuple(str(level) for level in range(4, 12))
_PLACES = ("village", "hamlet", "town", "neighbourhood", "suburb", "isolated_dwelling")
_MOST_TAGS = 30


def has_osm(study: Study) -> bool:
    """Whether the study's network is an OSM file."""
    try:
        path = study.file(study.network.path, "network.path")
        return detect_format(path, study.network.path) in OSM_FORMATS
    except (StudyError, OSError):
        return False


def show(study: Study, target: Target, words: Words) -> None:
    """Show the choices, their trial in the study, and saving."""
    given = _about(target)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        show_html(step_heading(words("data.step_read"), 2))
        try:
            keys, origin = _keys(given, study, target, words)
        except StudyError as error:
            show_html(problems(error, words))
            return
    change = Replacement(
        target.role,  # type: ignore[arg-type]
        None,
        "",
        origin,
        keys,
        target.layers,
    )
    with right:
        show_html(plain(words("sources.from_roads", file=study.network.path)))
        with st.spinner(words("data.reading")):
            trial = save.trial(given, study, change)
        save.show_trial(trial, study, words)
    with left:
        save.show(study, change, trial, words)


def _about(target: Target) -> Received:
    """The session's record of the choices, like that of an upload."""
    token = f"osm-{target.role}"
    kept: Received | None = st.session_state.get("data_osm")
    if kept is None or kept.token != token:
        kept = Received(token, ScratchFolder("quarterhour-osm-"))
        st.session_state["data_osm"] = kept
    return kept


def _keys(
    given: Received, study: Study, target: Target, words: Words
) -> tuple[dict[str, Any], str]:
    """Keys of the section, and a name for the source."""
    if target.role == "units":
        return _unit_keys(given, study, words)
    if target.role == "demand":
        return _demand_keys(given, words)
    preset = str(
        st.selectbox(
            words("sources.preset"),
            [*(name for name, preset in presets().items() if preset.tags), _OWN],
            format_func=lambda name: _name(name, words),
            key=given.key("preset"),
        )
    )
    keys: dict[str, Any] = {"preset": preset} if preset else {"osm": _tags(given, words)}
    shown = presets()[preset].tags if preset else keys["osm"]
    if preset and target.layers:
        # The layer keeps its rule, and takes the tags alone.
        keys = {"osm": {name: list(values) for name, values in shown.items()}}
    if preset:
        show_html(plain(words("sources.tags_are", tags=tags_text(shown))))
    capacity = st.checkbox(words("sources.capacity"), key=given.key("capacity"))
    if capacity:
        keys["capacity"] = "capacity"
    title = words.text(presets()[preset].title) if preset else tags_text(shown)
    if not target.layers:
        keys |= layer_keys(given, title, study, words, about=preset or "tags")
    return keys, title


def _tags(given: Received, words: Words) -> dict[str, list[str]]:
    text = st.text_area(
        words("sources.tags"),
        value="amenity=library",
        max_chars=600,
        height=80,
        help=words("sources.tags_help"),
        key=given.key("tags"),
    )
    found: dict[str, list[str]] = {}
    for part in text.translate(_SEPARATORS).split(";"):
        if not part.strip():
            continue
        key, _, values = part.partition("=")
        named = [value.strip() for value in values.split(",") if value.strip()]
        if not key.strip() or not named:
            raise StudyError("tags_wrong", value=part.strip()[:40])
        found.setdefault(key.strip(), []).extend(named)
    if not found or sum(len(values) for values in found.values()) > _MOST_TAGS:
        raise StudyError("tags_wrong", value=text.strip()[:40])
    return found


def _name(preset: str, words: Words) -> str:
    return words.text(presets()[preset].title) if preset else words("sources.own_tags")


def _unit_keys(given: Received, study: Study, words: Words) -> tuple[dict[str, Any], str]:
    left, right = st.columns(2)
    with left:
        admin = str(
            st.selectbox(
                words("sources.admin_level"),
                _ADMIN_LEVELS,
                index=_ADMIN_LEVELS.index("8"),
                help=words("sources.admin_level_help"),
                key=given.key("admin"),
            )
        )
    with right:
        level = level_choice(given, study, words)
    return {"osm": {"admin_level": [admin]}, "level": level}, f"admin_level={admin}"


def _demand_keys(given: Received, words: Words) -> tuple[dict[str, Any], str]:
    chosen = st.multiselect(
        words("sources.places"), _PLACES, default=list(_PLACES[:3]), key=given.key("places")
    )
    if not chosen:
        raise StudyError("tags_wrong", value="place=")
    keys: dict[str, Any] = {"osm": {"place": list(chosen)}}
    if st.checkbox(words("sources.population"), help=words("sources.population_help"),
                   key=given.key("population")):  # fmt: skip
        keys |= {"weight": "population", "weight_unit": "人"}
    return keys, f"place={','.join(chosen)}"
