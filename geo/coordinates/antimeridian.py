"""Lines and areas over 180 degrees of longitude, cut there so that each part lies on one side.

A step of more than 180 degrees of longitude between two vertices is the shorter way across 180.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

__all__ = ["SplitLines", "split_areas", "split_lines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GEOD = pyproj.Geod(ellps="WGS84")
# From one edge of a map of the world to the other: an area round the globe, which is not cut.
_WHOLE_DEG = 360.0 - 1e-9


@dataclass(frozen=True)
class SplitLines:
    """Lines of which none crosses 180 degrees.

    Attributes
    ----------
    lonlat, start, u, v, node_lonlat
        As in `geo.roads.roads.Roads`. The parts of a line share a new node at the cut. It is at
        180 or at -180 in `node_lonlat`, and on the side of each part in `lonlat`.
    row : int64 (n)
        The line that each line comes from; the parts of one follow each other.
    share : float64 (n)
        Share of its length.
    """

    lonlat: Floats
    start: Ints
    u: Ints
    v: Ints
    node_lonlat: Floats
    row: Ints
    share: Floats


def split_lines(
    lonlat: Floats, start: Ints, u: Ints, v: Ints, node_lonlat: Floats
) -> SplitLines | None:
    """Cut lines where they cross 180 degrees.

    Parameters
    ----------
    lonlat, start, u, v, node_lonlat
        As in `geo.roads.roads.Roads`, in degrees.

    Returns
    -------
    SplitLines or None
        None where no line crosses, which is nearly always so.
    """
    jumps = np.flatnonzero(np.abs(np.diff(lonlat[:, 0])) > 180)
    inside = ~np.isin(jumps + 1, start)
    crossing = np.unique(np.searchsorted(start, jumps[inside], side="right") - 1)
    if not len(crossing):
        return None
    lines, counts, ends, share, nodes = [], [], [], [], [node_lonlat]
    count = len(node_lonlat)
    done = 0
    for edge in [*crossing.tolist(), len(u)]:
        # The lines before it, as they are.
        lines.append(lonlat[start[done] : start[edge]])
        counts.append(np.diff(start[done : edge + 1]))
        ends.append(np.column_stack([u[done:edge], v[done:edge]]))
        share.append(np.ones(edge - done))
        done = edge + 1
        if edge == len(u):
            break
        parts = _parts(lonlat[start[edge] : start[done]])
        cuts = np.array([part[-1] for part in parts[:-1]]).reshape(-1, 2)
        names = np.array([u[edge], *range(count, count + len(cuts)), v[edge]])
        lines += parts
        counts.append(np.array([len(part) for part in parts]))
        ends.append(np.column_stack([names[:-1], names[1:]]))
        share.append(_shares(parts))
        nodes.append(cuts)
        count += len(cuts)
    repeats = np.ones(len(u), dtype=np.int64)
    repeats[crossing] = [len(of) for of in counts[1::2]]
    both = np.concatenate(ends).astype(np.int64)
    return SplitLines(
        np.concatenate(lines),
        np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64),
        both[:, 0],
        both[:, 1],
        np.concatenate(nodes),
        np.repeat(np.arange(len(u)), repeats),
        np.concatenate(share),
    )


def split_areas(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Cut areas where their outlines cross 180 degrees.

    Parameters
    ----------
    geometry : object array (n) of polygons, multipolygons or None
        In degrees.

    Returns
    -------
    geometry : object array (n)
        Multipolygons in place of the areas that were cut.
    split : bool (n)
        Which were cut. An outline round a pole is left as it is.
    """
    found = np.array(geometry, dtype=object)
    split = np.zeros(len(found), dtype=bool)
    bounds = shapely.bounds(found)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180)
    for at in wide.tolist():
        parts = [_split_polygon(part) for part in shapely.get_parts(found[at])]
        if any(cut for _, cut in parts):
            whole = shapely.union_all([part for part, _ in parts])
            found[at] = shapely.MultiPolygon(list(shapely.get_parts(whole)))
            split[at] = True
    return found, split


def _parts(line: Floats) -> list[Floats]:
    """The parts of a line between its crossings, each of two vertices or more.

    Vertices at 180 or -180 are taken to the side of the part that they belong to.
    """
    parts: list[list[tuple[float, float]]] = [[(float(line[0, 0]), float(line[0, 1]))]]
    for (lon, lat), (next_lon, next_lat) in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
        if abs(next_lon - lon) > 180:
            side = np.copysign(180.0, lon)
            unwrapped = next_lon + 2 * side
            share = (side - lon) / (unwrapped - lon) if unwrapped != lon else 0.0
            cut_lat = lat + share * (next_lat - lat)
            _append(parts[-1], (side, cut_lat))
            parts.append([(-side, cut_lat)])
        _append(parts[-1], (next_lon, next_lat))
    whole = [np.array(part) for part in parts if len(part) > 1]
    return whole or [np.array([parts[0][0], parts[0][0]])]


def _append(part: list[tuple[float, float]], vertex: tuple[float, float]) -> None:
    if part[-1] != vertex:
        part.append(vertex)


def _shares(parts: list[Floats]) -> Floats:
    lengths = np.array([_GEOD.line_length(part[:, 0], part[:, 1]) for part in parts])
    total = lengths.sum()
    return lengths / total if total else np.full(len(parts), 1 / len(parts))


def _split_polygon(polygon: Any) -> tuple[Any, bool]:
    """The polygon cut at 180 degrees, and whether it was."""
    shell = _unwrapped(shapely.get_coordinates(polygon.exterior))
    if shell is None:
        return polygon, False
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    holes = []
    for ring in polygon.interiors:
        plain = shapely.get_coordinates(ring)
        crossing = _unwrapped(plain)
        hole = plain if crossing is None else crossing
        turns = np.round((middle - hole[:, 0].mean()) / 360)
        holes.append(hole + np.array([360 * turns, 0.0]))
    whole = shapely.make_valid(shapely.Polygon(shell, holes), method="structure")
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        part = shapely.intersection(whole, shapely.box(-180 + turn, -90, 180 + turn, 90))
        parts.append(shapely.transform(part, lambda xy, turn=turn: xy - [turn, 0]))
    return shapely.union_all([part for part in parts if part.area > 0]), True


def _unwrapped(ring: Floats) -> Floats | None:
    """The ring with longitudes that run on beyond 180.

    None where it does not cross, or goes round a pole.
    """
    steps = np.diff(ring[:, 0])
    crosses = (np.abs(steps) > 180) & (np.abs(steps) < _WHOLE_DEG)
    turned = np.concatenate([[0.0], np.cumsum(np.where(crosses, -360.0 * np.sign(steps), 0.0))])
    if not crosses.any() or turned[-1] != 0:
        return None
    return ring + np.column_stack([turned, np.zeros(len(ring))])
