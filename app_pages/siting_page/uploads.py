"""Files given to the Siting page, kept in a private folder while the session lasts."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import streamlit as st

from app_pages.rights.upload_limit import copy_upload, file_uploader, shown_name
from app_pages.shell.html import plain, problems, show_html
from app_pages.siting_page.asked import GivenFile
from geo.base.errors import StudyError
from geo.base.scratch import ScratchFolder
from geo.workspace.upload import open_upload
from layers.words.catalogue import Words

__all__ = ["given_file"]

_MOST_MB = 200


def given_file(name: str, label: str, words: Words) -> GivenFile | None:
    """An upload widget; the file stays until another one is given or it is removed.

    Parameters
    ----------
    name : str
        Of the file's use, for the keys of the session.
    """
    turn = st.session_state.get(f"siting_turn_{name}", 0)
    key = f"upload-{name}-{turn}"
    file_uploader(label, key=key, most_mb=_MOST_MB, on_change=_take, args=(name, key))
    kept = st.session_state.get(f"siting_file_{name}")
    if isinstance(kept, StudyError):
        show_html(problems(kept, words))
        return None
    if kept is None:
        return None
    folder, given = kept
    del folder  # held, so that it is not removed
    if st.session_state.get(key) is None:  # the widget is empty after another page was shown
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            show_html(plain(words("propose.file_kept", file=given.name)))
            st.button(
                words("propose.file_remove"),
                key=f"upload-drop-{name}",
                on_click=_drop,
                args=(name,),
            )
    return cast(GivenFile, given)


def _drop(name: str) -> None:
    st.session_state.pop(f"siting_file_{name}", None)
    turn = f"siting_turn_{name}"
    st.session_state[turn] = st.session_state.get(turn, 0) + 1


def _take(name: str, key: str) -> None:
    """Copy the uploaded file (callback of the widget)."""
    given = st.session_state.get(key)
    kept = f"siting_file_{name}"
    st.session_state.pop(kept, None)
    if given is None:
        return
    folder = ScratchFolder("quarterhour-siting-")
    path = Path(folder.name) / "upload"
    shown = shown_name(given.name)
    try:
        copy_upload(given, path)
        upload = open_upload(path, shown)
    except StudyError as error:
        st.session_state[kept] = error
        return
    st.session_state[kept] = (folder, GivenFile(shown, str(upload.path), given.file_id))
