"""What a button for a download does beside the download: a server's audit log names it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from app_pages.shell import state
from geo.base.access import guard
from geo.base.errors import OutputError
from server.current import current_config

__all__ = ["on_download"]

EXPORTED = "exported"


def on_download() -> Callable[[], None] | Literal["ignore"]:
    """The callback of a download button with results; on a laptop there is nothing to record."""
    return "ignore" if current_config() is None else _record


def _record() -> None:
    try:
        guard.exporting(state.study_folder(), EXPORTED)
    except OutputError as error:  # the file is with the browser by now
        logging.getLogger(__name__).error("%s", error)
