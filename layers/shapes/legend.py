"""The legend of a layer's map."""

from __future__ import annotations

from geo.analysis import Analysis
from layers.shapes.bands import isochrone_bands, limit_in_words
from layers.shapes.points import site_rows
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    SHARE_BREAKS,
    SHARE_COLOURS,
    SITE_COLOUR,
    UNUSED_SITE_COLOUR,
    LegendEntry,
    band_colour,
    is_hollow,
)
from layers.words.catalogue import Words
from layers.words.phrases import cause_name, layer_notes, notices

__all__ = ["legend", "map_notices"]


def legend(analysis: Analysis, key: str, words: Words) -> list[LegendEntry]:
    """The legend of one layer, in the order in which it is read."""
    layer = analysis.study.layer(key)
    entries = []
    edges = (0.0, *SHARE_BREAKS, 1.0)
    for number, colour in enumerate(SHARE_COLOURS):
        name = "class_last" if number == len(SHARE_COLOURS) - 1 else "class"
        low, high = words.share(edges[number], 0), words.share(edges[number + 1], 0)
        entries.append(
            LegendEntry("units", "fill", colour, words(f"html.{name}", low=low, high=high))
        )
    entries.append(LegendEntry("units", "fill", NO_DEMAND_COLOUR, words("html.no_demand")))
    entries.append(LegendEntry("sites", "square", SITE_COLOUR, words("html.site_used")))
    if not site_rows(analysis, key)["used"].all():
        entries.append(
            LegendEntry("sites", "square", UNUSED_SITE_COLOUR, words("html.site_unused"))
        )
    bands = isochrone_bands(analysis, key)
    for number, band in enumerate(bands):
        text = words("html.band", limit=limit_in_words(band, layer, words))
        entries.append(LegendEntry("isochrones", "line", band_colour(number, len(bands)), text))
    present = set(analysis.gap_points.loc[analysis.gap_points["layer"] == key, "cause"].unique())
    for cause in CAUSE_ORDER:
        if cause in present:
            symbol = "ring" if is_hollow(cause) else "dot"
            text = cause_name(cause, words)
            entries.append(LegendEntry("gaps", symbol, CAUSE_COLOURS[cause], text))
    return entries


def map_notices(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str]]:
    """All notices that stand on the map of one layer, as (what it is about, text)."""
    return notices(analysis.study, words) + layer_notes(analysis, key, words)
