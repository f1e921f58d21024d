"""Real cities: every demand point's time, owner and metres equal networkx, to the millisecond.

Wuhan (the bundled sample), Porto Alegre, Heidelberg and Liechtenstein (shared data); every profile,
to and from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from geo.base.quality_log import QualityLog
from geo.network.build import build_network
from geo.network.profiles import profile_of
from geo.network.snapping import Snapper
from geo.readers.osm.roads import read_osm
from geo.readers.roads.edge_table import read_edge_table
from geo.roads.roads import Roads
from geo.search.seeds import place_sites
from geo.search.site_reach import demand_within
from geo.search.site_union import SiteUnion
from geo.search.times import at_positions, node_metres, reachable_positions
from tests.worlds.oracle import nearest_sites
from tests.worlds.streets import SHARED, WUHAN, places_of

HORIZON_MS = 7_200_000
LIMIT_MS = 900_000
POA = SHARED / "poa"


@cache
def wuhan_roads() -> Roads:
    return read_edge_table(WUHAN / "roads.parquet", "roads.parquet", QualityLog(), "wgs84")[0]


@cache
def osm_roads(file: str) -> Roads:
    with TemporaryDirectory() as folder:
        path = SHARED / file
        return read_osm(path, path.name, QualityLog(), "wgs84", Path(folder))[0]


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"id": str}, encoding="utf-8-sig").sort_values("id")


@pytest.fixture(autouse=True, scope="module")
def forget() -> Iterator[None]:
    """The roads are large; no later test needs them."""
    yield
    wuhan_roads.cache_clear()
    osm_roads.cache_clear()


PROFILES = ["walk", "walk_senior", "cycle", "ebike", "drive"]


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("profile", PROFILES)
def test_wuhan(profile: str, direction: str) -> None:
    if not WUHAN.is_dir():
        pytest.skip("data/wuhan is missing")
    demand, sites = _table(WUHAN / "estates.csv"), _table(WUHAN / "medical_insurance.csv")
    found = equals_the_oracle(wuhan_roads(), profile, direction, sites, demand)
    # The sample's order of size, so that an oracle and an engine that both see nothing fail.
    assert found > 150


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("profile", PROFILES)
def test_porto_alegre(profile: str, direction: str) -> None:
    if not POA.is_dir():
        pytest.skip("../shared/data/poa is missing")
    demand = _table(POA / "poa_hexgrid.csv")
    sites = demand[demand["healthcare"] > 0]
    assert len(demand) == 1227 and len(sites) == 117
    found = equals_the_oracle(osm_roads("poa/poa_osm.pbf"), profile, direction, sites, demand)
    assert found > 500


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "path", ["heidelberg/heidelberg.test.pbf", "liechtenstein/liechtenstein-latest.osm.pbf"]
)
def test_random_points(path: str, profile: str, direction: str) -> None:
    if not (SHARED / path).is_file():
        pytest.skip(f"../shared/data/{path} is missing")
    roads = osm_roads(path)
    rng = np.random.default_rng(13)
    # Near nodes, so that most points find a road.
    near = roads.node_lonlat[rng.integers(0, roads.node_count, 430)]
    lon, lat = (near + rng.uniform(-0.002, 0.002, near.shape)).T
    points = pd.DataFrame({"lon": lon, "lat": lat})
    found = equals_the_oracle(roads, profile, direction, points[:30], points[30:])
    assert found > 50


def equals_the_oracle(
    roads: Roads, profile: str, direction: str, sites: pd.DataFrame, demand: pd.DataFrame
) -> int:
    """Compare; returns how many demand points lie within the limit."""
    network = build_network(roads, profile_of(profile), direction=direction)
    snapper = Snapper(roads, network.road)
    at_sites, at_demand = (
        snapper.snap(t["lon"].to_numpy(), t["lat"].to_numpy(), max_access_m=500.0)
        for t in (sites, demand)
    )
    seeds = place_sites(network, at_sites)
    union = SiteUnion(network, seeds, horizon_ms=HORIZON_MS, near_ms=LIMIT_MS)
    times = at_positions(
        network,
        seeds,
        union.label,
        node_metres(network, seeds, union.label),
        at_demand,
        horizon_ms=HORIZON_MS,
    )
    expected = nearest_sites(
        roads,
        profile,
        direction,
        places_of(network, at_sites),
        places_of(network, at_demand),
        horizon_ms=HORIZON_MS,
    )
    np.testing.assert_array_equal(times.time_ms, expected.time_ms)
    np.testing.assert_array_equal(times.rank, expected.rank)
    np.testing.assert_allclose(times.metres, expected.metres, rtol=0, atol=0.002)
    joined = reachable_positions(network, seeds, at_demand)
    np.testing.assert_array_equal(joined, expected.joined)
    # The searches of single sites, put together, cover what the union covers.
    rows = np.arange(len(at_demand), dtype=np.int32)
    _, listed = demand_within(network, seeds, at_demand, rows, len(rows), limit_ms=LIMIT_MS)
    within = np.flatnonzero((expected.time_ms >= 0) & (expected.time_ms <= LIMIT_MS))
    np.testing.assert_array_equal(np.unique(listed), within)
    return len(within)
