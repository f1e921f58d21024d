"""The pictures of the guide, served to the browser."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.components.v1 import declare_component

from app_pages.help_page.chapters import guide_folder

__all__ = ["picture_addresses"]


def picture_addresses(locale: str) -> Callable[[str], str]:
    """Serve the pictures of one language.

    Returns
    -------
    callable
        Path of a picture beside its chapter → its address, which holds under any base path
        (`app_pages.shell.served_files` says why a component serves them).
    """
    folder = guide_folder(locale)
    if folder is None:
        return lambda source: ""
    name = declare_component(f"guide_{folder.name}", path=folder).name
    return lambda source: f"component/{name}/{source}"
