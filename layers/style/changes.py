"""Classes and colours of a change of the share between two states, and marks of what changes."""

from __future__ import annotations

import numpy as np

from layers.style.palette import NO_DEMAND_COLOUR, LegendEntry
from layers.words.catalogue import Words

__all__ = [
    "CHANGE_BREAKS",
    "CHANGE_COLOURS",
    "GAINED_COLOUR",
    "LOST_COLOUR",
    "MOVED_COLOUR",
    "change_class",
    "change_entries",
]

# Okabe and Ito's blue, vermilion and green; the shapes differ too, for grey print.
GAINED_COLOUR = "#0072b2"
LOST_COLOUR = "#d55e00"
MOVED_COLOUR = "#009e73"
# Change of the share, from a fall to a rise. No change has a class of its own, nearly white.
CHANGE_BREAKS = (-0.2, -0.05, 0.0, 0.05, 0.2)
CHANGE_COLOURS = (
    "#b35806", "#f1a340", "#fee0b6", "#f7f7f7", "#d1e5f0", "#67a9cf", "#2166ac",
)  # fmt: skip
_UNCHANGED = 3


def change_class(before: float, after: float) -> int | None:
    """The class of a change of the share, 0 (falls most) to 6; None where a state has no share.

    A change equal to a break belongs to the class farther from no change.
    """
    change = round(after - before, 6)
    if change != change:
        return None
    if change == 0:
        return _UNCHANGED
    if change > 0:
        return _UNCHANGED + int(np.searchsorted(CHANGE_BREAKS[2:], change, side="right"))
    return int(np.searchsorted(CHANGE_BREAKS[:2], change, side="left"))


def change_entries(words: Words) -> list[LegendEntry]:
    """The classes from the greatest rise to the greatest fall, then units without a share."""
    edges = [words.number(100 * edge) for edge in (0.05, 0.2)]
    texts = [
        words("compare.class.rise_last", low=edges[1]),
        words("compare.class.rise", low=edges[0], high=edges[1]),
        words("compare.class.rise_first", high=edges[0]),
        words("compare.class.same"),
        words("compare.class.fall_first", high=edges[0]),
        words("compare.class.fall", low=edges[0], high=edges[1]),
        words("compare.class.fall_last", low=edges[1]),
    ]
    entries = [
        LegendEntry("units", "fill", colour, text)
        for colour, text in zip(reversed(CHANGE_COLOURS), texts, strict=True)
    ]
    return [*entries, LegendEntry("units", "fill", NO_DEMAND_COLOUR, words("html.no_demand"))]
