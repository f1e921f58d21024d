"""The legend of a layer's map."""

from __future__ import annotations

from geo.analysis import Analysis
from layers.shapes.bands import isochrone_bands, limit_in_words
from layers.shapes.points import gap_rows, site_rows
from layers.shapes.units import levels
from layers.style.palette import (
    CAUSE_COLOURS,
    CAUSE_ORDER,
    NO_DEMAND_COLOUR,
    PARENT_BORDER_COLOUR,
    SHARE_BREAKS,
    SHARE_COLOURS,
    UNIT_BORDER_COLOUR,
    UNUSED_SITE_COLOUR,
    LegendEntry,
    band_colour,
    is_hollow,
)
from layers.style.symbols import site_symbol
from layers.words.catalogue import Words
from layers.words.phrases import (
    cause_name,
    layer_notes,
    level_name,
    notices,
    sentence,
    service_title,
    weight_header,
)

__all__ = ["border_entries", "legend", "map_notices", "site_entries", "size_entries"]


def legend(analysis: Analysis, key: str, words: Words) -> list[LegendEntry]:
    """The legend of one layer, in the order in which it is read.

    Classes and borders stand there only where units have areas, since nothing else is coloured.
    """
    layer = analysis.study.layer(key)
    entries = []
    if analysis.has_borders:
        edges = (0.0, *SHARE_BREAKS, 1.0)
        for number, colour in enumerate(SHARE_COLOURS):
            name = "class_last" if number == len(SHARE_COLOURS) - 1 else "class"
            low, high = words.share(edges[number], 0), words.share(edges[number + 1], 0)
            entries.append(
                LegendEntry("units", "fill", colour, words(f"html.{name}", low=low, high=high))
            )
        entries.append(LegendEntry("units", "fill", NO_DEMAND_COLOUR, words("html.no_demand")))
        entries += border_entries(analysis, analysis.study.units.level, words)
    entries += site_entries(analysis, key, words)
    bands = isochrone_bands(analysis, key)
    for number, band in enumerate(bands):
        text = words("html.band", limit=limit_in_words(band, layer, words))
        entries.append(LegendEntry("isochrones", "line", band_colour(number, len(bands)), text))
    present = set(analysis.gap_points.loc[analysis.gap_points["layer"] == key, "cause"].unique())
    for cause in CAUSE_ORDER:
        if cause in present:
            symbol = "ring" if is_hollow(cause) else "dot"
            text = cause_name(cause, words, layer)
            entries.append(LegendEntry("gaps", symbol, CAUSE_COLOURS[cause], text))
    return entries


def border_entries(analysis: Analysis, level: str, words: Words) -> list[LegendEntry]:
    """The two kinds of borders: of the units of `level`, and of the parents of the finest."""
    known = levels(analysis.study)
    entries = [LegendEntry("units", "thin", UNIT_BORDER_COLOUR, _border(level, words))]
    if len(known) > 1 and level == known[0]:
        text = _border(known[1], words)
        entries.append(LegendEntry("units", "border", PARENT_BORDER_COLOUR, text))
    return entries


def _border(level: str, words: Words) -> str:
    return sentence(words("legend.border", level=level_name(level, words)))


def site_entries(analysis: Analysis, key: str, words: Words) -> list[LegendEntry]:
    """The symbol of the layer's sites, named by their service, and that of unused ones."""
    study, rows = analysis.study, site_rows(analysis, key)
    symbol = site_symbol(study, key)
    name = service_title(study, study.layer(key).service_key, words)
    entries = [LegendEntry("sites", "square", symbol["colour"], name, symbol["shape"])]
    if not rows["used"].all():
        text = words("html.site_unused")
        entries.append(LegendEntry("sites", "square", UNUSED_SITE_COLOUR, text, symbol["shape"]))
    return entries


def size_entries(analysis: Analysis, key: str, words: Words) -> list[LegendEntry]:
    """What the size of a dot says; nothing where all dots are equal."""
    weight = gap_rows(analysis, key)["weight"]
    if weight.nunique() <= 1:
        return []
    text = words("legend.sizes", weight=weight_header("weight", analysis.study, words))
    return [LegendEntry("gaps", "sizes", "#7a7a76", text)]


def map_notices(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str]]:
    """All notices that stand on the map of one layer, as (what it is about, text)."""
    return notices(analysis.study, words) + layer_notes(analysis, key, words)
