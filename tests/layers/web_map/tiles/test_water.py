"""Water tiles: what a map reads from them is the water, at every level."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.study.load import load_study
from layers.web_map.tiles.water import EXTENT, LEVELS, kept_water_tiles, write_water_tiles
from tests.geo.readers.osm.test_water import folder as folder  # a study with two lakes
from tests.worlds.tiny_study import write_study

# A lake with an island across several tiles of the last level, and a pond of 40 m.
LAKE = shapely.box(114.2, 30.4, 114.5, 30.7) - shapely.box(114.3, 30.5, 114.4, 30.6)
POND = shapely.box(114.6, 30.5, 114.6004, 30.5004)


def read(folder: Path, level: int) -> shapely.Geometry:
    """What is filled, in degrees: an odd number of rings."""
    manifest = json.loads((folder / "tiles.json").read_text())
    zoom = manifest["levels"][level]["zoom"]
    tiles = np.reshape(manifest["levels"][level]["tiles"], (-1, 2))
    filled = shapely.Polygon()
    for x, y in tiles.tolist():
        content = (folder / str(level) / f"{x}_{y}.bin").read_bytes()
        rings = int(np.frombuffer(content, "<u4", 1)[0])
        counts = np.frombuffer(content, "<u2", rings, 4)
        xy = np.frombuffer(content, "<i2", offset=4 + 2 * (rings + rings % 2)).reshape(-1, 2)
        tile = shapely.Polygon()
        for ring in np.split(xy, np.cumsum(counts)[:-1]):
            tile = tile.symmetric_difference(shapely.Polygon(ring + np.array([x, y]) * EXTENT))
        filled = filled.union(tile)

    def degrees(xy: np.ndarray) -> np.ndarray:
        u, v = (xy / (2.0**zoom * EXTENT)).T
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * v))))
        return np.column_stack([(u - 0.5) * 360, lat])

    return shapely.transform(filled, degrees)


@pytest.mark.parametrize("level", range(len(LEVELS)))
def test_tiles_hold_the_water(tmp_path: Path, level: int) -> None:
    write_water_tiles(np.array([LAKE, POND], dtype=object), tmp_path / "tiles")
    found = read(tmp_path / "tiles", level)
    step = 360 / (2.0 ** LEVELS[level].zoom * EXTENT)
    assert found.symmetric_difference(LAKE.union(POND)).area < step * LAKE.length
    # The pond is seen close by only.
    assert found.intersects(POND) is (LEVELS[level].shown_from >= 13)


def test_tiles_of_a_study_are_kept(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kept = kept_water_tiles(load_study(folder), cache)
    assert kept is not None and (kept / "tiles.json").is_file()
    before = (kept / "tiles.json").stat().st_mtime_ns
    assert kept_water_tiles(load_study(folder), cache) == kept
    assert (kept / "tiles.json").stat().st_mtime_ns == before


def test_a_study_without_osm_has_none(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path / "tiny"))
    assert kept_water_tiles(study, tmp_path / "cache") is None
