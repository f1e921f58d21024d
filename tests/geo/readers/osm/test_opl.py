"""Ways as osmium's lines say what the file says, whatever their tags, ids and nodes are."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.osm import roads
from geo.readers.osm.opl import Ways, read_lines
from geo.readers.osm.source import OsmSource
from geo.roads.osm_access import ACCESS_TAGS

# What the line format hides, what a table could trip over, and what offices write.
SIGNS = st.sampled_from([*" ,=@%\"'\n\r\t;:x0yNnTw\\", "\x01", "路", "é", "\U0001f6b2", "\ufeff"])
# Osmium writes the last plane, which is for private use, with one digit too few.
LETTERS = st.characters(codec="utf-8", exclude_characters="\0", max_codepoint=0xFFFFF)
TEXTS = st.text(SIGNS | LETTERS, max_size=12)
KEYS = st.sampled_from([*ACCESS_TAGS, "name", "highway:lanes", "high", "oneway:"]) | TEXTS.filter(
    len
)
VALUES = st.sampled_from(["ferry", "residential", "yes", ""]) | TEXTS
IDS = st.integers(-(2**40), 2**40).filter(bool)
# 0.0000001 degree is what OpenStreetMap keeps.
DEGREES = st.integers(-(10**7), 10**7).map(lambda steps: steps / 1e7)
PLACES = st.tuples(DEGREES.map(lambda x: 180 * x), DEGREES.map(lambda y: 90 * y))


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[dict[int, Any], list[tuple[int, dict[str, str], list[int]]]]:
    nodes = draw(st.dictionaries(IDS, PLACES | st.none(), min_size=1, max_size=8))
    refs = st.lists(st.sampled_from(sorted(nodes)), max_size=8)
    tags = st.dictionaries(KEYS, VALUES, max_size=5)
    ways = draw(st.lists(st.tuples(IDS, tags, refs), max_size=8, unique_by=lambda way: way[0]))
    return nodes, ways


def _written(path: Path, nodes: dict[int, Any], ways: list[Any]) -> None:
    """Nodes without a place are those that an extract has lost."""
    with osmium.SimpleWriter(str(path)) as writer:
        for key in sorted(nodes, key=lambda key: (key > 0, abs(key))):
            if nodes[key] is not None:
                writer.add_node(osmium.osm.mutable.Node(id=key, location=nodes[key]))
        for key, tags, refs in ways:
            writer.add_way(osmium.osm.mutable.Way(id=key, tags=tags, nodes=refs))


Line = tuple[int, tuple[str | None, ...], list[int], list[Any]]


def _expected(nodes: dict[int, Any], ways: list[Any]) -> list[Line]:
    """What is to be read, from the world itself; a node without a place has the code -1."""
    codes: dict[int, int] = {}
    found = []
    for key, tags, refs in ways:
        if "highway" in tags or tags.get("route") == "ferry":
            known = [ref for ref in refs if nodes[ref] is not None]
            numbers = {ref: codes.setdefault(ref, len(codes)) for ref in known}
            named = tuple(tags.get(name) for name in ACCESS_TAGS)
            places = [nodes[ref] and tuple(round(x, 7) for x in nodes[ref]) for ref in refs]
            found.append((key, named, [numbers.get(ref, -1) for ref in refs], places))
    return found


def _as_list(source: OsmSource, ways: Ways) -> list[Line]:
    """The ways; nodes by the order in which they appear, since a copy has its own numbers."""
    ends = np.cumsum(ways.counts)
    codes: dict[int, int] = {}
    found = []
    for at, key in enumerate(source.way_ids(ways.ids).tolist()):
        which = slice(int(ends[at] - ways.counts[at]), int(ends[at]))
        places = [None if np.isnan(lon) else (lon, lat) for lon, lat in ways.lonlat[which].tolist()]
        tags = ways.combinations[ways.combination_of[at]]
        numbers = [
            -1 if place is None else codes.setdefault(ref, len(codes))
            for ref, place in zip(ways.refs[which].tolist(), places, strict=True)
        ]
        found.append((key, tags, numbers, places))
    return found


def _read(path: Path, folder: Path) -> tuple[OsmSource, Ways]:
    return roads._read_ways(path, path.name, folder, QualityLog())


@given(_worlds())
def test_lines_say_what_the_file_says(world: Any) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roads.osm.pbf"
        _written(path, *world)
        source, ways = _read(path, Path(folder))
    expected = _expected(*world)
    assert _as_list(source, ways) == expected
    # Combinations are numbered as they appear, and each is there once.
    assert list(dict.fromkeys(tags for _, tags, _, _ in expected)) == ways.combinations


def test_many_blocks_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {key: (0.001 * key, -0.002 * key) for key in range(1, 400)}
    ways = [
        (key, {"highway": ("service", "track")[key % 2]}, list(range(key, key + 9)))
        for key in range(1, 390)
    ]
    path = tmp_path / "roads.osm.pbf"
    _written(path, nodes, ways)
    source, ways_read = _read(path, tmp_path)
    whole = _as_list(source, ways_read)
    assert len(whole) == 389
    monkeypatch.setattr("geo.readers.osm.opl._BLOCK_BYTES", 1000)
    assert _as_list(source, read_lines(tmp_path / "ways.opl", ACCESS_TAGS, "route")) == whole
    monkeypatch.setattr("geo.readers.osm.opl._BLOCK_BYTES", 100)
    with pytest.raises(ValueError, match="straddling"):
        read_lines(tmp_path / "ways.opl", ACCESS_TAGS, "route")


def test_a_path_that_windows_cannot_open_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "路网.osm.pbf"
    _written(path, {1: (8.0, 49.0), 2: (8.1, 49.0)}, [(7, {"highway": "service"}, [1, 2])])
    monkeypatch.setattr("geo.readers.osm.source._opens_by_name", lambda path: False)
    found, *counts = roads.read_osm(path, "r", QualityLog(), "wgs84", tmp_path)
    assert counts == [1, 1]
    assert found.lonlat.tolist() == [[8.0, 49.0], [8.1, 49.0]]


def test_a_file_that_swells_as_text_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long words of many ways, which stand in the file once and in the text each time."""
    tags = {"highway": "service", **{f"note:{i}": "x" * 250 for i in range(20)}}
    path = tmp_path / "roads.osm.pbf"
    _written(path, {1: (8.0, 49.0)}, [(key, tags, [1]) for key in range(1, 40_000)])
    monkeypatch.setattr(roads, "_SMALL_BYTES", 2**20)
    with pytest.raises(StudyError) as caught:
        roads.read_osm(path, "r", QualityLog(), "wgs84", tmp_path)
    assert caught.value.code == "packed_ratio"
    assert (tmp_path / "ways.opl").stat().st_size < 200 * 2**20
