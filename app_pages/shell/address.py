"""The view in the browser's address, so that a reload keeps it, and a button that copies it.

The entry in the browser's history is replaced: otherwise every click would add an entry, and
"back" would not leave the page. Streamlit reads the address once, when a session begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from app_pages.shell import state
from layers.words.catalogue import Words

__all__ = ["keep_address", "show_address"]

_HTML = '<button type="button"></button><input type="text" readonly hidden>'
_component = st.components.v2.component(
    "quarterhour_address",
    html=_HTML,
    css=Path(__file__).with_name("address.css").read_text("utf-8"),
    js=Path(__file__).with_name("address.js").read_text("utf-8"),
)


def show_address(query: Mapping[str, str], words: Words) -> None:
    """Write `query` into the address and show the button.

    Parameters
    ----------
    query : mapping
        Names and values as `app_pages.coverage_map.view.view_query` gives them; this session's
        study and language are among them.
    """
    data = {
        "query": dict(query),
        "copy": words("coverage.copy_link"),
        "copied": words("coverage.copied"),
    }
    _component(key="address", data=data, width="content")


def keep_address() -> None:
    """Write this session's study and language into the address, without a button.

    Without them a reload or a bookmark of the page would open the study that the server was
    started on.
    """
    query = {"study": state.study_name(), "lang": state.language()}
    _component(
        key="address-kept",
        data={"query": {name: value for name, value in query.items() if value}},
        width="content",
    )
