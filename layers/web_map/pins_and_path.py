"""Map layers of one question: its start, trial sites, the path to a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import folium
import numpy as np
import shapely

from layers.web_map.base_map import drawn_from

__all__ = [
    "CLOSED_COLOUR",
    "FROM_COLOUR",
    "TRIAL_COLOUR",
    "Pin",
    "path_layer",
    "path_parts",
    "pin_layer",
]

FROM_COLOUR = "#7a0177"
TRIAL_COLOUR = "#00623b"
CLOSED_COLOUR = "#8c2d04"


@dataclass(frozen=True)
class Pin:
    """A numbered pin.

    Attributes
    ----------
    lon, lat : float
        Degrees.
    text : str
        One or two characters, drawn on canvas (never HTML).
    colour : str
        `FROM_COLOUR`, `TRIAL_COLOUR`, `CLOSED_COLOUR` or another CSS colour.
    """

    lon: float
    lat: float
    text: str
    colour: str = TRIAL_COLOUR


def pin_layer(pins: Sequence[Pin]) -> folium.FeatureGroup:
    """Pins above all else; they take no clicks."""
    rows = [[round(p.lon, 6), round(p.lat, 6), p.text[:2], p.colour] for p in pins]
    return drawn_from("", level="pins", draw="pins", options={"pins": rows})


def path_parts(path: shapely.LineString) -> list[tuple[str, shapely.LineString]]:
    """A path whose first and last segment are the straight lines to and from the road.

    Returns ("straight", line) and ("road", line) in order, without parts of no length.
    """
    xy = shapely.get_coordinates(path)
    if len(xy) < 4:
        return [("road", path)]
    parts = [("straight", xy[:2]), ("road", xy[1:-1]), ("straight", xy[-2:])]
    return [
        (kind, shapely.LineString(part))
        for kind, part in parts
        if not bool((part == part[0]).all())
    ]


def path_layer(
    parts: Sequence[tuple[str, shapely.LineString]], *, colour: str = FROM_COLOUR
) -> folium.FeatureGroup:
    """The path: a solid line along roads, dashed between a place and its road.

    Parameters
    ----------
    parts : sequence of (kind, LineString)
        kind ``road`` or ``straight``, lon/lat; for instance by `path_parts`.
    """
    rows: list[Any] = [
        [kind, np.round(shapely.get_coordinates(line)[:, ::-1], 5).tolist()] for kind, line in parts
    ]
    return drawn_from("", level="path", draw="path", options={"parts": rows, "colour": colour})
