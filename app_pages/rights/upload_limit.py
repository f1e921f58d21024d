"""Uploaded files: the widget that takes them, and the limits on their size.

Every upload of the pages passes through here. A widget has a limit of its own, and the limit of an
office's server bounds all of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from geo.base.errors import StudyError
from geo.base.messages import one_line
from server.current import current_config

__all__ = ["check_upload", "copy_upload", "file_uploader", "shown_name", "upload_bytes"]


def file_uploader(
    label: str,
    *,
    key: str,
    most_mb: int,
    kinds: list[str] | None = None,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> UploadedFile | None:
    """The widget for one file; the browser refuses a larger one before it is sent.

    Parameters
    ----------
    most_mb : int
        The largest file of this use; the limit of the server applies where it is smaller.
    kinds : list of str, optional
        The endings of names that the browser lets the user choose; all by default.
    """
    config = current_config()
    limit = most_mb if config is None else min(most_mb, config.limits.upload_mb)
    return st.file_uploader(
        label, type=kinds, key=key, max_upload_size=limit, on_change=on_change, args=args
    )


def check_upload(file: str, size: int) -> None:
    """Refuse a file that is larger than the server allows; on a laptop none is.

    Raises
    ------
    StudyError
        ``upload_over_limit``.
    """
    config = current_config()
    if config is not None and size > config.limits.upload_mb * 1_000_000:
        raise StudyError("upload_over_limit", file=file, limit=config.limits.upload_mb)


def copy_upload(given: UploadedFile, path: Path) -> None:
    """Copy an uploaded file to `path`.

    Raises
    ------
    StudyError
        It is larger than the server allows.
    """
    check_upload(shown_name(given.name), given.size)
    given.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(cast(BinaryIO, given), target)


def upload_bytes(given: UploadedFile) -> bytes:
    """The content of an uploaded file.

    Raises
    ------
    StudyError
        It is larger than the server allows.
    """
    check_upload(shown_name(given.name), given.size)
    return given.getvalue()


def shown_name(name: str) -> str:
    """The user's name of a file, without folders and on one line; for display only."""
    return one_line(name.replace("\\", "/").rpartition("/")[2]) or "-"
