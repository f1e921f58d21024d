"""Buttons that save, whose press is kept until it has been carried out.

Streamlit stops the run of a page when the next click arrives, and the press of a button lasts for
one run. A planner who presses Save and then chooses something else would lose what was to be
saved, or would see the page of before although the files are written.

The press is therefore noted before the page is drawn. The next run of the same page finds it,
shows the form as it was chosen, and saves. What a save changes in the session is done by the next
run, whatever page it shows, if the run that has written the files was stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.rights.buttons import guarded_button
from layers.words.catalogue import Words

__all__ = ["Press", "begin_run", "drop", "finish", "save_button"]

_PRESSES, _PAGE = "kept_presses", "kept_presses_page"
# The choices by which a page shows one form and not another.
_CHOOSERS = (
    "data_section", "data_role", "data_rule_of", "data_replaced", "data_source", "data_where",
    "preset_choice", "start_layers_by",
)  # fmt: skip
_CHOOSER_PREFIXES = ("start_step-",)


@dataclass
class Press:
    """A press that has not been carried out in full.

    Attributes
    ----------
    key : str
        Of the button.
    page : str
        The page's part of the address.
    chosen : dict
        The choices that show the button's form.
    follow : callable, optional
        What is left to do in the session, once the files are written.
    """

    key: str
    page: str
    chosen: dict[str, Any]
    follow: Callable[[], None] | None = None


def begin_run(page: str, words: Words) -> None:
    """Take up the presses that the run before has not carried out; before anything is drawn.

    Parameters
    ----------
    page : str
        Part of the address of the page that is shown.
    """
    st.session_state[_PAGE] = page
    for press in list(_presses().values()):
        if press.follow is not None:
            finish(press)
        elif press.page != page:
            # The form is gone with its page, and other values than those seen are not saved.
            drop(press)
            st.toast(words("data.press_lost"))
        else:
            for key, value in press.chosen.items():
                st.session_state[key] = value


def save_button(
    label: str, *, words: Words, key: str, disabled: bool = False, **options: Any
) -> Press | None:
    """Show a button; its press, also that of a run that was stopped, else None.

    Parameters
    ----------
    **options
        As of `guarded_button`.
    """
    guarded_button(
        label, words=words, key=key, disabled=disabled, on_click=_keep, args=(key,), **options
    )
    press = _presses().get(key)
    if press is not None and disabled:
        drop(press)
        return None
    return press


def drop(press: Press) -> None:
    """Forget a press: what it asks for is refused."""
    _presses().pop(press.key, None)


def finish(press: Press) -> None:
    """Do what is left of a press whose files are written, and forget it.

    A caller sets `follow` right after the files are written: setting it cannot be interrupted.
    """
    if press.follow is not None:
        press.follow()
    drop(press)


def _keep(key: str) -> None:
    """Note a press, with the choices that are shown (callback of the button)."""
    chosen = {
        str(name): value
        for name, value in st.session_state.items()
        if name in _CHOOSERS or str(name).startswith(_CHOOSER_PREFIXES)
    }
    _presses()[key] = Press(key, str(st.session_state.get(_PAGE, "")), chosen)


def _presses() -> dict[str, Press]:
    found: dict[str, Press] = st.session_state.setdefault(_PRESSES, {})
    return found
