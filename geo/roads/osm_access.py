"""Who may use a way: OSM tags to permissions, one-way directions, joining and the signed speed.

The class decides first (`geo.roads.highways`), then the tags of the mode, from the most specific to
the most general. An opening tag opens only classes that are listed for the mode. A word that is not
understood changes nothing and is named in `EdgeClass.not_understood`, so that readers can count it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from geo.roads.highways import (
    CLOSED_CLASSES,
    CYCLE_CLASSES,
    CYCLE_CLASSES_BY_TAG,
    DESTINATION_CLASSES,
    DRIVE_CLASSES,
    FERRY,
    FOOT_CLASSES,
    class_name,
    parent_class,
)
from geo.roads.roads import ALONG, AT_ENDS, CLOSED, NOWHERE, OPEN, PRIVATE

__all__ = ["ACCESS_TAGS", "EdgeClass", "classify"]

_FOOT_KEYS = ("foot", "access")
_CYCLE_KEYS = ("bicycle", "vehicle", "access")
_DRIVE_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CYCLEWAYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
_CYCLEWAY_ONEWAYS = ("cycleway:left:oneway", "cycleway:right:oneway")
_DIRECTIONAL = ("foot", "bicycle", "vehicle", "motor_vehicle", "motorcar")

# Every tag that `classify` reads; readers keep only these.
ACCESS_TAGS = (
    "highway",
    "route",
    *_DIRECTIONAL,
    "access",
    "motorroad",
    "junction",
    "service",
    "tunnel",
    "bridge",
    "oneway",
    *(f"oneway:{mode}" for mode in _DIRECTIONAL),
    *(f"{mode}:forward" for mode in _DIRECTIONAL),
    *(f"{mode}:backward" for mode in _DIRECTIONAL),
    *_CYCLEWAYS,
    *_CYCLEWAY_ONEWAYS,
    "maxspeed",
)

_YES = frozenset(("yes", "designated", "permissive"))
# Walkers and cycles: their signs are also mapped as official.
_OPENING = {"foot": _YES | {"official"}, "bicycle": _YES | {"official"}}
_CLOSING = frozenset(
    (
        "no",
        "use_sidepath",
        "agricultural",
        "forestry",
        "military",
        "emergency",
        "psv",
        "bus",
        "delivery",
    )
)
_DESTINATION = frozenset(("private", "permit", "residents", "customers", "destination"))
# Says how to pass, and not whether one may: the next tag decides.
_NEUTRAL = frozenset(("dismount",))
_SERVICE_WITHOUT_CARS = "emergency_access"

# F, T and B are Geofabrik's: from the first point to the last, against it, both.
_FORWARD = frozenset(("yes", "true", "1", "f"))
_MINUS = "-\N{MINUS SIGN}\N{EN DASH}\N{FULLWIDTH HYPHEN-MINUS}"
_BACKWARD = frozenset(("reverse", "t", *(f"{sign}1" for sign in _MINUS)))
_BOTH = frozenset(("no", "false", "0", "b"))
# The direction changes by the hour: closed to cars, and no one-way for cycles.
_CHANGING = frozenset(("reversible", "alternating"))
_CHANGES = 2
_ROUND = frozenset(("roundabout", "circular"))
_FALSE = frozenset(("", "no", "false", "0", "f"))
_OPEN_TUNNELS = frozenset(("building_passage", "covered"))
_OPEN_BRIDGES = frozenset(("boardwalk",))

_STRICTNESS = (CLOSED, PRIVATE, OPEN)
_LIST = re.compile(r"[;,|\[\]'\"]")
_KMH_PER = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z/]*)")
# Signs without a number: none, variable, and the legal default of a country ("CN:urban").
_NO_NUMBER = re.compile(r"none|signals|variable|implicit|unknown|[a-z]{2}:.*|-?\d+(\.\d+)?")
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
    oneway_foot, oneway_cycle, oneway_drive : int
        1 along the way only, -1 against it only, 0 both.
    maxspeed_kmh : float
        The lowest signed speed, NaN where none.
    attachable : int
        ALONG, AT_ENDS (bridge, tunnel) or NOWHERE (motorway, motorroad, ferry) of
        `geo.roads.roads`: where points attach to the way.
    not_understood : tuple of str
        Tags whose value is unknown, as ``access=maybe``.
    """

    highway: str
    foot: int
    cycle: int
    drive: int
    oneway_foot: int
    oneway_cycle: int
    oneway_drive: int
    maxspeed_kmh: float
    attachable: int
    not_understood: tuple[str, ...] = ()


def classify(tags: Mapping[str, str]) -> EdgeClass:
    """Permissions, one-ways, joining and signed speed of a way with these OSM tags.

    Parameters
    ----------
    tags : mapping of str to str
        OSM tags with lower-case keys; only `ACCESS_TAGS` are read. An empty ``highway`` (a row
        without a class in a table that has classes) is closed to all; without ``highway`` (a table
        that has no classes) every mode may use the way as far as its other tags allow. A ferry
        (``route=ferry``) is closed to all.

    Examples
    --------
    >>> way = classify({"highway": "primary", "motorroad": "yes", "access": "maybe"})
    >>> way.foot, way.drive, way.attachable, way.not_understood
    (0, 1, 0, ('access=maybe',))
    """
    return _Way(tags).classified()


class _Way:
    """The tags of one way, while they are read."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        self._tags = tags
        self._not_understood: list[str] = []
        self._motorroad = self._is("motorroad")
        names = [class_name(name) for name in _LIST.split(tags.get("highway", ""))]
        # Several classes: a way that OSMnx joined. The strictest permission counts.
        self._classes = [name for name in names if name] or [""]
        self._ferry = FERRY in (self._classes[0], self._words("route")[0])

    def classified(self) -> EdgeClass:
        oneway_foot = self._oneway(("foot",), implied=0)
        oneway_cycle, oneway_drive = self._oneways()
        foot, cycle, drive = (
            self._permission("foot", _FOOT_KEYS, FOOT_CLASSES),
            self._permission("bicycle", _CYCLE_KEYS, CYCLE_CLASSES),
            self._permission("motorcar", _DRIVE_KEYS, DRIVE_CLASSES),
        )
        if oneway_drive == _CHANGES:
            drive, oneway_drive = CLOSED, 0
        speed_kmh = self._maxspeed()
        if self._ferry:
            foot = cycle = drive = CLOSED
        else:
            self._name_unknown_classes()
        return EdgeClass(
            FERRY if self._ferry else self._classes[0],
            foot,
            cycle,
            drive,
            0 if oneway_foot == _CHANGES else oneway_foot,
            0 if oneway_cycle == _CHANGES else oneway_cycle,
            oneway_drive,
            speed_kmh,
            self._attachable(),
            tuple(dict.fromkeys(self._not_understood)),
        )

    def _words(self, key: str) -> list[str]:
        """The values of a tag in lower case; one empty text where it has none."""
        parts = (part.strip().lower() for part in _LIST.split(self._tags.get(key, "")))
        return [part for part in parts if part] or [""]

    def _is(self, key: str) -> bool:
        """Whether a tag says yes, in any way but by the words for no."""
        return any(word not in _FALSE for word in self._words(key))

    def _doubt(self, key: str, word: str) -> None:
        self._not_understood.append(f"{key}={word}")

    def _name_unknown_classes(self) -> None:
        known = FOOT_CLASSES | DRIVE_CLASSES | CLOSED_CLASSES | {""}
        for name in self._classes:
            if not _is_listed(name, known):
                self._doubt("highway", name)

    def _permission(self, own: str, keys: tuple[str, ...], listed: frozenset[str]) -> int:
        """The permission of a mode, the strictest over the classes of the way."""
        decided_by, answer = self._answer(own, keys)
        by_own_tag = answer == OPEN and decided_by in (own, "motor_vehicle")
        by_class = []
        for name in self._classes:
            by_tag = own == "bicycle" and by_own_tag and name in CYCLE_CLASSES_BY_TAG
            no_class = not name and "highway" not in self._tags
            if not (no_class or _is_listed(name, listed) or by_tag):
                return CLOSED
            destination = own == "motorcar" and (
                parent_class(name) in DESTINATION_CLASSES and not by_own_tag
            )
            by_class.append(PRIVATE if destination and answer == OPEN else answer)
        shut = self._motorroad and own != "motorcar"
        shut |= own == "motorcar" and _SERVICE_WITHOUT_CARS in self._words("service")
        if shut and not by_own_tag:
            return CLOSED
        return min(by_class, key=_STRICTNESS.index)

    def _answer(self, own: str, keys: tuple[str, ...]) -> tuple[str, int]:
        """The first tag of `keys` that decides, and what it says; "" and OPEN where none does."""
        opening = _OPENING.get(own, _YES)
        decided = ("", OPEN)
        for key in keys:
            answers = []
            for word in self._words(key):
                if word in _CLOSING:
                    answers.append(CLOSED)
                elif word in _DESTINATION:
                    answers.append(PRIVATE)
                elif word in opening:
                    answers.append(OPEN)
                elif word and word not in _NEUTRAL and word not in _OPENING["foot"]:
                    self._doubt(key, word)
            if answers and not decided[0]:
                decided = (key, min(answers, key=_STRICTNESS.index))
        return decided

    def _oneways(self) -> tuple[int, int]:
        """One-way of cycles and of cars."""
        round_ = any(word in _ROUND for word in self._words("junction"))
        implied = int(round_ or "motorway" in self._classes)
        drive = self._oneway(("motorcar", "motor_vehicle", "vehicle", ""), implied=implied)
        cycle = self._oneway(("bicycle",), implied=_CHANGES + 1)
        if cycle > _CHANGES:
            cycle = self._oneway(("vehicle", ""), implied=implied)
            if self._contraflow():
                cycle = 0
        return cycle, drive

    def _oneway(self, modes: tuple[str, ...], *, implied: int) -> int:
        """The direction that the first mode with a statement has, `implied` where none has one."""
        for mode in modes:
            key = f"oneway:{mode}" if mode else "oneway"
            for word in self._words(key):
                if word in _FORWARD | _BACKWARD | _BOTH:
                    return 1 if word in _FORWARD else -1 if word in _BACKWARD else 0
                if word in _CHANGING:
                    return _CHANGES
                if word:
                    self._doubt(key, word)
            if mode and "no" in self._words(f"{mode}:backward"):
                return 1
            if mode and "no" in self._words(f"{mode}:forward"):
                return -1
        return implied

    def _contraflow(self) -> bool:
        """Whether cycles may ride against a one-way."""
        if any(word in _OPENING["bicycle"] for word in self._words("bicycle:backward")):
            return True
        lanes = (word for key in _CYCLEWAYS for word in self._words(key))
        own = (word for key in _CYCLEWAY_ONEWAYS for word in self._words(key))
        return any(word.startswith("opposite") for word in lanes) or any(
            word in _BACKWARD or word == "no" for word in own
        )

    def _attachable(self) -> int:
        on_motorway = any(parent_class(name) == "motorway" for name in self._classes)
        if self._ferry or on_motorway or self._motorroad:
            return NOWHERE
        tunnel = set(self._words("tunnel")) - _FALSE - _OPEN_TUNNELS
        bridge = set(self._words("bridge")) - _FALSE - _OPEN_BRIDGES
        return AT_ENDS if tunnel or bridge else ALONG

    def _maxspeed(self) -> float:
        """km/h of ``50``, ``30 mph``, ``walk``, ``50;30``, ``['50', '30']``; else NaN."""
        speeds = []
        for text in self._words("maxspeed"):
            match = _SPEED.fullmatch(text)
            if text == "walk":
                speeds.append(_WALKING_PACE_KMH)
            elif match and match[2] in _KMH_PER:
                speeds.append(float(match[1]) * _KMH_PER[match[2]])
            elif text and not _NO_NUMBER.fullmatch(text):
                self._doubt("maxspeed", text)
        return min((speed for speed in speeds if speed > 0), default=float("nan"))


def _is_listed(name: str, listed: frozenset[str]) -> bool:
    """Whether a class, or the class of cars whose link it is, is among `listed`."""
    parent = parent_class(name)
    return name in listed or (parent in DRIVE_CLASSES and parent in listed)
