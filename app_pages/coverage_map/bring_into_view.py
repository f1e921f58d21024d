"""Requests to bring what is chosen beside the map into view, once for each choice.

The map stays where it is if the thing is visible already, and not too small to be seen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from app_pages.coverage_map.view import Lonlat, View
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places

__all__ = [
    "BoundsRequest",
    "bring_selected_into_view",
    "bring_unit_into_view",
    "fit_bounds",
    "fit_place",
    "requested_bounds",
]

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
    _fit_places([(lon, lat)])


def bring_unit_into_view(unit: str, analysis: Analysis, places: Places) -> None:
    """Fit the map to a unit of any level, "" for the whole.

    A unit without an area is shown by its demand points.
    """
    inside = places.finest(unit) if unit else analysis.areas["unit_id"]
    if analysis.has_borders:
        areas = analysis.areas
        fit_bounds(tuple(areas[areas["unit_id"].isin(inside)].total_bounds))
        return
    demand = analysis.demand
    rows = demand[demand["unit_id"].isin(inside)] if unit else demand
    if len(rows):
        _fit_places(list(zip(rows["lon"], rows["lat"], strict=True)))


def bring_selected_into_view(view: View, analysis: Analysis, places: Places) -> None:
    """Fit the map to what a view selects: sites on trial, a start, a site, or else a unit."""
    chosen = list(view.put)
    if view.start is not None and view.click == "from":
        chosen.append(view.start)
    if not chosen and view.site:
        sites = analysis.sites
        rows = sites[(sites["layer"] == view.layer) & (sites["site_id"] == view.site)]
        chosen = list(zip(rows["lon"], rows["lat"], strict=True))
    if chosen:
        _fit_places(chosen)
    elif view.unit:
        bring_unit_into_view(view.unit, analysis, places)


def _fit_places(chosen: list[Lonlat]) -> None:
    """Fit the map to places and their surroundings."""
    lonlat = np.array(chosen, dtype=float)
    low, high = lonlat.min(axis=0) - _MARGIN_DEG, lonlat.max(axis=0) + _MARGIN_DEG
    fit_bounds((low[0], low[1], high[0], high[1]))


def requested_bounds() -> BoundsRequest | None:
    """The latest request of this session."""
    found: BoundsRequest | None = st.session_state.get(_KEY)
    return found
