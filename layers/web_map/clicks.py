"""Not a layer to be seen: while it is there, a click asks of the place and never goes nearer."""

from __future__ import annotations

import folium

from layers.web_map.base_map import drawn_from

__all__ = ["clicks_layer"]


def clicks_layer() -> folium.FeatureGroup:
    """Every click goes to the page with its place, on a circle of sites too."""
    return drawn_from("", level="outline", draw="clicks", options={})
