"""Where the map is to look next: what was chosen beside it is brought into view, once."""

from __future__ import annotations

from typing import Any

import streamlit as st

__all__ = ["asked_look", "look_at_bounds", "look_at_place"]

_KEY = "look"
_AROUND = 0.012  # degrees: about a kilometre around one place

Bounds = tuple[float, float, float, float]


def look_at_bounds(bounds: Bounds) -> None:
    """Bring west, south, east, north into view."""
    turn = st.session_state.get(_KEY, (0, None))[0] + 1
    st.session_state[_KEY] = (turn, tuple(float(side) for side in bounds))


def look_at_place(lon: float, lat: float) -> None:
    """Bring one place and its surroundings into view."""
    look_at_bounds((lon - _AROUND, lat - _AROUND, lon + _AROUND, lat + _AROUND))


def asked_look() -> tuple[int, Bounds] | None:
    """How often something was asked for, and what last."""
    found: tuple[int, Any] | None = st.session_state.get(_KEY)
    return found
