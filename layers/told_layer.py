"""Map layers of demand points whose tooltip is written here: who gains, who loses, how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import folium
import numpy as np
import pandas as pd

from layers.base_map import drawn_from
from layers.demand_layer import radius_of
from layers.escape import escape
from layers.point_field import CHUNK, PointField, point_field

__all__ = [
    "GAINED_COLOUR",
    "LOST_COLOUR",
    "change_data",
    "change_layer",
    "together_colours",
    "together_data",
    "together_layer",
]

# Okabe and Ito's blue and vermilion; shapes differ too, for grey print.
GAINED_COLOUR = "#0072b2"
LOST_COLOUR = "#d55e00"
# From none to all; luminance falls all the way, so that it holds in grey.
_COUNTS = ("#7f0000", "#d7301f", "#fc8d59", "#fdcc8a", "#fef0d9")


def change_data(
    gained: pd.DataFrame,
    lost: pd.DataFrame,
    tooltips: Iterable[Sequence[str]],
) -> PointField:
    """Demand points that come within the limit, then those that fall out of it, for `publish`.

    Parameters
    ----------
    gained, lost : pd.DataFrame
        demand_id, unit_id, weight, lon, lat.
    tooltips : iterable of sequence of str
        Lines of plain text by point, the gained first; the first line bold; escaped here.
    """
    return _field(
        pd.concat([gained, lost], ignore_index=True),
        np.repeat([0, 1], [len(gained), len(lost)]),
        tooltips,
    )


def change_layer(url: str) -> folium.FeatureGroup:
    """Points gained as plus signs, points lost as crosses.

    Parameters
    ----------
    url : str
        Address of `change_data`.
    """
    styles = [
        {"shape": "plus", "fill": GAINED_COLOUR, "stroke": "#ffffff", "width": 1.2},
        {"shape": "cross", "fill": LOST_COLOUR, "stroke": "#ffffff", "width": 1.2},
    ]
    options: dict[str, object] = {"styles": styles, "shrink": True, "chunk": CHUNK}
    return drawn_from(url, level="change", draw="told", options=options)


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
    return _field(points, points["within"].to_numpy(int), tooltips)


def together_layer(url: str, *, services: int) -> folium.FeatureGroup:
    """Points coloured by how many of the services are within their limits.

    Parameters
    ----------
    url : str
        Address of `together_data`.
    services : int
        How many there are in all.
    """
    styles = [
        {"shape": "circle", "fill": colour, "stroke": "#5a3a2a", "width": 0.5}
        for colour in together_colours(services)
    ]
    options: dict[str, object] = {"styles": styles, "shrink": True, "chunk": CHUNK}
    return drawn_from(url, level="demand", draw="told", options=options)


def _field(
    points: pd.DataFrame, style: np.ndarray, tooltips: Iterable[Sequence[str]]
) -> PointField:
    details = []
    rows = zip(points["unit_id"].fillna(""), points["demand_id"], tooltips, strict=True)
    for unit, point, lines in rows:
        head, *rest = (escape(line) for line in lines)
        details.append([str(unit), str(point), "<br>".join([f"<b>{head}</b>", *rest])])
    return point_field(
        points["lon"],
        points["lat"],
        style=style,
        radius=radius_of(points["weight"].to_numpy(float)) + 0.6,
        details=details,
    )
