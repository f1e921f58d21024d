"""Whatever editor or service wrote an OSM file, the same roads and objects are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import pipeline
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format
from geo.readers.osm.objects import read_osm_objects
from geo.readers.osm.roads import read_osm
from geo.readers.osm.sites import read_osm_sites
from geo.readers.osm.tagged_table import read_osm_table
from geo.roads.roads import Roads
from geo.study.load import load_study
from tests.worlds.field import field_study
from tests.worlds.osm_dialects import DIALECTS, made_world, street_xml

STREETS = "1 8.0 47.0; 2 8.001 47.0; 3 8.002 47.0; 4 8.001 47.001"


def _edges(roads: Roads) -> list[tuple[Any, ...]]:
    """Every edge with its line and who may use it, in any order."""
    found = []
    for at in range(len(roads)):
        line = roads.lonlat[roads.start[at] : roads.start[at + 1]]
        use = (roads.foot[at], roads.cycle[at], roads.drive[at], roads.oneway_drive[at])
        found.append((int(roads.edge_id[at]), roads.highway[at], line.tolist(), *map(int, use)))
    return sorted(found)


def _joins(roads: Roads) -> list[int]:
    """How many edges meet at each node."""
    return sorted(np.bincount(np.concatenate([roads.u, roads.v])).tolist())


def _roads(path: Path, folder: Path) -> tuple[Roads, QualityLog]:
    quality = QualityLog()
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    roads, rows_in, used = read_osm(path, path.name, quality, "wgs84", scratch)
    assert used <= rows_in
    return roads, quality


def _found(quality: QualityLog) -> dict[str, str]:
    return {row.problem: row.value for row in quality.rows}


@pytest.fixture(scope="module", params=[1, 2])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world, and what the plain file of it says."""
    folder = tmp_path_factory.mktemp("plain")
    world = made_world(request.param)
    DIALECTS["plain XML"](folder / "roads", world)
    roads, quality = _roads(folder / "roads", folder)
    assert quality.rows == [] and len(roads) == 40
    return world, roads, _objects(folder / "roads")


WANTED = {"shop": ['tea, "x" & <y>', "mall"], "natural": ["water"]}


def _objects(path: Path, *, guarded: bool = False) -> dict[str, Any]:
    """Name, kind of shop and geometry of the objects, by id."""
    if guarded:
        table = read_osm_table(path, path.name, WANTED, QualityLog(), columns=["shop"])
    else:
        scratch = path.parent
        table = read_osm_objects(
            path, path.name, WANTED, QualityLog(), columns=["shop"], scratch=scratch
        )
    assert table.geometry is not None
    cells = zip(
        *(table.frame[name] for name in ("id", "name", "shop")), table.geometry, strict=True
    )
    return {str(key): (name, shop, shapely.normalize(place)) for key, name, shop, place in cells}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_has_the_same_roads(plain: Any, name: str, tmp_path: Path) -> None:
    world, expected, _ = plain
    path = tmp_path / "roads"
    renamed = DIALECTS[name](path, world)
    roads, quality = _roads(path, tmp_path)
    edges = [(renamed(key), *rest) for key, *rest in _edges(expected)]
    assert _edges(roads) == sorted(edges)
    assert _joins(roads) == _joins(expected)
    assert set(_found(quality)) <= {"osm_deleted"}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_has_the_same_objects(plain: Any, name: str, tmp_path: Path) -> None:
    world, _, expected = plain
    path = tmp_path / "roads"
    renamed = DIALECTS[name](path, world)
    assert len(expected) > 2
    assert _objects(path) == {
        f"{key[0]}{renamed(int(key[1:]))}": value for key, value in expected.items()
    }


@pytest.mark.parametrize("name", ["JOSM, all new", "Overpass JSON, out geom", "PBF, negative"])
def test_they_are_read_in_the_guarded_process(plain: Any, name: str, tmp_path: Path) -> None:
    path = tmp_path / "roads"
    DIALECTS[name](path, plain[0])
    assert len(_objects(path, guarded=True)) == len(plain[2])


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("josm_all_negative", {"d1": 9.167, "d2": 8.957}),
        ("josm_deleted_bridge", {"west": 40.582}),
        ("josm_new_bridge", {"west": 15.013, "north": 13.525}),
        ("overpass_out_geom", {"d1": 9.167, "d2": 8.957}),
    ],
)
def test_field_cases(folder: str, expected: dict[str, float]) -> None:
    analysis = pipeline.run(load_study(field_study(folder)))
    minutes = analysis.demand.set_index("demand_id")["minutes"].to_dict()
    assert minutes == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize("deleted", ["action='delete'", 'action = "delete"', "visible='false'"])
def test_deleted_objects_are_absent(tmp_path: Path, deleted: str) -> None:
    path = tmp_path / "roads.osm"
    way = f"<way id='7' {deleted}><nd ref='3'/><nd ref='4'/><tag k='highway' v='primary'/></way>"
    path.write_text(street_xml(STREETS, "5: 1 2 3", extra=way))
    roads, quality = _roads(path, tmp_path)
    assert roads.edge_id.tolist() == [5]
    assert _found(quality) == {"osm_deleted": "1"}


def test_a_deleted_node_cuts_the_way(tmp_path: Path) -> None:
    path = tmp_path / "roads.osm"
    gone = "<node id='9' action='delete' lon='8.0015' lat='47.0'/>"
    path.write_text(street_xml(STREETS, "5: 1 2 9 3 4", extra=gone))
    roads, quality = _roads(path, tmp_path)
    assert roads.edge_id.tolist() == [5, 5]
    assert _found(quality) == {
        "osm_deleted": "1",
        "osm_nodes_missing": "1",
        "osm_ways_cut": "1",
    }


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "roads.osm.json"
    path.write_text(
        '{"remark": "runtime error: Query timed out", "elements": ['
        '{"type": "way", "id": 1, "nodes": [1, 2, 3, 4, 5], "tags": {"highway": "service"},'
        ' "geometry": [{"lat": 1, "lon": 2}, {"lat": 1, "lon": 2.1}, null,'
        ' {"lat": 1, "lon": 2.3}, {"lat": 1, "lon": 2.4}]},'
        '{"type": "way", "id": 2, "center": {"lat": 1, "lon": 2}, "tags": {"highway": "track"}},'
        '{"type": "way", "id": 3, "nodes": [8, 9], "tags": {"highway": "track"}},'
        '{"type": "node", "id": 8, "lat": 95, "lon": 2},'
        '{"type": "node", "id": "x", "lat": 1, "lon": 2},'
        '{"type": "area", "id": 5}, 7, {"type": "count", "id": 0, "tags": {"total": "3"}}]}'
    )
    roads, quality = _roads(path, tmp_path)
    assert roads.edge_id.tolist() == [1, 1]
    assert _found(quality) == {
        "osm_remark": "runtime error: Query timed out",
        "osm_unreadable": "4",
        "osm_nodes_unplaced": "1",
        "osm_nodes_missing": "3",
        "osm_ways_cut": "1",
        "osm_ways_without_nodes": "2",
        "osm_only_centres": "1",
    }


@pytest.mark.parametrize("suffix", ["osm", "json"])
def test_centres_place_sites_but_no_roads(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    if suffix == "osm":
        path.write_text(
            street_xml("", "")[: -len("</osm>")]
            + "<way id='-3'><center lat='1' lon='2'/><nd ref='1'/><tag k='shop' v='tea'/></way>"
            "<relation id='4'><center lat='3' lon='4'/><tag k='shop' v='tea'/></relation>"
            "<way id='5'><nd ref='1'/><tag k='shop' v='tea'/></way></osm>"
        )
    else:
        path.write_text(
            '{"elements": [{"type": "way", "id": -3, "nodes": [1], "tags": {"shop": "tea"},'
            '"center": {"lat": 1, "lon": 2}},'
            '{"type": "relation", "id": 4, "center": {"lat": 3, "lon": 4},'
            '"members": [{"type": "way", "ref": 9, "role": "outer"}], "tags": {"shop": "tea"}},'
            '{"type": "way", "id": 5, "nodes": [1], "tags": {"shop": "tea"}}]}'
        )
    quality = QualityLog()
    sites, rows_in = read_osm_sites(path, path.name, {"shop": ["tea"]}, quality)
    assert rows_in == 3
    expected = pd.DataFrame({"id": ["r4", "w-3"], "lon": [4.0, 2.0], "lat": [3.0, 1.0]})
    pd.testing.assert_frame_equal(
        sites[["id", "lon", "lat"]].reset_index(drop=True), expected, check_dtype=False
    )
    assert _found(quality) == {"osm_no_place": "w5"}


def test_relations_may_hold_all_that_is_known_of_their_ways(tmp_path: Path) -> None:
    """A ring of two ways of which one is listed, and a clipped one that stays open."""
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    half = [
        [{"lat": y, "lon": x} for x, y in part]
        for part in (corners[:3], [*corners[2:], corners[0]])
    ]
    clipped = [half[1][0], None, half[1][2]]
    content = {
        "elements": [
            {"type": "way", "id": 1, "geometry": half[0]},
            *(
                {
                    "type": "relation",
                    "id": key,
                    "tags": {"type": "boundary", "boundary": "administrative", "admin_level": "8"},
                    "members": [
                        {"type": "way", "ref": 1, "role": "outer"},
                        {"type": "way", "ref": ref, "role": "outer", "geometry": line},
                    ],
                }
                for key, ref, line in ((-7, 2, half[1]), (8, 3, clipped))
            ),
        ]
    }
    path = tmp_path / "x.json"
    path.write_text(json.dumps(content))
    table = read_osm_table(path, "x", {"admin_level": ["8"]}, QualityLog(), columns=[])
    assert table.geometry is not None
    assert dict(zip(table.frame["id"], (g.geom_type for g in table.geometry), strict=True)) == {
        "r-7": "MultiPolygon",
        "r8": "MultiLineString",
    }
    assert shapely.area(table.geometry[0]) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"version": 0.6, "osm3s": {"x": "{[,"}, "elements": []}', "osm.json"),
        (b'\xef\xbb\xbf {"elements":[{"type":"FeatureCollection"}', "osm.json"),
        (b'{"generator": "g", "elements": [' + b'{"type": "node"},' * 5000, "osm.json"),
        (b'{"type": "FeatureCollection", "features": [{"id": 1, "elements": 1}]}', "geojson"),
        (b'{"features": [' + b'{"type": "Feature"},' * 5000 + b'], "elements": []}', "geojson"),
        (b'{"x": {"elements": []}}', "geojson"),
        (b'{elements: []}', "geojson"),
        (b'elements,osm3s\n1,2\n', "csv"),
        (b'"elements",[]\n', "csv"),
    ],
)  # fmt: skip
def test_json_is_known_by_its_content(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(content)
    assert detect_format(path) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"elements": {}}', "osm_broken"),
        ('{"elements": [{"type": "way", "id": 1', "osm_broken"),
        ('{"elements": [' + "[" * 100_000, "nested_deep"),
        ("<osm><way id='-1'></osm>", "osm_broken"),
        ("<osm><node id='-1' lat='1' lon='2'", "osm_broken"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "x"
    path.write_text(content)
    with pytest.raises(StudyError) as caught:
        _roads(path, tmp_path)
    assert caught.value.code == code
