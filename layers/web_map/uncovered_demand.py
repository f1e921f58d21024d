"""Map layer: uncovered demand points, coloured by cause, sized by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import folium
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.shapes.point_field import CHUNK, PointField, point_field
from layers.style.escape import escape
from layers.web_map.base_map import drawn_from
from layers.words.numbers import beyond, up_to_metres, up_to_tenths

__all__ = ["demand_data", "demand_layer", "radius_of"]


def demand_data(
    points: pd.DataFrame,
    *,
    causes: Sequence[str],
    in_metres: bool = False,
    horizon_minutes: float | None = None,
) -> PointField:
    """One layer's uncovered demand points, for `publish`.

    Details of each point: unit, id, escaped name, weight (None if all weights are equal), escaped
    name of the nearest site ("" if none is within the horizon), and the distance (None: unknown) in
    whole metres or in minutes with one decimal, rounded up, as text.

    Parameters
    ----------
    points : pd.DataFrame
        Rows of `Analysis.gap_points`.
    causes : sequence of str
        The order that the layer's colours follow.
    in_metres : bool
        The layer's limit is in metres.
    horizon_minutes : float, optional
        The longest time that the study searches, shown as ``>120`` where a path is longer.
    """
    order = {code: index for index, code in enumerate(causes)}
    weight = points["weight"].to_numpy(float)
    weighted = len(np.unique(weight)) > 1
    site = points["nearest_site_name"].fillna("")
    site = site.where(site != "", points["nearest_site_id"].fillna(""))
    columns = zip(
        points["unit_id"].fillna(""),
        points["demand_id"],
        points["name"].fillna(""),
        weight.tolist(),
        site,
        up_to_metres(points["metres"]) if in_metres else up_to_tenths(points["minutes"]),
        points["cause"] == "too_far",
        strict=True,
    )
    details = [
        [
            str(unit),
            str(point),
            escape(name or point),
            _plain(value) if weighted else None,
            escape(nearest),
            _far(far, horizon_minutes if longer else None),
        ]
        for unit, point, name, value, nearest, far, longer in columns
    ]
    return point_field(
        points["lon"],
        points["lat"],
        style=points["cause"].map(order),
        radius=radius_of(weight),
        details=details,
    )


def radius_of(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radius in pixels: larger weights have larger dots; equal weights have small ones."""
    most = float(weight.max()) if len(weight) else 0.0
    if most <= 0 or bool((weight == weight[0]).all()):
        return np.full(len(weight), 3.0)
    # A least size, since most weights are small.
    sized: NDArray[np.float64] = 2.0 + 6.0 * np.sqrt(np.maximum(weight, 0.0) / most)
    return sized


def _far(value: float, horizon_minutes: float | None) -> str | None:
    if not pd.isna(value):
        return _plain(value)
    return None if horizon_minutes is None else beyond(horizon_minutes)


def _plain(value: float) -> str:
    """A number as the tooltip shows it."""
    return str(int(value)) if float(value).is_integer() else str(value)


def demand_layer(
    url: str,
    *,
    causes: Mapping[str, str],
    colours: Sequence[str],
    nearest: str,
    measure: str,
    weight: str,
) -> folium.FeatureGroup:
    """Uncovered demand as circles, hollow where the road data are doubtful.

    A click sends the page ``kind="demand"``, demand_id, unit_id and the point's own lon and lat.

    Parameters
    ----------
    url : str
        URL of `demand_data`, by the page.
    causes : mapping
        Code → word, in the order of the data's causes; escaped here.
    colours : sequence of str
        CSS colours, one a cause.
    nearest, measure, weight : str
        Lines of the tooltip with ``{site}``, and with ``{value}`` for how far it is and for the
        weight; escaped here.
    """
    options: dict[str, object] = {
        "causes": [escape(word) for word in causes.values()],
        "colours": list(colours),
        "doubt": list(causes).index("data_doubt"),
        "nearest": escape(nearest),
        "measure": escape(measure),
        "weight": escape(weight),
        "chunk": CHUNK,
    }
    return drawn_from(url, level="demand", draw="demand", options=options)
