"""Small worlds for the engine's tests: streets and points built by hand, without files.

Plain helpers, no tests. `oracle.py` answers for them independently of the engine.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from hypothesis import strategies as st

from geo.base.errors import StudyError
from geo.inputs.areas import Areas, build_areas
from geo.network.build import build_network
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.roads.roads import ALONG, CLOSED, OPEN, PRIVATE, Roads
from geo.rules.layer_demand import LayerDemand
from geo.search.seeds import Seeds, place_sites
from geo.search.site_union import SiteUnion
from geo.search.times import DemandTimes, at_positions, node_metres
from geo.study.model import UnitsInput

GEOD = pyproj.Geod(ellps="WGS84")
# Where the small worlds lie; their unit of length on the map is a thousandth of a degree.
LON, LAT = 114.0, 30.0

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
WUHAN = ROOT / "data" / "wuhan"


@dataclass(frozen=True)
class Street:
    """One edge of a small world; access holds for every mode, `oneway` for all but walkers."""

    u: int
    v: int
    length_m: float = math.nan
    access: int = OPEN
    oneway: int = 0
    highway: str = "residential"
    maxspeed_kmh: float = math.nan
    speed_kmh: float = math.nan
    via: tuple[tuple[float, float], ...] = ()
    oneway_foot: int = 0
    attachable: int = ALONG


@dataclass(frozen=True)
class Place:
    """A point on a road (row of `Roads`) and how far off it stands; edge -1 is off network."""

    edge: int
    fraction: float
    access_m: float = 0.0


def node_places(count: int) -> list[tuple[float, float]]:
    """Distinct places in degrees for `count` nodes."""
    return [(LON + 0.001 * i, LAT + 0.001 * ((i * 7) % 5)) for i in range(count)]


def roads_of(nodes: Sequence[tuple[float, float]], streets: Sequence[Street]) -> Roads:
    """`Roads` of hand-made streets; a length that is not given is the geodesic one."""
    lines = [_line(nodes, street) for street in streets]
    counts = [len(line) for line in lines]
    own = [street.length_m for street in streets]
    measured = [GEOD.line_length(*np.array(line).T) for line in lines]
    access = np.array([street.access for street in streets], np.uint8)
    oneway = np.array([street.oneway for street in streets], np.int8)
    return Roads(
        lonlat=np.array([xy for line in lines for xy in line], np.float64),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        u=np.array([street.u for street in streets], np.int32),
        v=np.array([street.v for street in streets], np.int32),
        node_lonlat=np.array(nodes, np.float64),
        length_m=np.where(np.isnan(own), measured, own),
        edge_id=np.arange(1, len(streets) + 1),
        highway=np.array([street.highway for street in streets], np.str_),
        foot=access,
        cycle=access,
        drive=access,
        oneway_foot=np.array([street.oneway_foot for street in streets], np.int8),
        oneway_cycle=oneway,
        oneway_drive=oneway,
        attachable=np.array([street.attachable for street in streets], np.uint8),
        maxspeed_kmh=np.array([street.maxspeed_kmh for street in streets], np.float32),
        speed_kmh=np.array([street.speed_kmh for street in streets], np.float32),
    )


def _line(nodes: Sequence[tuple[float, float]], street: Street) -> list[tuple[float, float]]:
    first, last = nodes[street.u], nodes[street.v]
    via = street.via
    if street.u == street.v and not via:
        via = ((first[0] + 0.0004, first[1]), (first[0], first[1] + 0.0004))
    return [first, *via, last]


def only(roads: Roads, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Roads:
    """The edges of `keep`, their nodes as they are."""
    counts = np.diff(roads.start)
    arrays = {
        f.name: getattr(roads, f.name)[keep]
        for f in dataclasses.fields(Roads)
        if len(getattr(roads, f.name)) == len(roads)
    }
    return dataclasses.replace(
        roads,
        **arrays,
        lonlat=roads.lonlat[np.repeat(keep, counts)],
        start=np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int64),
    )


def positions_of(network: Network, places: Sequence[Place]) -> Positions:
    """`Positions` on a network of places on roads; a road closed to the profile is off network."""
    row_of = {int(road): row for row, road in enumerate(network.road)}
    edge = np.array([row_of.get(place.edge, -1) for place in places], np.int32)
    off = edge < 0
    fraction = np.array([place.fraction for place in places], np.float64)
    access = np.array([place.access_m for place in places], np.float64)
    return Positions(edge, np.where(off, np.nan, fraction), np.where(off, 900.0, access))


def places_of(network: Network, positions: Positions) -> list[Place]:
    """The inverse of `positions_of`: what the oracle is told."""
    return [
        Place(int(network.road[edge]) if edge >= 0 else -1, float(fraction), float(access))
        for edge, fraction, access in zip(
            positions.edge, positions.fraction, positions.access_m, strict=True
        )
    ]


@dataclass(frozen=True)
class World:
    """A random world: a few streets, sites and demand, one way of travelling."""

    nodes: int
    streets: tuple[Street, ...]
    profile: str
    direction: str
    sites: tuple[Place, ...]
    demand: tuple[Place, ...]
    horizon_ms: int

    @property
    def roads(self) -> Roads:
        """The streets as `Roads`."""
        return roads_of(node_places(self.nodes), self.streets)


_LENGTHS_M = (0.0, 0.3, 1.0, 40.0, 100.0, 100.0, 250.0, 333.3)
_FRACTIONS = (0.0, 1.0, 0.5, 0.25, 1 / 3, 0.1, 0.9)
_ACCESS_M = (0.0, 0.0, 3.0, 100.5)
_OPENNESS = (OPEN, OPEN, OPEN, OPEN, PRIVATE, PRIVATE, CLOSED)
_CLASSES = ("residential", "primary_link", "service", "")
_HORIZONS_MS = (7_200_000, 7_200_000, 7_200_000, 300_000, 90_000)


@st.composite
def worlds(draw: st.DrawFn, *, nodes_at_most: int = 5, streets_at_most: int = 9) -> World:
    """One-ways, parallel streets, loops, streets without length, islands, private ways.

    Several points share an edge more often than not, and many stand exactly on a node.
    """
    nodes = draw(st.integers(1, nodes_at_most))
    node = st.integers(0, nodes - 1)
    street = st.builds(
        Street,
        node,
        node,
        st.sampled_from(_LENGTHS_M),
        st.sampled_from(_OPENNESS),
        st.sampled_from((0, 0, 0, 1, -1)),
        st.sampled_from(_CLASSES),
        oneway_foot=st.sampled_from((0, 0, 0, 0, 1, -1)),
    )
    streets = draw(st.lists(street, min_size=1, max_size=streets_at_most))
    place = st.builds(
        Place,
        st.integers(0, len(streets) - 1),
        st.sampled_from(_FRACTIONS),
        st.sampled_from(_ACCESS_M),
    )
    return World(
        nodes,
        tuple(streets),
        draw(st.sampled_from(("walk", "cycle", "drive"))),
        draw(st.sampled_from(("to", "from"))),
        tuple(draw(st.lists(place, min_size=1, max_size=4))),
        tuple(draw(st.lists(place, min_size=1, max_size=5))),
        draw(st.sampled_from(_HORIZONS_MS)),
    )


def areas_of(
    units: Iterable[tuple[str, shapely.Geometry, dict[str, str]]], parents: Sequence[str] = ()
) -> Areas:
    """`Areas` of (id, polygon, {parent column: value})."""
    rows = list(units)
    frame = gpd.GeoDataFrame(
        {
            "id": [row[0] for row in rows],
            "name": [f"name {row[0]}" for row in rows],
            **{f"parent:{p}": [row[2][p] for row in rows] for p in parents},
        },
        geometry=[row[1] for row in rows],
        crs="EPSG:4326",
    )
    return build_areas(frame, UnitsInput(path="units.geojson", parents=tuple(parents)))


def demand_rows(points: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows as `read_demand` gives them; whatever a row leaves out has its default."""
    default = {"name": "", "weight": 1.0, "group": "", "class": "", "lon": LON, "lat": LAT}
    rows = [default | {"row": number + 2} | point for number, point in enumerate(points)]
    return pd.DataFrame(rows)


def found_demand(
    time_ms: list[int],
    *,
    weight: list[float] | None = None,
    unit: list[int] | None = None,
    limit_ms: int = 900_000,
    rank: list[int] | None = None,
    cause: list[str] | None = None,
) -> LayerDemand:
    """A layer's demand; causes default to too_far."""
    count = len(time_ms)
    time = np.array(time_ms, np.int64)
    covered = (time >= 0) & (time <= limit_ms)
    causes = np.array(cause or ["too_far"] * count, dtype=object)
    causes[covered] = ""
    return LayerDemand(
        point=np.arange(count),
        unit=np.array(unit if unit is not None else [0] * count, np.int64),
        weight=np.array(weight or [1.0] * count),
        time_ms=time,
        metres=np.where(time < 0, np.nan, time / 900.0),
        rank=np.array(rank if rank is not None else np.where(time < 0, -1, 0), np.int64),
        covered=covered,
        cause=causes,
        access_m=np.zeros(count),
        lon=LON + np.arange(count) / 1000,
        lat=np.full(count, LAT),
        sites_within=np.full(count, -1, np.int64),
    )


def write_geojson(path: Path, features: Sequence[tuple[dict[str, Any], shapely.Geometry]]) -> None:
    """A feature collection of (properties, geometry)."""
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": p, "geometry": shapely.geometry.mapping(g)}
            for p, g in features
        ],
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True)
class Searched:
    """A world as the engine sees it."""

    network: Network
    sites: Positions
    demand: Positions
    seeds: Seeds
    union: SiteUnion
    metres: np.ndarray[Any, np.dtype[np.float64]]
    times: DemandTimes


def search(world: World, *, near_ms: int = 120_000, threads: int = 2) -> Searched | None:
    """The engine's answer for a world; None where no street is open to the profile."""
    try:
        network = build_network(world.roads, profile_of(world.profile), direction=world.direction)
    except StudyError:
        return None
    return search_on(network, world, near_ms=near_ms, threads=threads)


def search_on(
    network: Network, world: World, *, near_ms: int = 120_000, threads: int = 2
) -> Searched:
    """`search` on a network that is there already."""
    sites = positions_of(network, world.sites)
    demand = positions_of(network, world.demand)
    seeds = place_sites(network, sites)
    union = SiteUnion(network, seeds, horizon_ms=world.horizon_ms, near_ms=near_ms, threads=threads)
    metres, times = read(network, seeds, union.label, demand, world.horizon_ms)
    return Searched(network, sites, demand, seeds, union, metres, times)


def read(
    network: Network, seeds: Seeds, label: Any, demand: Positions, horizon_ms: int
) -> tuple[Any, DemandTimes]:
    """Lengths at the nodes, and what is found at the demand points."""
    metres = node_metres(network, seeds, label)
    return metres, at_positions(network, seeds, label, metres, demand, horizon_ms=horizon_ms)
