"""Map layer: demand points that come within the limit of a question, or fall out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import folium
import numpy as np
import pandas as pd

from layers.shapes.point_field import CHUNK, PointField, point_field
from layers.style.changes import GAINED_COLOUR, LOST_COLOUR
from layers.style.escape import escape
from layers.web_map.base_map import drawn_from
from layers.web_map.uncovered_demand import radius_of

__all__ = ["change_data", "change_layer", "labelled_points"]


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
    return labelled_points(
        pd.concat([gained, lost], ignore_index=True),
        np.repeat([0, 1], [len(gained), len(lost)]),
        tooltips,
    )


def change_layer(url: str) -> folium.FeatureGroup:
    """Points gained as plus signs, points lost as crosses.

    Parameters
    ----------
    url : str
        URL of `change_data`.
    """
    styles = [
        {"shape": "plus", "fill": GAINED_COLOUR, "stroke": "#ffffff", "width": 1.2},
        {"shape": "cross", "fill": LOST_COLOUR, "stroke": "#ffffff", "width": 1.2},
    ]
    options: dict[str, object] = {"styles": styles, "shrink": True, "chunk": CHUNK}
    return drawn_from(url, level="change", draw="labelled", options=options)


def labelled_points(
    points: pd.DataFrame, style: np.ndarray, tooltips: Iterable[Sequence[str]]
) -> PointField:
    """Demand points with a style each, and tooltips of plain text lines, escaped here."""
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
