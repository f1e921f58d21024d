"""Keeps what was typed last when a page is left: the link waits until the server has it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

__all__ = ["keep_typed"]

_component = st.components.v2.component(
    "quarterhour_leave_page",
    html="<span></span>",
    js=Path(__file__).with_name("leave_page.js").read_text("utf-8"),
)


def keep_typed() -> None:
    """Let the links of the navigation wait for a field that was just typed into."""
    with st.container(key="leave_page"):
        _component(key="leave-page")
