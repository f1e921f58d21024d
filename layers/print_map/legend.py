"""The legend of a printed map, and the colours of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from geo.analysis import Analysis
from layers.print_map.page import LegendGroup, LegendItem
from layers.shapes.points import site_rows
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    SHARE_COLOURS,
    SITE_COLOUR,
    UNUSED_SITE_COLOUR,
    is_hollow,
)
from layers.words.catalogue import Words
from layers.words.phrases import cause_name, level_name, sentence, share_by_time_name

__all__ = ["class_colour", "legend_groups"]


def class_colour(share: float, breaks: tuple[float, ...]) -> str:
    """The colour of a share."""
    return SHARE_COLOURS[_colours(breaks)[int(np.searchsorted(breaks, share, side="right"))]]


def _colours(breaks: tuple[float, ...]) -> list[int]:
    """Which of the five colours each class has; fewer classes use the whole range."""
    last = len(SHARE_COLOURS) - 1
    return [round(number * last / max(len(breaks), 1)) for number in range(len(breaks) + 1)]


def legend_groups(
    analysis: Analysis,
    key: str,
    words: Words,
    level: str,
    breaks: tuple[float, ...],
    shown: gpd.GeoDataFrame,
    *,
    bands: Sequence[tuple[str, str, Any]],
    gaps: bool,
) -> list[LegendGroup]:
    """The legend of a map: classes with their number of units, sites, bands; or causes and sites.

    Parameters
    ----------
    level : str
    breaks : tuple of float
        Between the classes of share.
    shown : gpd.GeoDataFrame
        The areas on the map.
    bands : sequence of (str, str, Any)
        The drawn isochrones, the widest first: colour, text, polygon.
    gaps : bool
        Whether uncovered demand is drawn instead of shares.
    """
    layer = analysis.study.layer(key)
    sites = [LegendItem("square", SITE_COLOUR, words("html.site_used"))]
    if not site_rows(analysis, key)["used"].all():
        sites.append(LegendItem("square", UNUSED_SITE_COLOUR, words("html.site_unused")))
    if gaps:
        present = set(analysis.gap_points.loc[analysis.gap_points["layer"] == key, "cause"])
        causes = [
            LegendItem(
                "ring" if is_hollow(cause) else "dot",
                CAUSE_COLOURS[cause],
                sentence(cause_name(cause, words, layer)),
            )
            for cause in CAUSE_ORDER
            if cause in present
        ]
        return [
            LegendGroup(words("html.gaps"), causes),
            LegendGroup(words("html.sites"), sites),
        ]
    lines = [LegendItem("line", colour, text) for colour, text, _ in reversed(bands)]
    level_word = level_name(level, words)
    heading = words("report.legend.share", share=share_by_time_name(layer, words), level=level_word)
    groups = [LegendGroup(heading, _classes(shown, breaks, words))]
    groups.append(LegendGroup(words("html.sites"), sites))
    if lines:
        groups.append(LegendGroup(words("html.isochrones"), lines))
    return groups


def _classes(shown: gpd.GeoDataFrame, breaks: tuple[float, ...], words: Words) -> list[LegendItem]:
    """The classes with their number of units."""
    share = shown["share"].to_numpy(float)
    of_class = np.searchsorted(breaks, share[~np.isnan(share)], side="right")
    counts = np.bincount(of_class, minlength=len(breaks) + 1)
    edges = (0.0, *breaks, 1.0)
    items = []
    for number, colour in enumerate(_colours(breaks)):
        name = "class_last" if number == len(breaks) else "class"
        low, high = words.share(edges[number], 0), words.share(edges[number + 1], 0)
        text = words(
            "report.legend.count",
            text=words(f"html.{name}", low=low, high=high),
            count=words.number(int(counts[number])),
        )
        items.append(LegendItem("fill", SHARE_COLOURS[colour], text))
    blank = int(np.isnan(share).sum())
    if blank:
        text = words("report.legend.count", text=words("html.no_demand"), count=words.number(blank))
        items.append(LegendItem("hatch", NO_DEMAND_COLOUR, text))
    return items
