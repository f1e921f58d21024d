"""Networks of any size for the benchmarks, tiled from one real town.

The town is Heidelberg (OpenStreetMap extract in `../shared/data`), or the bundled Wuhan where that
folder is missing. Copies are laid side by side and joined by a few streets at their common border,
so that searches run on across the seams.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geo.base.quality_log import QualityLog
from geo.network.build import build_network
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.readers.roads.read import read_roads
from geo.roads.roads import ALONG, OPEN, Roads
from geo.search.seeds import Seeds, place_sites
from geo.study.model import DemandInput, Layer, NetworkInput, Study, StudyInfo, UnitsInput

__all__ = ["WUHAN", "World", "heidelberg", "sites_on", "tiled", "walking"]

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "data"
HEIDELBERG = SHARED / "heidelberg" / "heidelberg.test.pbf"
WUHAN = HERE.parent / "data" / "wuhan" / "roads.parquet"
# Streets that join a copy with its neighbour, on each side.
_SEAMS = 24


@dataclass(frozen=True)
class World:
    """A walking network over tiled roads."""

    name: str
    roads: Roads
    network: Network


def heidelberg() -> tuple[str, Roads]:
    """The town to tile, with its name."""
    path = HEIDELBERG if HEIDELBERG.exists() else WUHAN
    study = Study(
        study=StudyInfo(name="benchmark"),
        units=UnitsInput(path="-"),
        demand=DemandInput(path="-"),
        network=NetworkInput(path=path.name),
        layers=(Layer(key="none", sites="none", minutes=15.0),),
        folder=path.parent,
    )
    return path.name, read_roads(study, QualityLog())


def tiled(town: Roads, nodes: int) -> Roads:
    """Copies of `town` in a square until there are at least `nodes` nodes."""
    copies = max(1, round(nodes / town.node_count))
    side = int(np.ceil(np.sqrt(copies)))
    low, high = town.lonlat.min(axis=0), town.lonlat.max(axis=0)
    step = (high - low) * 1.001
    # Around the equator, so that a large square of copies stays on the globe and undistorted.
    origin = -np.array([side, side]) * step / 2 - low
    shift = [origin + step * (i % side, i // side) for i in range(copies)]
    seam_u, seam_v = _seams(town, copies, side)
    count, k = len(town), town.node_count
    node_lonlat = np.concatenate([town.node_lonlat + s for s in shift])
    seams = len(seam_u)
    seam_lonlat = np.stack([node_lonlat[seam_u], node_lonlat[seam_v]], axis=1).reshape(-1, 2)
    vertices = len(town.lonlat)
    starts = [town.start[:-1] + i * vertices for i in range(copies)]
    starts.append(copies * vertices + 2 * np.arange(seams + 1))

    def repeated(name: str, seam: object) -> np.ndarray:
        values = getattr(town, name)
        tail = np.full(seams, seam, dtype=values.dtype)
        return np.concatenate([np.tile(values, copies), tail])

    return replace(
        town,
        lonlat=np.concatenate([*(town.lonlat + s for s in shift), seam_lonlat]),
        start=np.concatenate(starts).astype(np.int64),
        u=np.concatenate([*(town.u + i * k for i in range(copies)), seam_u]).astype(np.int32),
        v=np.concatenate([*(town.v + i * k for i in range(copies)), seam_v]).astype(np.int32),
        node_lonlat=node_lonlat,
        length_m=repeated("length_m", 200.0),
        edge_id=np.arange(1, copies * count + seams + 1),
        highway=repeated("highway", "residential"),
        foot=repeated("foot", OPEN),
        cycle=repeated("cycle", OPEN),
        drive=repeated("drive", OPEN),
        oneway_foot=repeated("oneway_foot", 0),
        oneway_cycle=repeated("oneway_cycle", 0),
        oneway_drive=repeated("oneway_drive", 0),
        attachable=repeated("attachable", ALONG),
        maxspeed_kmh=repeated("maxspeed_kmh", np.nan),
        speed_kmh=repeated("speed_kmh", np.nan),
    )


def _seams(town: Roads, copies: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes to join across borders: the outermost ones of each side, in order along it."""
    x, y = town.node_lonlat.T
    walked = np.unique(np.concatenate([town.u[town.foot == OPEN], town.v[town.foot == OPEN]]))

    def outermost(key: np.ndarray, along: np.ndarray) -> np.ndarray:
        chosen = walked[np.argsort(key[walked], kind="stable")[:_SEAMS]]
        return chosen[np.argsort(along[chosen], kind="stable")]

    east, west = outermost(-x, y), outermost(x, y)
    north, south = outermost(-y, x), outermost(y, x)
    k = town.node_count
    u, v = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for i in range(copies):
        if (i + 1) % side and i + 1 < copies:
            u.append(east + i * k)
            v.append(west + (i + 1) * k)
        if i + side < copies:
            u.append(north + i * k)
            v.append(south + (i + side) * k)
    return np.concatenate(u), np.concatenate(v)


def walking(nodes: int) -> World:
    """A walking network of about `nodes` nodes."""
    name, town = heidelberg()
    roads = tiled(town, nodes) if nodes > town.node_count else town
    network = build_network(roads, profile_of("walk"), direction="to")
    return World(f"{name} × {max(1, round(nodes / town.node_count))}", roads, network)


def sites_on(network: Network, count: int, seed: int = 1) -> Seeds:
    """Seeds of `count` sites on random edges, up to 100 m off the road."""
    random = np.random.default_rng(seed)
    edge = random.choice(len(network), count, replace=False).astype(np.int32)
    positions = Positions(edge, random.random(count), random.random(count) * 100.0)
    return place_sites(network, positions)
