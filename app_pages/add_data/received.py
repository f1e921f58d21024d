"""The upload of a session: a private folder with generated names, and what was read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import streamlit as st

from app_pages.rights.upload_limit import copy_upload, shown_name
from geo.base.errors import StudyError
from geo.base.scratch import ScratchFolder
from geo.workspace.upload import Upload, open_upload

__all__ = ["SAVED", "Received", "forget_received", "received", "take", "uploader_key"]

T = TypeVar("T")

# The name of the file that was saved last, for a line about it.
SAVED = "data_saved"
_RECEIVED = "data_received"
_ROUND = "data_round"


@dataclass
class Received:
    """One upload of this session.

    Attributes
    ----------
    token : str
        Streamlit's id of the upload; part of the keys of the widgets about it.
    folder : TemporaryDirectory
        Removed with the session.
    upload : Upload or None
        None where the format was not recognised.
    error : StudyError or None
        Why not.
    """

    token: str
    folder: ScratchFolder
    upload: Upload | None = None
    error: StudyError | None = None
    _found: dict[object, Any] = field(default_factory=dict)

    def memo(self, key: object, make: Callable[[], T]) -> T:
        """The result of `make` for `key`, computed once: every use of a widget reruns the page.

        A `StudyError` is kept like a value and raised again.
        """
        if key not in self._found:
            try:
                self._found[key] = make()
            except StudyError as error:
                self._found[key] = error
        found = self._found[key]
        if isinstance(found, StudyError):
            raise found
        return cast(T, found)

    def key(self, name: str) -> str:
        """The key of a widget about this upload."""
        return f"data-{self.token}-{name}"


def uploader_key() -> str:
    """The key of the upload widget; it changes after each save, so that the widget is empty."""
    return f"data_file_{st.session_state.get(_ROUND, 0)}"


def received() -> Received | None:
    """The upload that this session has not saved yet; kept while other pages are shown."""
    return st.session_state.get(_RECEIVED)


def forget_received() -> None:
    """Drop the upload and empty the widget."""
    kept: Received | None = st.session_state.pop(_RECEIVED, None)
    if kept is not None:
        kept.folder.cleanup()
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def take(key: str) -> None:
    """Copy the file of the upload widget `key` into a private folder (callback of the widget)."""
    # The browser may report the widget of before the save once more, with the next click.
    if key != uploader_key():
        return
    st.session_state.pop(SAVED, None)  # it spoke of the former file
    former: Received | None = st.session_state.pop(_RECEIVED, None)
    if former is not None:
        former.folder.cleanup()
    given = st.session_state.get(key)
    if given is None:
        return
    folder = ScratchFolder("quarterhour-upload-")
    path = Path(folder.name) / "upload"
    new = Received(given.file_id, folder)
    try:
        copy_upload(given, path)
        new.upload = open_upload(path, shown_name(given.name))
    except StudyError as error:
        new.error = error
    st.session_state[_RECEIVED] = new
