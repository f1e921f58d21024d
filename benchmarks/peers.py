"""How each peer computes the time from every node to its nearest site, on the same arrays.

The graph of a peer is built once (this time is reported apart) and then searched with the same
sites and limit. A peer without a search from many sources gets one more node, with an arc of no
cost to every site.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from geo.network.network import Graph

__all__ = ["PEERS", "Peer", "csr_of"]

Query = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Peer:
    """One implementation.

    Attributes
    ----------
    name : str
    package : str
        What is installed, for its version.
    build : Callable
        ``build(graph, lonlat, sites)`` gives ``query(sites, limit_ms) -> float64 ms`` by node,
        infinity where nothing is within the limit.
    largest : int
        Nodes beyond which a build would take minutes or the machine's memory.
    """

    name: str
    package: str
    build: Callable[[Graph, np.ndarray, np.ndarray], Query]
    largest: int

    @property
    def installed(self) -> str:
        """Its version, empty where it is not installed."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""

    def prepare(self, graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> tuple[Query, float]:
        """The query, and the seconds that its preparation took."""
        begin = time.perf_counter()
        return self.build(graph, lonlat, sites), time.perf_counter() - begin


def _arrays(graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = graph.first_arc.astype(np.int64)
    source = np.repeat(np.arange(graph.node_count), np.diff(first))
    target = (graph.arcs & np.uint64(0xFFFF_FFFF)).astype(np.int64)
    return source, target, (graph.arcs >> np.uint64(32)).astype(np.float64)


def csr_of(graph: Graph):  # type: ignore[no-untyped-def]
    """The graph as a scipy matrix of ms; of parallel arcs the quickest, since CSR sums them."""
    import scipy.sparse

    source, target, ms = _arrays(graph)
    order = np.lexsort((ms, target, source))
    source, target, ms = source[order], target[order], ms[order]
    keep = np.ones(len(ms), bool)
    keep[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    n = graph.node_count
    # scipy takes an explicit zero for no arc.
    matrix = (np.maximum(ms[keep], 1e-6), (source[keep], target[keep]))
    return scipy.sparse.csr_matrix(matrix, shape=(n, n))


def _scipy(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    from scipy.sparse.csgraph import dijkstra

    matrix = csr_of(graph)
    return lambda sites, limit: dijkstra(matrix, indices=sites, min_only=True, limit=limit)


def _networkx(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(graph.node_count))
    coo = csr_of(graph).tocoo()
    made.add_weighted_edges_from(zip(coo.row.tolist(), coo.col.tolist(), coo.data, strict=True))

    def query(sites: np.ndarray, limit: int) -> np.ndarray:
        found = nx.multi_source_dijkstra_path_length(made, set(sites.tolist()), cutoff=limit)
        out = np.full(graph.node_count, np.inf)
        out[list(found)] = list(found.values())
        return out

    return query


def _with_super_source(graph: Graph, sites: np.ndarray) -> tuple[np.ndarray, ...]:
    source, target, ms = _arrays(graph)
    n = graph.node_count
    return (
        np.concatenate([source, np.full(len(sites), n)]),
        np.concatenate([target, sites]),
        np.concatenate([ms, np.zeros(len(sites))]),
    )


def _igraph(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    import igraph

    source, target, ms = _with_super_source(graph, sites)
    n = graph.node_count
    made = igraph.Graph(n + 1, np.column_stack([source, target]), directed=True)
    weights = ms.tolist()

    def query(sites: np.ndarray, limit: int) -> np.ndarray:
        found = np.array(made.distances(n, weights=weights)[0][:n])
        return np.where(found <= limit, found, np.inf)

    return query


def _networkit(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    import networkit

    source, target, ms = _with_super_source(graph, sites)
    n = graph.node_count
    made = networkit.GraphFromCoo(
        (ms, (source.astype(np.uint64), target.astype(np.uint64))),
        n=n + 1,
        weighted=True,
        directed=True,
    )

    def query(sites: np.ndarray, limit: int) -> np.ndarray:
        search = networkit.distance.Dijkstra(made, n, storePaths=False)
        search.run()
        found = np.array(search.getDistances(asarray=True))[:n]
        return np.where(found <= limit, found, np.inf)

    return query


def _rustworkx(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    import rustworkx

    source, target, ms = _with_super_source(graph, sites)
    n = graph.node_count
    made = rustworkx.PyDiGraph()
    made.add_nodes_from(range(n + 1))
    made.add_edges_from(list(zip(source.tolist(), target.tolist(), ms.tolist(), strict=True)))

    def query(sites: np.ndarray, limit: int) -> np.ndarray:
        found = rustworkx.dijkstra_shortest_path_lengths(made, n, float)
        out = np.full(n + 1, np.inf)
        out[list(found.keys())] = list(found.values())
        return np.where(out[:n] <= limit, out[:n], np.inf)

    return query


def _pandana(graph: Graph, lonlat: np.ndarray, sites: np.ndarray) -> Query:
    import pandana
    import pandas as pd

    source, target, ms = _arrays(graph)
    nodes = np.arange(graph.node_count)
    x, y = (pd.Series(values, index=nodes) for values in lonlat.T)
    made = pandana.Network(
        # pandana searches from the nodes to the sites, so the arcs are reversed.
        x,
        y,
        pd.Series(target),
        pd.Series(source),
        pd.DataFrame({"s": ms / 1000.0}),
        twoway=False,
    )

    def query(sites: np.ndarray, limit: int) -> np.ndarray:
        reach = limit / 1000.0
        made.set_pois("sites", reach, 1, pd.Series(lonlat[sites, 0]), pd.Series(lonlat[sites, 1]))
        found = made.nearest_pois(reach, "sites", num_pois=1)[1].to_numpy() * 1000.0
        return np.where(found < limit, np.rint(found), np.inf)

    return query


PEERS = (
    Peer("scipy dijkstra(min_only, limit)", "scipy", _scipy, 10**9),
    Peer("networkit Dijkstra", "networkit", _networkit, 2_000_000),
    Peer("rustworkx dijkstra", "rustworkx", _rustworkx, 2_000_000),
    Peer("igraph distances", "igraph", _igraph, 2_000_000),
    Peer("pandana nearest_pois", "pandana", _pandana, 1_500_000),
    Peer("networkx multi_source_dijkstra", "networkx", _networkx, 1_500_000),
)
