"""Road tiles: small files of roads as the background of maps, without a map service.

There are six levels of detail; each is a grid of Mercator tiles of one zoom. The first levels have
only large roads, on a grid of about a pixel, with parallel carriageways merged; the last has all
roads to half a metre. They are for display only; nothing is measured on them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.base.checksums import digest, is_intact, write_checksums
from geo.base.files import atomic_folder
from geo.base.quality_log import QualityLog
from geo.inputs.road_source import RoadSource
from geo.roads.highways import RANKS, road_rank
from geo.roads.roads import Roads
from geo.study.model import Study

__all__ = [
    "EXTENT",
    "FOLDER",
    "LEVELS",
    "MANIFEST",
    "TILES_VERSION",
    "TileLevel",
    "kept_tiles",
    "write_tiles",
]

# Raised when the files change their meaning.
TILES_VERSION = 1
MANIFEST = "tiles.json"
# Of the cache.
FOLDER = "road-tiles"
# A tile's own coordinates run from 0 to this; lines may stand out by a sixteenth of it.
EXTENT = 16_384
_LONGEST_LINE = 254
# Vertices processed at once: those of a province would take too much memory.
_AT_ONCE = 1_500_000

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TileLevel:
    """One level of detail.

    Attributes
    ----------
    zoom : int
        The tiles' own zoom: 2^zoom tiles round the world.
    shown_from : float
        Map zoom from which the level is shown.
    most : int
        The least important rank that it holds.
    grid : int
        Steps across a tile that vertices are rounded to; at most `EXTENT`.
    once : bool
        Whether stretches that fall on each other are kept once.
    """

    zoom: int
    shown_from: float
    most: int
    grid: int
    once: bool


LEVELS = (
    TileLevel(5, 0.0, 0, 1024, True),
    TileLevel(7, 7.5, 1, 1024, True),
    TileLevel(9, 9.5, 2, 1024, True),
    TileLevel(11, 11.5, 3, 2048, True),
    TileLevel(12, 12.75, 4, 4096, True),
    TileLevel(12, 14.0, 6, EXTENT, False),
)


def kept_tiles(study: Study, cache: Path) -> Path:
    """The folder with the tiles of a study's roads, written where `cache` does not hold it yet.

    A province's seven million edges take a minute and a quarter, once.

    Raises
    ------
    StudyError
        The roads cannot be read.
    OSError
        The cache cannot be written.
    """
    source = RoadSource(study, QualityLog(), cache=cache)
    key = digest("road tiles", TILES_VERSION, source.key)
    folder = cache / FOLDER / key
    if not is_intact(folder, key):
        write_tiles(source.roads, folder)
    return folder


def write_tiles(roads: Roads, folder: Path) -> None:
    """Write the tiles of all levels, and ``tiles.json`` with what is there, as one new folder.

    ``tiles.json`` holds ``extent`` and, by level, ``zoom``, ``from`` (see `TileLevel.shown_from`)
    and ``tiles``: x, y, x, y, … A tile is ``<level>/<x>_<y>.bin``, little-endian: for each rank the
    number of lines and of vertices (uint32), then the vertices of each line (uint8, padded to an
    even number), then x and y of each vertex (int16).

    Parameters
    ----------
    folder : Path
        Appears when it is whole, with checksums whose key is its name; what was there before is
        replaced.
    """
    rank = road_rank(roads.highway)
    # With nothing but small streets, the least small ones are what far-out levels can show.
    least = int(rank.min()) if len(rank) else 0
    with atomic_folder(folder, replace=True) as temporary:
        levels = []
        for number, level in enumerate(LEVELS):
            (temporary / str(number)).mkdir()
            chosen = np.flatnonzero(rank <= max(level.most, least))
            tiles: list[int] = []
            for x, y, content in _tiles(roads, rank, chosen, level):
                (temporary / str(number) / f"{x}_{y}.bin").write_bytes(content)
                tiles += [x, y]
            levels.append({"zoom": level.zoom, "from": level.shown_from, "tiles": tiles})
        manifest = {"version": TILES_VERSION, "extent": EXTENT, "levels": levels}
        (temporary / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        write_checksums(temporary, folder.name)


def _tiles(
    roads: Roads, rank: NDArray[np.uint8], edges: Ints, level: TileLevel
) -> Iterator[tuple[int, int, bytes]]:
    """The level's tiles, stripe by stripe from west to east."""
    if not len(edges):
        return
    across = 2.0**level.zoom
    # Columns of tiles that each edge reaches.
    lon = roads.lonlat[:, 0]
    first = np.floor((np.minimum.reduceat(lon, roads.start[:-1])[edges] / 360 + 0.5) * across)
    last = np.floor((np.maximum.reduceat(lon, roads.start[:-1])[edges] / 360 + 0.5) * across)
    vertices = np.diff(roads.start)[edges]
    for west, east in _stripes(first.astype(np.int64), vertices):
        inside = edges[(first < east) & (last >= west)]
        segments = _segments(roads, rank, inside, level)
        yield from _packed(segments, level, west, east)


def _stripes(column: Ints, vertices: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of columns with about `_AT_ONCE` vertices each, together covering all columns."""
    low = int(column.min())
    held = np.cumsum(np.bincount(column - low, weights=vertices))
    cuts = np.searchsorted(held, np.arange(_AT_ONCE, held[-1], _AT_ONCE)) + 1
    edges = [low, *(low + np.unique(cuts)).tolist(), 2**40]
    for west, east in itertools.pairwise(edges):
        if west < east:
            yield int(west), int(east)


@dataclass(frozen=True)
class _Segments:
    """Straight pieces on the level's grid round the world, at most a sixteenth of a tile long.

    `x`, `y`: int64 (n, 2), begin and end; `edge`, `rank`: (n).
    """

    x: Ints
    y: Ints
    edge: Ints
    rank: NDArray[np.uint8]

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> _Segments:
        return _Segments(self.x[rows], self.y[rows], self.edge[rows], self.rank[rows])


def _segments(roads: Roads, rank: NDArray[np.uint8], edges: Ints, level: TileLevel) -> _Segments:
    counts = np.diff(roads.start)[edges]
    edge = np.repeat(edges, counts)
    offset = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    lon, lat = roads.lonlat[roads.start[edge] + offset].T
    sine = np.sin(np.radians(np.clip(lat, -85.0, 85.0)))
    scale = 2.0**level.zoom * level.grid
    x = np.rint((lon / 360 + 0.5) * scale).astype(np.int64)
    y = np.rint((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * scale).astype(np.int64)
    joined = (edge[1:] == edge[:-1]) & ((x[1:] != x[:-1]) | (y[1:] != y[:-1]))
    at = np.flatnonzero(joined)
    found = _Segments(
        np.stack([x[at], x[at + 1]], axis=1),
        np.stack([y[at], y[at + 1]], axis=1),
        edge[at],
        rank[edge[at]],
    )
    if level.once:
        found = _each_once(found)
    return _short(found, level.grid // 16)


def _each_once(found: _Segments) -> _Segments:
    """Of pieces between the same two places the most important, in the former order."""
    swap = (found.x[:, 0] > found.x[:, 1]) | (
        (found.x[:, 0] == found.x[:, 1]) & (found.y[:, 0] > found.y[:, 1])
    )
    x = np.where(swap[:, None], found.x[:, ::-1], found.x)
    y = np.where(swap[:, None], found.y[:, ::-1], found.y)
    order = np.lexsort((found.rank, y[:, 1], x[:, 1], y[:, 0], x[:, 0]))
    key = np.column_stack([x, y])[order]
    new = np.ones(len(order), bool)
    new[1:] = (key[1:] != key[:-1]).any(axis=1)
    return found.take(np.sort(order[new]))


def _short(found: _Segments, longest: int) -> _Segments:
    """Pieces of at most `longest` steps, so that each reaches two tiles a direction at most."""
    dx, dy = np.diff(found.x)[:, 0], np.diff(found.y)[:, 0]
    pieces = np.maximum(1, -(-np.maximum(np.abs(dx), np.abs(dy)) // longest))
    if bool((pieces == 1).all()):
        return found
    row = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = np.stack([number, number + 1], axis=1) / pieces[row][:, None]
    x = found.x[row, :1] + np.rint(share * dx[row][:, None]).astype(np.int64)
    y = found.y[row, :1] + np.rint(share * dy[row][:, None]).astype(np.int64)
    return _Segments(x, y, found.edge[row], found.rank[row])


def _packed(
    found: _Segments, level: TileLevel, west: int, east: int
) -> Iterator[tuple[int, int, bytes]]:
    """The tiles of the columns from `west` to below `east`."""
    columns, rows = found.x // level.grid, found.y // level.grid
    where, tile_x, tile_y = [], [], []
    for i in (0, 1):
        for j in (0, 1):
            new = np.ones(len(columns), bool)
            if i:
                new &= columns[:, 0] != columns[:, 1]
            if j:
                new &= rows[:, 0] != rows[:, 1]
            new &= (columns[:, i] >= west) & (columns[:, i] < east)
            at = np.flatnonzero(new)
            where.append(at)
            tile_x.append(columns[at, i])
            tile_y.append(rows[at, j])
    at, x, y = np.concatenate(where), np.concatenate(tile_x), np.concatenate(tile_y)
    if not len(at):
        return
    order = np.lexsort((at, found.rank[at], y, x))
    at, x, y = at[order], x[order], y[order]
    cuts = np.flatnonzero(np.diff(x, prepend=-1) | np.diff(y, prepend=-1))
    for low, high in zip(cuts, [*cuts[1:], len(at)], strict=True):
        tile = int(x[low]), int(y[low])
        yield *tile, _tile_bytes(found.take(at[low:high]), tile, level.grid)


def _tile_bytes(found: _Segments, tile: tuple[int, int], grid: int) -> bytes:
    """One tile; `found` is in order of rank."""
    begins = np.ones(len(found.edge), bool)
    begins[1:] = (
        (found.edge[1:] != found.edge[:-1])
        | (found.rank[1:] != found.rank[:-1])
        | (found.x[1:, 0] != found.x[:-1, 1])
        | (found.y[1:, 0] != found.y[:-1, 1])
    )
    # A line's length is one byte.
    first = np.flatnonzero(begins)
    place = np.arange(len(begins)) - np.repeat(first, np.diff([*first, len(begins)]))
    begins |= place % (_LONGEST_LINE - 1) == 0
    first = np.flatnonzero(begins)
    lengths = np.diff([*first, len(begins)]) + 1
    # Vertices: each line's begin, then the ends of its pieces.
    slot = np.arange(len(begins)) + np.cumsum(begins)
    xy = np.empty((len(begins) + len(first), 2), np.int64)
    xy[slot] = np.column_stack([found.x[:, 1], found.y[:, 1]])
    xy[slot[first] - 1] = np.column_stack([found.x[first, 0], found.y[first, 0]])
    local = (xy - np.array(tile) * grid) * (EXTENT // grid)
    of_line = found.rank[first]
    lines = np.bincount(of_line, minlength=len(RANKS))
    vertices = np.bincount(of_line, weights=lengths, minlength=len(RANKS))
    head = np.column_stack([lines, vertices]).astype("<u4").tobytes()
    counts = lengths.astype("u1").tobytes()
    return head + counts + b"\0" * (len(counts) % 2) + local.astype("<i2").tobytes()
