"""The classes of OSM's `highway`: who may use them, and how important they are."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOSED_CLASSES",
    "CYCLE_CLASSES",
    "CYCLE_CLASSES_BY_TAG",
    "DESTINATION_CLASSES",
    "DRIVE_CLASSES",
    "FERRY",
    "FOOTWAY_CLASSES",
    "FOOT_CLASSES",
    "MAIN_CLASSES",
    "RANKS",
    "class_name",
    "parent_class",
    "parent_classes",
    "road_rank",
]

# The class of a ferry (`route=ferry`), which is closed unless the study opens it.
FERRY = "ferry"
# The roads that connect places, the most important first. A `*_link` goes like its parent.
MAIN_CLASSES = ("motorway", "trunk", "primary", "secondary")
# Classes of streets that walkers, cycles and cars share.
_STREETS = frozenset(
    (
        *MAIN_CLASSES[1:],
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "road",
        "track",
    )
)
# Classes that a network drawn for walkers has, and one drawn for cars has not.
FOOTWAY_CLASSES = ("footway", "path", "steps")
# Classes that only walkers may use without a tag; cycles may use some of them with one.
_WALKERS_ONLY = frozenset(("steps", "pedestrian", "footway", "corridor", "elevator", "platform"))
FOOT_CLASSES = _STREETS | _WALKERS_ONLY | {"path", "cycleway", "bridleway"}
CYCLE_CLASSES = FOOT_CLASSES - _WALKERS_ONLY
CYCLE_CLASSES_BY_TAG = frozenset(("steps", "pedestrian", "footway"))
# The classes of the drive profile's table of speeds (`geo.network.profiles`).
DRIVE_CLASSES = _STREETS | {"motorway"}
# Cars use these only at the beginning or the end of a trip.
DESTINATION_CLASSES = frozenset(("track",))
# Values of `highway` that are no way for anybody here: not built yet, not there any more, reserved
# for buses, for emergencies or for climbers. Any other class that is not listed above is reported
# as not understood.
CLOSED_CLASSES = frozenset(
    (
        "abandoned",
        "bus_guideway",
        "bus_stop",
        "busway",
        "construction",
        "crossing",
        "demolished",
        "dismantled",
        "disused",
        "emergency_access_point",
        "emergency_bay",
        "escape",
        "no",
        "planned",
        "proposed",
        "raceway",
        "razed",
        "removed",
        "rest_area",
        "services",
        "via_ferrata",
    )
)
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
# Every class above.
CLASSES = tuple(name for rank in RANKS for name in rank if name)
_UNKNOWN = 5
_LINK = "_link"
# The layer of roads of Geofabrik's shapefiles: tracks by grade, and its name for highway=road.
_TRACK_GRADE = re.compile("track_grade[1-5]")
_GEOFABRIK_ROAD = "unknown"


def class_name(value: str) -> str:
    """The class that a value of `highway` or of Geofabrik's `fclass` names.

    Examples
    --------
    >>> class_name(" Residential "), class_name("track_grade3"), class_name("unknown")
    ('residential', 'track', 'road')
    """
    name = value.strip().lower()
    if _TRACK_GRADE.fullmatch(name):
        return "track"
    return "road" if name == _GEOFABRIK_ROAD else name


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
