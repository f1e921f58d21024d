"""Who may use a way, once more: the tables of docs/method.md, read mode by mode and word by word.

Written without a look at `geo.roads.osm_access`, as a list of statements: each tag gives verdicts,
and the verdict of the first tag that has one counts.
"""

from __future__ import annotations

from typing import NamedTuple

_LINKED = ["motorway", "trunk", "primary", "secondary", "tertiary"]
_CAR = [*_LINKED, "unclassified", "residential", "living_street", "service", "road", "track"]
_CAR += [f"{name}_link" for name in _CAR]
_WALK_ONLY = ["steps", "pedestrian", "footway", "corridor", "elevator", "platform"]
_WALK = [name for name in _CAR if not name.startswith("motorway")]
_WALK += [*_WALK_ONLY, "path", "cycleway", "bridleway"]
_CLOSE = [
    "no",
    "use_sidepath",
    "agricultural",
    "forestry",
    "military",
    "emergency",
    "psv",
    "bus",
    "delivery",
]
_LIMIT = ["private", "permit", "residents", "customers", "destination"]
_OPEN = ["yes", "designated", "permissive"]


class Permissions(NamedTuple):
    """0 closed, 1 open, 2 destination only; directions as in `Roads`."""

    foot: int
    cycle: int
    drive: int
    oneway_foot: int
    oneway_cycle: int
    oneway_drive: int
    attachable: int


def permissions(tags: dict[str, str]) -> Permissions:
    """The permissions of a way with single values in lower case and a class."""
    name = tags["highway"]
    name = {"unknown": "road"}.get(name, "track" if name.startswith("track_grade") else name)
    if name == "ferry" or tags.get("route") == "ferry":
        foot = cycle = drive = 0
    else:
        foot = _mode(tags, name, _WALK, ["foot", "access"], "foot", [*_OPEN, "official"])
        by_tag = tags.get("bicycle") in [*_OPEN, "official"]
        classes = [item for item in _WALK if item not in _WALK_ONLY]
        classes += ["steps", "pedestrian", "footway"] if by_tag else []
        keys = ["bicycle", "vehicle", "access"]
        cycle = _mode(tags, name, classes, keys, "bicycle", [*_OPEN, "official"])
        keys = ["motorcar", "motor_vehicle", "vehicle", "access"]
        drive = _mode(tags, name, _CAR, keys, "motorcar", _OPEN)
        if tags.get("service") == "emergency_access" and not _opened(
            tags, ["motorcar", "motor_vehicle"]
        ):
            drive = 0
        if name in ("track", "track_link") and drive == 1:
            drive = 1 if _opened(tags, ["motorcar", "motor_vehicle"]) else 2
    drive_way = _way(tags, name, ["motorcar", "motor_vehicle", "vehicle"])
    if drive_way == "changes":
        drive, drive_way = 0, 0
    return Permissions(
        foot,
        cycle,
        drive,
        _number(_own(tags, "foot"), 0),
        _cycle_way(tags, name),
        _number(drive_way, 0),
        _attachable(tags, name),
    )


def _opened(tags: dict[str, str], keys: list[str]) -> bool:
    for key in keys:
        word = tags.get(key, "")
        if word in _OPEN:
            return True
        if word in _CLOSE or word in _LIMIT:
            return False
    return False


def _mode(
    tags: dict[str, str],
    name: str,
    classes: list[str],
    keys: list[str],
    own: str,
    opening: list[str],
) -> int:
    if name not in classes:
        return 0
    verdicts: list[tuple[str, int]] = []
    for key in keys:
        word = tags.get(key, "")
        verdicts += [(key, 0)] if word in _CLOSE else []
        verdicts += [(key, 2)] if word in _LIMIT else []
        verdicts += [(key, 1)] if word in opening else []
    key, verdict = verdicts[0] if verdicts else ("", 1)
    if own != "motorcar" and _true(tags.get("motorroad", "")) and not (key == own and verdict == 1):
        return 0
    return verdict


def _true(word: str) -> bool:
    return word not in ("", "no", "false", "0", "f")


def _direction(word: str) -> object:
    if word in ("yes", "true", "1", "f"):
        return 1
    if word in ("-1", "reverse", "t", "\u22121", "\u20131"):
        return -1
    if word in ("no", "false", "0", "b"):
        return 0
    return "changes" if word in ("reversible", "alternating") else None


def _own(tags: dict[str, str], mode: str) -> object:
    said = _direction(tags.get(f"oneway:{mode}", ""))
    if said is None and tags.get(f"{mode}:backward") == "no":
        return 1
    if said is None and tags.get(f"{mode}:forward") == "no":
        return -1
    return said


def _way(tags: dict[str, str], name: str, modes: list[str]) -> object:
    for mode in modes:
        if (said := _own(tags, mode)) is not None:
            return said
    said = _direction(tags.get("oneway", ""))
    if said is not None:
        return said
    return 1 if name == "motorway" or tags.get("junction") in ("roundabout", "circular") else 0


def _cycle_way(tags: dict[str, str], name: str) -> int:
    if (own := _own(tags, "bicycle")) is not None:
        return _number(own, 0)
    if tags.get("bicycle:backward") in [*_OPEN, "official"]:
        return 0
    for side in ("", ":left", ":right", ":both"):
        if tags.get(f"cycleway{side}", "").startswith("opposite"):
            return 0
    for side in ("left", "right"):
        if _direction(tags.get(f"cycleway:{side}:oneway", "")) == -1:
            return 0
        if tags.get(f"cycleway:{side}:oneway") == "no":
            return 0
    return _number(_way(tags, name, ["vehicle"]), 0)


def _number(said: object, otherwise: int) -> int:
    return said if isinstance(said, int) else otherwise


def _attachable(tags: dict[str, str], name: str) -> int:
    """1 along the way, 2 at its ends, 0 nowhere."""
    if name in ("motorway", "motorway_link", "ferry") or tags.get("route") == "ferry":
        return 0
    if _true(tags.get("motorroad", "")):
        return 0
    if _true(tags.get("tunnel", "")) and tags["tunnel"] not in ("building_passage", "covered"):
        return 2
    return 2 if _true(tags.get("bridge", "")) and tags["bridge"] != "boardwalk" else 1
