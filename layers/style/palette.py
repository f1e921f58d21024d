"""Colours and breaks of all maps, and the entries of a legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "BAND_COLOURS",
    "CAUSE_COLOURS",
    "CAUSE_ORDER",
    "NO_DEMAND_COLOUR",
    "SHARE_BREAKS",
    "SHARE_COLOURS",
    "SITE_COLOUR",
    "UNUSED_SITE_COLOUR",
    "LegendEntry",
    "band_colour",
    "share_class",
]

# Fixed classes, so that two maps compare. Colours: ColorBrewer's YlGnBu with five classes, which
# its authors mark as safe for colour-blind readers; light to dark also holds in grey print.
SHARE_BREAKS = (0.2, 0.4, 0.6, 0.8)
SHARE_COLOURS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NO_DEMAND_COLOUR = "#d4d4d4"
# Okabe and Ito's palette, distinct for every common colour vision; a doubt is drawn hollow.
CAUSE_COLOURS = {"too_far": "#d55e00", "cut_off": "#cc3399", "data_doubt": "#4d4d4d"}
# In the order of legends and charts.
CAUSE_ORDER = tuple(CAUSE_COLOURS)
SITE_COLOUR = "#111111"
UNUSED_SITE_COLOUR = "#9a9a9a"
# Lines around what is reached, the nearest band darkest.
BAND_COLOURS = ("#4d004b", "#88419d", "#8c6bb1", "#8c96c6")


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend.

    Attributes
    ----------
    group : str
        units, sites, isochrones or gaps: what a switch turns on and off together.
    symbol : str
        fill, line, dot, ring (hollow dot) or square.
    colour : str
    text : str
        Plain text; whoever puts it into HTML escapes it.
    """

    group: str
    symbol: str
    colour: str
    text: str


def share_class(share: float | None) -> int | None:
    """The class of a share by time, 0 to 4; None where there is no demand.

    A share on a break belongs to the upper class.
    """
    if share is None or share != share:
        return None
    return int(np.searchsorted(SHARE_BREAKS, share, side="right"))


def band_colour(number: int, count: int) -> str:
    """From the darkest for the nearest band to the lightest for the farthest."""
    last = len(BAND_COLOURS) - 1
    return BAND_COLOURS[min(last, round(number * last / max(count - 1, 1)) if count > 1 else 1)]
