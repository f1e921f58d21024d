"""Map layer: how many of several services cover each demand point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import folium
import numpy as np
import pandas as pd

from layers.shapes.point_field import CHUNK, PointField
from layers.web_map.base_map import drawn_from
from layers.web_map.changed_demand import labelled_points

__all__ = ["together_colours", "together_data", "together_layer"]

# From none to all; luminance rises steadily, for grey print.
_COUNTS = ("#7f0000", "#d7301f", "#fc8d59", "#fdcc8a", "#fef0d9")


def together_colours(services: int) -> list[str]:
    """Colours of 0 to `services` services within the limit, the darkest for none."""
    at = np.linspace(0, len(_COUNTS) - 1, services + 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(_COUNTS) - 1)
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _COUNTS], float)
    mixed = rgb[low] + (rgb[high] - rgb[low]) * (at - low)[:, None]
    return ["#" + "".join(f"{round(v):02x}" for v in row) for row in mixed]


def together_data(points: pd.DataFrame, tooltips: Iterable[Sequence[str]]) -> PointField:
    """Demand points by how many of the services are within their limits, for `publish`.

    Parameters
    ----------
    points : pd.DataFrame
        demand_id, unit_id, weight, lon, lat, within (int).
    tooltips : iterable of sequence of str
        Lines of plain text by point; escaped here.
    """
    return labelled_points(points, points["within"].to_numpy(int), tooltips)


def together_layer(url: str, *, services: int) -> folium.FeatureGroup:
    """Points coloured by how many of the services are within their limits.

    Parameters
    ----------
    url : str
        URL of `together_data`.
    services : int
        How many there are in all.
    """
    styles = [
        {"shape": "circle", "fill": colour, "stroke": "#5a3a2a", "width": 0.5}
        for colour in together_colours(services)
    ]
    options: dict[str, object] = {"styles": styles, "shrink": True, "chunk": CHUNK}
    return drawn_from(url, level="demand", draw="labelled", options=options)
