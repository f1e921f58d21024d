"""Each site's own search: the nodes and the demand points within reach of every site alone."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES, in_threads
from geo.base.ragged import ranges
from geo.network.labels import LONGEST_MS, NO_LABEL, milliseconds_of
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.edge_ends import access_ms, arrivals, same_edge_pairs, stretches
from geo.search.kernel import reach_each
from geo.search.readings import read_each
from geo.search.seeds import Seeds
from geo.search.site_union import SINGLE_SHIFT, span_ms

__all__ = ["CoverageSets", "coverage_sets", "demand_within", "site_reach"]

_SITES_A_BLOCK = 256


@dataclass(frozen=True)
class CoverageSets:
    """The demand points that each used site covers, with the travel to each of them.

    Used site ``i`` covers ``point[first[i]:first[i + 1]]``, in no particular order.

    Attributes
    ----------
    first : int64 (used sites + 1)
    point : int32 (pairs)
    time_ms : int64 (pairs)
        Between the site and the point; of a point with several rows, the least.
    metres : float64 (pairs)
        Length of that quickest path (the shortest, where several are quickest) in whole
        millimetres.
    """

    first: NDArray[np.int64]
    point: NDArray[np.int32]
    time_ms: NDArray[np.int64]
    metres: NDArray[np.float64]


def site_reach(
    network: Network,
    seeds: Seeds,
    sites: NDArray[np.int64],
    *,
    limit_ms: int,
    scratch: NDArray[np.uint64],
    scratch_metres: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]]:
    """Nodes within `limit_ms` of each of some used sites, each searched alone.

    Parameters
    ----------
    sites : int64
        Indices of used sites.
    scratch : uint64 (nodes)
        `NO_LABEL` everywhere, and again afterwards; each thread needs its own.
    scratch_metres : float64 (nodes) or (0)
        Infinity everywhere, and again afterwards; of size 0, lengths are not measured.

    Returns
    -------
    first, nodes, labels, metres
        See `geo.search.kernel.reach_each`.
    """
    limit_ms = min(limit_ms, LONGEST_MS - 1)
    counts = seeds.first[sites + 1] - seeds.first[sites]
    take = ranges(seeds.first[sites], counts)
    graph = network.graph
    reached: tuple[
        NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.float64]
    ] = reach_each(
        graph.first_arc,
        graph.arcs,
        scratch,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        seeds.node[take],
        seeds.label[take],
        np.uint64(limit_ms),
        span_ms(graph, seeds, limit_ms),
        SINGLE_SHIFT,
        graph.arc_edge,
        network.length_m,
        seeds.metres[take],
        scratch_metres,
    )
    return reached


def demand_within(
    network: Network,
    seeds: Seeds,
    positions: Positions,
    point_of_row: NDArray[np.int32],
    points: int,
    *,
    limit_ms: int,
    limit_m: float | None = None,
    threads: int = CORES,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The demand points within the limit of every used site, each site taken alone.

    `coverage_sets` without times and lengths: lengths are then measured for a limit in metres only,
    and the result takes a fifth of the memory.

    Parameters
    ----------
    positions : Positions
        Rows of demand.
    point_of_row : int32 (rows)
        The demand point of each row, -1 where the row takes no part.
    points : int
        Number of demand points.
    limit_ms : int
        How far to search; the limit itself where `limit_m` is None. Inclusive.
    limit_m : float, optional
        The limit in metres along the quickest path, inclusive to the millimetre.

    Returns
    -------
    first, point
        See `CoverageSets`.
    """
    parts = _blocks(
        network,
        seeds,
        positions,
        point_of_row,
        points,
        limit_ms=limit_ms,
        limit_m=limit_m,
        measured=limit_m is not None,
        returned=False,
        threads=threads,
    )
    first, point, _, _ = _concatenated(parts)
    return first, point


def coverage_sets(
    network: Network,
    seeds: Seeds,
    positions: Positions,
    point_of_row: NDArray[np.int32],
    points: int,
    *,
    limit_ms: int,
    limit_m: float | None = None,
    threads: int = CORES,
) -> CoverageSets:
    """The demand points within the limit of every used site, with the time and length to each.

    Parameters as for `demand_within`.
    """
    parts = _blocks(
        network,
        seeds,
        positions,
        point_of_row,
        points,
        limit_ms=limit_ms,
        limit_m=limit_m,
        measured=True,
        returned=True,
        threads=threads,
    )
    first, point, time_ms, metres = _concatenated(parts)
    return CoverageSets(first, point, time_ms, np.rint(metres * 1000.0) / 1000.0)


_Block = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]


def _blocks(
    network: Network,
    seeds: Seeds,
    positions: Positions,
    point_of_row: NDArray[np.int32],
    points: int,
    *,
    limit_ms: int,
    limit_m: float | None,
    measured: bool,
    returned: bool,
    threads: int,
) -> list[_Block]:
    """`read_each` of all used sites, some hundred at a time."""
    rows = np.flatnonzero(positions.on_network & (point_of_row >= 0))
    access = access_ms(network, positions)
    at_node = _rows_at_nodes(network, positions, access, rows)
    limit_mm = -1 if limit_m is None else round(limit_m * 1000)
    # A time that is no label is within no limit (see `geo.search.times.at_positions`).
    limit_ms = min(limit_ms, LONGEST_MS - 1)
    nodes = network.graph.node_count
    # Lent to the blocks in turn: on a large network, filling them costs more than a short search.
    lent: SimpleQueue[tuple[NDArray[np.uint64], NDArray[np.float64]]] = SimpleQueue()
    for _ in range(threads):
        lent.put((np.full(nodes, NO_LABEL), np.full(nodes if measured else 0, np.inf)))

    def block(begin: int) -> _Block:
        sites = np.arange(begin, min(begin + _SITES_A_BLOCK, len(seeds.rank)))
        scratch, scratch_metres = lent.get()
        try:
            reached = site_reach(
                network,
                seeds,
                sites,
                limit_ms=limit_ms,
                scratch=scratch,
                scratch_metres=scratch_metres,
            )
        finally:
            lent.put((scratch, scratch_metres))
        found: _Block = read_each(
            *reached,
            *at_node,
            positions.access_m,
            point_of_row,
            points,
            limit_ms,
            limit_mm,
            measured,
            returned,
            *_rows_on_edges(network, seeds, sites, positions, access, rows),
        )
        return found

    return in_threads(block, range(0, len(seeds.rank), _SITES_A_BLOCK), threads=threads)


def _concatenated(parts: list[_Block]) -> _Block:
    """The sets of all blocks as those of one."""
    counts = [np.diff(first) for first, _, _, _ in parts]
    first = np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *counts]))])
    none = (np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0))
    columns = zip(none, *(part[1:] for part in parts), strict=True)
    point, ms, metres = (np.concatenate(column) for column in columns)
    return first.astype(np.int64), point, ms, metres


def _rows_at_nodes(
    network: Network,
    positions: Positions,
    access: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """By node: which rows are read there; time on the partial edge and the access; its length."""
    ends = arrivals(network, positions.edge[rows], positions.fraction[rows])
    end, which = ends.permitted
    nodes = ends.node[end, which]
    order = np.argsort(nodes, kind="stable")
    end, which = end[order], which[order]
    row = rows[which]
    first = np.zeros(network.graph.node_count + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(nodes, minlength=network.graph.node_count))
    return first, row.astype(np.int32), ends.ms[end, which] + access[row], ends.metres[end, which]


def _rows_on_edges(
    network: Network,
    seeds: Seeds,
    sites: NDArray[np.int64],
    positions: Positions,
    access: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """By site: rows on the site's own edge that it reaches along it; whole time and length."""
    place, which = same_edge_pairs(seeds.edge[sites], positions.edge[rows])
    site, row = sites[place], rows[which]
    along = stretches(network, seeds.edge[site], seeds.fraction[site], positions.fraction[row])
    use = along.permitted
    place, site, row = place[use], site[use], row[use]
    first = np.zeros(len(sites) + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(place, minlength=len(sites)))
    ms = milliseconds_of(seeds.edge_label[site]) + along.ms[use] + access[row]
    metres = seeds.edge_metres[site] + along.metres[use] + positions.access_m[row]
    return first, row.astype(np.int32), ms, metres
