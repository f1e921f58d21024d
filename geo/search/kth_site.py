"""Travel times to the k-th site, for layers in which people need several sites to choose from.

A separate search starts from each site, as in `geo.search.restricted`: first up to the limit, then
farther for demand with fewer than k sites, up to the horizon. All sites have been searched up to
the same bound, so each k-th time is final.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.search.served_units import ServedUnits
from geo.search.site_reach import coverage_sets
from geo.search.times import DemandTimes, reachable_positions

__all__ = ["kth_times"]

# Number of sites in a block. The pairs of site and row of a block are in memory until the quickest
# ones are chosen.
_SITES = 256
# Factor by which the bound is increased in each round.
_FACTOR = 2
_PAIR = np.dtype(
    [
        ("point", np.int64),
        ("row", np.int64),
        ("time", np.int64),
        ("rank", np.int64),
        ("metres", float),
    ]
)


def kth_times(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    point_of_row: NDArray[np.int32],
    *,
    at_least: int,
    unit: NDArray[np.int64],
    served: ServedUnits | None,
    near_ms: int,
    horizon_ms: int,
    threads: int = CORES,
) -> DemandTimes:
    """Compute for each demand point the k-th site by time, then by rank, with its path length.

    Parameters
    ----------
    point_of_row : int32 (rows)
        The demand point of each row. A site counts once for a point, with its quickest row.
    at_least : int
        Which site counts: 2 for the second.
    unit : int64 (rows)
        The unit that contains each row, -1 outside all units.
    served : ServedUnits, optional
        The units that each site serves, by rank; None if every site serves all demand.
    near_ms, horizon_ms : int
        Bounds of the first and the last search.

    Returns
    -------
    DemandTimes
        At the row from which the k-th site is reached; -1 at the other rows of the point, and where
        fewer than k sites are within the horizon.
    """
    found = DemandTimes(
        time_ms=np.full(len(rows), -1, np.int64),
        rank=np.full(len(rows), -1, np.int64),
        metres=np.full(len(rows), np.nan),
    )
    if len(seeds.rank) < at_least:
        return found
    used = None if served is None else served.take(seeds.rank)
    zone = None if used is None else used.zones(unit)
    open_ = rows.on_network & reachable_positions(network, seeds, rows)
    waiting = np.zeros(int(point_of_row.max(initial=-1)) + 1, np.bool_)
    waiting[point_of_row[open_]] = True
    reach_ms = min(near_ms, horizon_ms)
    while waiting.any():
        some = open_ & waiting[point_of_row]
        wanted = np.arange(len(seeds.rank))
        if used is not None and zone is not None:
            wanted = np.unique(used.site[np.isin(used.zone, zone[some])])
        kept = [np.empty(0, _PAIR)]
        for start in range(0, len(wanted), _SITES):
            block = wanted[start : start + _SITES]
            pairs = _pairs(network, seeds, rows, np.flatnonzero(some), block, reach_ms, threads)
            if used is not None:
                # `rank` holds the number among the used sites until the pairs are chosen.
                pairs = pairs[used.holds(pairs["rank"], unit[pairs["row"]])]
            pairs["point"] = point_of_row[pairs["row"]]
            kept = [_first_sites(np.concatenate([*kept, pairs]), at_least)]
        best = kept[0]
        best = best[_place_in_point(best) == at_least - 1]
        at = best["row"]
        found.time_ms[at], found.rank[at] = best["time"], seeds.rank[best["rank"]]
        found.metres[at] = best["metres"]
        waiting[best["point"]] = False
        if reach_ms >= horizon_ms:
            break
        reach_ms = min(reach_ms * _FACTOR, horizon_ms)
    return found


def _pairs(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    some: NDArray[np.int64],
    block: NDArray[np.int64],
    reach_ms: int,
    threads: int,
) -> NDArray[np.void]:
    """Return the pairs of a block of used sites with some rows within `reach_ms`."""
    number = np.full(len(rows), -1, np.int32)
    number[some] = np.arange(len(some), dtype=np.int32)
    chosen = np.zeros(len(seeds.rank), np.bool_)
    chosen[block] = True
    sets = coverage_sets(
        network, seeds.chosen(chosen), rows, number, len(some), limit_ms=reach_ms, threads=threads
    )
    pairs = np.empty(len(sets.point), _PAIR)
    pairs["row"], pairs["time"] = some[sets.point], sets.time_ms
    pairs["rank"], pairs["metres"] = np.repeat(block, np.diff(sets.first)), sets.metres
    return pairs


def _first_sites(pairs: NDArray[np.void], at_least: int) -> NDArray[np.void]:
    """Return the first `at_least` sites of each point by time and rank, each with its best row."""
    order = np.lexsort(
        (pairs["row"], pairs["metres"], pairs["time"], pairs["rank"], pairs["point"])
    )
    pairs = pairs[order]
    same = (np.diff(pairs["point"]) == 0) & (np.diff(pairs["rank"]) == 0)
    pairs = pairs[np.append(np.ones(min(len(pairs), 1), np.bool_), ~same)]
    pairs = pairs[np.lexsort((pairs["rank"], pairs["time"], pairs["point"]))]
    return pairs[_place_in_point(pairs) < at_least]


def _place_in_point(pairs: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the place of each pair among those of its point; the pairs are ordered by point."""
    _, first, counts = np.unique(pairs["point"], return_index=True, return_counts=True)
    return np.arange(len(pairs)) - np.repeat(first, counts)
