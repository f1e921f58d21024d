"""Roads and water for map.html: simplified until they fit, so that the file stays small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.errors import QuarterhourError
from geo.base.quality_log import QualityLog
from geo.inputs.road_source import RoadSource
from geo.readers.inputs.areas.water import read_water
from geo.roads.highways import RANKS, road_rank
from geo.roads.roads import Roads
from geo.study.model import Study
from layers.shapes.packing import pack, pack_lines

__all__ = ["ROAD_VERTICES", "WATER_VERTICES", "PackedGround", "pack_roads", "pack_water",
           "packed_ground"]  # fmt: skip

# Together less than a megabyte of the file.
ROAD_VERTICES = 60_000
WATER_VERTICES = 30_000
# The first tolerance in degrees (about 6 m), and the largest (about 3 km).
_TOLERANCE = 6e-5
_LOOSEST = 0.03
# Beyond the study, as a share of its sides.
_MARGIN = 0.1


@dataclass(frozen=True)
class PackedGround:
    """What lies beneath the layers of map.html.

    Attributes
    ----------
    roads : list of [rank, lines]
        By rank, the least important first, as `pack_lines` gives them.
    water : list
        As `pack` gives it.
    """

    roads: list[list[Any]] = field(default_factory=list)
    water: list[Any] = field(default_factory=list)


def packed_ground(
    study: Study,
    bounds: Sequence[Sequence[float]],
    *,
    cache: Path | None,
    roads: Roads | None = None,
) -> PackedGround | None:
    """The study's roads and water within `bounds`; None where they cannot be read.

    Parameters
    ----------
    bounds : ((south, west), (north, east))
    cache : Path, optional
        Where read roads are kept.
    roads : Roads, optional
        The roads to draw; those of the study by default.
    """
    (south, west), (north, east) = bounds
    dx, dy = _MARGIN * (east - west), _MARGIN * (north - south)
    box = (west - dx, south - dy, east + dx, north + dy)
    try:
        if roads is None:
            roads = RoadSource(study, QualityLog(), cache=cache).roads
        water = read_water(study, cache=cache)
    except (QuarterhourError, OSError):
        return None
    return PackedGround(pack_roads(roads, box), pack_water(water, box))


def pack_roads(
    roads: Roads, box: tuple[float, float, float, float], *, most: int = ROAD_VERTICES
) -> list[list[Any]]:
    """The roads within a box, as many ranks of importance as fit into `most` vertices.

    Parameters
    ----------
    box : (west, south, east, north)
    """
    lon, lat = roads.lonlat.T
    inside = (lon >= box[0]) & (lon <= box[2]) & (lat >= box[1]) & (lat <= box[3])
    near = np.maximum.reduceat(inside, roads.start[:-1]) if len(roads) else inside[:0]
    rank = road_rank(roads.highway)
    kept: list[list[Any]] = []
    left = most
    for number in range(len(RANKS)):
        lines = _merged(roads, np.flatnonzero(near & (rank == number)))
        if not len(lines):
            continue
        drawn = _simplified(lines, left if kept else most, must=not kept)
        if drawn is None:
            break
        left -= int(shapely.get_num_coordinates(drawn).sum())
        kept.insert(0, [number, pack_lines(shapely.multilinestrings(drawn))])
    return kept


def _merged(roads: Roads, edges: NDArray[np.int64]) -> NDArray[np.object_]:
    """Edges joined where exactly two meet, each stretch once."""
    if not len(edges):
        return np.empty(0, dtype=object)
    counts = np.diff(roads.start)[edges]
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    xy = roads.lonlat[np.repeat(roads.start[edges], counts) + offset]
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(edges)), counts))
    lines = np.unique(shapely.to_wkb(shapely.normalize(lines)))
    whole = shapely.line_merge(shapely.multilinestrings(shapely.from_wkb(lines)))
    found: NDArray[np.object_] = shapely.get_parts(whole)
    return found


def _simplified(
    shapes: NDArray[np.object_], most: int, *, must: bool
) -> NDArray[np.object_] | None:
    """Shapes of at most `most` vertices; None if the first tolerance does not do, unless `must`."""
    tolerance = _TOLERANCE
    while True:
        drawn = shapely.simplify(shapes, tolerance)
        if must:  # what is smaller than the tolerance would not be seen
            west, south, east, north = shapely.bounds(drawn).T
            drawn = drawn[np.maximum(east - west, north - south) > tolerance]
        if shapely.get_num_coordinates(drawn).sum() <= most:
            return drawn
        if not must or tolerance > _LOOSEST:
            return None
        tolerance *= 2


def pack_water(
    water: NDArray[np.object_],
    box: tuple[float, float, float, float],
    *,
    most: int = WATER_VERTICES,
) -> list[Any]:
    """The waters within a box in at most `most` vertices, the smallest left out first."""
    if not len(water):
        return []
    parts = shapely.get_parts(shapely.clip_by_rect(water, *box))
    parts = parts[shapely.area(parts) > 0]
    if not len(parts):
        return []
    drawn = _simplified(parts, most, must=True)
    return [] if drawn is None else pack(shapely.multipolygons(_polygons(drawn)))


def _polygons(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(shapes)
    found: NDArray[np.object_] = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return found
