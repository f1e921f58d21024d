"""What pages do with the scenarios of a study: rename, copy, delete.

Each action says in the next run what came of it (`say`, `said`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app_pages.rights.buttons import guarded_button
from app_pages.shell.html import plain, problems, status
from geo.base.errors import QuarterhourError
from geo.scenarios.store import copy_scenario, delete_scenario, free_name, rename_scenario
from layers.words.catalogue import Words

__all__ = ["default_name", "manage_buttons", "said", "say"]

_SAID = "scenario_said"


def say(words: Words, work: Callable[[], str]) -> bool:
    """Do something with a scenario; the next run says what came of it. Whether it was done.

    Parameters
    ----------
    work : callable
        Returns what to say: a text, or HTML.
    """
    try:
        text = work()
    except QuarterhourError as error:
        st.session_state[_SAID] = problems(error, words)
        return False
    st.session_state[_SAID] = text if text.startswith("<") else status(text, good=True)
    return True


def said() -> str:
    """What the last action said, as HTML, once; "" for nothing."""
    return str(st.session_state.pop(_SAID, ""))


def default_name(folder: Path, words: Words) -> str:
    """The first name of the kind 方案1 that is free."""
    return free_name(folder, lambda number: words("kept.default_name", number=number))


def manage_buttons(
    folder: Path,
    name: str,
    words: Words,
    *,
    prefix: str,
    changed: Callable[[str | None], None],
) -> None:
    """Buttons that rename, copy and delete a scenario, the last one after a question.

    Parameters
    ----------
    prefix : str
        Of the widgets' keys.
    changed : callable
        Called with the name that is chosen now; None after the scenario was deleted.
    """
    with st.popover(words("kept.rename")):
        key = f"{prefix}_to_{name}"
        st.text_input(words("kept.new_name"), value=name, key=key, max_chars=60)
        guarded_button(
            words("kept.rename"),
            words=words, folder=folder, key=f"{prefix}_rename", on_click=_rename,
            args=(folder, name, key, words, changed),
        )  # fmt: skip
    guarded_button(
        words("kept.copy"), words=words, folder=folder, key=f"{prefix}_copy", on_click=_copy,
        args=(folder, name, words, changed),
    )  # fmt: skip
    with st.popover(words("kept.delete")):
        st.html(plain(words("kept.delete_question", name=name)))
        guarded_button(
            words("kept.delete_yes"),
            words=words, folder=folder, key=f"{prefix}_delete", on_click=_delete,
            args=(folder, name, words, changed), type="primary",
        )  # fmt: skip


def _rename(
    folder: Path, name: str, key: str, words: Words, changed: Callable[[str | None], None]
) -> None:
    def renamed() -> str:
        found = rename_scenario(folder, name, str(st.session_state.get(key, "")))
        changed(found)
        return words("kept.renamed", name=name, to=found)

    say(words, renamed)


def _copy(folder: Path, name: str, words: Words, changed: Callable[[str | None], None]) -> None:
    def copied() -> str:
        found = copy_scenario(folder, name)
        changed(found)
        return words("kept.copied", name=name, to=found)

    say(words, copied)


def _delete(folder: Path, name: str, words: Words, changed: Callable[[str | None], None]) -> None:
    def deleted() -> str:
        delete_scenario(folder, name)
        changed(None)
        return words("kept.deleted", name=name)

    say(words, deleted)
