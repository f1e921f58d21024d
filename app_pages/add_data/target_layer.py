"""The layer that a file is for: an existing one, or the settings of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.add_data.presets import offer_template
from app_pages.add_data.received import Received
from app_pages.add_data.rule import rule_keys
from geo.study.model import Layer, Study
from geo.workspace.upload import layer_key, layer_title_of
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = ["Target", "layer_keys", "replaced_layers"]

OWN = ""


@dataclass(frozen=True)
class Target:
    """The section of the study that the file is for."""

    role: str
    layers: tuple[str, ...] = ()


def replaced_layers(study: Study, words: Words) -> tuple[str, ...]:
    """Show the choice of the layer whose sites are replaced, and of those with the same file."""
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    key = str(
        st.selectbox(
            words("data.replaced"),
            list(titles),
            format_func=titles.__getitem__,
            key="data_replaced",
        )
    )
    preset = study.layer(key).template
    if preset is not None:
        offer_template(preset, words)
    path = study.layer(key).path
    same = [other.key for other in study.layers if path and other.path == path and other.key != key]
    if not same:
        return (key,)
    names = words("panel.and").join(titles[other] for other in same)
    both = st.checkbox(words("data.same_file", names=names), value=True, key=f"data_same_{key}")
    return (key, *same) if both else (key,)


def layer_keys(
    received: Received,
    stem: str,
    study: Study,
    words: Words,
    *,
    about: str = "",
    columns: Sequence[str] | None = None,
    file: str = "",
) -> dict[str, Any]:
    """Show the settings of a new layer; returns its section of study.toml without the file.

    Parameters
    ----------
    about : str
        Part of the title's key: the proposal changes with it.
    columns, file
        As in `rule_keys`.

    Raises
    ------
    StudyError
        As in `rule_keys`.
    """
    stem = layer_title_of(stem)
    left, right = st.columns(2)
    with left:
        title = st.text_input(
            words("data.title"), value=stem, max_chars=60, key=received.key(f"title{about}")
        )
    with right:
        service = _service(received, study, words)
    title = title.strip() or stem or words("template.layer_title")
    key = layer_key(title, {layer.key for layer in study.layers})
    keys: dict[str, Any] = {"key": key, "service": service or key, "title": title}
    prefix = received.key("rule")
    return keys | rule_keys(prefix, study, words, columns=columns, file=file)


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
