"""The trial of a file in a study, and saving it into the study's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.add_data.received import SAVED, Received, forget_received
from app_pages.shell import kept_press, state
from app_pages.shell.html import plain, problems, show_html, status, step_heading, text_table
from geo.base.errors import QuarterhourError
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from geo.workspace.draft import is_draft
from geo.workspace.edit import Replacement, copy_study, replace_input
from geo.workspace.folder import list_studies, new_study_folder, studies_folder
from geo.workspace.sample_parts import find_sample_parts
from geo.workspace.trial import Trial, try_out
from layers.words.catalogue import Words
from layers.words.lines.finding import counts_line, finding_list
from layers.words.phrases import layer_title

__all__ = [
    "SAVED",
    "copy_target",
    "list_findings",
    "own_study",
    "saved_in",
    "show",
    "show_trial",
    "trial",
]

_LISTED = 200
# Errors that a choice on this page remedies.
_ASKED = ("coordinates_metres", "coordinates_swapped")


def trial(given: Received, study: Study, change: Replacement) -> Trial:
    """The findings of the study's readers on the file; read again only when a choice changes."""

    def make() -> Trial:
        with ScratchFolder("quarterhour-trial-") as folder:
            return try_out(study, change, Path(folder))

    where = (str(study.folder), state.analysis_key(study))
    return given.memo(("trial", where, change.role, change.layers, repr(change.keys)), make)


def show_trial(found: Trial, study: Study, words: Words) -> None:
    """Show the rows read, used and set aside, then the findings, worst first."""
    show_html(step_heading(words("data.check")))
    if found.error is not None and found.error.code in _ASKED:
        show_html(status(words("data.ask_place")))
    elif found.error is not None:
        show_html(problems(found.error, words))
        show_html(plain(words("data.ask_columns")))
    if found.count is not None:
        count = found.count
        text = words(
            "data.counts",
            rows_in=words.number(count.rows_in),
            used=words.number(count.rows_used),
            set_aside=words.number(count.rows_set_aside),
        )
        show_html(status(text, good=count.rows_set_aside == 0))
    if not found.quality.empty:
        show_html(plain(counts_line(found.quality, words)))
        list_findings(found.quality, study, words)


def list_findings(quality: pd.DataFrame, study: Study, words: Words) -> None:
    """Show the findings in words; of many, the first ones."""
    show_html(text_table(*finding_list(quality.head(_LISTED), words, study), scrolls=True))
    if len(quality) > _LISTED:
        show_html(
            plain(words("data.more", shown=words.number(_LISTED), total=words.number(len(quality))))
        )


def own_study(study: Study) -> bool:
    """Whether the study is in the folder of studies, where it may be changed."""
    root = studies_folder()
    folder = Path(study.folder)
    return folder.parent.resolve() == root.resolve() and folder.name in list_studies(root)


def show(study: Study, change: Replacement, found: Trial, words: Words) -> None:
    """Show step three: the target, its name, and the button."""
    show_html(step_heading(words("data.step_save"), 3))
    draft = is_draft(Path(study.folder))
    name = None if draft else copy_target(study, words)
    if not draft and change.role != "layer":
        _sample_note(study, words)
    press = kept_press.save_button(
        words("data.save"),
        words=words,
        **saved_in(name),
        key="data_save",
        type="primary",
        disabled=found.error is not None,
    )
    if press is not None:
        _save(press, study, change, name, words)


def _sample_note(study: Study, words: Words) -> None:
    """What goes of the sample with the last of its inputs."""
    parts = find_sample_parts(study.model_dump(by_alias=True), Path(study.folder), state.SAMPLE)
    if parts.layers:
        names = words("panel.and").join(
            layer_title(study.layer(key), words) for key in parts.layers
        )
        show_html(plain(words("data.sample_goes", names=names)))


def saved_in(name: str | None) -> dict[str, Any]:
    """The right that a save needs, for `guarded_button`; `name` as `copy_target` gives it."""
    if name is None:
        return {"action": "write"}
    return {"action": "create", "folder": studies_folder() / (name.strip() or "-")}


def copy_target(study: Study, words: Words) -> str | None:
    """Show the choice between the open study and a copy; returns the copy's name, else None."""
    here = own_study(study)
    places = ("here", "new") if here else ("new",)
    place = "new"
    if here:
        place = str(
            st.radio(
                words("data.where"),
                places,
                format_func=lambda key: words(
                    f"data.where_{key}", name=words.text(study.study.name)
                ),
                key="data_where",
            )
        )
    name = ""
    if place == "new":
        if not here:
            show_html(plain(words("data.copied", name=words.text(study.study.name))))
        name = st.text_input(words("data.name"), key="data_name", max_chars=60)
        show_html(plain(words("data.kept_in", folder=str(studies_folder()))))
    return name if place == "new" else None


def _save(
    press: kept_press.Press, study: Study, change: Replacement, name: str | None, words: Words
) -> None:
    try:
        if name is None:
            folder = Path(study.folder)
            replace_input(folder, change, sample=state.SAMPLE)
        else:
            folder = new_study_folder(studies_folder(), name)
            copy_study(
                Path(study.folder), folder, name=folder.name, change=change, sample=state.SAMPLE
            )
    except QuarterhourError as error:
        kept_press.drop(press)
        show_html(problems(error, words))
        return

    def follow() -> None:
        forget_received()
        shown = change.layers[0] if change.layers else str(change.keys.get("key", ""))
        state.open_folder(folder, layer=shown)
        st.session_state[SAVED] = change.origin

    press.follow = follow
    kept_press.finish(press)
    st.rerun()
