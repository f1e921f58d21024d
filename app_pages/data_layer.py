"""What a new layer counts: title, service, way of travel, limit, bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.data_files import Received
from app_pages.panel_parts import sentence
from geo.errors import StudyError
from geo.new_study import layer_key
from geo.study import Layer, Study
from layers.export_words import layer_title
from layers.wording import Words

__all__ = ["Target", "layer_keys", "replaced_layers"]

OWN = ""
_PROFILES = ("walk", "walk_senior", "cycle", "ebike", "drive")
_COMMAS = str.maketrans("，、；;", ",,,,")


@dataclass(frozen=True)
class Target:
    """Which section of the study the file is for."""

    role: str
    layers: tuple[str, ...] = ()


def replaced_layers(study: Study, words: Words) -> tuple[str, ...]:
    """Choose the layer whose sites are replaced, and with it those that use the same file."""
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    key = str(
        st.selectbox(
            words("data.replaced"),
            list(titles),
            format_func=titles.__getitem__,
            key="data_replaced",
        )
    )
    path = study.layer(key).path
    same = [other.key for other in study.layers if path and other.path == path and other.key != key]
    if not same:
        return (key,)
    names = words("panel.and").join(titles[other] for other in same)
    both = st.checkbox(words("data.same_file", names=names), value=True, key=f"data_same_{key}")
    return (key, *same) if both else (key,)


def layer_keys(received: Received, stem: str, study: Study, words: Words) -> dict[str, Any]:
    """Show a new layer's settings; its section of study.toml without the file.

    Raises
    ------
    StudyError
        The bands are no numbers (``bands_wrong``).
    """
    left, right = st.columns(2)
    with left:
        title = st.text_input(
            words("data.title"), value=stem, max_chars=60, key=received.key("title")
        )
    with right:
        service = _service(received, study, words)
    title = title.strip() or stem
    key = layer_key(title, {layer.key for layer in study.layers})
    profile, limit, bands = _rule(received, words)
    keys: dict[str, Any] = {"key": key, "service": service or key, "title": title}
    keys |= {"profile": profile, **limit}
    if parsed := _bands(bands):
        keys["bands"] = parsed
    if study.demand.bands:
        everyone = [OWN, *study.demand.bands]
        band = st.selectbox(
            words("data.demand_band"),
            everyone,
            format_func=lambda name: name or words("data.everyone"),
            key=received.key("band"),
        )
        keys |= {"demand": band} if band else {}
    return keys


def _service(received: Received, study: Study, words: Words) -> str:
    services: dict[str, Layer] = {}
    for layer in study.layers:
        services.setdefault(layer.service_key, layer)
    return str(
        st.selectbox(
            words("data.service"),
            [OWN, *services],
            format_func=lambda key: (
                layer_title(services[key], words) if key else words("data.own_service")
            ),
            help=words("data.service_help"),
            key=received.key("service"),
        )
    )


def _rule(received: Received, words: Words) -> tuple[str, dict[str, float], str]:
    left, right = st.columns(2)
    with left:
        profile = st.selectbox(
            words("data.profile"),
            _PROFILES,
            format_func=lambda name: sentence(words(f"export.profile.{name}")),
            key=received.key("profile"),
        )
    with right:
        kind = st.selectbox(
            words("data.limit"),
            ("minutes", "metres"),
            format_func=lambda name: words(f"data.{name}"),
            key=received.key("limit"),
        )
    with left:
        value = st.number_input(
            words(f"data.{kind}"),
            min_value=1,
            max_value=120 if kind == "minutes" else 100_000,
            value=15 if kind == "minutes" else 300,
            key=received.key(f"limit-{kind}"),
        )
    with right:
        bands = st.text_input(
            words("data.bands"),
            value="5, 10, 15" if kind == "minutes" else "",
            max_chars=60,
            help=words("data.bands_help"),
            key=received.key(f"bands-{kind}"),
        )
    return str(profile), {str(kind): value}, bands


def _bands(text: str) -> tuple[float, ...]:
    """Numbers apart by commas of either width or spaces, ascending, each once."""
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
