"""Map layers: isochrone bands, for the eye (coverage is never decided by polygons)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import folium

from layers.shapes.packing import pack
from layers.web_map.base_map import drawn_from

__all__ = ["isochrone_data", "isochrone_layer", "site_area_layer"]


def isochrone_data(bands: Iterable[tuple[str, Any]]) -> list[list[Any]]:
    """Bands (colour, polygon in EPSG:4326), the widest first, for `publish`."""
    return [[colour, pack(shape)] for colour, shape in bands]


def isochrone_layer(url: str) -> folium.FeatureGroup:
    """Bands as outlines with a light fill, so that the shading of units stays visible.

    Parameters
    ----------
    url : str
        URL of `isochrone_data`.
    """
    options: dict[str, object] = {"weight": 1.1, "fill": 0.05}
    return drawn_from(url, level="isochrones", draw="isochrones", options=options)


def site_area_layer(url: str) -> folium.FeatureGroup:
    """The bands of one chosen site, stronger than those of the whole layer below.

    Parameters
    ----------
    url : str
        URL of `isochrone_data`.
    """
    options: dict[str, object] = {"weight": 2.2, "fill": 0.22}
    return drawn_from(url, level="site_area", draw="isochrones", options=options)
