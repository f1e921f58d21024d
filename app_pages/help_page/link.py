"""The link in the header of every page that opens the guide at the chapter about that page."""

from __future__ import annotations

import streamlit as st

from app_pages.shell import state
from layers.words.catalogue import Words

__all__ = ["CHAPTER_OF", "arrived", "help_link"]

CHAPTER_OF = {
    "start": "first-study",
    "overview": "programmes",
    "coverage": "two-shares",
    "gaps": "gaps",
    "siting": "siting",
    "scenarios": "scenarios",
    "ledger": "ledger",
    "report": "report",
    "data": "first-study",
}
_HELP = "help"
# Whether the page before was another one than Help: then the address says which chapter is wanted.
_FROM, _SHOWN = "help_from", "help_shown"


def help_link(page: str, words: Words) -> None:
    """Show the link; a page that shows the guide itself needs none.

    Parameters
    ----------
    page : str
        Its part of the address; "" for the default page.
    """
    if page == _HELP:
        return
    st.session_state[_FROM] = True
    query = {"study": state.study_name(), "lang": words.locale}
    query["chapter"] = CHAPTER_OF.get(page or "coverage", "index")
    st.page_link(
        "app_pages/help.py",
        label=words("page.help"),
        help=words("help.of_page"),
        query_params={name: value for name, value in query.items() if value},
    )


def arrived() -> bool:
    """Whether the Help page is shown for the first time since another page, or at all."""
    first = _SHOWN not in st.session_state
    st.session_state[_SHOWN] = True
    return bool(st.session_state.pop(_FROM, False)) or first
