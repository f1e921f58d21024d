"""OSM elements as any of its dialects writes them, and the plain file that osmium reads.

Editors and download services write files that osmium cannot read as they are: negative ids,
deleted objects, coordinates within ways and relations, elements in any order, JSON. `Elements`
collects what such a file contains and writes it as OPL, osmium's line format: nodes, ways and
relations in this order, each numbered from 1, without deleted objects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "Element", "Elements", "Member", "OriginalIds", "Vertex", "place_of", "whole"]

Place = tuple[float, float]
# Ids of the elements of a written file: row ``number - 1`` is the original id, by n, w and r.
OriginalIds = dict[str, NDArray[np.int64]]

KINDS = {"node": "n", "way": "w", "relation": "r"}

# OpenStreetMap keeps 1e-7 degrees.
_STEPS_PER_DEGREE = 1e7
_HIDDEN = re.compile(r"[^A-Za-z0-9_]")


class Vertex(NamedTuple):
    """One node of a way: its id, its longitude and latitude, or both."""

    ref: int | None
    place: Place | None


@dataclass(frozen=True)
class Member:
    """A member of a relation, with its geometry where the file states it there."""

    kind: str
    ref: int
    role: str = ""
    place: Place | None = None
    vertices: list[Vertex] = field(default_factory=list)


@dataclass
class Element:
    """One node, way or relation as the file writes it."""

    kind: str
    id: int | None
    tags: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    vertices: list[Vertex] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    centre: Place | None = None
    deleted: bool = False


@dataclass
class Elements:
    """What a file contains.

    Attributes
    ----------
    nodes, ways, relations : dict of int to Element
        By their ids, in file order.
    deleted : int
        Objects that the file marks as deleted; they are left out.
    unreadable : int
        Elements of an unknown type or without an id.
    remark : str
        What the server says about an incomplete answer.
    """

    nodes: dict[int, Element] = field(default_factory=dict)
    ways: dict[int, Element] = field(default_factory=dict)
    relations: dict[int, Element] = field(default_factory=dict)
    deleted: int = 0
    unreadable: int = 0
    remark: str = ""

    def add(self, element: Element) -> None:
        """Add an element; of two with one id, what either lacks comes from the other."""
        by_id = {"node": self.nodes, "way": self.ways, "relation": self.relations}.get(element.kind)
        if by_id is None or element.id is None:
            self.unreadable += 1
        elif element.deleted:
            self.deleted += 1
        elif element.id in by_id:
            _complete(by_id[element.id], element)
        else:
            by_id[element.id] = element

    @property
    def nodes_without_place(self) -> int:
        """Nodes for which the file has no coordinates, here or in a way; final after `write`."""
        return sum(item.place is None for item in self.nodes.values())

    @property
    def centres(self) -> dict[str, Place]:
        """The centres that the file states, by ``w12`` and ``r12``."""
        both = (*self.ways.values(), *self.relations.values())
        return {f"{KINDS[item.kind]}{item.id}": item.centre for item in both if item.centre}

    def write(self, path: Path) -> OriginalIds:
        """Write the elements as OPL and return their original ids.

        Ways and nodes that only a relation or a way describes are written after the others. A
        vertex without an id is one node with all such vertices at its place (1e-7 degree).
        """
        ways = [*self.ways.values(), *self._ways_of_members()]
        for ref, place in (vertex for way in ways for vertex in way.vertices):
            if ref in self.nodes:
                self.nodes[ref].place = self.nodes[ref].place or place
        nodes = _Nodes(self.nodes)
        refs = [[nodes.number(vertex) for vertex in way.vertices] for way in ways]
        numbers: dict[str, dict[int | None, int]] = {
            "node": nodes.numbers,
            "way": {way.id: at for at, way in enumerate(ways, start=1)},
            "relation": {key: at for at, key in enumerate(self.relations, start=1)},
        }
        with path.open("w", encoding="ascii", newline="\n") as handle:
            for at, (place, tags) in enumerate(nodes.written, start=1):
                handle.write(f"n{at}{_tags(tags)} x{place[0]:.7f} y{place[1]:.7f}\n")
            for at, (way, of) in enumerate(zip(ways, refs, strict=True), start=1):
                listed = ",".join(f"n{ref or len(nodes.written) + 1}" for ref in of)
                handle.write(f"w{at}{_tags(way.tags)} N{listed}\n")
            for at, relation in enumerate(self.relations.values(), start=1):
                listed = ",".join(_member(member, numbers) for member in relation.members)
                handle.write(f"r{at}{_tags(relation.tags)} M{listed}\n")
        return {
            "n": np.array(nodes.ids, dtype=np.int64),
            "w": np.array([way.id for way in ways], dtype=np.int64),
            "r": np.array(list(self.relations), dtype=np.int64),
        }

    def _ways_of_members(self) -> Iterator[Element]:
        """Ways that the file gives only within relations; those it also lists get vertices."""
        found: dict[int, Element] = {}
        for relation in self.relations.values():
            for member in relation.members:
                if member.kind == "node" and member.place:
                    lacking = Element("node", member.ref, place=member.place)
                    _complete(self.nodes.setdefault(member.ref, lacking), lacking)
                if member.kind != "way" or not member.vertices:
                    continue
                if member.ref in self.ways:
                    listed = self.ways[member.ref]
                    listed.vertices = listed.vertices or member.vertices
                else:
                    lacking = Element("way", member.ref, vertices=member.vertices)
                    found.setdefault(member.ref, lacking)
        return iter(found.values())


def place_of(lon: Any, lat: Any) -> Place | None:
    """Longitude and latitude as numbers, None where they are no coordinates in degrees."""
    if lon is None or lat is None:
        return None
    try:
        x, y = float(lon), float(lat)
    except (TypeError, ValueError):
        return None
    inside = math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90
    return (x, y) if inside else None


def whole(value: Any) -> int | None:
    """An id as an integer of 64 bits, None for anything else."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 2**63 and not isinstance(value, bool) else None


class _Nodes:
    """The nodes to be written, numbered from 1, and the number of every vertex."""

    def __init__(self, nodes: dict[int, Element]) -> None:
        self.written: list[tuple[Place, dict[str, str]]] = []
        self.ids: list[int] = []
        self.numbers: dict[int | None, int] = {}
        self._by_place: dict[tuple[int, int], int] = {}
        for item in nodes.values():
            if item.place is not None:
                self.numbers[item.id] = self._add(item.place, item.tags, item.id or 0)

    def number(self, vertex: Vertex) -> int:
        """The number of a vertex's node, 0 where the file has no place for it."""
        if vertex.ref is not None and vertex.ref in self.numbers:
            return self.numbers[vertex.ref]
        if vertex.place is None:
            return 0
        if vertex.ref is not None:
            self.numbers[vertex.ref] = self._add(vertex.place, {}, vertex.ref)
            return self.numbers[vertex.ref]
        lon, lat = vertex.place
        step = (round(lon * _STEPS_PER_DEGREE), round(lat * _STEPS_PER_DEGREE))
        if step not in self._by_place:
            self._by_place[step] = self._add(vertex.place, {}, 0)
        return self._by_place[step]

    def _add(self, place: Place, tags: dict[str, str], original: int) -> int:
        self.written.append((place, tags))
        self.ids.append(original)
        return len(self.ids)


def _complete(first: Element, other: Element) -> None:
    first.tags = first.tags or other.tags
    first.place = first.place or other.place
    first.vertices = first.vertices or other.vertices
    first.members = first.members or other.members
    first.centre = first.centre or other.centre


def _member(member: Member, numbers: dict[str, dict[int | None, int]]) -> str:
    """A member as OPL; one that the file does not contain gets a number that no element has."""
    known = numbers[member.kind]
    number = known.get(member.ref, len(known) + 1)
    return f"{KINDS[member.kind]}{number}@{_hidden(member.role)}"


def _tags(tags: dict[str, str]) -> str:
    if not tags:
        return ""
    return " T" + ",".join(f"{_hidden(key)}={_hidden(value)}" for key, value in tags.items())


@lru_cache(maxsize=10_000)
def _hidden(text: str) -> str:
    """Separators, and all but plain letters and digits, by their code points."""
    return _HIDDEN.sub(lambda sign: f"%{ord(sign[0]):x}%", text)
