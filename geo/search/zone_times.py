"""Travel times for layers whose sites serve one zone each (a unit, a county).

The sites of a zone are searched together, and only as far as the demand of the zone requires: first
up to the limit, then farther if the zone has demand without a time, until all demand has one or the
bound is the horizon. Paths may lead through other zones. Each time that a search finds is final,
because all sites of the zone have been searched up to the same bound. Lengths take two thirds of a
search; they are measured once, up to the latest time found.
"""

from __future__ import annotations

from dataclasses import replace
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES, in_threads
from geo.network.labels import NO_LABEL
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.search.served_units import ServedUnits
from geo.search.site_reach import site_reach
from geo.search.times import DemandTimes, at_positions, reachable_positions

__all__ = ["zone_times"]

# Factor by which the bound is increased in each round. With 2, a third of the time was spent on
# rounds that found few new times.
_FACTOR = 4


def zone_times(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    *,
    unit: NDArray[np.int64],
    served: ServedUnits,
    near_ms: int,
    horizon_ms: int,
    threads: int = CORES,
) -> DemandTimes:
    """Compute for each row the quickest site of its zone, with time and path length.

    Parameters
    ----------
    unit : int64 (rows)
        The unit that contains each row, -1 outside all units.
    served : ServedUnits
        The zone of each site, by rank (`ServedUnits.by_zone`).
    near_ms : int
        Bound of the first search: the layer's limit.
    horizon_ms : int
        Bound of the last search.

    Returns
    -------
    DemandTimes
        The result of `geo.search.restricted.restricted_times` for the same sites.
    """
    found = DemandTimes(
        time_ms=np.full(len(rows), -1, np.int64),
        rank=np.full(len(rows), -1, np.int64),
        metres=np.full(len(rows), np.nan),
    )
    used = served.take(seeds.rank)
    zone = served.zones(unit)
    waiting = rows.on_network & np.isin(zone, used.zone)
    if not waiting.any():
        return found
    # Rows without a path to any site are excluded. Otherwise the search would always continue to
    # the horizon.
    waiting &= reachable_positions(network, seeds, rows)
    at = np.flatnonzero(waiting)
    at = at[np.argsort(zone[at], kind="stable")]
    names, first = np.unique(zone[at], return_index=True)
    search = _ZoneSearch(network, seeds, used, rows, threads)
    bounds = (min(near_ms, horizon_ms), horizon_ms)
    for some, times in search.times(names, np.split(at, first[1:]) if len(at) else [], bounds):
        found.time_ms[some], found.rank[some] = times.time_ms, times.rank
        found.metres[some] = times.metres
    return found


class _ZoneSearch:
    """Searches zones one by one on several threads."""

    def __init__(
        self, network: Network, seeds: Seeds, used: ServedUnits, rows: Positions, threads: int
    ) -> None:
        self._network, self._rows, self._threads = network, rows, threads
        order = used.site[np.argsort(used.zone, kind="stable")]
        self._names, first = np.unique(np.sort(used.zone), return_index=True)
        # Used site ``site_first[i]:site_first[i + 1]`` of the seeds in this order are those of zone
        # ``i``; so are the seeds of one site for `site_reach`.
        self._site_first = np.append(first, len(order))
        self._seeds = seeds.take(order)
        self._zones = replace(self._seeds, first=self._seeds.first[self._site_first])
        nodes = network.graph.node_count
        self._unmeasured = np.zeros(nodes)
        self._lent: SimpleQueue[tuple[NDArray[np.uint64], NDArray[np.float64]]] = SimpleQueue()
        for _ in range(threads):
            self._lent.put((np.full(nodes, NO_LABEL), np.full(nodes, np.inf)))

    def times(
        self, zones: NDArray[np.int64], parts: list[NDArray[np.int64]], bounds: tuple[int, int]
    ) -> list[tuple[NDArray[np.int64], DemandTimes]]:
        """Return the times of the rows of each zone.

        Parameters
        ----------
        zones : int64 (n)
        parts : list of int64
            The rows of each zone.
        bounds : tuple of int
            Bounds of the first and the last search.
        """
        at = np.searchsorted(self._names, zones)
        jobs = list(zip(at.tolist(), parts, strict=True))

        def one(job: tuple[int, NDArray[np.int64]]) -> tuple[NDArray[np.int64], DemandTimes]:
            scratch = self._lent.get()
            try:
                return job[1], self._one(job[0], self._rows.taken(job[1]), bounds, scratch)
            finally:
                self._lent.put(scratch)

        return in_threads(one, jobs, threads=self._threads)

    def _one(
        self,
        at: int,
        rows: Positions,
        bounds: tuple[int, int],
        scratch: tuple[NDArray[np.uint64], NDArray[np.float64]],
    ) -> DemandTimes:
        reach_ms, last_ms = bounds
        while True:
            times = self._read(at, rows, reach_ms, scratch[0], self._unmeasured)
            if reach_ms >= last_ms or (times.time_ms >= 0).all():
                break
            reach_ms = min(reach_ms * _FACTOR, last_ms)
        if (times.time_ms < 0).all():
            return times
        return self._read(at, rows, int(times.time_ms.max()), *scratch)

    def _read(
        self,
        at: int,
        rows: Positions,
        reach_ms: int,
        label: NDArray[np.uint64],
        metres: NDArray[np.float64],
    ) -> DemandTimes:
        """Search one zone and read the rows; lengths mean nothing in `_unmeasured`."""
        measured = metres is not self._unmeasured
        _, nodes, labels, lengths = site_reach(
            self._network,
            self._zones,
            np.array([at]),
            limit_ms=reach_ms,
            scratch=label,
            scratch_metres=metres if measured else np.empty(0),
        )
        label[nodes] = labels
        if measured:
            metres[nodes] = lengths
        found = at_positions(
            self._network,
            _part(self._seeds, int(self._site_first[at]), int(self._site_first[at + 1])),
            label,
            metres,
            rows,
            horizon_ms=reach_ms,
        )
        label[nodes] = NO_LABEL
        if measured:
            metres[nodes] = np.inf
        return found


def _part(seeds: Seeds, begin: int, end: int) -> Seeds:
    """The used sites from `begin` to `end`, without copies."""
    own = slice(int(seeds.first[begin]), int(seeds.first[end]))
    sites = slice(begin, end)
    return Seeds(
        rank=seeds.rank[sites],
        first=seeds.first[begin : end + 1] - seeds.first[begin],
        node=seeds.node[own],
        label=seeds.label[own],
        metres=seeds.metres[own],
        edge=seeds.edge[sites],
        fraction=seeds.fraction[sites],
        edge_label=seeds.edge_label[sites],
        edge_metres=seeds.edge_metres[sites],
    )
