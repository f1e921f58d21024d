"""Undoing the last change of the open study, after a reload too."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.add_data.save import SAVED, own_study
from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import label_text, problems, show_html, status
from geo.base.errors import QuarterhourError
from geo.study.model import Study
from geo.workspace.edit import undo_last
from geo.workspace.history import Step, last_step
from layers.words.catalogue import Words

__all__ = ["show"]

_DONE = "undo_done"


def show(study: Study, words: Words) -> None:
    """What was undone, and a button for the change before it."""
    if (text := st.session_state.pop(_DONE, None)) is not None:
        show_html(status(text, good=True))
    folder = Path(study.folder)
    step = last_step(folder) if own_study(study) else None
    if step is None:
        return
    label = label_text(words("undo.button", what=_what(step, words)))
    if not guarded_button(label, words=words, key="data_undo"):
        return
    try:
        undo_last(folder)
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.session_state.pop(SAVED, None)
    st.session_state[_DONE] = words("undo.done", what=_what(step, words))
    state.open_folder(folder)
    st.rerun()


def _what(step: Step, words: Words) -> str:
    return words(f"undo.{step.what}", **step.about)
