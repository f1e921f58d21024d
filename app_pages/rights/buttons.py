"""Buttons that change something: offered to those alone who may do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.shell import state
from geo.base.access import guard
from geo.base.access.guard import Action
from layers.words.catalogue import Words
from layers.words.page_words import page_error

__all__ = ["guarded_button", "why_not"]


def guarded_button(
    label: str,
    *,
    words: Words,
    action: Action = "write",
    folder: Path | None = None,
    unit: str = "",
    disabled: bool = False,
    **rest: Any,
) -> bool:
    """A button of Streamlit; for who may not do this it is disabled, with a tooltip that says why.

    The function that does it checks the right once more: a crafted click changes nothing.

    Parameters
    ----------
    action : str
        What a click does, as in `geo.base.access.guard`.
    folder : Path, optional
        The study that it is done with; by default this session's.
    unit : str
        The unit that it is about; "": the whole study.
    disabled : bool
        For another reason.
    **rest
        As in `st.button`.
    """
    why = why_not(words, action, folder, unit)
    if why:
        rest["help"] = why
    return bool(st.button(label, disabled=disabled or bool(why), **rest))


def why_not(
    words: Words, action: Action = "write", folder: Path | None = None, unit: str = ""
) -> str:
    """Why this session's person may not do this; "" where it is allowed."""
    refusal = guard.refusal(action, folder or state.study_folder(), unit)
    return "" if refusal is None else " ".join(page_error(refusal, words))
