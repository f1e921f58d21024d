"""Requests to fit the map to bounds: a unit or place chosen beside the map is shown on it once."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

__all__ = ["BoundsRequest", "fit_bounds", "fit_place", "requested_bounds"]

_KEY = "requested_bounds"
_MARGIN_DEG = 0.012  # about a kilometre around one place

Bounds = tuple[float, float, float, float]


class BoundsRequest(NamedTuple):
    """The latest request.

    Attributes
    ----------
    number : int
        Counts the session's requests, so that the map fulfils each of them once.
    bounds : (west, south, east, north)
        In degrees.
    """

    number: int
    bounds: Bounds


def fit_bounds(bounds: Bounds) -> None:
    """Fit the map to west, south, east, north (degrees)."""
    former = requested_bounds()
    west, south, east, north = (float(side) for side in bounds)
    number = 1 if former is None else former.number + 1
    st.session_state[_KEY] = BoundsRequest(number, (west, south, east, north))


def fit_place(lon: float, lat: float) -> None:
    """Fit the map to a place and its surroundings."""
    fit_bounds((lon - _MARGIN_DEG, lat - _MARGIN_DEG, lon + _MARGIN_DEG, lat + _MARGIN_DEG))


def requested_bounds() -> BoundsRequest | None:
    """The latest request of this session."""
    found: BoundsRequest | None = st.session_state.get(_KEY)
    return found
