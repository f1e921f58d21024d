"""Bands of one site or layer nest exactly, also where each is asked for alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coordinates.plane import plane_of
from geo.isochrones import streets as streets_module
from geo.isochrones.streets import apart_m, cell_for, isochrone
from geo.network.build import build_network
from geo.network.profiles import profile_of
from geo.pipeline import open_explorer
from geo.roads.roads import Roads
from geo.search.seeds import place_sites
from geo.study.load import load_study
from tests.geo.isochrones.test_streets import reached
from tests.worlds.hand_study import write_hand_study
from tests.worlds.streets import WUHAN, Place, Street, positions_of, roads_of

BUFFER_M = 50.0


def made_roads(seed: int, *, lat: float, curved: bool) -> Roads:
    """A bent grid of streets of 5 km with gaps, some long and straight, some of many vertices."""
    random = np.random.default_rng(seed)
    side = 12
    step = 0.004
    places = random.normal(0, 0.0007, (side * side, 2))
    # Some streets run exactly from west to east and from south to north.
    places[random.random(side * side) < 0.3] = 0.0
    places += np.array(
        [(114 + step * (i % side), lat + step * (i // side)) for i in range(side**2)]
    )
    made = []
    for at in range(side * side):
        for other in (at + 1, at + side, at + side + 1):
            if other >= side * side or (other % side == 0 and other != at + side):
                continue
            if random.random() < (0.15 if other == at + side + 1 else 0.8):
                a, b = places[at], places[other]
                parts = int(random.integers(1, 9)) if curved else 1
                bends = [
                    tuple(a + (b - a) * k / parts + random.normal(0, 0.0002, 2))
                    for k in range(1, parts)
                ]
                made.append(Street(at, other, via=tuple(bends), maxspeed_kmh=30.0))
    return roads_of([tuple(place) for place in places], made)


def drawn(roads: Roads, profile: str, limits_minutes: list[float]) -> list[shapely.MultiPolygon]:
    """The polygon of each limit, each asked for alone."""
    network = build_network(roads, profile_of(profile), direction="from")
    seeds = place_sites(network, positions_of(network, [Place(len(network.road) // 2, 0.3, 40.0)]))
    found = []
    for minutes in limits_minutes:
        streets = reached(network, seeds, int(minutes * 60_000))
        polygon, _ = isochrone(
            roads,
            network,
            plane_of(roads),
            streets,
            buffer_m=BUFFER_M + apart_m(minutes, in_metres=False),
            cell_m=cell_for(network),
        )
        found.append(polygon)
    return found


def assert_nested(polygons: list[shapely.MultiPolygon]) -> None:
    for inner, outer in pairwise(polygons):
        assert outer.covers(inner), shapely.difference(inner, outer).area


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6), st.sampled_from([0.0, 22.5, 31.0, -45.0, 55.0]), st.booleans(),
    st.sampled_from(["walk", "cycle"]),
)  # fmt: skip
def test_30_and_40_minutes_asked_apart_nest(
    seed: int, lat: float, curved: bool, profile: str
) -> None:
    assert_nested(drawn(made_roads(seed, lat=lat, curved=curved), profile, [30, 40]))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_one_minute_more_nests(seed: int, curved: bool) -> None:
    assert_nested(drawn(made_roads(seed, lat=31.0, curved=curved), "walk", [7, 8, 15, 16, 44, 45]))


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_they_nest_on_the_coarse_grid_of_a_province(seed: int) -> None:
    few = streets_module._MANY_EDGES
    try:
        streets_module._MANY_EDGES = 1
        assert_nested(drawn(made_roads(seed, lat=31.0, curved=True), "walk", [10, 30, 40]))
    finally:
        streets_module._MANY_EDGES = few


def test_the_grid_does_not_depend_on_the_band() -> None:
    """A small band on another grid than a large one stuck out by square metres."""
    roads = made_roads(1, lat=31.0, curved=False)
    network = build_network(roads, profile_of("walk"), direction="from")
    assert cell_for(network) == 10.0


def test_the_explorer_s_limits_nest(tmp_path: Path) -> None:
    study = load_study(write_hand_study(tmp_path))
    explorer = open_explorer(study)
    for key, limits in (("walk", (5, 12, 15, 30, 40)), ("parking", (200, 300, 500, 900))):
        found = []
        for limit in limits:
            table = explorer.isochrones(key, limit=limit)
            found.append(table.geometry.iloc[-1])
        assert_nested(found)


@pytest.mark.skipif(not WUHAN.is_dir(), reason="data/wuhan is missing")
def test_limits_of_the_sample_nest() -> None:
    explorer = open_explorer(load_study(WUHAN))
    found = [
        explorer.isochrones("medical_insurance", limit=limit).geometry.iloc[-1]
        for limit in (8, 9, 30, 40)
    ]
    assert_nested(found)
