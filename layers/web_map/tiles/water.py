"""Water tiles: small files of lakes and wide rivers below the roads of the map.

Four levels of detail, each a grid of Mercator tiles of one zoom. Far out only large waters are
kept, simplified to half a pixel. They are for display only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.checksums import digest, is_intact, write_checksums
from geo.base.files import atomic_folder
from geo.readers.inputs.areas.water import read_water, water_key
from geo.study.model import Study
from layers.web_map.tiles.roads import MANIFEST

__all__ = ["EXTENT", "FOLDER", "LEVELS", "WaterLevel", "kept_water_tiles", "write_water_tiles"]

# Raised when the files change their meaning.
_VERSION = 1
# Of the cache.
FOLDER = "water-tiles"
# A tile's own coordinates run from 0 to this; areas stand out by `_RIM`, so that no seam shows.
EXTENT = 4096
_RIM = 8
# Areas of fewer steps across would be smaller than three pixels.
_LEAST_STEPS = 6
_MOST_VERTICES = 2**16 - 1


@dataclass(frozen=True)
class WaterLevel:
    """One level of detail: the tiles' own zoom, and the map zoom from which it is shown."""

    zoom: int
    shown_from: float


LEVELS = (WaterLevel(6, 0.0), WaterLevel(8, 9.0), WaterLevel(10, 11.0), WaterLevel(12, 13.0))


def kept_water_tiles(study: Study, cache: Path) -> Path | None:
    """The folder with the tiles of a study's water, written where `cache` does not hold it yet.

    None for a study whose files hold no water.

    Raises
    ------
    StudyError
        The file cannot be read.
    OSError
        The cache cannot be written.
    """
    found = water_key(study)
    if found is None:
        return None
    key = digest("water tiles", _VERSION, found)
    folder = cache / FOLDER / key
    if not is_intact(folder, key):
        write_water_tiles(read_water(study, cache=cache), folder)
    return folder


def write_water_tiles(water: NDArray[np.object_], folder: Path) -> None:
    """Write the tiles of all levels, and ``tiles.json`` with what is there, as one new folder.

    ``tiles.json`` is as in `layers.web_map.tiles.roads.write_tiles`. A tile is
    ``<level>/<x>_<y>.bin``, little-endian: the number of rings (uint32), the vertices of each ring
    (uint16, padded to an even number of rings), then x and y of each vertex (int16). What lies in
    an even number of rings is land.

    Parameters
    ----------
    water : object (n)
        Polygons and multipolygons in EPSG:4326.
    folder : Path
        Appears when it is whole, with checksums whose key is its name.
    """
    parts = shapely.get_parts(water)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    world = shapely.transform(parts, _mercator)
    with atomic_folder(folder, replace=True) as temporary:
        levels = []
        for number, level in enumerate(LEVELS):
            (temporary / str(number)).mkdir()
            tiles: list[int] = []
            for x, y, content in _tiles(world, level):
                (temporary / str(number) / f"{x}_{y}.bin").write_bytes(content)
                tiles += [x, y]
            levels.append({"zoom": level.zoom, "from": level.shown_from, "tiles": tiles})
        manifest = {"version": _VERSION, "extent": EXTENT, "levels": levels}
        (temporary / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        write_checksums(temporary, folder.name)


def _mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees on Mercator's unit square, y down."""
    sine = np.sin(np.radians(np.clip(lonlat[:, 1], -85.0, 85.0)))
    x = lonlat[:, 0] / 360 + 0.5
    return np.column_stack([x, 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)])


def _tiles(world: NDArray[np.object_], level: WaterLevel) -> Iterator[tuple[int, int, bytes]]:
    """The level's tiles, by x, then y."""
    scale = 2.0**level.zoom * EXTENT
    steps = shapely.transform(world, lambda xy: xy * scale)
    steps = steps[shapely.area(steps) >= _LEAST_STEPS**2]
    # Waters that touch are one, so that no seam shows between the parts of a river.
    drawn = shapely.simplify(steps, 1.0)
    drawn = shapely.make_valid(drawn[~shapely.is_empty(drawn)])
    bounds = shapely.bounds(drawn)
    rings: dict[tuple[int, int], list[NDArray[np.int64]]] = defaultdict(list)
    for shape, box in zip(drawn, bounds, strict=True):
        low = np.floor((box[:2] - _RIM) / EXTENT).astype(int)
        high = np.floor((box[2:] + _RIM) / EXTENT).astype(int)
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                found = _rings_in(shape, x, y, whole=bool((low == high).all()))
                if found:
                    rings[x, y] += found
    for x, y in sorted(rings):
        yield x, y, _tile_bytes(rings[x, y])


def _rings_in(shape: shapely.Geometry, x: int, y: int, *, whole: bool) -> list[NDArray[np.int64]]:
    """The rings of a shape within one tile, in its own coordinates."""
    west, north = x * EXTENT, y * EXTENT
    if not whole:
        # Rims are painted twice where tiles meet: the colour is opaque.
        shape = shapely.clip_by_rect(
            shape, west - _RIM, north - _RIM, west + EXTENT + _RIM, north + EXTENT + _RIM
        )
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    found = []
    for ring in shapely.get_rings(parts):
        xy = np.rint(shapely.get_coordinates(ring)).astype(np.int64) - (west, north)
        xy = xy[:-1][np.any(np.diff(xy, axis=0) != 0, axis=1)][:_MOST_VERTICES]
        if len(xy) >= 3:
            found.append(xy)
    return found


def _tile_bytes(rings: list[NDArray[np.int64]]) -> bytes:
    counts = np.array([len(ring) for ring in rings], "<u2").tobytes()
    padding = b"\0\0" * (len(rings) % 2)
    xy = np.concatenate(rings).astype("<i2").tobytes()
    return np.array([len(rings)], "<u4").tobytes() + counts + padding + xy
