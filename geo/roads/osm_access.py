"""Who may use a way: OSM tags to permissions, one-way directions and the signed speed.

The class decides first, then the tags of the mode, from the most specific to the most general. A
class that is closed to a mode (a motorway to walkers) is not opened by a tag; the only exception is
`bicycle` on steps, pedestrian ways and footways.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from geo.roads.highways import DRIVE_CLASSES, parent_class
from geo.roads.roads import CLOSED, OPEN, PRIVATE

__all__ = ["ACCESS_TAGS", "EdgeClass", "classify"]

# Every tag that `classify` reads; readers keep only these.
ACCESS_TAGS = (
    "highway",
    "route",
    "foot",
    "bicycle",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "access",
    "motorroad",
    "junction",
    "oneway",
    "oneway:bicycle",
    "maxspeed",
)

_NO_FOOT = frozenset(("motorway", "construction", "proposed", "raceway", "bus_guideway"))
_NO_CYCLE_UNLESS_TAGGED = frozenset(("steps", "pedestrian", "footway"))
_FOOT_TAGS = ("foot", "access")
_CYCLE_TAGS = ("bicycle", "vehicle", "access")
_DRIVE_TAGS = ("motorcar", "motor_vehicle", "vehicle", "access")
# These values do not say whether the way is open: the next tag decides.
_NO_ANSWER = frozenset(("", "dismount", "use_sidepath"))

_FORWARD = frozenset(("yes", "true", "1"))
_BACKWARD = frozenset(("-1", "reverse", "\N{MINUS SIGN}1"))
_ROUND = frozenset(("roundabout", "circular"))

_KMH_PER = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z/]*)")
# "Walking pace" on a sign; routers use 5 to 7.
_WALKING_PACE_KMH = 6.0


class EdgeClass(NamedTuple):
    """Class, permissions, directions and speed of one way by its tags.

    Attributes
    ----------
    highway : str
        The class; ``ferry`` for a ferry, empty where unknown.
    foot, cycle, drive : int
        CLOSED, OPEN or PRIVATE of `geo.roads.roads`.
    oneway_cycle, oneway_drive : int
        1 along the way only, -1 against it only, 0 both.
    maxspeed_kmh : float
        The lowest signed speed, NaN where none.
    """

    highway: str
    foot: int
    cycle: int
    drive: int
    oneway_cycle: int
    oneway_drive: int
    maxspeed_kmh: float


def classify(tags: Mapping[str, str]) -> EdgeClass:
    """Permissions, one-ways and signed speed of a way with these OSM tags.

    Parameters
    ----------
    tags : mapping of str to str
        OSM tags; only `ACCESS_TAGS` are read. Without ``highway`` (an edge table that has no such
        column) every mode may use the way as far as its other tags allow; a ferry
        (``route=ferry``) is closed to all.
    """
    highway = tags.get("highway", "").split(";")[0].strip()
    oneway_cycle, oneway_drive = _oneways(tags)
    speed_kmh = _maxspeed(tags.get("maxspeed", ""))
    if highway == "ferry" or (not highway and tags.get("route") == "ferry"):
        return EdgeClass("ferry", CLOSED, CLOSED, CLOSED, oneway_cycle, oneway_drive, speed_kmh)
    parent = parent_class(highway)
    motorroad = parent == "trunk" and tags.get("motorroad") == "yes"
    excluded = parent in _NO_FOOT or motorroad
    foot = CLOSED if excluded else _permission(tags, _FOOT_TAGS)
    cycle = CLOSED if excluded else _permission(tags, _CYCLE_TAGS)
    if highway in _NO_CYCLE_UNLESS_TAGGED and not _opens(tags.get("bicycle", "")):
        cycle = CLOSED
    by_car = not highway or parent in DRIVE_CLASSES
    drive = _permission(tags, _DRIVE_TAGS) if by_car else CLOSED
    return EdgeClass(highway, foot, cycle, drive, oneway_cycle, oneway_drive, speed_kmh)


def _permission(tags: Mapping[str, str], keys: tuple[str, ...]) -> int:
    """The permission by the first tag of `keys` that decides; OPEN where none does."""
    for key in keys:
        value = tags.get(key, "")
        if value in _NO_ANSWER:
            continue
        return {"no": CLOSED, "private": PRIVATE}.get(value, OPEN)
    return OPEN


def _opens(value: str) -> bool:
    return value not in _NO_ANSWER and value not in ("no", "private")


def _oneways(tags: Mapping[str, str]) -> tuple[int, int]:
    """One-way of cycles and of cars."""
    value = tags.get("oneway", "").lower()
    drive = _direction(value) if value else int(tags.get("junction", "") in _ROUND)
    own = tags.get("oneway:bicycle", "").lower()
    return (_direction(own) if own else drive), drive


def _direction(value: str) -> int:
    return 1 if value in _FORWARD else -1 if value in _BACKWARD else 0


def _maxspeed(value: str) -> float:
    """km/h of ``50``, ``30 mph``, ``walk``, ``50;30``, ``['50', '30']``; NaN for anything else."""
    speeds = []
    for part in re.split(r"[;,|]", value.lower()):
        text = part.strip(" []'\"")
        if text == "walk":
            speeds.append(_WALKING_PACE_KMH)
        elif (match := _SPEED.fullmatch(text)) and match[2] in _KMH_PER:
            speeds.append(float(match[1]) * _KMH_PER[match[2]])
    return min((speed for speed in speeds if speed > 0), default=float("nan"))
