"""Isochrones: cut where time runs out, near the buffered union of streets, nested, valid."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.ops

from geo.base.quality_log import QualityLog
from geo.coordinates.plane import plane_of
from geo.isochrones.streets import ReachedStreets, isochrone, reached_streets
from geo.network.build import build_network
from geo.network.labels import NO_LABEL
from geo.network.network import Network
from geo.network.profiles import profile_of
from geo.network.snapping import Snapper
from geo.readers.roads.edge_table import read_edge_table
from geo.roads.roads import OPEN, Roads
from geo.search.seeds import Seeds, place_sites
from geo.search.site_reach import site_reach
from tests.worlds.oracle import nearest_sites
from tests.worlds.streets import (
    LAT,
    LON,
    WUHAN,
    Place,
    Street,
    only,
    places_of,
    positions_of,
    roads_of,
)

BANDS = (5, 10, 15)
BUFFER_M = 50.0
# The polygon must hold 1 % against the true union; shapely's own quarter circles cost 0.1 %.
QUARTER = 16


def values(network: Network, seeds: Seeds, limit_ms: int) -> np.ndarray:
    """Milliseconds at the nodes around the only site, infinity elsewhere."""
    scratch = np.full(network.graph.node_count, NO_LABEL)
    _, nodes, labels, _ = site_reach(
        network,
        seeds,
        np.array([0]),
        limit_ms=limit_ms,
        scratch=scratch,
        scratch_metres=np.empty(0),
    )
    value = np.full(network.graph.node_count, np.inf)
    value[nodes] = labels >> np.uint64(32)
    return value


def reached(network: Network, seeds: Seeds, limit_ms: int) -> ReachedStreets:
    """The streets around the only site, cut at the limit."""
    return reached_streets(
        network,
        values(network, seeds, limit_ms),
        (network.ms_forward, network.ms_backward),
        limit_ms,
        site_edge=seeds.edge,
        site_fraction=seeds.fraction,
        site_value=(seeds.edge_label >> np.uint64(32)).astype(np.float64),
    )


def reach(roads: Roads, network: Network, seeds: Seeds, limit_ms: int, plane: object = None):  # type: ignore[no-untyped-def]
    """The cut streets, the polygon and its area."""
    streets = reached(network, seeds, limit_ms)
    polygon, area_km2 = isochrone(
        roads, network, plane or plane_of(roads), streets, buffer_m=BUFFER_M
    )
    return streets, polygon, area_km2


def small(
    *streets: Street, site: Place, profile: str = "walk", direction: str = "from"
) -> tuple[Roads, Network, Seeds]:
    nodes = [(LON + 0.02 * i, LAT) for i in range(1 + max(max(s.u, s.v) for s in streets))]
    roads = roads_of(nodes, streets)
    network = build_network(roads, profile_of(profile), direction=direction)
    return roads, network, place_sites(network, positions_of(network, [site]))


def spans(streets) -> dict[int, list[tuple[float, float]]]:  # type: ignore[no-untyped-def]
    """Reached parts by edge, overlapping ones joined."""
    found: dict[int, list[tuple[float, float]]] = {}
    for edge, begin, end in sorted(
        zip(streets.edge.tolist(), streets.begin.tolist(), streets.end.tolist(), strict=True)
    ):
        parts = found.setdefault(edge, [])
        if parts and begin <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(parts[-1][1], end))
        else:
            parts.append((begin, end))
    return found


def test_a_straight_street_is_cut_exactly() -> None:
    # 0 --1000 m-- 1 --1000 m-- 2, site in the middle of the first, 100 m off the road (90 s).
    # 5 minutes leave 210 s = 233.3 m both ways.
    world = small(Street(0, 1, 1000.0), Street(1, 2, 1000.0), site=Place(0, 0.5, 100.0))
    streets, _, _ = reach(*world, 300_000)
    assert spans(streets) == {0: [pytest.approx((0.5 - 0.7 / 3, 0.5 + 0.7 / 3))]}
    # 15 minutes leave 810 s = 900 m: 500 to the node, 400 beyond.
    streets, _, _ = reach(*world, 900_000)
    found = spans(streets)
    assert found == {0: [pytest.approx((0.0, 1.0))], 1: [pytest.approx((0.0, 0.4))]}


def test_the_cut_respects_one_ways() -> None:
    street = Street(0, 1, 1000.0, oneway=1)
    for direction, expected in (("from", (0.5, 0.7)), ("to", (0.3, 0.5))):
        # 20 km/h: 36 s are 200 m; `to` asks whence one gets here.
        world = small(street, site=Place(0, 0.5), profile="drive", direction=direction)
        streets, _, _ = reach(*world, 36_000)
        assert spans(streets) == {0: [pytest.approx(expected)]}


def test_an_edge_reached_from_both_ends_keeps_its_gap() -> None:
    ring = (Street(0, 1, 100.0), Street(1, 0, 1000.0))
    world = small(*ring, site=Place(0, 0.5))
    # 150 s: 50 m to either node, 116.7 m into the long way from both.
    found = spans(reach(*world, 150_000)[0])
    assert found[0] == [pytest.approx((0, 1))]
    third = 350 / 3 / 1000
    assert found[1] == [pytest.approx((0, third)), pytest.approx((1 - third, 1))]


def test_nothing_is_reached_where_the_access_takes_longer() -> None:
    world = small(Street(0, 1, 1000.0), site=Place(0, 0.5, 400.0))
    _, polygon, area_km2 = reach(*world, 300_000)
    assert polygon.is_empty and area_km2 == 0.0


def test_area_of_a_straight_street() -> None:
    roads, network, seeds = small(Street(0, 1), site=Place(0, 0.5))
    _, polygon, area_km2 = reach(roads, network, seeds, 300_000)
    # 2 x 333.3 m of street, 50 m to each side, and a circle at the ends.
    expected = (666.667 * 100 + np.pi * 50**2) / 1e6
    assert area_km2 == pytest.approx(expected, rel=0.01)
    assert polygon.is_valid and len(polygon.geoms) == 1


@cache
def wuhan() -> tuple[Roads, Network, Snapper, object]:
    if not WUHAN.is_dir():
        pytest.skip("data/wuhan is missing")
    roads = read_edge_table(WUHAN / "roads.parquet", "roads.parquet", QualityLog(), "wgs84")[0]
    network = build_network(roads, profile_of("walk"), direction="to")
    return roads, network, Snapper(roads, network.road), plane_of(roads)


def end_times(roads: Roads, site: Place) -> tuple[np.ndarray, np.ndarray]:
    """Roads around a site, and networkx's times at both ends of each (k, 2), -1 beyond 15 min."""
    first, last = roads.lonlat[roads.start[:-1]], roads.lonlat[roads.start[1:] - 1]
    # In 15 minutes nobody walks farther than 1 km; 0.015° are over 1.4 km.
    middle = first[site.edge] + site.fraction * (last[site.edge] - first[site.edge])
    near = (np.abs(np.stack([first, last]) - middle) < 0.015).all(axis=2).any(axis=0)
    near[site.edge] = True
    keep = near & (roads.foot == OPEN)
    rows = np.flatnonzero(keep)
    ends = [Place(at, fraction) for at in range(len(rows)) for fraction in (0.0, 1.0)]
    here = dataclasses.replace(site, edge=int(np.searchsorted(rows, site.edge)))
    # Walkers know no direction, so `from` is `to`.
    found = nearest_sites(only(roads, keep), "walk", "from", [here], ends, horizon_ms=900_000)
    return rows, found.time_ms.reshape(-1, 2)


def buffered_union(
    roads: Roads,
    site: Place,
    around: tuple[np.ndarray, np.ndarray],
    limit_ms: int,
    plane_xy: np.ndarray,
) -> shapely.Geometry:
    """Edges cut by the times at their ends, buffered one by one, joined."""
    parts = []
    for row, times in zip(*around, strict=True):
        line = shapely.LineString(plane_xy[roads.start[row] : roads.start[row + 1]])
        whole_ms = max(roads.length_m[row] * 900.0, 1e-9)
        for time, way in zip(times.tolist(), (line, shapely.reverse(line)), strict=True):
            if 0 <= time < limit_ms:
                parts.append(cut(way, 0.0, min((limit_ms - time) / whole_ms, 1.0)))
        left = (limit_ms - site.access_m * 900.0) / whole_ms
        if row == site.edge and left > 0:
            parts.append(cut(line, max(site.fraction - left, 0.0), min(site.fraction + left, 1.0)))
    return shapely.union_all([shapely.buffer(p, BUFFER_M, quad_segs=QUARTER) for p in parts])


def cut(line: shapely.LineString, begin: float, end: float) -> shapely.Geometry:
    return shapely.ops.substring(line, begin, end, normalized=True)


@pytest.fixture(scope="module")
def twenty_sites() -> list[int]:
    """Rows of 20 random offices and estates' roads: points of the sample, snapped."""
    return np.random.default_rng(11).choice(1_400, 20, replace=False).tolist()


def test_area_nesting_and_validity_on_random_sites(twenty_sites: list[int]) -> None:
    roads, network, snapper, plane = wuhan()
    table = pd.read_csv(WUHAN / "estates.csv", encoding="utf-8-sig")
    on = snapper.snap(table["lon"].to_numpy(), table["lat"].to_numpy(), max_access_m=200.0)
    rows = np.flatnonzero(on.on_network)
    places = places_of(network, on)
    errors = []
    for number in twenty_sites:
        site = places[rows[number % len(rows)]]
        seeds = place_sites(network, positions_of(network, [site]))
        around = end_times(roads, site)
        inner: shapely.Geometry | None = None
        for minutes in BANDS:
            _, polygon, area_km2 = reach(roads, network, seeds, minutes * 60_000, plane)
            assert polygon.is_valid and polygon.geom_type == "MultiPolygon"
            truth = buffered_union(roads, site, around, minutes * 60_000, plane.xy)  # type: ignore[attr-defined]
            errors.append(area_km2 * 1e6 / truth.area - 1)
            if inner is not None:
                # Nested: what sticks out is rounding of coordinates, below a square metre.
                sticks_out = shapely.difference(inner, polygon).area * 96_486 * 110_852
                assert sticks_out < 1.0
            inner = polygon
    assert len(errors) == 60
    assert max(np.abs(errors)) < 0.01, sorted(errors)


def test_the_polygon_of_a_layer_holds_those_of_its_sites() -> None:
    """Across tiles: 60 sites over the whole city, so that contours must meet at borders."""
    roads, network, snapper, plane = wuhan()
    rng = np.random.default_rng(12)
    spots = rng.uniform([114.2, 30.48], [114.45, 30.68], (60, 2))
    positions = snapper.snap(*spots.T, max_access_m=300.0)
    seeds = place_sites(network, positions)
    assert len(seeds.rank) > 20
    scratch = np.full(network.graph.node_count, NO_LABEL)
    value = np.full(network.graph.node_count, np.inf)
    _, nodes, labels, _ = site_reach(
        network,
        seeds,
        np.arange(len(seeds.rank)),
        limit_ms=600_000,
        scratch=scratch,
        scratch_metres=np.empty(0),
    )
    np.minimum.at(value, nodes.astype(np.int64), (labels >> np.uint64(32)).astype(float))
    streets = reached_streets(
        network,
        value,
        (network.ms_forward, network.ms_backward),
        600_000,
        site_edge=seeds.edge,
        site_fraction=seeds.fraction,
        site_value=(seeds.edge_label >> np.uint64(32)).astype(np.float64),
    )
    whole, area_km2 = isochrone(roads, network, plane, streets, buffer_m=BUFFER_M)  # type: ignore[arg-type]
    assert whole.is_valid and area_km2 > 1
    places = places_of(network, positions)
    used = [places[rank] for rank in seeds.rank[:10].tolist()]
    shapely.prepare(whole)
    total = 0.0
    for site in used:
        own = place_sites(network, positions_of(network, [site]))
        _, polygon, own_km2 = reach(roads, network, own, 600_000, plane)
        total += own_km2
        # Grids of the two differ, so their borders do, by a part of a cell.
        outside = shapely.difference(polygon, whole).area * 96_486 * 110_852
        assert outside < 0.005 * own_km2 * 1e6 + 1.0
    assert total > 0
