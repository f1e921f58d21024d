"""A select box that keeps its choice when the language changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

__all__ = ["translated_choice"]


def translated_choice(
    label: str,
    options: Sequence[Any],
    shown: Callable[[Any], str],
    name: str,
    locale: str,
    *,
    index: int = 0,
    width: Any = "stretch",
    help_text: str | None = None,
) -> Any:
    """Show the box and return the chosen option.

    A select box does not translate its options once it is shown, so each language has its own. The
    choice is in the session under ``chosen-<name>``.

    Parameters
    ----------
    shown : callable
        The text of an option.
    index : int
        The place of the usual option.
    """
    key, held = f"{name}-{locale}", f"chosen-{name}"
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    if key not in st.session_state and st.session_state.get(held) in options:
        st.session_state[key] = st.session_state[held]
    if key not in st.session_state:
        st.session_state[key] = options[index]
    chosen = st.selectbox(label, options, format_func=shown, key=key, width=width, help=help_text)
    st.session_state[held] = chosen
    return chosen
