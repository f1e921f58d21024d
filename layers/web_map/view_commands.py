"""Layers without anything to see, by which the page steers the map's view and clicks."""

from __future__ import annotations

import folium

from layers.web_map.base_map import drawn_from

__all__ = ["bring_into_view", "place_clicks"]


def bring_into_view(bounds: tuple[float, float, float, float], *, turn: int) -> folium.FeatureGroup:
    """Fit the map to `bounds` (west, south, east, north), once.

    Parameters
    ----------
    turn : int
        Grows with each request. A map that has fitted these bounds does not do it again when the
        layer comes back, so that the reader can move on.
    """
    west, south, east, north = (round(side, 6) for side in bounds)
    options: dict[str, object] = {"turn": turn, "bounds": [[south, west], [north, east]]}
    return drawn_from("", level="outline", draw="fit", options=options)


def place_clicks() -> folium.FeatureGroup:
    """While this layer is on the map, a click on a circle of sites gives a place, without zoom."""
    return drawn_from("", level="outline", draw="clicks", options={})
