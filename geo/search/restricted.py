"""Travel times where a site serves only some of the demand.

Each site is searched alone, first as far as the limit; only sites that serve demand without a time
are searched farther, until every row has a time or the horizon is reached. A row's time is final
once it is no longer than what was searched, since every site that could be quicker has been
searched as far.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.search.site_reach import coverage_sets
from geo.search.times import DemandTimes, reachable_positions

__all__ = ["restricted_times"]

# Sites searched at a time: what they reach is held in memory before it is filtered.
_SITES = 512
_FARTHER = 2


def restricted_times(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    *,
    group: NDArray[np.int64],
    groups_of_site: Callable[[NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]],
    serves: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]],
    near_ms: int,
    horizon_ms: int,
    threads: int = 2,
) -> DemandTimes:
    """Time, owner and length at the rows, to the quickest of the sites that serve each row.

    Parameters
    ----------
    group : int64 (rows)
        The group that a row belongs to, -1 for none.
    groups_of_site : callable
        From ranks of sites to pairs (position in those ranks, group served).
    serves : callable
        Whether each site (by rank) serves the group beside it, bool (n).
    near_ms : int
        How far to search first.

    Returns
    -------
    DemandTimes
        Ties go to the smaller rank; time -1 beyond the horizon or where no site serves the row.
    """
    count = len(rows)
    time = np.full(count, -1, np.int64)
    rank = np.full(count, -1, np.int64)
    metres = np.full(count, np.nan)
    site, served = groups_of_site(seeds.rank)
    waiting = rows.on_network & np.isin(group, served)
    if waiting.any():
        # Rows that no path joins with any site would keep the search going to the horizon.
        waiting &= reachable_positions(network, seeds, rows)
    reach_ms = min(near_ms, horizon_ms)
    while waiting.any():
        open_rows = np.flatnonzero(waiting)
        wanted = np.unique(site[np.isin(served, group[open_rows])])
        best = _quickest(network, seeds, rows, open_rows, wanted, group, serves, reach_ms, threads)
        found, best_time, best_rank, best_metres = best
        time[found], rank[found], metres[found] = best_time, best_rank, best_metres
        waiting[found] = False
        if reach_ms >= horizon_ms:
            break
        reach_ms = min(reach_ms * _FARTHER, horizon_ms)
    return DemandTimes(time_ms=time, rank=rank, metres=metres)


def _quickest(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    open_rows: NDArray[np.int64],
    wanted: NDArray[np.int64],
    group: NDArray[np.int64],
    serves: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]],
    reach_ms: int,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The open rows with a time of at most `reach_ms`, with time, rank and metres."""
    of_row = np.full(len(rows), -1, np.int32)
    of_row[open_rows] = np.arange(len(open_rows), dtype=np.int32)
    kept: list[NDArray[np.void]] = []
    columns = np.dtype([("row", np.int64), ("time", np.int64), ("rank", np.int64), ("m", float)])
    for start in range(0, len(wanted), _SITES):
        block = np.zeros(len(seeds.rank), np.bool_)
        block[wanted[start : start + _SITES]] = True
        some = seeds.chosen(block)
        sets = coverage_sets(
            network, some, rows, of_row, len(open_rows), limit_ms=reach_ms, threads=threads
        )
        owner = np.repeat(some.rank, np.diff(sets.first))
        row = open_rows[sets.point]
        mine = serves(owner, group[row])
        part = np.empty(int(mine.sum()), columns)
        part["row"], part["time"] = row[mine], sets.time_ms[mine]
        part["rank"], part["m"] = owner[mine], sets.metres[mine]
        kept.append(part)
    pairs = np.concatenate([np.empty(0, columns), *kept])
    pairs = pairs[np.lexsort((pairs["rank"], pairs["time"], pairs["row"]))]
    row, at = np.unique(pairs["row"], return_index=True)
    first = pairs[at]
    return row, first["time"], first["rank"], first["m"]
