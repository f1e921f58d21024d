"""The steps of an unfinished study: areas, where people live, services, roads."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.add_data import presets, save, upload
from app_pages.add_data.target_layer import Target, replaced_layers
from app_pages.new_study import fetched_roads
from app_pages.shell.html import plain, show_html, status, title
from geo.base.file_names import file_name
from geo.study.model import Study
from geo.workspace.draft import INPUTS, draft_name, missing_inputs, open_draft
from layers.export.empty_study import TEMPLATES, input_template
from layers.words.catalogue import Words

__all__ = ["show"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What must be there before a step; roads may come at any time.
_BEFORE = {"demand": "units", "layers": "units"}


def show(folder: Path, words: Words) -> None:
    """The whole wizard."""
    draft, missing = open_draft(folder), missing_inputs(folder)
    show_html(title(words("start.wizard", name=draft_name(folder))))
    if (file := st.session_state.get(save.SAVED)) is not None:
        show_html(status(words("start.continue", file=file), good=True))
    names = words("start.comma").join(words(f"start.input.{name}") for name in missing)
    show_html(plain(words("start.missing", inputs=names)))

    def label(name: str) -> str:
        step = words(f"start.step.{name}")
        return step if name in missing else words("start.step_done", step=step)

    # With every input that is saved, the next one that is missing is proposed.
    key = f"start_step-{folder.name}-{len(missing)}"
    st.session_state.setdefault(key, missing[0])
    step = str(
        st.segmented_control(
            words("start.step"),
            INPUTS,
            required=True,
            format_func=label,
            key=key,
            label_visibility="collapsed",
        )
    )
    before = _BEFORE.get(step, "")
    if before in missing:
        show_html(status(words("start.first", step=words(f"start.step.{before}"))))
        return
    _step(step, draft, words)
    if step not in missing:
        show_html(plain(words("start.next_is", step=words(f"start.step.{missing[0]}"))))


def _step(name: str, draft: Study, words: Words) -> None:
    show_html(plain(words(f"start.about.{name}")))
    if (file := _given(name, draft)) is not None:
        show_html(plain(words("start.given", file=file)))
    if name in TEMPLATES:
        st.download_button(
            words("start.template"),
            input_template(name, words),
            file_name=file_name(f"{words(f'template.{name}')}.xlsx"),
            mime=_XLSX,
            key=f"start_template-{name}",
        )
    elif fetched_roads.show(draft, words):
        return
    if name == "layers" and _by_preset(draft, words):
        return
    role = "layer" if name == "layers" else name
    layers = tuple(layer.key for layer in draft.layers)[:1] if role == "layer" else ()
    if role == "layer" and any(layer.waiting for layer in draft.layers):
        layers = replaced_layers(draft, words)
    upload.show_target(draft, Target(role, layers), words)


def _by_preset(draft: Study, words: Words) -> bool:
    """The choice between a file and a preset; whether a preset is wanted."""
    st.session_state.setdefault("start_layers_by", "file")
    way = st.segmented_control(
        words("preset.page_way"),
        ("file", "preset"),
        required=True,
        format_func=lambda key: words(f"preset.page_way_{key}"),
        key="start_layers_by",
        label_visibility="collapsed",
    )
    presets.show_waiting(draft, words)
    if way == "preset":
        presets.show_presets(draft, words)
    return bool(way == "preset")


def _given(name: str, draft: Study) -> str | None:
    """The file of an input that is there."""
    if name == "layers":
        listed = [layer for layer in draft.layers if not layer.waiting]
        return draft.shown_file(draft.layer_file(listed[0])) if listed else None
    path = {
        "units": draft.units_file,
        "demand": draft.demand_file,
        "network": draft.network.path,
    }[name]
    return None if name in missing_inputs(draft.folder) else draft.shown_file(path)
