"""The classes of OSM's `highway`: which ones cars may use, and how important they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DRIVE_CLASSES",
    "FOOTWAY_CLASSES",
    "MAIN_CLASSES",
    "RANKS",
    "parent_class",
    "parent_classes",
    "road_rank",
]

# The roads that connect places, the most important first. A `*_link` goes like its parent.
MAIN_CLASSES = ("motorway", "trunk", "primary", "secondary")
# The classes of the drive profile's table of speeds (`geo.network.profiles`).
DRIVE_CLASSES = frozenset(
    (*MAIN_CLASSES, "tertiary", "unclassified", "residential", "living_street", "service")
)
# Classes that a network drawn for walkers has, and one drawn for cars has not.
FOOTWAY_CLASSES = ("footway", "path", "steps")
# Ranks of importance, the most important first. A class that is not listed has `_UNKNOWN`; edges
# without a class come from tables of real roads.
RANKS: tuple[tuple[str, ...], ...] = (
    ("motorway", "motorway_link", "trunk", "trunk_link"),
    ("primary", "primary_link"),
    ("secondary", "secondary_link"),
    ("tertiary", "tertiary_link", ""),
    ("residential", "unclassified", "living_street", "road"),
    ("service", "pedestrian", "track", "busway"),
    ("footway", "path", "steps", "cycleway", "bridleway", "corridor", "platform", "elevator"),
)
_UNKNOWN = 5
_LINK = "_link"


def parent_class(highway: str) -> str:
    """The class that a class goes like: ``primary`` for ``primary_link``, else itself."""
    return highway.removesuffix(_LINK)


def parent_classes(highway: NDArray[np.str_]) -> NDArray[np.str_]:
    """`parent_class` of every edge (n)."""
    names, which = np.unique(highway, return_inverse=True)
    parents = np.array([parent_class(str(name)) for name in names], dtype=np.str_)
    return parents[which.reshape(-1)]


def road_rank(highway: NDArray[np.str_]) -> NDArray[np.uint8]:
    """The place of each edge's class (n) among `RANKS`, 0 for the most important."""
    names, which = np.unique(highway, return_inverse=True)
    of_name = {name: rank for rank, group in enumerate(RANKS) for name in group}
    ranks = np.array([of_name.get(str(name), _UNKNOWN) for name in names], np.uint8)
    return ranks[which.reshape(-1)]
