"""Polygons, snapping, and roads from an .osm.pbf."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import shapely
import shapely.ops
from measure import OURS, Table, median_s
from worlds import HEIDELBERG, World, sites_on

from geo.base.quality_log import QualityLog
from geo.coordinates.plane import plane_of
from geo.inputs.road_source import RoadSource
from geo.isochrones.streets import ReachedStreets, cell_for, isochrone, reached_streets
from geo.network.labels import HALF, NO_LABEL
from geo.network.network import Network
from geo.network.snapping import Snapper
from geo.roads.roads import Roads
from geo.search.site_reach import site_reach
from geo.search.site_union import SiteUnion
from geo.study.model import DemandInput, Layer, NetworkInput, Study, StudyInfo, UnitsInput

__all__ = ["pbf_to_graph", "polygons", "snapping", "tile_pbf"]

LIMIT_MS = 15 * 60_000
BUFFER_M = 50.0


def polygons(table: Table, world: World, sites: int, *, repeats: int) -> None:
    """Polygons of one site and of many sites, beside the union of buffered streets."""
    network, roads = world.network, world.roads
    plane = plane_of(roads)
    seeds = sites_on(network, sites)
    scratch = np.full(network.graph.node_count, NO_LABEL)
    alone = [_reached_alone(network, seeds, i, scratch) for i in range(min(40, sites))]
    union = SiteUnion(network, seeds, horizon_ms=LIMIT_MS, near_ms=LIMIT_MS)
    value = np.where(union.label == NO_LABEL, np.inf, (union.label >> HALF).astype(np.float64))
    everywhere = reached_streets(
        network,
        value,
        (network.ms_forward, network.ms_backward),
        LIMIT_MS,
        site_edge=seeds.edge,
        site_fraction=seeds.fraction,
        site_value=(seeds.edge_label >> HALF).astype(np.float64),
    )

    def draw(streets: ReachedStreets) -> float:
        cell_m = cell_for(network)
        return isochrone(roads, network, plane, streets, buffer_m=BUFFER_M, cell_m=cell_m)[1]

    one = median_s(lambda: [draw(streets) for streets in alone], repeats) / len(alone)
    drawn = sum(draw(streets) for streets in alone)
    begin = time.perf_counter()
    buffered = sum(_buffered_km2(roads, network, plane.xy, streets) for streets in alone)
    other = (time.perf_counter() - begin) / len(alone)
    case, size = "polygon of one 15-min walk", f"mean of {len(alone)} sites"
    table.add(case, size, OURS, one, ours=one, agrees=f"area {drawn / buffered - 1:+.2%}")
    table.add(case, size, "shapely buffer + union of the same streets", other, ours=one)
    reached = int(np.isfinite(value).sum())
    case, size = "polygon of a coverage", f"{reached:,} nodes, {sites:,} sites"
    many = median_s(lambda: draw(everywhere), repeats)
    begin = time.perf_counter()
    whole = _buffered_km2(roads, network, plane.xy, everywhere)
    other = time.perf_counter() - begin
    agrees = f"area {draw(everywhere) / whole - 1:+.2%}"
    table.add(case, size, OURS, many, ours=many, agrees=agrees)
    table.add(case, size, "shapely buffer + union of the same streets", other, ours=many)


def _reached_alone(network: Network, seeds, i: int, scratch: np.ndarray) -> ReachedStreets:  # type: ignore[no-untyped-def]
    _, nodes, labels, _ = site_reach(
        network,
        seeds,
        np.array([i]),
        limit_ms=LIMIT_MS,
        scratch=scratch,
        scratch_metres=np.empty(0),
    )
    value = np.full(network.graph.node_count, np.inf)
    value[nodes] = (labels >> HALF).astype(np.float64)
    return reached_streets(
        network,
        value,
        (network.ms_forward, network.ms_backward),
        LIMIT_MS,
        site_edge=seeds.edge[i : i + 1],
        site_fraction=seeds.fraction[i : i + 1],
        site_value=(seeds.edge_label[i : i + 1] >> HALF).astype(np.float64),
    )


def _buffered_km2(roads: Roads, network: Network, xy: np.ndarray, streets: ReachedStreets) -> float:
    """Area of the union of buffers, by shapely alone."""
    lines = [
        shapely.LineString(xy[roads.start[r] : roads.start[r + 1]])
        for r in network.road[streets.edge]
    ]
    cut = [
        shapely.ops.substring(line, a, b, normalized=True)
        for line, a, b in zip(lines, streets.begin, streets.end, strict=True)
    ]
    return float(shapely.union_all(shapely.buffer(cut, BUFFER_M)).area / 1e6)


def snapping(table: Table, world: World, points: int, *, repeats: int) -> None:
    """Points to positions on edges, with and without building the grid."""
    random = np.random.default_rng(4)
    vertex = random.integers(0, len(world.roads.lonlat), points)
    near = world.roads.lonlat[vertex] + random.normal(0, 0.0015, (points, 2))
    size = f"{points:,} points, {len(world.network):,} edges"
    grid = median_s(lambda: Snapper(world.roads, world.network.road), repeats)
    snapper = Snapper(world.roads, world.network.road)
    seconds = median_s(lambda: snapper.snap(near[:, 0], near[:, 1], max_access_m=500.0), repeats)
    table.add("grid over the edges", size, OURS, grid)
    table.add("snap points to edges", size, f"{OURS}, 2 threads", seconds, ours=seconds)
    few = min(points, 20_000)
    lines = shapely.linestrings(
        world.roads.lonlat,
        indices=np.repeat(np.arange(len(world.roads)), np.diff(world.roads.start)),
    )[world.network.road]
    tree = shapely.STRtree(lines)
    begin = time.perf_counter()
    tree.query_nearest(shapely.points(near[:few]), all_matches=False)
    other = (time.perf_counter() - begin) * points / few
    name = f"shapely STRtree, in degrees (inexact), {few:,} points scaled up"
    table.add("snap points to edges", size, name, other, ours=seconds)


def pbf_to_graph(table: Table, copies: int) -> None:
    """An .osm.pbf of tiled towns to a saved graph, and loading the saved graph."""
    if not HEIDELBERG.exists():
        print("pbf to graph: left out, ../shared/data is missing")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiled.osm.pbf"
        tile_pbf(path, copies)
        study = Study(
            study=StudyInfo(name="benchmark"),
            units=UnitsInput(path="-"),
            demand=DemandInput(path="-"),
            network=NetworkInput(path=path.name),
            layers=(Layer(key="none", sites="none", minutes=15.0),),
            folder=path.parent,
        )
        cache = Path(folder) / "cache"

        def graph() -> Network:
            return RoadSource(study, QualityLog(), cache=cache).network("walk", "to")

        begin = time.perf_counter()
        with _children_peak() as peak:
            made = graph()
        build = time.perf_counter() - begin
        load = median_s(graph, 5)
        size = f"{path.stat().st_size / 1e6:.0f} MB, {made.graph.node_count:,} graph nodes"
        read = f"{size}, peak of the process that reads {peak[0]:,.0f} MB"
        table.add(".osm.pbf to a saved graph", read, OURS, build)
        table.add("load the saved graph (hash of the file included)", size, OURS, load)


@contextmanager
def _children_peak() -> Iterator[list[float]]:
    """The most memory (MB) that a child process holds meanwhile, measured 50 times a second.

    The system's own record is of no use, as it begins with the memory of the parent.
    """
    most, done = [0.0], threading.Event()

    def watch_children() -> None:
        while not done.wait(0.02):
            for child in psutil.Process().children():
                with suppress(psutil.Error):  # it may have ended
                    most[0] = max(most[0], child.memory_info().rss / 2**20)

    watch = threading.Thread(target=watch_children)
    watch.start()
    try:
        yield most
    finally:
        done.set()
        watch.join()


def tile_pbf(path: Path, copies: int) -> None:
    """Write copies of the Heidelberg extract side by side."""
    import osmium

    side = int(np.ceil(np.sqrt(copies)))
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for kind in ("node", "way"):
            for i in range(copies):
                for thing in osmium.FileProcessor(str(HEIDELBERG)):
                    if thing.is_node() and kind == "node":
                        lon = thing.location.lon + 0.2 * (i % side)
                        lat = thing.location.lat - 0.15 * (i // side)
                        writer.add_node(
                            thing.replace(id=thing.id * copies + i, location=(lon, lat))
                        )
                    elif thing.is_way() and kind == "way":
                        refs = [ref.ref * copies + i for ref in thing.nodes]
                        writer.add_way(thing.replace(id=thing.id * copies + i, nodes=refs))
