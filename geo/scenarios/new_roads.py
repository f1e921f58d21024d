"""New roads of a scenario: lines joined to the roads of the study where they share a vertex.

An end that shares no vertex joins the nearest road within `JOIN_WITHIN_M`, as someone who draws it
means: of the roads open to somebody who may use the new one, so that a path beside a motorway joins
the street behind it. The new roads before it are among them. Roads that a new line merely crosses
are not joined, as in a file of roads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.readers.roads.assemble import geodesic_lengths
from geo.roads.osm_access import classify
from geo.roads.roads import CLOSED, Roads
from geo.roads.shared_vertices import same_places, split_at_nodes
from geo.scenarios.changes import AddRoad

__all__ = ["JOIN_WITHIN_M", "LooseEnd", "RoadsWithNew", "add_roads", "joined_line", "loose_ends"]

JOIN_WITHIN_M = 30.0

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MODES = ("foot", "cycle", "drive")
_SHAPE = ("lonlat", "start", "u", "v", "node_lonlat", "length_m")


@dataclass(frozen=True)
class RoadsWithNew:
    """Roads with new ones among them.

    Attributes
    ----------
    roads : Roads
    edge_of : int64 (n)
        The former edge that each edge is, or is a piece of; -1 for new ones.
    """

    roads: Roads
    edge_of: Ints

    def overrides(self, rows: pd.DataFrame | None) -> pd.DataFrame | None:
        """Overrides of the former edges, for their pieces; minutes are shared by length."""
        if rows is None or not len(rows):
            return rows
        order = np.argsort(self.edge_of, kind="stable")
        sorted_edges = self.edge_of[order]
        edges = rows["edge_index"].to_numpy(np.int64)
        first = np.searchsorted(sorted_edges, edges)
        counts = np.searchsorted(sorted_edges, edges, side="right") - first
        pieces = order[ranges(first, counts)]
        found = rows.loc[rows.index.repeat(counts)].reset_index(drop=True)
        lengths = self.roads.length_m[pieces]
        of_row = np.repeat(np.arange(len(rows)), counts)
        whole = np.bincount(of_row, lengths, minlength=len(rows))[of_row]
        share = np.divide(lengths, whole, out=1.0 / counts[of_row], where=whole > 0)
        minutes = found["minutes"].to_numpy(np.float64)
        shared = np.where(counts[of_row] > 1, minutes * share, minutes)
        return found.assign(edge_index=pieces.astype(np.int64), minutes=shared)


@dataclass(frozen=True)
class LooseEnd:
    """An end of a new road that joins no road.

    Attributes
    ----------
    number : int
        Of its vertex, from 1.
    place : (float, float)
        The nearest place of a road that it could join, in degrees.
    distance_m : float
        The way there.
    """

    number: int
    place: tuple[float, float]
    distance_m: float


def add_roads(roads: Roads, changes: Sequence[AddRoad]) -> RoadsWithNew:
    """Add roads; former edges are cut where a new one joins them.

    Parameters
    ----------
    changes : sequence of AddRoad
        Not empty. A road without an id gets ``+1``, ``+2``, ….
    """
    roads, drawn = _joined(roads, changes)
    lonlat = np.concatenate([roads.lonlat, *drawn])
    counts = np.concatenate([np.diff(roads.start), [len(line) for line in drawn]])
    line_of = np.repeat(np.arange(len(counts)), counts)
    refs, repeated = _refs(roads, lonlat, line_of)
    at = np.flatnonzero(~repeated)
    first, last, node_of, node_at = split_at_nodes(refs[at], line_of[at])
    row = line_of[at[first]]
    sizes = last - first + 1
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    vertices = lonlat[at][ranges(first, sizes)]
    table = _with_rows(roads, changes)
    shape = {
        "lonlat": np.ascontiguousarray(vertices),
        "start": start,
        "u": node_of[first].astype(np.int32),
        "v": node_of[last].astype(np.int32),
        "node_lonlat": np.ascontiguousarray(lonlat[at][node_at]),
        "length_m": _lengths(roads, vertices, start, row),
    }
    rest = {f.name: table[f.name][row] for f in fields(Roads) if f.name not in _SHAPE}
    return RoadsWithNew(Roads(**shape, **rest), np.where(row < len(roads), row, -1))


def loose_ends(roads: Roads, change: AddRoad) -> tuple[LooseEnd, ...]:
    """The ends of a new road that join no road: none is within `JOIN_WITHIN_M`.

    Where no road at all is open to those who may use the new one, the end has no place to join:
    `distance_m` is infinite, and `place` is its own.
    """
    lines = _Lines(roads)
    found = []
    for number, vertex in ((1, change.line[0]), (len(change.line), change.line[-1])):
        end = np.array(vertex, np.float64)
        if lines.touch(end):
            continue
        spot = lines.nearest(end, change)
        if spot is None:
            found.append(LooseEnd(number, (float(end[0]), float(end[1])), math.inf))
        elif spot.distance_m > JOIN_WITHIN_M:
            place = (float(spot.place[0]), float(spot.place[1]))
            found.append(LooseEnd(number, place, spot.distance_m))
    return tuple(found)


def joined_line(
    line: Sequence[tuple[float, float]], ends: Sequence[LooseEnd]
) -> tuple[tuple[float, float], ...]:
    """The line led on from its loose ends to the places where they could join."""
    before = [end.place for end in ends if end.number == 1]
    after = [end.place for end in ends if end.number != 1]
    return (*before, *line, *after)


def _refs(roads: Roads, lonlat: Floats, line_of: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """A node number for every vertex, equal where vertices join; and what a new line repeats.

    Vertices of former edges join one another only where they did; with a vertex of a new line they
    join where they agree to 1e-7 degrees.
    """
    old = len(roads.lonlat)
    place = same_places(lonlat)
    refs = roads.node_count + np.arange(len(lonlat), dtype=np.int64)
    refs[roads.start[:-1]] = roads.u
    refs[roads.start[1:] - 1] = roads.v
    new_places = np.unique(place[old:])
    touched = np.flatnonzero(np.isin(place, new_places))
    instead: dict[int, int] = {}

    def root(ref: int) -> int:
        while ref in instead:
            ref = instead[ref]
        return ref

    of_place: dict[int, int] = {}
    for vertex in touched.tolist():
        ref, known = root(int(refs[vertex])), of_place.get(int(place[vertex]))
        if known is not None and root(known) != ref:
            instead[ref] = root(known)
        of_place.setdefault(int(place[vertex]), ref)
    if instead:
        replaced = np.flatnonzero(np.isin(refs, list(instead)))
        refs[replaced] = [root(ref) for ref in refs[replaced].tolist()]
    repeated = np.zeros(len(lonlat), np.bool_)
    same = (place[old + 1 :] == place[old:-1]) & (line_of[old + 1 :] == line_of[old:-1])
    repeated[old + 1 :] = same
    return refs, repeated


def _lengths(roads: Roads, lonlat: Floats, start: Ints, row: Ints) -> Floats:
    """Lengths as the file gives them; pieces and new roads are measured on WGS-84."""
    measured = geodesic_lengths(lonlat, start)
    own = np.append(roads.length_m, np.nan)[np.minimum(row, len(roads))]
    parts = np.bincount(row)[row]
    cut = (parts > 1) & (row < len(roads))
    if not cut.any():
        return np.where(np.isnan(own), measured, own)
    edges = np.unique(row[cut])
    counts = np.diff(roads.start)[edges]
    vertices = roads.lonlat[ranges(roads.start[edges], counts)]
    before = geodesic_lengths(vertices, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
    # An edge that was measured is measured again; a length of the file's own is divided.
    is_measured = np.zeros(len(roads) + 1, np.bool_)
    is_measured[edges] = before == roads.length_m[edges]
    whole = np.bincount(row, measured)[row]
    share = np.divide(measured, whole, out=1.0 / parts, where=whole > 0)
    divided = np.where(is_measured[np.minimum(row, len(roads))], measured, own * share)
    return np.where(np.isnan(own), measured, np.where(cut, divided, own))


def _with_rows(roads: Roads, changes: Sequence[AddRoad]) -> dict[str, Any]:
    """Every array of one value an edge, with a row more for each new road."""
    names = roads.edge_id.astype(str).tolist()
    taken, number = {*names, *(change.road for change in changes)}, 0
    ids = []
    for change in changes:
        name = change.road
        while name is None:
            number += 1
            name = None if f"+{number}" in taken else f"+{number}"
        ids.append(name)
    classes = [classify({"highway": change.highway}) for change in changes]
    found: dict[str, Any] = {"edge_id": np.array([*names, *ids], dtype=np.str_)}
    for f in fields(Roads):
        if f.name in (*_SHAPE, "edge_id"):
            continue
        own: Any = getattr(roads, f.name)
        if f.name == "speed_kmh":
            more = [np.nan if change.kmh is None else change.kmh for change in changes]
        else:
            more = [getattr(kind, f.name) for kind in classes]
        dtype = np.str_ if own.dtype.kind == "U" else own.dtype
        found[f.name] = np.concatenate([own, np.array(more, dtype=dtype)])
    return found


# -- ends that share no vertex --------------------------------------------------------------------


@dataclass(frozen=True)
class _Spot:
    """Where an end joins: a line, its vertex before, the place, and the way there."""

    line: int
    after: int
    place: Floats
    distance_m: float


class _Lines:
    """The edges of the roads and the new lines so far, with who may use them."""

    def __init__(self, roads: Roads) -> None:
        self.edges = len(roads)
        self.lonlat, self.start = roads.lonlat, roads.start
        self.open = {mode: getattr(roads, mode) != CLOSED for mode in _MODES}

    def add(self, line: Floats, change: AddRoad) -> None:
        self.lonlat = np.concatenate([self.lonlat, line])
        self.start = np.append(self.start, len(self.lonlat))
        modes = _modes(change)
        self.open = {mode: np.append(own, mode in modes) for mode, own in self.open.items()}

    def touch(self, end: Floats) -> bool:
        """Whether a vertex of a line is there."""
        return float(np.abs(self.lonlat - end).max(axis=1).min()) <= 1e-7

    def nearest(self, end: Floats, change: AddRoad) -> _Spot | None:
        """The nearest place of a line that somebody who may use the new road may use, too."""
        usable = np.any([self.open[mode] for mode in _modes(change)], axis=0)
        begins = np.repeat(usable, np.diff(self.start))
        begins[self.start[1:] - 1] = False
        begin = np.flatnonzero(begins)
        if not len(begin):
            return None
        # Degrees as metres about the end are exact enough over some tens of metres.
        metre = np.array([111_320.0 * np.cos(np.radians(end[1])), 110_600.0])
        xy = (self.lonlat - end) * metre
        a, step = xy[begin], xy[begin + 1] - xy[begin]
        square = (step**2).sum(axis=1)
        along = np.divide(-(a * step).sum(axis=1), square, out=np.zeros(len(a)), where=square > 0)
        along = np.clip(along, 0.0, 1.0)
        distance = np.hypot(*(a + along[:, None] * step).T)
        best = int(np.argmin(distance))
        vertex = int(begin[best])
        before, after = self.lonlat[vertex], self.lonlat[vertex + 1]
        line = int(np.searchsorted(self.start, vertex, side="right")) - 1
        return _Spot(line, vertex, before + along[best] * (after - before), float(distance[best]))

    def insert(self, spot: _Spot) -> None:
        """Give a line a vertex at a place, unless it has one there."""
        beside = self.lonlat[spot.after : spot.after + 2]
        if (np.abs(beside - spot.place).max(axis=1) <= 1e-7).any():
            return
        self.start = self.start.copy()
        self.start[spot.line + 1 :] += 1
        self.lonlat = np.insert(self.lonlat, spot.after + 1, spot.place, axis=0)

    def split(self) -> tuple[Floats, Ints, list[Floats]]:
        """Vertices and starts of the edges, and the vertices of each new line."""
        start = self.start[: self.edges + 1]
        drawn = np.split(self.lonlat, self.start[self.edges : -1])[1:]
        return self.lonlat[: start[-1]], start, drawn


def _modes(change: AddRoad) -> list[str]:
    """Who may use a new road."""
    kind = classify({"highway": change.highway})
    return [mode for mode in _MODES if getattr(kind, mode) != CLOSED]


def _joined(roads: Roads, changes: Sequence[AddRoad]) -> tuple[Roads, list[Floats]]:
    """Lead ends that share no vertex to the nearest road, which gets a vertex there."""
    lines = _Lines(roads)
    for change in changes:
        line = np.array(change.line, np.float64)
        for end in (0, -1):
            spot = None if lines.touch(line[end]) else lines.nearest(line[end], change)
            if spot is None or spot.distance_m > JOIN_WITHIN_M:
                continue
            lines.insert(spot)
            line = np.vstack([spot.place, line] if end == 0 else [line, spot.place])
        lines.add(line, change)
    lonlat, start, drawn = lines.split()
    return replace(roads, lonlat=lonlat, start=start), drawn
