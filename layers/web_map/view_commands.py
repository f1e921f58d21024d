"""Not a layer to be seen: it brings a part of the map into view, once."""

from __future__ import annotations

import folium

from layers.web_map.base_map import drawn_from

__all__ = ["look_layer"]


def look_layer(bounds: tuple[float, float, float, float], *, turn: int) -> folium.FeatureGroup:
    """Brings `bounds` (west, south, east, north) into view.

    Parameters
    ----------
    turn : int
        Grows with each wish. A map that has fulfilled it does not again when the layer comes back,
        so that the reader's own moving about stays.
    """
    west, south, east, north = (round(side, 6) for side in bounds)
    options: dict[str, object] = {"turn": turn, "bounds": [[south, west], [north, east]]}
    return drawn_from("", level="outline", draw="look", options=options)
