"""Snapping against shapely brute force in the local plane at each point."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.coordinates.local_metres import metres_per_degree
from geo.network.build import build_network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.network.snapping import Snapper
from geo.readers.osm.roads import read_osm
from geo.readers.roads.edge_table import read_edge_table
from geo.roads.roads import ALONG, AT_ENDS, CLOSED, NOWHERE, Roads
from tests.worlds.streets import LAT, LON, SHARED, WUHAN, Street, only, roads_of

# Metres per degree at 30° N, from N and M of WGS-84, written out.
_E2 = 1 - (1 - 1 / 298.257223563) ** 2
_SINE2 = math.sin(math.radians(LAT)) ** 2
EAST_M = math.radians(6378137 / math.sqrt(1 - _E2 * _SINE2) * math.cos(math.radians(LAT)))
NORTH_M = math.radians(6378137 * (1 - _E2) / (1 - _E2 * _SINE2) ** 1.5)


def scale_at(lat: float) -> tuple[float, float]:
    """Metres per degree of longitude and latitude, from the textbook's radii."""
    sine2 = math.sin(math.radians(lat)) ** 2
    normal = 6378137 / math.sqrt(1 - _E2 * sine2)
    meridian = 6378137 * (1 - _E2) / (1 - _E2 * sine2) ** 1.5
    return math.radians(normal * math.cos(math.radians(lat))), math.radians(meridian)


def brute_force(
    roads: Roads, rows: NDArray[np.int32], lon: float, lat: float
) -> tuple[int, float, float]:
    """Place in `rows`, fraction and distance by shapely; ties within 1 mm to the earlier."""
    east, north = scale_at(lat)
    lines = []
    for row in rows:
        xy = roads.lonlat[roads.start[row] : roads.start[row + 1]]
        lines.append(shapely.LineString((xy - [lon, lat]) * [east, north]))
    origin = shapely.Point(0, 0)
    distance = shapely.distance(np.array(lines, dtype=object), origin)
    chosen = int(np.flatnonzero(distance <= distance.min() + 1e-3)[0])
    line = lines[chosen]
    fraction = line.project(origin) / line.length if line.length > 0 else 0.0
    return chosen, fraction, float(distance[chosen])


def snap(
    roads: Roads, points: list[tuple[float, float]], *, max_access_m: float = 500.0
) -> Positions:
    network = build_network(roads, profile_of("walk"), direction="to")
    lon, lat = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return Snapper(roads, network.road).snap(lon, lat, max_access_m=max_access_m)


def street(*offsets_m: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """Vertices in degrees of metres east and north of the small world's origin."""
    return tuple((LON + x / EAST_M, LAT + y / NORTH_M) for x, y in offsets_m)


def roads_along(*lines: tuple[tuple[float, float], ...]) -> Roads:
    nodes = [place for line in lines for place in (line[0], line[-1])]
    streets = [Street(2 * i, 2 * i + 1, via=line[1:-1]) for i, line in enumerate(lines)]
    return roads_of(nodes, streets)


def at(x_m: float, y_m: float) -> tuple[float, float]:
    return (LON + x_m / EAST_M, LAT + y_m / NORTH_M)


def test_metres_per_degree_are_the_radii_of_wgs84() -> None:
    for lat in (-55.0, 0.0, 30.0, 47.1, 89.0):
        found = metres_per_degree(np.array([lat]))
        assert (found[0][0], found[1][0]) == pytest.approx(scale_at(lat), rel=1e-12)


coordinates = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@given(
    st.lists(st.lists(coordinates, min_size=2, max_size=4), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.floats(-40, 40, allow_subnormal=False), st.floats(-40, 40)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from((1.0, 30.0)),
)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_random_streets_equal_brute_force(
    lines: list[list[tuple[int, int]]], spots: list[tuple[float, float]], unit_m: float
) -> None:
    roads = roads_along(*(street(*((x * unit_m, y * unit_m) for x, y in xy)) for xy in lines))
    points = [at(x * unit_m, y * unit_m) for x, y in spots]
    found = snap(roads, points, max_access_m=1e5)
    rows = np.arange(len(lines), dtype=np.int32)
    for i, (lon, lat) in enumerate(points):
        edge, fraction, access_m = brute_force(roads, rows, lon, lat)
        assert found.edge[i] == edge
        # On a crooked street several places may be equally near: any of them will do.
        if abs(found.fraction[i] - fraction) > 1e-6:
            assert found.access_m[i] == pytest.approx(access_m, abs=1e-7)
        assert found.access_m[i] == pytest.approx(access_m, abs=1e-6)


def test_perpendicular_foot_and_ends() -> None:
    roads = roads_along(street((0, 0), (100, 0)))
    found = snap(roads, [at(25, 40), at(-30, 40), at(130, -40), at(100, 0)])
    np.testing.assert_allclose(found.access_m, [40, 50, 50, 0], atol=1e-3)
    np.testing.assert_allclose(found.fraction, [0.25, 0, 1, 1], atol=1e-6)
    # Beyond an end a point stands exactly on the node.
    assert found.fraction[1] == 0.0 and found.fraction[2] == 1.0


def test_fraction_counts_the_bends() -> None:
    roads = roads_along(street((0, 0), (100, 0), (100, 300)))
    assert snap(roads, [at(110, 100)]).fraction[0] == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize(("apart_m", "edge"), [(0.0, 0), (0.0005, 0), (0.002, 1)])
def test_ties_within_a_millimetre_go_to_the_earlier_row(apart_m: float, edge: int) -> None:
    # The second street is nearer by `apart_m`.
    roads = roads_along(street((0, apart_m), (100, apart_m)), street((0, 0), (100, 0)))
    found = snap(roads, [at(50, -10)])
    assert found.edge[0] == edge
    assert found.access_m[0] == pytest.approx(10 + (apart_m if edge == 0 else 0), abs=1e-5)


def test_a_tie_between_many_streets_goes_to_the_first_one_the_profile_may_use() -> None:
    lines = [street((0, 0), (100, 10 * i)) for i in range(6)]
    roads = roads_along(*lines)
    closed = roads.foot.copy()
    closed[:2] = CLOSED
    network = build_network(
        dataclasses.replace(roads, foot=closed), profile_of("walk"), direction="to"
    )
    lon, lat = at(-20, -3)  # nearest to the corner where all six begin
    found = Snapper(roads, network.road).snap(np.array([lon]), np.array([lat]), max_access_m=500)
    assert network.road[found.edge[0]] == 2
    assert found.fraction[0] == 0.0


def test_max_access_is_inclusive_and_what_is_farther_keeps_its_distance() -> None:
    roads = roads_along(street((0, 0), (100, 0)))
    points = [at(50, y) for y in (499.9, 500.1, 4_990, 5_100)]
    found = snap(roads, points)
    assert found.on_network.tolist() == [True, False, False, False]
    assert np.isnan(found.fraction[1:]).all() and (found.edge[1:] == -1).all()
    np.testing.assert_allclose(found.access_m[:3], [499.9, 500.1, 4_990], atol=0.05)
    assert np.isnan(found.access_m[3])
    exact = float(found.access_m[0])
    assert snap(roads, points[:1], max_access_m=exact).on_network[0]
    assert not snap(roads, points[:1], max_access_m=math.nextafter(exact, 0)).on_network[0]


def test_far_away_points_are_off_network() -> None:
    roads = roads_along(street((0, 0), (100, 0)))
    found = snap(roads, [(0.0, 0.0), (-60.0, -80.0), (179.9, 89.9), (LON, LAT + 5)])
    assert not found.on_network.any()
    assert np.isnan(found.access_m).all()


def test_a_larger_limit_looks_farther_than_five_kilometres() -> None:
    roads = roads_along(street((0, 0), (100, 0)))
    found = snap(roads, [at(50, 8_000), at(-9_000, 0)], max_access_m=10_000)
    assert found.on_network.all()
    np.testing.assert_allclose(found.access_m, [8_000, 9_000], rtol=2e-3)


def test_points_around_the_grid() -> None:
    roads = roads_along(*(street((0, 50 * i), (1_000, 50 * i)) for i in range(20)))
    rows = np.arange(20, dtype=np.int32)
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    points = [at(500 + 2_000 * math.cos(a), 500 + 2_000 * math.sin(a)) for a in angles]
    found = snap(roads, points, max_access_m=5_000)
    for i, (lon, lat) in enumerate(points):
        edge, fraction, access_m = brute_force(roads, rows, lon, lat)
        assert found.edge[i] == edge
        assert found.access_m[i] == pytest.approx(access_m, abs=1e-6)
        assert found.fraction[i] == pytest.approx(fraction, abs=1e-9)


def test_streets_without_length_hold_points_too() -> None:
    spot = at(0, 0)
    roads = roads_of([spot, at(500, 0), at(600, 0)], [Street(0, 0, via=(spot,)), Street(1, 2)])
    found = snap(roads, [at(10, 0)])
    assert (found.edge[0], found.fraction[0]) == (0, 0.0)
    assert found.access_m[0] == pytest.approx(10, abs=1e-4)


def test_a_study_across_the_globe_asks_for_no_gigabytes() -> None:
    roads = roads_of(
        [(-170.0, -60.0), (-169.999, -60.0), (170.0, 60.0), (170.001, 60.0)],
        [Street(0, 1), Street(2, 3)],
    )
    found = snap(roads, [(170.0005, 60.001), (-169.9995, -60.001)])
    assert found.edge.tolist() == [1, 0]


def test_no_points() -> None:
    assert len(snap(roads_along(street((0, 0), (100, 0))), [])) == 0


@cache
def wuhan() -> Roads:
    if not WUHAN.is_dir():
        pytest.skip("data/wuhan is missing")
    return read_edge_table(WUHAN / "roads.parquet", "roads.parquet", QualityLog(), "wgs84")[0]


def random_points(count: int, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    rng = np.random.default_rng(5)
    return rng.uniform(box[:2], box[2:], (count, 2))


@cache
def liechtenstein() -> Roads:
    path = SHARED / "liechtenstein" / "liechtenstein-latest.osm.pbf"
    if not path.is_file():
        pytest.skip("../shared/data/liechtenstein is missing")
    with TemporaryDirectory() as folder:
        return read_osm(path, path.name, QualityLog(), "wgs84", Path(folder))[0]


@pytest.mark.parametrize(
    ("city", "profile", "box"),
    [
        ("wuhan", "walk", (114.2, 30.5, 114.4, 30.65)),
        ("wuhan", "drive", (114.2, 30.5, 114.4, 30.65)),
        # bridges, tunnels and motorroads are tagged here
        ("liechtenstein", "walk", (9.49, 47.06, 9.56, 47.25)),
        ("liechtenstein", "drive", (9.49, 47.06, 9.56, 47.25)),
    ],
)
def test_cities_equal_brute_force(
    city: str, profile: str, box: tuple[float, float, float, float]
) -> None:
    roads = wuhan() if city == "wuhan" else liechtenstein()
    network = build_network(roads, profile_of(profile), direction="to")
    points = random_points(40, box)
    found = Snapper(roads, network.road).snap(*points.T, max_access_m=500.0)
    low = np.minimum.reduceat(roads.lonlat, roads.start[:-1])
    high = np.maximum.reduceat(roads.lonlat, roads.start[:-1])
    # Stated again: nobody steps onto a motorway. Bridges and tunnels come from their tags.
    may_attach = (roads.attachable == ALONG) & ~np.char.startswith(roads.highway, "motorway")
    for i, (lon, lat) in enumerate(points):
        # 0.01° are 960 m: nothing beyond can be the nearest where one is found nearer than that.
        touching = ((low <= [lon + 0.01, lat + 0.01]) & (high >= [lon - 0.01, lat - 0.01])).all(1)
        rows = np.flatnonzero((touching & may_attach)[network.road])
        if len(rows) == 0:
            assert not found.on_network[i]
            continue
        edge, fraction, access_m = brute_force(roads, network.road[rows], lon, lat)
        if found.on_network[i]:
            assert found.access_m[i] == pytest.approx(access_m, abs=1e-6)
            assert found.edge[i] == rows[edge]
            assert found.fraction[i] == pytest.approx(fraction, abs=1e-9)
        else:
            assert access_m > 500.0


def test_points_attach_to_no_bridge_but_to_its_ends() -> None:
    roads = roads_along(street((0, 0), (100, 0)), street((100, 0), (300, 0)))
    roads = dataclasses.replace(roads, attachable=np.array([ALONG, NOWHERE]))
    found = snap(roads, [at(200, 30), at(95, 10), at(102, 0)])
    # The middle of the bridge is 100 m from its end, which lies on the street.
    assert found.edge.tolist() == [0, 0, 0]
    assert found.access_m == pytest.approx([math.hypot(100, 30), 10, 2], abs=1e-3)
    assert found.fraction == pytest.approx([1.0, 0.95, 1.0], abs=1e-6)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_dead_end_of_a_bridge_is_reached_at_its_end(reverse: bool) -> None:
    bridge = street((100, 0), (200, 0), (900, 0))
    roads = roads_along(street((0, 0), (100, 0)), bridge[::-1] if reverse else bridge)
    joined = np.array([[0, 1], [3, 1] if reverse else [1, 3]], np.int32)
    roads = dataclasses.replace(
        roads, u=joined[:, 0], v=joined[:, 1], attachable=np.array([ALONG, AT_ENDS])
    )
    found = snap(roads, [at(900, 40), at(500, 10), at(880, 0)])
    # 400 m from the dead end and 400 m from the street: both are ends.
    assert found.edge.tolist()[::2] == [1, 1]
    assert found.fraction.tolist()[::2] == [float(not reverse)] * 2
    assert found.access_m == pytest.approx([40, math.hypot(400, 10), 20], abs=2e-2)
    never = dataclasses.replace(roads, attachable=np.array([ALONG, NOWHERE]))
    assert snap(never, [at(900, 40)]).edge.tolist() == [-1]


def test_a_point_with_only_tunnels_near_is_off_network() -> None:
    roads = roads_along(street((0, 0), (100, 0)), street((0, 2000), (100, 2000)))
    roads = dataclasses.replace(roads, attachable=np.array([AT_ENDS, ALONG]))
    found = snap(roads, [at(50, 10)])
    assert found.edge.tolist() == [-1]
    assert found.access_m[0] == pytest.approx(1990, abs=0.1)


def test_a_network_without_a_road_to_step_onto() -> None:
    roads = roads_along(street((0, 0), (100, 0)))
    roads = dataclasses.replace(roads, attachable=np.array([AT_ENDS]))
    found = snap(roads, [at(50, 10), at(-3e6, 0)])
    assert found.edge.tolist() == [-1, -1]
    assert np.isnan(found.access_m).all()


def test_cutting_the_roads_far_away_changes_no_byte() -> None:
    roads = wuhan()
    keep = np.minimum.reduceat(roads.lonlat[:, 0], roads.start[:-1]) < 114.33
    keep &= np.maximum.reduceat(roads.lonlat[:, 1], roads.start[:-1]) < 30.61
    part = only(roads, keep)
    points = random_points(3_000, (114.22, 30.5, 114.31, 30.59))
    whole_network, part_network = (
        build_network(r, profile_of("walk"), direction="to") for r in (roads, part)
    )
    whole, cut = (
        Snapper(r, n.road).snap(*points.T, max_access_m=500.0)
        for r, n in ((roads, whole_network), (part, part_network))
    )
    assert whole.on_network.tobytes() == cut.on_network.tobytes()
    assert 0 < whole.on_network.sum() < len(points)
    assert whole.fraction.tobytes() == cut.fraction.tobytes()
    near = whole.access_m < 900  # farther ones may have had their road beyond the cut
    assert whole.access_m[near].tobytes() == cut.access_m[near].tobytes()
    on = whole.on_network
    old_rows = np.flatnonzero(keep)[part_network.road[cut.edge[on]]]
    np.testing.assert_array_equal(whole_network.road[whole.edge[on]], old_rows)
