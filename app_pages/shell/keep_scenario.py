"""The form that keeps something as a scenario of the study: a name and a button.

The sample is not changed: there, the button copies it first and keeps the scenario in the copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import head, plain, show_html
from geo.scenarios.changes import Scenario
from geo.study.model import Study
from geo.workspace.edit import copy_study
from geo.workspace.folder import list_studies, new_study_folder, studies_folder
from layers.words.catalogue import Words

__all__ = ["KeepForm", "copy_folder", "own_copy", "show_keep_form"]


@dataclass(frozen=True)
class KeepForm:
    """What the form shows and does.

    Attributes
    ----------
    title, button : str
        The heading, and the text of the button in a study of the user's own.
    name_key, button_key : str
        The keys of the two widgets. The name typed stays in the session under `name_key`.
    name : str
        The name proposed.
    layer : str
        The layer that the copy of the sample opens with.
    save : callable
        ``save(folder, name)`` keeps the scenario in a study's folder and returns it.
    saved : callable
        ``saved(folder, scenario, copied)`` is called afterwards, and after the copy was opened.
    attempt : callable
        Calls the work that it is given, and shows the error where it fails.
    """

    title: str
    button: str
    name_key: str
    button_key: str
    name: str
    layer: str
    save: Callable[[Path, str], Scenario]
    saved: Callable[[Path, Scenario, bool], Any]
    attempt: Callable[[Callable[[], Any]], Any]


def show_keep_form(form: KeepForm, study: Study, words: Words) -> None:
    """Show the form: name and button, for the sample the button alone."""
    show_html(head(form.title))
    sample = state.is_sample()
    if sample:
        show_html(plain(words("kept.sample", folder=str(studies_folder()))))
    else:
        st.session_state.setdefault(form.name_key, form.name)
    with st.container(
        key=f"{form.button_key}-form", horizontal=True, vertical_alignment="bottom", gap="small"
    ):
        if not sample:
            st.text_input(words("kept.name"), key=form.name_key, max_chars=60)
        guarded_button(
            words("kept.copy_sample") if sample else form.button,
            words=words,
            **_kept_in(study, sample, words),
            key=form.button_key,
            type="primary",
            on_click=_keep,
            args=(form, study, sample, words),
        )


def _keep(form: KeepForm, study: Study, sample: bool, words: Words) -> None:
    def kept() -> Any:
        if sample:
            folder, name = own_copy(study, words), words("kept.default_name", number=1)
        else:
            folder = Path(study.folder)
            name = str(st.session_state.get(form.name_key, "")).strip()
        scenario = form.save(folder, name)
        if sample:
            state.open_folder(folder, layer=form.layer)
        return form.saved(folder, scenario, sample)

    form.attempt(kept)


def _kept_in(study: Study, sample: bool, words: Words) -> dict[str, Any]:
    """The right that keeping needs, for `guarded_button`."""
    if sample:
        return {"action": "create", "folder": copy_folder(study, words)}
    return {"folder": Path(study.folder)}


def copy_folder(study: Study, words: Words) -> Path:
    """Where `own_copy` copies a study to."""
    title = words.text(study.study.name)
    taken = list_studies(studies_folder())
    name, number = title, 2
    while name in taken:
        name, number = f"{title} {number}", number + 1
    return studies_folder() / name


def own_copy(study: Study, words: Words) -> Path:
    """Copy a study into the folder of studies, under its title or the next free name.

    Raises
    ------
    StudyError, OutputError
        As in `geo.workspace.edit.copy_study`.
    """
    folder = new_study_folder(studies_folder(), copy_folder(study, words).name)
    copy_study(Path(study.folder), folder, name=folder.name)
    return folder
