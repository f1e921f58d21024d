"""Which columns of a road table hold which OSM tag, and which of them cannot be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.roads.osm_access import ACCESS_TAGS

__all__ = ["RoadColumns", "find_road_columns", "packed_tags"]

_OWN = ("id", "u", "v", "length_m", "speed_kmh")
# Other names of a tag: Geofabrik's classes, and the ids of OSM's ways.
_ALIASES = {
    "highway": ("fclass",),
    "id": ("osm_id", "osmid", "@id", "full_id"),
}
# A DBF cuts names to ten bytes.
_DBF_LENGTH = 10
_SEPARATORS = re.compile(r"[:.\s\-]+")
# Names of columns that hold a speed, a direction or a class. Signs that hold at some hours or on
# some lanes are not modelled, which docs/method.md says.
_SPEED = re.compile(r".*(speed|km_?h|kph|mph|限速|速度|时速|车速).*|maxspe.*")
_DIRECTION = re.compile(
    r".*(one_?way|单行|单向|通行方向|行驶方向).*|(traffic_?|flow_?)?dir(ection)?"
)
_CLASS = re.compile(
    r"(road|func|functional|street)?_?(type|class|kind|category|fc|level)|.*道路(等级|类型|类别).*"
)
_NOT_MODELLED = re.compile(
    r".*(conditional|lanes|source|advisory|variable|practical).*|maxspeed_.*"
)
_PACKED = ("other_tags", "tags", "all_tags")
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class RoadColumns:
    """The columns of one road table.

    Attributes
    ----------
    of : dict of str to str
        Tag (or `id`, `u`, `v`, `length_m`, `speed_kmh`) → column.
    unread : tuple of str
        Columns that seem to hold a speed, a direction or a class, and that are not read.
    """

    of: dict[str, str]
    unread: tuple[str, ...]


def find_road_columns(names: Iterable[str]) -> RoadColumns:
    """Find the columns by their names, whatever their case, separators and cuts of a DBF.

    Examples
    --------
    >>> find_road_columns(["FCLASS", "motor_vehi", "speed"])
    RoadColumns(of={'highway': 'FCLASS', 'motor_vehicle': 'motor_vehi'}, unread=('speed',))
    """
    columns = [str(name) for name in names]
    wanted = (*ACCESS_TAGS, *_OWN)
    folded = {_folded(name): name for name in reversed(columns)}
    of: dict[str, str] = {}
    for tag in wanted:
        if tag in columns:
            of[tag] = tag
            continue
        for other in (_folded(tag), *_ALIASES.get(tag, ())):
            if other in folded and folded[other] not in of.values():
                of[tag] = folded[other]
                break
    for tag, name in _cut_names(columns, {tag for tag in wanted if tag not in of}).items():
        if name not in of.values():
            of[tag] = name
    used = set(of.values())
    has_class = "highway" in of
    unread = [name for name in columns if name not in used and _seems_read(name, has_class)]
    return RoadColumns(of, tuple(unread))


def _folded(name: str) -> str:
    return _SEPARATORS.sub("_", name.strip().lower())


def _cut_names(columns: Sequence[str], missing: set[str]) -> dict[str, str]:
    """Columns of ten letters that one tag only begins with."""
    found = {}
    for name in columns:
        if len(name) == _DBF_LENGTH:
            fitting = [tag for tag in ACCESS_TAGS if _folded(tag).startswith(_folded(name))]
            # `motor_vehicle:forward` begins with the same letters, but belongs to `motor_vehicle`.
            shortest = min(fitting, key=len, default="")
            if all(tag.startswith(shortest) for tag in fitting) and shortest in missing:
                found[shortest] = name
    return found


def _seems_read(name: str, has_class: bool) -> bool:
    """Whether a user would think that a column decides about speed, direction or class."""
    text = _folded(name)
    if _NOT_MODELLED.fullmatch(text):
        return False
    if len(name) == _DBF_LENGTH and any(_folded(tag).startswith(text) for tag in ACCESS_TAGS):
        return True
    if _SPEED.fullmatch(text) or _DIRECTION.fullmatch(text):
        return True
    return not has_class and bool(_CLASS.fullmatch(text))


def packed_tags(frame: pd.DataFrame) -> dict[str, NDArray[np.object_]]:
    """Tags that a single column holds, as GDAL (`other_tags`) and pyrosm (`tags`) write them.

    Parameters
    ----------
    frame : DataFrame (n rows)
        Columns of text.

    Returns
    -------
    dict of tag to text (n)
        Only tags of `ACCESS_TAGS` that occur; empty where a row does not carry them.
    """
    found: dict[str, NDArray[np.object_]] = {}
    for name in frame.columns:
        if str(name).strip().lower() not in _PACKED:
            continue
        row_of, texts = pd.factorize(frame[name].astype(str))
        pairs = [_pairs(text) for text in texts]
        for tag in ACCESS_TAGS:
            values = np.array([pair.get(tag, "") for pair in pairs], dtype=object)
            if (values != "").any():
                found.setdefault(tag, values[row_of])
    return found


def _pairs(text: str) -> dict[str, str]:
    """``"oneway"=>"yes"`` or ``{"oneway": "yes"}`` as a dict with keys in lower case."""
    if text.startswith("{"):
        try:
            read = json.loads(text)
        except ValueError:
            return {}
        return {str(key).lower(): str(value) for key, value in read.items() if value is not None}
    pairs = _HSTORE.findall(text)
    return {_unescaped(key).lower(): _unescaped(value) for key, value in pairs}


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
