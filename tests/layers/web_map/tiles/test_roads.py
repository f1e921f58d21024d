"""Roads as tiles: what is drawn is what is there, at the right level, once."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import layers.web_map.tiles.roads
from geo.roads.highways import RANKS
from geo.roads.roads import Roads
from geo.study.load import load_study
from layers.web_map.tiles.roads import EXTENT, LEVELS, MANIFEST, kept_tiles, write_tiles
from tests.worlds.hand_study import write_hand_study

Line = list[tuple[float, float]]


def made_roads(lines: list[Line], classes: list[str]) -> Roads:
    """Roads of the given lines; nothing but their course and class matters here."""
    n = len(lines)
    lonlat = np.array([place for line in lines for place in line], float)
    start = np.cumsum([0, *map(len, lines)])
    ends = np.arange(2 * n, dtype=np.int32)
    blank = np.zeros(n)
    return Roads(
        lonlat=lonlat,
        start=start,
        u=ends[::2],
        v=ends[1::2],
        node_lonlat=np.zeros((2 * n, 2)),
        length_m=blank,
        edge_id=np.arange(n),
        highway=np.array(classes),
        foot=blank.astype(np.uint8),
        cycle=blank.astype(np.uint8),
        drive=blank.astype(np.uint8),
        oneway_foot=blank.astype(np.int8),
        attachable=blank.astype(np.uint8),
        oneway_cycle=blank.astype(np.int8),
        oneway_drive=blank.astype(np.int8),
        maxspeed_kmh=blank.astype(np.float32),
        speed_kmh=blank.astype(np.float32),
    )


def read_tile(content: bytes) -> list[tuple[int, NDArray[np.int16]]]:
    """What the page's own script does: (rank, vertices in the tile's coordinates) of each line."""
    head = np.frombuffer(content, "<u4", 2 * len(RANKS)).reshape(-1, 2)
    total = int(head[:, 0].sum())
    at = 8 * len(RANKS)
    counts = np.frombuffer(content, "u1", total, at)
    xy = np.frombuffer(content, "<i2", offset=at + total + total % 2).reshape(-1, 2)
    assert len(xy) == counts.sum() == head[:, 1].sum()
    lines = np.split(xy, np.cumsum(counts)[:-1]) if total else []
    ranks = np.repeat(np.arange(len(RANKS)), head[:, 0])
    return list(zip(ranks.tolist(), lines, strict=True))


def drawn(folder: Path, number: int) -> list[tuple[int, int, int, shapely.LineString]]:
    """All lines of a level: tile x, tile y, rank, line in Mercator's unit square."""
    found = []
    listed = json.loads((folder / "tiles.json").read_text())["levels"][number]["tiles"]
    names = {f"{x}_{y}.bin" for x, y in zip(listed[::2], listed[1::2], strict=True)}
    assert names == {path.name for path in (folder / str(number)).iterdir()}
    for x, y in zip(listed[::2], listed[1::2], strict=True):
        content = (folder / str(number) / f"{x}_{y}.bin").read_bytes()
        for rank, vertices in read_tile(content):
            unit = (vertices / EXTENT + [x, y]) / 2 ** LEVELS[number].zoom
            found.append((x, y, rank, shapely.LineString(unit)))
    return found


def mercator(line: Line) -> shapely.LineString:
    places = []
    for lon, lat in line:
        sine = math.sin(math.radians(lat))
        y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
        places.append((lon / 360 + 0.5, y))
    return shapely.LineString(places)


places = st.tuples(st.floats(113.9, 114.5), st.floats(30.3, 30.8))
lines = st.lists(places, min_size=2, max_size=6, unique=True)


@settings(deadline=None, max_examples=60)
@given(st.lists(lines, min_size=1, max_size=8), st.integers(1, 40))
def test_the_closest_level_is_the_roads_themselves(
    tmp_path_factory: pytest.TempPathFactory, made: list[Line], at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("tiles") / "of"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers.web_map.tiles.roads, "_AT_ONCE", at_once)  # any number of stripes
        write_tiles(made_roads(made, ["service"] * len(made)), folder)
    found = shapely.union_all([line for *_, line in drawn(folder, len(LEVELS) - 1)])
    wanted = shapely.union_all([mercator(line) for line in made])
    step = 1 / 2 ** LEVELS[-1].zoom / EXTENT
    # A piece is rounded at both ends, and lines are cut where they are long.
    assert shapely.hausdorff_distance(found, wanted, densify=0.2) <= 3 * step


def test_a_tile_holds_all_that_crosses_it(tmp_path: Path) -> None:
    write_tiles(made_roads([[(114.0, 30.5), (114.6, 30.52)]], ["primary"]), tmp_path / "t")
    for number in range(1, len(LEVELS)):
        whole = mercator([(114.0, 30.5), (114.6, 30.52)])
        tiles = {(x, y) for x, y, *_ in drawn(tmp_path / "t", number)}
        size = 1 / 2 ** LEVELS[number].zoom
        for share in np.linspace(0, 1, 200):
            at = whole.interpolate(share, normalized=True)
            assert (math.floor(at.x / size), math.floor(at.y / size)) in tiles


def test_far_out_only_large_roads_and_each_stretch_once(tmp_path: Path) -> None:
    # Two carriageways ten metres apart, a street across, and a footpath.
    made = [
        [(114.0, 30.5), (114.2, 30.5)],
        [(114.2, 30.5001), (114.0, 30.5001)],
        [(114.1, 30.4), (114.1, 30.6)],
        [(114.1, 30.5), (114.1001, 30.5001)],
    ]
    classes = ["trunk", "trunk", "residential", "footway"]
    write_tiles(made_roads(made, classes), tmp_path / "t")
    ranks = [{rank for _, _, rank, _ in drawn(tmp_path / "t", n)} for n in range(len(LEVELS))]
    assert ranks == [{0}, {0}, {0}, {0}, {0, 4}, {0, 4, 6}]
    far = sum(line.length for *_, line in drawn(tmp_path / "t", 1))
    near = sum(line.length for *_, line in drawn(tmp_path / "t", 5) if line.length > 0)
    assert far == pytest.approx(mercator(made[0]).length, rel=0.02)
    # What crosses the border of two tiles stands in both, in pieces of a sixteenth at most.
    wanted = sum(mercator(line).length for line in made)
    assert 0.999 * wanted <= near <= 1.1 * wanted


def test_small_streets_alone_are_shown_far_out_too(tmp_path: Path) -> None:
    write_tiles(made_roads([[(114.0, 30.5), (114.2, 30.5)]], ["residential"]), tmp_path / "t")
    assert [len(drawn(tmp_path / "t", n)) > 0 for n in range(len(LEVELS))] == [True] * len(LEVELS)


def test_lines_longer_than_a_byte_counts(tmp_path: Path) -> None:
    made = [[(114.0 + 0.00001 * i, 30.5 + 0.00001 * (i % 7)) for i in range(1_000)]]
    write_tiles(made_roads(made, ["service"]), tmp_path / "t")
    found = [line for *_, line in drawn(tmp_path / "t", len(LEVELS) - 1)]
    assert len(found) >= 4
    assert sum(line.length for line in found) == pytest.approx(mercator(made[0]).length, rel=0.02)


def test_the_same_roads_give_the_same_files(tmp_path: Path) -> None:
    roads = made_roads([[(114.0, 30.5), (114.2, 30.5)], [(114.1, 30.4), (114.1, 30.6)]], ["", ""])
    write_tiles(roads, tmp_path / "a" / "tiles")
    write_tiles(roads, tmp_path / "b" / "tiles")
    write_tiles(roads, tmp_path / "b" / "tiles")  # replaces
    files = [
        {p.relative_to(f).as_posix(): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]
    assert [path.name for path in tmp_path.rglob("*") if path.name.startswith(".")] == []


@pytest.mark.parametrize("harm", ["changed", "missing", "manifest"])
def test_damaged_tiles_are_cut_again(tmp_path: Path, harm: str) -> None:
    study, cache = load_study(write_hand_study(tmp_path / "study")), tmp_path / "cache"
    folder = kept_tiles(study, cache)
    tile = sorted(folder.rglob("*.bin"))[-1]
    before = tile.read_bytes()
    if harm == "changed":
        tile.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    elif harm == "missing":
        tile.unlink()
    else:
        (folder / MANIFEST).write_text("{}", encoding="utf-8")
    assert kept_tiles(study, cache) == folder
    assert tile.read_bytes() == before
    assert len((folder / MANIFEST).read_text(encoding="utf-8")) > 2
