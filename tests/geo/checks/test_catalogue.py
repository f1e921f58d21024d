"""The quality catalogue: what is wrong between units, points and roads."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.base.quality_log import QualityLog
from geo.checks.catalogue import report_thoroughly
from geo.checks.datum import report_swapped
from geo.checks.points import report_demand, report_sites
from geo.checks.roads import island_of_edges, report_islands, report_roads
from geo.checks.units import report_units
from geo.inputs.demand import build_demand
from geo.inputs.read import read_inputs
from geo.network.build import build_network
from geo.network.profiles import profile_of
from geo.pipeline import check, run
from geo.roads.roads import CLOSED
from geo.study.load import load_study
from tests.worlds.streets import (
    LAT,
    LON,
    SHARED,
    WUHAN,
    Place,
    Street,
    areas_of,
    demand_rows,
    node_places,
    positions_of,
    roads_of,
)
from tests.worlds.tiny_study import write_study

YIYANG = SHARED / "datum" / "yiyang_17_townships_WGS84.geojson"


def _found(quality: QualityLog) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in quality.rows:
        found.setdefault(row.problem, []).append(row.value)
    return found


def _box(x: float, y: float, width: float, height: float) -> shapely.Geometry:
    return shapely.box(LON + x, LAT + y, LON + x + width, LAT + y + height)


def test_overlaps_slivers_and_gaps() -> None:
    units = [
        ("a", _box(0.0, 0.0, 0.01, 0.03), {}),
        # Overlaps a by 0.002 degrees (190 m), touches c.
        ("b", _box(0.008, 0.0, 0.012, 0.01), {}),
        # A tenth of a metre of c lies in b: a sliver; 0.01 degrees of c's rim are a gap with a.
        ("c", _box(0.012, 0.00999999, 0.008, 0.01000001), {}),
        ("d", _box(0.0, 0.02, 0.02, 0.01), {}),
    ]
    quality = QualityLog()
    report_units(areas_of(units), quality, file="u.geojson")
    found = _found(quality)
    assert [value.split(":")[0] for value in found["units_overlap"]] == ["a, d", "a, b"]
    assert found["units_overlap"][0].endswith("1.069 km²")
    assert len(found["units_gap"]) == 1 and found["units_gap"][0].endswith("0.214 km²")
    assert "units_slivers" not in found  # under 100 square metres: a coordinate's rounding
    quality = QualityLog()
    strip = [units[0], ("e", _box(0.00995, 0.0, 0.01, 0.03), {})]
    report_units(areas_of(strip), quality, file="u.geojson")
    assert _found(quality) == {"units_slivers": ["1: 0.016 km²"]}


def test_clean_neighbours_have_nothing_to_say() -> None:
    quality = QualityLog()
    units = [
        (f"{x}{y}", _box(x * 0.01, y * 0.01, 0.01, 0.01), {}) for x in range(5) for y in range(5)
    ]
    report_units(areas_of(units), quality, file="u.geojson")
    assert not quality.rows


@pytest.mark.skipif(not YIYANG.exists(), reason="needs ../shared/data")
def test_real_overlaps() -> None:
    """The 17 township polygons overlap by 2.4 square kilometres."""
    layer = gpd.read_file(YIYANG)
    units = [
        (f"{n:02}", shapely.make_valid(shape), {}) for n, shape in enumerate(layer.geometry.array)
    ]
    quality = QualityLog()
    report_units(areas_of(units), quality, file="u.geojson")
    km2 = 0.0
    for row in quality.rows:
        if row.problem in ("units_overlap", "units_overlap_more", "units_slivers"):
            number, unit = row.value.split(": ")[1].split()
            km2 += float(number) / (1 if unit == "km²" else 1e6)
    assert km2 == pytest.approx(2.4, abs=0.1)


def test_points() -> None:
    areas = areas_of([("a", _box(0.0, 0.0, 0.01, 0.01), {})])
    rows = demand_rows(
        [
            {"id": "1", "lon": LON + 0.001, "lat": LAT + 0.001},
            {"id": "2", "lon": LON + 0.001, "lat": LAT + 0.001},
            {"id": "3", "lon": LON + 0.001, "lat": LAT + 0.002, "group": "g"},
            {"id": "4", "lon": LON + 0.001, "lat": LAT + 0.002, "group": "g"},
            {"id": "5", "lon": LON + 0.009, "lat": LAT + 0.009},
        ]
    )
    quality = QualityLog()
    points = build_demand(rows, areas, quality, file="d.csv")
    report_demand(points, quality, file="d.csv")
    assert _found(quality) == {"points_same_place": ["1"]}
    sites = pd.DataFrame(
        {"lon": LON + np.array([0.0012, 0.5, 0.5]), "lat": LAT + np.array([0.001, 0.0, 0.0])}
    )
    quality = QualityLog()
    report_sites("care", sites, points, areas, quality, file="s.csv", demand_file="d.csv")
    assert _found(quality) == {
        "points_same_place": ["1"],
        "sites_outside_units": ["2"],
        "demand_at_sites": [""],
    }


def test_sites_without_a_capacity_are_counted_once_for_each_file(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "tiny")
    sites = "id,name,lon,lat,seats\n" + "".join(
        f"s{n},站{n},114.30{n},30.5,{seats}\n" for n, seats in enumerate(("5", "", "x"))
    )
    (folder / "stations.csv").write_text(sites, encoding="utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace('path = "stations.csv"', 'path = "stations.csv"\ncapacity = "seats"')
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    found = run(load_study(folder)).quality
    missing = found[found["problem"] == "capacity_missing"]
    assert missing[["file", "field", "value"]].to_numpy().tolist() == [
        ["stations.csv", "seats", "2"]
    ]


def _network(streets: list[Street], profile: str = "walk"):  # type: ignore[no-untyped-def]
    roads = roads_of(node_places(8), streets)
    return roads, build_network(roads, profile_of(profile), direction="to")


def test_islands_say_what_they_hold() -> None:
    roads, network = _network(
        [
            Street(0, 1),
            Street(1, 2, oneway=1),
            Street(3, 4),
            Street(5, 6),
            Street(5, 7),
            Street(2, 0),
        ]
    )
    part, sizes = island_of_edges(roads, network)
    assert part.tolist() == [0, 0, 2, 1, 1, 0]
    assert sizes.tolist() == [3, 2, 1]
    demand = positions_of(network, [Place(0, 0.5), Place(2, 0.5), Place(4, 0.5), Place(-1, 0.0)])
    sites = positions_of(network, [Place(1, 0.5)])
    quality = QualityLog()
    report_islands(roads, network, demand, sites, quality, file="r", layer="care")
    assert _found(quality) == {"network_islands": ["2 (3)"], "islands_hold_demand": ["2"]}
    quality = QualityLog()
    report_islands(roads, network, sites, demand, quality, file="r", layer="care", counted=False)
    assert _found(quality) == {"islands_hold_sites": ["2"]}


def test_roads() -> None:
    streets = [
        Street(0, 1, length_m=0.0),
        Street(1, 2, highway="raceway"),
        Street(2, 3, highway="raceway", access=CLOSED),
    ]
    roads = roads_of(node_places(8), streets)
    quality = QualityLog()
    report_roads(roads, profile_of("drive"), quality, file="r")
    assert _found(quality) == {"speed_missing": ["1"], "edges_zero_length": ["1"]}
    quality = QualityLog()
    report_roads(roads, profile_of("walk"), quality, file="r")
    assert set(_found(quality)) == {"network_without_footways", "edges_zero_length"}
    quality = QualityLog()
    report_roads(
        roads_of(node_places(8), [Street(0, 1, highway="footway"), Street(1, 2, highway="")]),
        profile_of("walk"),
        quality,
        file="r",
    )
    assert not quality.rows
    # Roads without any class may hold footways.
    report_roads(
        roads_of(node_places(8), [Street(0, 1, highway="")]), profile_of("walk"), quality, file="r"
    )
    assert not quality.rows


def test_the_sample_says_that_it_has_no_footways() -> None:
    quality, _ = check(load_study(WUHAN))
    assert quality.loc[quality["severity"] != "info", "problem"].tolist() == [
        "road_ends_near",
        "network_without_footways",
    ]


def test_it_is_quick() -> None:
    """Under a second on the sample; only `check` pays for the datums."""
    study, quality = load_study(WUHAN), QualityLog()
    inputs = read_inputs(study, quality)
    report_thoroughly(study, inputs, quality)  # compiles on the first call
    begin = time.perf_counter()
    report_thoroughly(study, inputs, quality)
    assert time.perf_counter() - begin < 5.0


def test_swapped_where_both_orders_are_degrees() -> None:
    near = (80.0, 40.0, 80.5, 40.5)
    quality = QualityLog()
    lon, lat = np.linspace(80.1, 80.4, 20), np.linspace(40.1, 40.4, 20)
    report_swapped(lon, lat, near, quality, file="d.csv", field="demand")
    assert not quality.rows
    report_swapped(lat, lon, near, quality, file="d.csv", field="demand")
    assert _found(quality) == {"coordinates_swapped": ["20"]}
