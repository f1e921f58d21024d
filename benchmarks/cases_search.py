"""The search: all sites together beside the peers, each site alone, sites added and removed."""

from __future__ import annotations

import time

import numpy as np
from measure import OURS, Table, median_s
from numba import njit
from peers import PEERS
from worlds import World, sites_on

from geo.network.labels import HALF, NO_LABEL
from geo.network.network import Graph
from geo.search.kernel import union_labels
from geo.search.seeds import Seeds
from geo.search.site_reach import site_reach
from geo.search.site_union import SiteUnion

__all__ = ["far_horizon", "incremental", "single_sites", "union_beside_peers"]

LIMIT_MS = 15 * 60_000


@njit(nogil=True)
def _sweep(first_arc, arcs, label):  # type: ignore[no-untyped-def]
    """Visit every arc once, as a relaxation does: a lower bound for any search on these arrays."""
    lower = 0
    for u in range(label.size):
        for k in range(first_arc[u], first_arc[u + 1]):
            new = label[u] + (arcs[k] & np.uint64(0xFFFF_FFFF_0000_0000))
            if new < label[arcs[k] & np.uint64(0xFFFF_FFFF)]:
                lower += 1
    return lower


def _one_sweep(graph: Graph, label: np.ndarray, repeats: int) -> float:
    """Seconds of one relaxation sweep."""
    return median_s(lambda: _sweep(graph.first_arc, graph.arcs, label), repeats)


def _node_sites(world: World, count: int) -> tuple[np.ndarray, Seeds]:
    """Sites exactly at nodes, which every peer can handle."""
    graph = world.network.graph
    base = np.unique(np.concatenate([world.network.seed_u, world.network.seed_v]))
    nodes = np.sort(np.random.default_rng(1).choice(base, count, replace=False))
    rank = np.arange(count)
    none = np.zeros(0)
    seeds = Seeds(
        rank=rank,
        first=np.arange(count + 1),
        node=nodes.astype(np.uint64),
        label=rank.astype(np.uint64),
        metres=np.zeros(count),
        edge=none.astype(np.int32),
        fraction=none,
        edge_label=none.astype(np.uint64),
        edge_metres=none,
    )
    assert nodes.max() < graph.node_count
    return nodes.astype(np.int64), seeds


def union_beside_peers(
    table: Table, world: World, sites: int, *, repeats: int, peers: bool = True
) -> None:
    """Nearest-site time and owner of every node within 15 minutes, and the peers' times."""
    graph = world.network.graph
    nodes, seeds = _node_sites(world, sites)
    size = f"{graph.node_count:,} nodes, {len(graph.arcs):,} arcs, {sites:,} sites"
    case = "nearest site of every node, 15 min"

    def ours(threads: int) -> SiteUnion:
        return SiteUnion(
            world.network, seeds, horizon_ms=LIMIT_MS, near_ms=LIMIT_MS, threads=threads
        )

    seconds = median_s(lambda: ours(2), repeats)
    label = ours(2).label
    table.add(case, size, f"{OURS}, 2 threads, with owners", seconds, ours=seconds, agrees="–")
    one = median_s(lambda: ours(1), repeats)
    same = "bytes" if np.array_equal(ours(1).label, label) else "NO"
    table.add(case, size, f"{OURS}, 1 thread, with owners", one, ours=seconds, agrees=same)
    sweep = _one_sweep(graph, label, repeats)
    table.add(case, size, "one relaxation sweep (floor)", sweep, ours=seconds, agrees="–")
    mine = np.where(label == NO_LABEL, np.inf, (label >> HALF).astype(np.float64))
    for peer in PEERS if peers else PEERS[:1]:
        if not peer.installed:
            print(f"{peer.name}: not installed (pip install {peer.package})")
            continue
        if graph.node_count > peer.largest:
            print(f"{peer.name}: left out at this size, its graph alone takes minutes to build")
            continue
        lonlat = np.random.default_rng(2).random((graph.node_count, 2))
        query, build_s = peer.prepare(graph, lonlat, nodes)
        begin = time.perf_counter()
        found = query(nodes, LIMIT_MS)
        first_s = time.perf_counter() - begin
        took = first_s if first_s > 5 else median_s(lambda q=query: q(nodes, LIMIT_MS), repeats)
        name = f"{peer.name} {peer.installed} (build {build_s:.1f} s)"
        table.add(case, size, name, took, ours=seconds, agrees=_agreement(mine, found))


def _agreement(mine: np.ndarray, found: np.ndarray) -> str:
    both = np.isfinite(mine) & np.isfinite(found)
    apart = int((np.isfinite(mine) != np.isfinite(found)).sum())
    widest = float(np.abs(mine[both] - found[both]).max(initial=0.0))
    if apart == 0 and widest < 0.5:
        return "to the ms"
    return f"within {np.ceil(widest):.0f} ms, {apart:,} nodes reached by one only"


def single_sites(table: Table, world: World, sites: int, *, repeats: int) -> None:
    """The nodes within 15 minutes on foot of each site alone, on 1 and 2 threads."""
    from concurrent.futures import ThreadPoolExecutor

    graph, seeds = world.network.graph, sites_on(world.network, sites)
    size = f"{graph.node_count:,} nodes, {sites:,} sites"

    def work(threads: int) -> int:
        def part(chosen: np.ndarray) -> int:
            scratch = np.full(graph.node_count, NO_LABEL)
            found = 0
            for block in np.array_split(chosen, max(1, len(chosen) // 256)):
                reached = site_reach(
                    world.network,
                    seeds,
                    block,
                    limit_ms=LIMIT_MS,
                    scratch=scratch,
                    scratch_metres=np.empty(0),
                )
                found += len(reached[1])
            return found

        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(part, np.array_split(np.arange(sites), threads)))

    seconds = median_s(lambda: work(2), repeats)
    one = median_s(lambda: work(1), repeats)
    table.add("15-min node set of each site", size, f"{OURS}, 2 threads", seconds, ours=seconds)
    table.add("15-min node set of each site", size, f"{OURS}, 1 thread", one, ours=seconds)
    few = min(sites, 20)
    seconds_peer = _scipy_singles(graph, seeds, few) * sites / few
    name = f"scipy dijkstra(limit), {few} sites scaled up"
    table.add("15-min node set of each site", size, name, seconds_peer, ours=seconds)


def _scipy_singles(graph: Graph, seeds: Seeds, count: int) -> float:
    from peers import csr_of
    from scipy.sparse.csgraph import dijkstra

    matrix = csr_of(graph)
    begin = time.perf_counter()
    for i in range(count):
        dijkstra(matrix, indices=int(seeds.node[seeds.first[i]]), limit=LIMIT_MS)
    return time.perf_counter() - begin


def incremental(table: Table, world: World, sites: int, *, changes: int) -> None:
    """One site removed and one added, with owners; then whether all bytes are restored."""
    union = SiteUnion(
        world.network,
        sites_on(world.network, sites),
        horizon_ms=LIMIT_MS,
        near_ms=LIMIT_MS,
    )
    before = union.label.tobytes()
    chosen = np.random.default_rng(3).choice(sites, changes, replace=False)
    union.remove(int(chosen[0]))  # makes the reversed graph, once
    union.add(int(chosen[0]))
    removed, added = [], []
    for i in chosen:
        begin = time.perf_counter()
        union.remove(int(i))
        removed.append(time.perf_counter() - begin)
    for i in chosen[::-1]:
        begin = time.perf_counter()
        union.add(int(i))
        added.append(time.perf_counter() - begin)
    restored = "bytes restored" if union.label.tobytes() == before else "NO"
    size = f"{world.network.graph.node_count:,} nodes, {sites:,} sites, {changes} changes"
    table.add("remove one site", size, OURS, float(np.median(removed)), agrees=restored)
    table.add("add one site", size, OURS, float(np.median(added)), agrees=restored)


def far_horizon(table: Table, world: World, sites: int, *, repeats: int) -> None:
    """As in a study: a limit of 15 minutes, and times up to 120."""
    seeds = sites_on(world.network, sites)
    horizon = 120 * 60_000
    size = f"{world.network.graph.node_count:,} nodes, {sites:,} sites"

    def grouped() -> np.ndarray:
        return SiteUnion(world.network, seeds, horizon_ms=horizon, near_ms=LIMIT_MS).label

    def at_once() -> np.ndarray:
        graph = world.network.graph
        label = np.full(graph.node_count, NO_LABEL)
        order = np.argsort(seeds.node, kind="stable")
        union_labels(
            graph.first_arc,
            graph.arcs,
            label,
            seeds.node[order],
            seeds.label[order],
            1 << 40,
            np.uint64(horizon),
            np.uint64(min(max(graph.longest_ms, 10**6), horizon)),
            np.uint64(10),
        )
        return label

    seconds = median_s(grouped, repeats)
    other = median_s(at_once, repeats)
    same = "bytes" if np.array_equal(grouped(), at_once()) else "NO"
    case = "nearest site of every node, 120 min"
    table.add(case, size, f"{OURS}, near groups then far", seconds, ours=seconds)
    table.add(case, size, f"{OURS}, all at once", other, ours=seconds, agrees=same)
