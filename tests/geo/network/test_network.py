"""From roads to the graph of a profile: speeds, one-ways, private ways, overrides, rounding."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.base.errors import StudyError
from geo.network.build import build_network
from geo.network.network import Network
from geo.network.profiles import profile_of, travel_ms
from geo.roads.roads import CLOSED, PRIVATE
from geo.study.model import ProfileInput
from tests.worlds.streets import Street, node_places, roads_of

Arcs = set[tuple[int, int, int]]


def network_of(
    *streets: Street,
    profile: str = "walk",
    direction: str = "from",
    nodes: int = 4,
    overrides: pd.DataFrame | None = None,
) -> Network:
    roads = roads_of(node_places(nodes), streets)
    return build_network(roads, profile_of(profile), direction=direction, overrides=overrides)


def arcs_of(network: Network) -> Arcs:
    """(from, to, ms) over search nodes."""
    graph = network.graph
    source = np.repeat(np.arange(graph.node_count), np.diff(graph.first_arc.astype(np.int64)))
    target = (graph.arcs & np.uint64(0xFFFF_FFFF)).astype(int)
    ms = (graph.arcs >> np.uint64(32)).astype(int)
    return set(zip(source.tolist(), target.tolist(), ms.tolist(), strict=True))


@pytest.mark.parametrize(
    ("length_m", "kmh", "ms"),
    [
        (1000.0, 4.0, 900_000),  # the 15-minute circle of GB 50180-2018
        (250.0, 3.4, 264_706),  # 264,705.88
        (1.0, 13.5, 267),  # 266.67
        (0.0, 4.0, 0),
        # Exactly half a millisecond goes to the even one.
        (0.0005, 3.6, 0),
        (0.0015, 3.6, 2),
        (0.0025, 3.6, 2),
    ],
)
def test_edge_time(length_m: float, kmh: float, ms: int) -> None:
    assert travel_ms(np.array([length_m]), kmh).tolist() == [ms]


@pytest.mark.parametrize(
    ("profile", "ms"),
    [("walk", 900_000), ("walk_senior", 1_058_824), ("cycle", 266_667), ("ebike", 211_765)],
)
def test_speeds_of_the_profiles(profile: str, ms: int) -> None:
    network = network_of(Street(0, 1, 1000.0), profile=profile)
    assert network.ms_forward.tolist() == [ms]
    assert network.off_road_kmh == {"walk_senior": 3.4}.get(profile, 4.0)


@pytest.mark.parametrize(
    ("highway", "kmh"),
    [
        ("motorway", 90),
        ("motorway_link", 90),
        ("trunk", 70),
        ("primary", 50),
        ("primary_link", 50),
        ("secondary", 40),
        ("tertiary", 30),
        ("unclassified", 30),
        ("residential", 20),
        ("living_street", 10),
        ("service", 15),
    ],
)
def test_driving_speeds(highway: str, kmh: int) -> None:
    network = network_of(Street(0, 1, 1000.0, highway=highway), profile="drive")
    assert network.ms_forward.tolist() == [round(3_600_000 / kmh)]
    assert network.off_road_kmh == 4.0


@pytest.mark.parametrize(
    ("maxspeed", "speed", "kmh"),
    [
        (30.0, math.nan, 27.0),  # 0.9 of the sign caps the class
        (120.0, math.nan, 50.0),  # a sign above does not raise it
        (30.0, 64.0, 64.0),  # the source's own speed stands
    ],
)
def test_signs_and_own_speeds(maxspeed: float, speed: float, kmh: float) -> None:
    street = Street(0, 1, 1000.0, highway="primary", maxspeed_kmh=maxspeed, speed_kmh=speed)
    assert network_of(street, profile="drive").ms_forward.tolist() == [round(3_600_000 / kmh)]
    # Walkers and cyclists know no signs.
    assert network_of(street, profile="walk").ms_forward.tolist() == [900_000]


def test_a_study_may_set_speeds() -> None:
    roads = roads_of(node_places(2), [Street(0, 1, 1000.0, highway="primary_link")])
    own = {"walk": ProfileInput(kmh=5.0), "drive": ProfileInput(speeds={"primary": 60.0})}
    walk = build_network(roads, profile_of("walk", own), direction="to")  # type: ignore[arg-type]
    drive = build_network(roads, profile_of("drive", own), direction="to")  # type: ignore[arg-type]
    assert (walk.ms_forward.tolist(), walk.off_road_kmh) == ([720_000], 5.0)
    assert (drive.ms_forward.tolist(), drive.off_road_kmh) == ([60_000], 4.0)


def test_one_ways_bind_wheels_not_feet_and_turn_with_the_direction() -> None:
    streets = (Street(0, 1, 100.0, oneway=1), Street(1, 2, 50.0, oneway=-1))
    ahead = arcs_of(network_of(*streets, profile="cycle", direction="from"))
    back = arcs_of(network_of(*streets, profile="cycle", direction="to"))
    assert len(ahead) == len(back) == 2
    assert back == {(b, a, ms) for a, b, ms in ahead}
    assert len(arcs_of(network_of(*streets))) == 4


def test_closed_streets_and_classes_without_speed_are_left_out() -> None:
    streets = (
        Street(0, 1, 10.0, access=CLOSED),
        Street(1, 2, 10.0, highway="path"),
        Street(2, 3, 10.0),
    )
    assert network_of(*streets, profile="drive").road.tolist() == [2]
    assert network_of(*streets, profile="walk").road.tolist() == [1, 2]


def test_no_street_at_all_is_an_error_that_names_the_profile() -> None:
    with pytest.raises(StudyError) as error:
        network_of(Street(0, 1, 10.0, access=CLOSED))
    assert error.value.code == "graph_no_edges_for_profile"
    assert error.value.params["profile"] == "walk"


def test_a_loop_has_no_arc_but_is_an_edge() -> None:
    network = network_of(Street(0, 0, 100.0), Street(0, 1, 10.0))
    assert len(network) == 2
    assert len(arcs_of(network)) == 2


def test_parallel_edges_stay_apart() -> None:
    network = network_of(Street(0, 1, 100.0), Street(0, 1, 40.0), Street(1, 0, 70.0))
    assert network.ms_forward.tolist() == [90_000, 36_000, 63_000]
    assert len(network.graph.arcs) == 6


def test_private_ways_are_no_short_cut() -> None:
    network = network_of(Street(0, 1, 10.0), Street(1, 2, 10.0, access=PRIVATE), Street(2, 3, 10.0))
    arcs = arcs_of(network)
    reached = {int(network.seed_u[0])}  # from node 0 of the public street
    while more := {b for a, b, _ in arcs if a in reached} - reached:
        reached |= more
    assert int(network.read_v[1]) in reached  # the private way's far end may be the end of a trip
    assert int(network.read_v[2]) not in reached  # what lies beyond it may not


def overrides(*rows: tuple[int, str, bool | None, float, float]) -> pd.DataFrame:
    columns = ["edge_index", "profile", "allowed", "speed_kmh", "minutes"]
    return pd.DataFrame(rows, columns=columns).astype({"allowed": object})


def test_overrides() -> None:
    nan = math.nan
    streets = (
        Street(0, 1, 1000.0, access=CLOSED),
        Street(1, 2, 1000.0),
        Street(2, 3, 1000.0),
        Street(0, 3, 1000.0, access=PRIVATE),
        Street(0, 2, 1000.0),
    )
    table = overrides(
        (0, "walk", True, nan, 12.5),  # a ferry: crossing and wait
        (1, "", None, 8.0, nan),
        (2, "drive", False, nan, nan),  # of another profile
        (3, "", True, nan, nan),
        (4, "walk", False, nan, nan),
    )
    network = network_of(*streets, overrides=table)
    assert network.road.tolist() == [0, 1, 2, 3]
    assert network.ms_forward.tolist() == [750_000, 450_000, 900_000, 900_000]
    assert network.graph.node_count == 4  # the private way is open now: no node stands thrice


def test_arrays_carry_a_network_whole() -> None:
    network = network_of(Street(0, 1, 10.0), Street(1, 2, 10.0, access=PRIVATE))
    arrays = network.arrays()
    again = Network.from_arrays(arrays, network.off_road_kmh)
    assert again.arrays().keys() == arrays.keys()
    for name, array in again.arrays().items():
        assert array.tobytes() == arrays[name].tobytes()
        assert array.dtype == arrays[name].dtype


def test_the_same_roads_give_the_same_bytes() -> None:
    streets = [Street(a, b, 10.0 * a + b) for a in range(4) for b in range(4)]
    one, two = network_of(*streets), network_of(*streets)
    for name, array in one.arrays().items():
        assert array.tobytes() == two.arrays()[name].tobytes()


def test_reversed_turns_every_arc() -> None:
    network = network_of(Street(0, 1, 10.0, oneway=1), Street(1, 2, 20.0), profile="drive")
    graph = network.graph
    back = {(b, a, ms) for a, b, ms in arcs_of(network)}
    assert arcs_of(replace(network, graph=graph.reversed)) == back
