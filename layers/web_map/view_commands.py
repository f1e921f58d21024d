"""Layers without anything to see, by which the page steers the map's view and clicks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import folium

from geo.study.model import Study
from layers.web_map.base_map import drawn_from
from layers.words.catalogue import Words
from layers.words.phrases import map_notice, sources

__all__ = ["bring_into_view", "picture_lines", "place_clicks", "say_drawn", "say_picture"]


def bring_into_view(bounds: tuple[float, float, float, float], *, turn: int) -> folium.FeatureGroup:
    """Fit the map to `bounds` (west, south, east, north), once, unless they are in view already.

    Parameters
    ----------
    turn : int
        Grows with each request. A map that has fitted these bounds does not do it again when the
        layer comes back, so that the reader can move on.
    """
    west, south, east, north = (round(side, 6) for side in bounds)
    options: dict[str, object] = {"turn": turn, "bounds": [[south, west], [north, east]]}
    return drawn_from("", level="outline", draw="fit", options=options)


def place_clicks() -> folium.FeatureGroup:
    """While this layer is on the map, a click on a circle of sites gives a place, without zoom."""
    return drawn_from("", level="outline", draw="clicks", options={})


def say_drawn(drawn: Mapping[str, bool]) -> folium.FeatureGroup:
    """Which groups the page draws, for the list of layers.

    A switch there sends the page ``kind="drawn"``, ``group`` (units, isochrones, sites or gaps) and
    ``on``.
    """
    return drawn_from("", level="outline", draw="drawn", options={"drawn": dict(drawn)})


def say_picture(
    *, title: str, subtitle: str, legend: Sequence[Mapping[str, Any]], lines: Sequence[str],
    north: str, file: str,
) -> folium.FeatureGroup:  # fmt: skip
    """What the picture of this view says: all plain text, which is painted, never HTML.

    Parameters
    ----------
    legend : sequence of mapping
        ``name`` and ``items``: mappings of ``symbol``, ``colour``, ``text`` and, for a site,
        ``shape``.
    lines : sequence of str
        Notices and sources, below the legend.
    file : str
        Name of the file, without its ending.
    """
    options: dict[str, object] = {
        "title": title, "subtitle": subtitle, "legend": [dict(group) for group in legend],
        "lines": list(lines), "north": north, "file": file,
    }  # fmt: skip
    return drawn_from("", level="outline", draw="picture", options=options)


def picture_lines(study: Study, words: Words) -> list[str]:
    """Approval number or its lack, approximate units, and the sources."""
    lines = [map_notice(study, words)]
    if study.units.approximate is not None:
        lines.append(words("ground.approximate"))
    named = words("picture.source_separator").join(sources(study, words))
    lines.append(words("picture.sources", sources=named))
    return lines
