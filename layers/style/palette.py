"""Colours and class breaks of all maps, and the entries of a legend."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from layers.words.phrases import CAUSE_ORDER

__all__ = [
    "BAND_COLOURS",
    "CAUSE_COLOURS",
    "CAUSE_ORDER",
    "NO_DEMAND_COLOUR",
    "PARENT_BORDER_COLOUR",
    "SHARE_BREAKS",
    "SHARE_COLOURS",
    "SITE_COLOUR",
    "UNIT_BORDER_COLOUR",
    "UNUSED_SITE_COLOUR",
    "LegendEntry",
    "band_colour",
    "cause_colours",
    "is_hollow",
    "share_class",
]

# Fixed classes, so that two maps compare. Colours: ColorBrewer's YlGnBu with five classes, which
# its authors mark as safe for colour-blind readers; light to dark also holds in grey print.
SHARE_BREAKS = (0.2, 0.4, 0.6, 0.8)
SHARE_COLOURS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NO_DEMAND_COLOUR = "#d4d4d4"
# Okabe and Ito's palette, distinct for every common colour vision.
_CAUSE_COLOURS = {
    "too_far": "#d55e00",
    "cut_off": "#cc3399",
    "not_assigned": "#e69f00",
    "out_of_scope": "#56b4e9",
    # Where a layer has no site, all areas are of the palest class.
    "no_site": "#0072b2",
    "data_doubt": "#4d4d4d",
    "over_capacity": "#009e73",
    # Objects of a rate have no other causes, so these need not differ from those of travel.
    "not_met": "#d55e00",
    "unknown": "#4d4d4d",
}
_OTHER_CAUSES = ("#f0e442", "#8c510a")
SITE_COLOUR = "#111111"
UNUSED_SITE_COLOUR = "#9a9a9a"
# Borders of the units, thin; of their parents, dash and dot.
UNIT_BORDER_COLOUR = "#8f8f8a"
PARENT_BORDER_COLOUR = "#3a3a37"
# Outlines of isochrones, the nearest band darkest.
BAND_COLOURS = ("#4d004b", "#88419d", "#8c6bb1", "#8c96c6")


def cause_colours(causes: Iterable[str]) -> dict[str, str]:
    """A colour for each cause: its own, or the next of the palette's other colours."""
    others = itertools.cycle(_OTHER_CAUSES)
    return {cause: _CAUSE_COLOURS.get(cause) or next(others) for cause in causes}


CAUSE_COLOURS = cause_colours(CAUSE_ORDER)


def is_hollow(cause: str) -> bool:
    """Whether points of this cause are drawn hollow: a doubt about the data is no finding."""
    return cause == "data_doubt"


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend.

    Attributes
    ----------
    group : str
        units, sites, isochrones or gaps: the switch that it belongs to.
    symbol : str
        fill, line, dot, ring (hollow dot), square (a site), thin or border (lines of units and of
        their parents), cluster (a circle with a number) or sizes (dots of several sizes).
    colour : str
    text : str
        Plain text; to be escaped where it enters HTML.
    shape : str
        Of a site: a key of `layers.style.symbols.SHAPES`.
    """

    group: str
    symbol: str
    colour: str
    text: str
    shape: str = ""


def share_class(share: float | None) -> int | None:
    """The class of a share by time, 0 to 4; None without demand.

    A share equal to a break belongs to the upper class.
    """
    if share is None or share != share:
        return None
    return int(np.searchsorted(SHARE_BREAKS, share, side="right"))


def band_colour(number: int, count: int) -> str:
    """From the darkest for the nearest band to the lightest for the farthest."""
    last = len(BAND_COLOURS) - 1
    return BAND_COLOURS[min(last, round(number * last / max(count - 1, 1)) if count > 1 else 1)]
