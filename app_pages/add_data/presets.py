"""A preset or a bundle for the study: what it is, its form to fill in, and adding it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.add_data.save import SAVED, copy_target, saved_in
from app_pages.shell import kept_press, state
from app_pages.shell.html import plain, problems, show_html, status, step_heading
from geo.base.errors import QuarterhourError
from geo.base.file_names import file_name
from geo.study.model import Layer, Study
from geo.study.presets import Bundle, Preset, bundles, presets
from geo.workspace.draft import is_draft
from geo.workspace.edit import copy_study
from geo.workspace.folder import new_study_folder, studies_folder
from geo.workspace.from_preset.add import Added, add_presets
from layers.export.office_workbook.preset_template import preset_template
from layers.words.catalogue import Words
from layers.words.phrases import layer_title
from layers.words.programmes.indicator import limit_line, preset_text, required_file
from layers.words.programmes.presets import added_lines, preset_rule

__all__ = ["offer_template", "show_presets", "show_waiting"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ADDED = "data_presets_added"


def show_presets(study: Study, words: Words) -> None:
    """The choice of a preset or a bundle, and the button that adds it."""
    show_html(step_heading(words("preset.page_choose"), 2))
    known: dict[str, Preset | Bundle] = {**bundles(), **presets()}
    key = st.selectbox(
        words("preset.page_which"),
        list(known),
        format_func=lambda name: _option(known[name], words),
        key="preset_choice",
    )
    found = known[str(key)]
    show_html(plain(words.text(found.about)))
    limit: dict[str, float] = {}
    if isinstance(found, Bundle):
        _show_bundle(found, words)
    else:
        limit = _show_preset(found, words)
    show_html(step_heading(words("data.step_save"), 3))
    name = None if is_draft(Path(study.folder)) else copy_target(study, words)
    press = kept_press.save_button(
        words("preset.page_add"), words=words, **saved_in(name), key="preset_add", type="primary"
    )
    if press is not None:
        wanted = [found] if isinstance(found, Preset) else [presets()[k] for k in found.presets]
        _add(press, study, wanted, limit, name, words.text(found.title), words)


def _option(item: Preset | Bundle, words: Words) -> str:
    title = words.text(item.title)
    return words("preset.page_bundle", title=title) if isinstance(item, Bundle) else title


def _show_bundle(bundle: Bundle, words: Words) -> None:
    """What the bundle holds, each with its rule and source."""
    for key in bundle.presets:
        preset = presets()[key]
        show_html(
            plain(
                words(
                    "preset.page_line",
                    title=words.text(preset.title),
                    rule=preset_rule(preset, words),
                    source=preset_text(preset, words),
                )
            )
        )


def _show_preset(preset: Preset, words: Words) -> dict[str, float]:
    """Rule, source and form of a preset; returns the office's limit where it has none."""
    show_html(
        plain(
            words("preset.rule_line", rule=preset_rule(preset, words)),
            words("indicator.line", text=preset_text(preset, words)),
        )
    )
    offer_template(preset, words)
    if preset.has_limit or preset.rule == "rate":
        return {}
    metres = st.number_input(
        words("preset.page_metres"), min_value=1.0, max_value=100_000.0, value=None, step=50.0,
        format="%g", key=f"preset_metres-{preset.key}",
    )  # fmt: skip
    return {} if metres is None else {"metres": float(metres)}


def offer_template(preset: Preset, words: Words) -> None:
    """A button that downloads the preset's form."""
    st.download_button(
        words("preset.page_template"),
        preset_template(preset, words),
        file_name=file_name(required_file(preset, words)),
        mime=_XLSX,
        key=f"preset_template-{preset.key}",
    )


def _add(
    press: kept_press.Press,
    study: Study,
    wanted: Sequence[Preset],
    limit: dict[str, float],
    name: str | None,
    title: str,
    words: Words,
) -> None:
    try:
        folder = Path(study.folder)
        if name is not None:
            folder = new_study_folder(studies_folder(), name)
            copy_study(Path(study.folder), folder, name=folder.name)
        added = add_presets(folder, wanted, limit=limit, title=title)
    except QuarterhourError as error:
        kept_press.drop(press)
        show_html(problems(error, words))
        return

    def follow() -> None:
        st.session_state[_ADDED] = added
        shown = next((one.layer for one in added if one.layer), "")
        if not is_draft(folder):
            state.open_folder(folder, layer=shown)
            st.session_state[SAVED] = title

    press.follow = follow
    kept_press.finish(press)
    st.rerun()


def show_waiting(study: Study, words: Words) -> None:
    """What was just added, and the layers that wait for their list, each with its form."""
    added: list[Added] = st.session_state.pop(_ADDED, [])
    skipped = [one for one in added if one.state == "no_limit"]
    if skipped:
        show_html(plain(*added_lines(skipped, words, terminal=False)))
    waiting = [layer for layer in study.layers if layer.waiting]
    if not waiting:
        return
    with st.container(key="preset_waiting"):
        show_html(status(words("preset.page_waiting", count=words.number(len(waiting)))))
        with st.expander(words("preset.page_files"), expanded=bool(added)):
            for layer in waiting:
                _waiting(layer, words)


def _waiting(layer: Layer, words: Words) -> None:
    preset: Any = layer.template
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        text = words(
            "preset.page_needs", title=layer_title(layer, words), file=required_file(preset, words)
        )
        show_html(plain(text, limit_line(layer, words)))
    with right:
        offer = words("preset.page_template")
        st.download_button(
            offer, preset_template(preset, words), mime=_XLSX,
            file_name=file_name(required_file(preset, words)), key=f"preset_form-{layer.key}",
        )  # fmt: skip
