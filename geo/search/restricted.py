"""Travel times for layers whose sites serve only the demand of some units.

A separate search starts from each site. The first search is bounded by the limit. The bound is then
increased for those sites that serve demand without a time, until each row has a time or the bound
is the horizon. Each time that a search finds is final: all sites that serve the row have been
searched up to the same bound, so any quicker site has also been found.
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

__all__ = ["restricted_times"]

# Number of sites in a block. The pairs of site and row of a block are in memory until the quickest
# ones are chosen.
_SITES = 256
# Factor by which the bound is increased in each round.
_FACTOR = 2
_PAIR = np.dtype([("row", np.int64), ("time", np.int64), ("rank", np.int64), ("metres", float)])


def restricted_times(
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
    """Compute for each row the quickest site that serves it, with time and path length.

    Parameters
    ----------
    unit : int64 (rows)
        The unit that contains each row, -1 outside all units.
    served : ServedUnits
        The units that each site serves, by rank.
    near_ms : int
        Bound of the first search: the layer's limit.
    horizon_ms : int
        Bound of the last search.

    Returns
    -------
    DemandTimes
        On ties the site with the smaller rank is chosen. The time is -1 if it is beyond the horizon
        or if no site serves the row.
    """
    count = len(rows)
    found = DemandTimes(
        time_ms=np.full(count, -1, np.int64),
        rank=np.full(count, -1, np.int64),
        metres=np.full(count, np.nan),
    )
    used = served.take(seeds.rank)
    zone = served.zones(unit)
    waiting = rows.on_network & np.isin(zone, used.zone)
    if waiting.any():
        # Rows without a path to any site are excluded. Otherwise the search would always continue
        # to the horizon.
        waiting &= reachable_positions(network, seeds, rows)
    reach_ms = min(near_ms, horizon_ms)
    while waiting.any():
        wanted = np.unique(used.site[np.isin(used.zone, zone[waiting])])
        best = _quickest(network, seeds, rows, unit, used, waiting, wanted, reach_ms, threads)
        at = best["row"]
        found.time_ms[at], found.rank[at] = best["time"], best["rank"]
        found.metres[at] = best["metres"]
        waiting[at] = False
        if reach_ms >= horizon_ms:
            break
        reach_ms = min(reach_ms * _FACTOR, horizon_ms)
    return found


def _quickest(
    network: Network,
    seeds: Seeds,
    rows: Positions,
    unit: NDArray[np.int64],
    used: ServedUnits,
    waiting: NDArray[np.bool_],
    wanted: NDArray[np.int64],
    reach_ms: int,
    threads: int,
) -> NDArray[np.void]:
    """Return the quickest site within `reach_ms` of each waiting row, one pair for each row.

    Rows that no site reaches within this bound are omitted.
    """
    kept = [np.empty(0, _PAIR)]
    for start in range(0, len(wanted), _SITES):
        block = wanted[start : start + _SITES]
        some = used.take(block)
        # Only rows that a site of the block serves are considered.
        of_block = np.flatnonzero(waiting & np.isin(used.zones(unit), some.zone))
        number = np.full(len(rows), -1, np.int32)
        number[of_block] = np.arange(len(of_block), dtype=np.int32)
        chosen = np.zeros(len(seeds.rank), np.bool_)
        chosen[block] = True
        sets = coverage_sets(
            network,
            seeds.chosen(chosen),
            rows,
            number,
            len(of_block),
            limit_ms=reach_ms,
            threads=threads,
        )
        site = np.repeat(np.arange(len(block)), np.diff(sets.first))
        row = of_block[sets.point]
        mine = some.holds(site, unit[row])
        pairs = np.empty(int(mine.sum()), _PAIR)
        pairs["row"], pairs["time"] = row[mine], sets.time_ms[mine]
        pairs["rank"], pairs["metres"] = seeds.rank[block][site[mine]], sets.metres[mine]
        kept.append(_first_of_each_row(pairs))
    return _first_of_each_row(np.concatenate(kept))


def _first_of_each_row(pairs: NDArray[np.void]) -> NDArray[np.void]:
    """Return the pair with the smallest time, on ties the smallest rank, of each row."""
    ordered = pairs[np.lexsort((pairs["rank"], pairs["time"], pairs["row"]))]
    _, at = np.unique(ordered["row"], return_index=True)
    return ordered[at]
