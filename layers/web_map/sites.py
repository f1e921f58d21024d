"""Map layer: sites, each service with its own symbol (demand points are circles)."""

from __future__ import annotations

import folium
import numpy as np
import pandas as pd

from layers.shapes.point_field import CHUNK, PointField, point_field
from layers.style.escape import escape
from layers.web_map.base_map import drawn_from

__all__ = ["site_data", "site_layer"]

_RADIUS = 5.0


def site_data(sites: pd.DataFrame) -> PointField:
    """One layer's sites for `publish`: where they are, whether used, and their escaped names.

    Parameters
    ----------
    sites : pd.DataFrame
        lon, lat, used (bool), unit_id, name, site_id: rows of `Analysis.sites`.
    """
    details = [
        [unit, site, escape(name or site)]
        for unit, name, site in zip(
            sites["unit_id"].fillna(""), sites["name"].fillna(""), sites["site_id"], strict=True
        )
    ]
    return point_field(
        sites["lon"],
        sites["lat"],
        style=np.asarray(sites["used"], bool),
        radius=np.full(len(sites), _RADIUS),
        details=details,
    )


def site_layer(
    url: str,
    *,
    colour: str,
    unused: str,
    unused_word: str,
    shape: str = "square",
    layer: str = "",
    cluster: bool = False,
    cluster_word: str = "",
) -> folium.FeatureGroup:
    """Sites as symbols; a site that could not be used is pale.

    A click sends the page ``kind="site"``, site_id, layer, unit_id and the site's own lon and lat.

    Parameters
    ----------
    url : str
        URL of `site_data`, by the page.
    colour, unused : str
        CSS colours of a used and of an unused site.
    unused_word : str
        Text in the tooltip of an unused site; escaped here.
    shape : str
        A key of `layers.style.symbols.SHAPES`.
    layer : str
        The layer's key, for the click.
    cluster : bool
        Show dense sites as circles with their number; a click on one zooms in.
    cluster_word : str
        The tooltip of such a circle, with ``{value}``; escaped here.
    """
    options: dict[str, object] = {
        "colour": colour,
        "unused": unused,
        "unused_word": escape(unused_word),
        "shape": shape,
        "layer": layer,
        "cluster": cluster,
        "cluster_word": escape(cluster_word),
        "chunk": CHUNK,
    }
    return drawn_from(url, level="sites", draw="sites", options=options)
