"""A study whose roads, units, demand and sites all come from one file of a service or an editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo import pipeline
from geo.readers.osm.water import read_water
from geo.study.load import load_study
from tests.worlds.osm_dialects import DIALECTS, OsmWorld

STUDY = """[study]
name = "s"
locale = "en"
[units]
osm = { admin_level = ["8"] }
[demand]
osm = { place = ["village"] }
weight = "population"
[network]
path = "roads"
[[layers]]
key = "walk"
osm = { amenity = ["townhall"] }
minutes = 15
"""
LON, LAT = 114.3, 30.5


def _world() -> OsmWorld:
    """Two towns side by side; a street with a village at each end, and a town hall as an area."""
    places = [(0, 0), (4, 0), (8, 0), (0, 4), (4, 4), (8, 4)]
    nodes = {
        at: ((LON + x / 1000, LAT + y / 1000), {}) for at, (x, y) in enumerate(places, start=1)
    }
    for key, x, people in ((11, 1, "100"), (12, 4, ""), (13, 7, "300")):
        tags = {"place": "village", "name": f"V{key}", **({"population": people} if people else {})}
        nodes[key] = ((LON + x / 1000, LAT + 0.002), tags)
    for key, (x, y) in enumerate(((6, 2.1), (6.2, 2.1), (6.2, 2.3), (6, 2.3)), start=21):
        nodes[key] = ((LON + x / 1000, LAT + y / 1000), {})
    ways: dict[int, tuple[list[int], dict[str, str]]] = {
        31: ([1, 4], {}),
        32: ([1, 2], {}),
        33: ([2, 5], {}),
        34: ([4, 5], {}),
        35: ([2, 3, 6, 5], {}),
        41: ([11, 12, 13], {"highway": "residential"}),
        42: ([21, 22, 23, 24, 21], {"amenity": "townhall", "name": "H"}),
    }
    town = {"type": "boundary", "boundary": "administrative", "admin_level": "8"}
    outlines = {51: (31, 32, 33, 34), 52: (33, 35)}
    relations = {
        key: ([("way", way, "outer") for way in of], {**town, "name": f"T{key}"})
        for key, of in outlines.items()
    }
    return OsmWorld(nodes, ways, relations)


NAMES = (
    "JOSM, all new",
    "ways before nodes",
    "Overpass XML, out geom",
    "Overpass JSON",
    "Overpass JSON, tags geom",
    "PBF, mixed",
    "PBF, locations on ways",
)


@pytest.mark.parametrize("name", NAMES)
def test_one_file_holds_the_study(tmp_path: Path, name: str) -> None:
    renamed = DIALECTS[name](tmp_path / "roads", _world())
    (tmp_path / "study.toml").write_text(STUDY)
    study = load_study(tmp_path)
    analysis = pipeline.run(study)
    found = analysis.demand.set_index("demand_id")
    west, middle, east = (f"n{renamed(key)}" for key in (11, 12, 13))
    assert sorted(found.index) == sorted([west, east])  # the one in the middle has no population
    assert found["unit_id"].to_dict() == {west: f"r{renamed(51)}", east: f"r{renamed(52)}"}
    assert set(found["site_id"]) == {f"w{renamed(42)}"}
    # 5.1 and 0.9 thousandths of a degree, and 20 m from the middle of the hall to the street.
    assert found["metres"].to_dict() == pytest.approx({west: 511, east: 109}, abs=3)
    assert middle not in found.index
    assert read_water(study, cache=None).size == 0


@pytest.mark.parametrize("name", NAMES[::4])
def test_the_check_reports_nothing_of_a_whole_file(tmp_path: Path, name: str) -> None:
    DIALECTS[name](tmp_path / "roads", _world())
    (tmp_path / "study.toml").write_text(STUDY)
    quality, _ = pipeline.check(load_study(tmp_path))
    problems = {str(problem) for problem in quality["problem"]}
    assert not {p for p in problems if p.startswith("osm_")} - {"osm_deleted"}
