"""Says in the user's language that the server does not answer, in place of Streamlit's English box.

A script in the browser watches Streamlit's own state of the connection, since without a server no
page runs. Streamlit connects again by itself, and the line goes.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["watch_connection"]

_component = st.components.v2.component(
    "quarterhour_connection",
    html="<span></span>",
    js=Path(__file__).with_name("connection.js").read_text("utf-8"),
)


def watch_connection(words: Words) -> None:
    """Show a line while the connection to the server is lost."""
    data = {"lost": words("widget.connection_lost"), "title": "Connection error"}
    with st.container(key="connection"):
        _component(key=f"connection-{words.locale}", data=data)
