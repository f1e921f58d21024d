"""Map layer: isochrone bands, for the eye (coverage is never decided by polygons)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import folium
import numpy as np
import shapely

from layers.base_map import drawn_from

__all__ = ["isochrone_data", "isochrone_layer"]

_DRAW = """function (data, group, options) {
  L.geoJson(data, {
    interactive: false,
    style: function (feature) {
      var colour = feature.properties.colour;
      return { color: colour, weight: 1.1, opacity: 0.8, fillColor: colour, fillOpacity: 0.05 };
    },
  }).addTo(group);
}"""


def isochrone_data(bands: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Bands (colour, polygon), the widest first, as GeoJSON with five decimals (a metre)."""
    features = [
        {
            "type": "Feature",
            "properties": {"colour": colour},
            "geometry": shapely.geometry.mapping(
                shapely.transform(shape, lambda xy: np.round(xy, 5))
            ),
        }
        for colour, shape in bands
    ]
    return {"type": "FeatureCollection", "features": features}


def isochrone_layer(url: str) -> folium.FeatureGroup:
    """Bands as outlines with a breath of fill, so that the units' shading stays readable.

    Parameters
    ----------
    url : str
        JSON of `isochrone_data`.
    """
    return drawn_from(url, level="isochrones", draw=_DRAW, options={})
