"""The kernel on larger random graphs, against scipy, and at the edges of what it must hold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.network.labels import NO_LABEL
from geo.network.network import Graph
from geo.search.kernel import (
    add_site_labels,
    extend_labels,
    lower_into,
    path_metres,
    reach_each,
    reachable,
    remove_site_labels,
    union_labels,
)

HALF = np.uint64(32)
SHIFT = np.uint64(10)
NODES = 3_000


def graph_of(
    source: NDArray[np.int64], target: NDArray[np.int64], ms: NDArray[np.int64], nodes: int
) -> Graph:
    order = np.argsort(source, kind="stable")
    first = np.zeros(nodes + 1, np.uint64)
    first[1:] = np.cumsum(np.bincount(source, minlength=nodes))
    arcs = (ms[order].astype(np.uint64) << HALF) | target[order].astype(np.uint64)
    return Graph(first, arcs, np.arange(len(source), dtype=np.int32)[order])


@pytest.fixture(scope="module")
def random_arcs() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sparse and directed, with parallel arcs, loops, islands and times from 1 ms to 20 min."""
    rng = np.random.default_rng(1)
    count = 2 * NODES
    source, target = rng.integers(0, NODES, count), rng.integers(0, NODES, count)
    near = rng.integers(1, 60_000, count)
    return source, target, np.where(rng.random(count) < 0.05, near * 20, near)


@pytest.fixture(scope="module")
def graph(random_arcs: tuple[NDArray[np.int64], ...]) -> Graph:
    return graph_of(*random_arcs, NODES)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def matrix(random_arcs: tuple[NDArray[np.int64], ...]) -> csr_array:
    """scipy sums parallel arcs: keep the quickest."""
    source, target, ms = random_arcs
    quickest = np.full((NODES, NODES), np.inf)
    np.minimum.at(quickest, (source, target), ms)
    np.fill_diagonal(quickest, np.inf)
    row, column = np.nonzero(np.isfinite(quickest))
    return csr_array((quickest[row, column], (row, column)), shape=(NODES, NODES))


def seeds(count: int, seed: int = 2) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Nodes (repeats included) and labels: the rank is the place, the head start up to 5 min."""
    rng = np.random.default_rng(seed)
    node = rng.integers(0, NODES, count).astype(np.uint64)
    head = rng.integers(0, 300_000, count).astype(np.uint64)
    return node, (head << HALF) | np.arange(count, dtype=np.uint64)


def by_scipy(
    matrix: csr_array, node: NDArray[np.uint64], label: NDArray[np.uint64], limit_ms: int
) -> NDArray[np.uint64]:
    """Least label of every node, ties to the smaller rank."""
    distance = dijkstra(matrix, indices=node.astype(np.int64))
    start = (label >> HALF).astype(np.float64)
    found = np.full(matrix.shape[0], NO_LABEL)
    for i in range(len(node)):
        time = distance[i] + start[i]
        within = time <= limit_ms
        mine = (time[within].astype(np.uint64) << HALF) | (label[i] & np.uint64(0xFFFF_FFFF))
        found[within] = np.minimum(found[within], mine)
    return found


def union(
    graph: Graph,
    node: NDArray[np.uint64],
    label: NDArray[np.uint64],
    limit_ms: int,
    *,
    group: int = 8,
    shift: np.uint64 = SHIFT,
) -> NDArray[np.uint64]:
    found = np.full(graph.node_count, NO_LABEL)
    span = np.uint64(max(graph.longest_ms, 300_000))
    union_labels(
        graph.first_arc, graph.arcs, found, node, label, group, np.uint64(limit_ms), span, shift
    )
    return found


@pytest.mark.parametrize("limit_ms", [0, 40_000, 400_000, 10**8])
@pytest.mark.parametrize("group", [1, 16, 1000])
def test_union_equals_scipy(graph: Graph, matrix: csr_array, limit_ms: int, group: int) -> None:
    node, label = seeds(60)
    expected = by_scipy(matrix, node, label, limit_ms)
    np.testing.assert_array_equal(union(graph, node, label, limit_ms, group=group), expected)


@pytest.mark.parametrize("shift", [0, 4, 10, 20, 31])
def test_the_width_of_buckets_changes_nothing(graph: Graph, matrix: csr_array, shift: int) -> None:
    node, label = seeds(20)
    found = union(graph, node, label, 600_000, shift=np.uint64(shift))
    np.testing.assert_array_equal(found, by_scipy(matrix, node, label, 600_000))


def test_parts_merge_to_the_whole(graph: Graph) -> None:
    node, label = seeds(60)
    whole = union(graph, node, label, 500_000)
    one = union(graph, node[:17], label[:17], 500_000)
    lower_into(one, union(graph, node[17:], label[17:], 500_000))
    assert one.tobytes() == whole.tobytes()


@pytest.mark.parametrize("near_ms", [0, 100_000, 299_999, 400_000])
def test_extending_equals_searching_far_at_once(graph: Graph, near_ms: int) -> None:
    node, label = seeds(40)
    far = (label >> HALF) > near_ms
    found = union(graph, node, label, near_ms)
    extend_labels(
        graph.first_arc,
        graph.arcs,
        found,
        np.uint64(near_ms),
        node[far],
        label[far],
        np.uint64(3_000_000),
        np.uint64(max(graph.longest_ms, 300_000)),
        SHIFT,
    )
    assert found.tobytes() == union(graph, node, label, 3_000_000).tobytes()


def test_add_and_remove_equal_a_fresh_union(graph: Graph) -> None:
    node, label = seeds(40)
    back, span, limit = graph.reversed, np.uint64(1_200_000), np.uint64(700_000)
    found = union(graph, node, label, 700_000)
    inside = np.ones(40, bool)
    for i in np.random.default_rng(3).integers(0, 40, 60):
        mine = slice(i, i + 1)
        if inside[i]:
            inside[i] = False
            order = np.argsort(node[inside], kind="stable")
            others = node[inside][order], label[inside][order]
            args = (np.uint64(i), node[mine], *others, limit, span, SHIFT)
            remove_site_labels(graph.first_arc, graph.arcs, back.first_arc, back.arcs, found, *args)
        else:
            add_site_labels(
                graph.first_arc, graph.arcs, found, node[mine], label[mine], limit, span, SHIFT
            )
            inside[i] = True
        fresh = union(graph, node[inside], label[inside], 700_000)
        assert found.tobytes() == fresh.tobytes()


def test_each_site_alone_equals_scipy(graph: Graph, matrix: csr_array) -> None:
    node, label = seeds(30)
    first_seed = np.arange(0, 31, 2)  # 15 sites with two seeds each
    scratch = np.full(NODES, NO_LABEL)
    first, nodes, labels, metres = reach_each(
        graph.first_arc,
        graph.arcs,
        scratch,
        first_seed,
        node,
        (label >> HALF) << HALF,
        np.uint64(400_000),
        np.uint64(1_200_000),
        SHIFT,
        graph.arc_edge,
        np.zeros(len(graph.arcs)),
        np.zeros(30),
        np.empty(0),
    )
    assert len(metres) == 0 and np.all(scratch == NO_LABEL)
    for i in range(15):
        mine = slice(first_seed[i], first_seed[i + 1])
        expected = by_scipy(matrix, node[mine], (label[mine] >> HALF) << HALF, 400_000)
        found = np.full(NODES, NO_LABEL)
        found[nodes[first[i] : first[i + 1]]] = labels[first[i] : first[i + 1]]
        np.testing.assert_array_equal(found, expected)


def test_reachable_equals_scipy(graph: Graph, matrix: csr_array) -> None:
    node, _ = seeds(3)
    distance = dijkstra(matrix, indices=node.astype(np.int64))
    found = reachable(graph.first_arc, graph.arcs, node)
    np.testing.assert_array_equal(found, np.isfinite(distance).any(axis=0))
    # A graph in which everything is reached would prove nothing.
    assert 0 < found.sum() < NODES
    assert connected_components(matrix, directed=False)[0] > 1


def test_no_seeds_reach_nothing(graph: Graph) -> None:
    none = np.empty(0, np.uint64)
    assert np.all(union(graph, none, none, 10**6) == NO_LABEL)
    assert not reachable(graph.first_arc, graph.arcs, none).any()
    first = add_site_labels(
        graph.first_arc,
        graph.arcs,
        np.full(NODES, NO_LABEL),
        none,
        none,
        np.uint64(10**6),
        np.uint64(10**6),
        SHIFT,
    )
    assert len(first) == 0


def test_ties_go_to_the_smaller_rank() -> None:
    # 0 -5- 1 -5- 2, seeds at both ends: node 1 is a tie.
    source, target = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1])
    line = graph_of(source, target, np.full(4, 5_000), 3)
    for ranks, owner in (((3, 7), 3), ((7, 3), 3)):
        node = np.array([0, 2], np.uint64)
        found = union(line, node, np.array(ranks, np.uint64), 60_000)
        assert found[1] == (np.uint64(5_000) << HALF) | np.uint64(owner)


def test_the_limit_is_inclusive() -> None:
    line = graph_of(np.array([0, 1]), np.array([1, 2]), np.array([1_000, 1_000]), 3)
    start = np.zeros(1, np.uint64)
    assert union(line, start, start, 2_000)[2] == np.uint64(2_000) << HALF
    assert union(line, start, start, 1_999)[2] == NO_LABEL


def test_metres_are_those_of_the_shortest_quickest_path() -> None:
    # From 0 to 3 by 1 or by 2 in the same time; by 1 it is 30 m, by 2 it is 20 m; and an arc of no
    # time (2 to 1) makes 1 itself nearer in metres than its own arc.
    source, target = np.array([0, 0, 1, 2, 2]), np.array([1, 2, 3, 3, 1])
    ms = np.array([1_000, 1_000, 1_000, 1_000, 0])
    edge_metres = np.array([15.0, 5.0, 15.0, 15.0, 2.0])
    small = graph_of(source, target, ms, 4)
    start = np.zeros(1, np.uint64)
    label = union(small, start, start, 10_000)
    metres = np.full(4, np.inf)
    order = np.argsort(label, kind="stable")
    path_metres(
        small.first_arc,
        small.arcs,
        small.arc_edge,
        edge_metres,
        label,
        order,
        start,
        start,
        np.array([1.0]),
        metres,
    )
    np.testing.assert_array_equal(metres, [1.0, 8.0, 6.0, 21.0])
