"""Who computes travel times: the interface, and its implementation on streets.

Rules, siting and capacity ask a `TravelTimes`, so that another way of travelling (public transport)
needs no change in them.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES
from geo.network.network import Network
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.search.site_reach import CoverageSets, coverage_sets
from geo.search.site_union import SiteUnion
from geo.search.times import (
    DemandTimes,
    at_positions,
    node_metres,
    reachable_positions,
    search_bound_ms,
)

__all__ = ["StreetTimes", "TravelTimes"]


class TravelTimes(Protocol):
    """Travel times from the sites of a layer, or to them (the network knows the direction)."""

    def union(self, seeds: Seeds, *, horizon_ms: int, near_ms: int | None = None) -> SiteUnion:
        """The nearest site of every node.

        Parameters
        ----------
        horizon_ms : int
            Nothing beyond is searched.
        near_ms : int, optional
            The layer's limit; for speed only (see `SiteUnion`).
        """
        ...

    def at(self, union: SiteUnion, rows: Positions, *, horizon_ms: int) -> DemandTimes:
        """The nearest active site of every row of demand, with time and length."""
        ...

    def within(
        self,
        seeds: Seeds,
        rows: Positions,
        point_of_row: NDArray[np.int32],
        points: int,
        *,
        limit_ms: int | None,
        limit_m: float | None,
        horizon_ms: int,
    ) -> CoverageSets:
        """The demand points that every used site covers alone, with time and length to each.

        Parameters
        ----------
        point_of_row : int32 (rows)
            The demand point of each row, -1 where the row takes no part.
        points : int
            Number of demand points.
        limit_ms, limit_m
            The limit in one of the two, inclusive; the other is None.
        horizon_ms : int
            What lies beyond is within no limit.
        """
        ...

    def reachable(self, seeds: Seeds, rows: Positions) -> NDArray[np.bool_]:
        """Whether any path, however long, leads from a site to each row of demand, bool (rows)."""
        ...


class StreetTimes:
    """Travel times on a network of streets.

    Parameters
    ----------
    network : Network
        Of one profile and direction; seeds and rows are positions on it.
    threads : int
        Results do not depend on it.
    """

    def __init__(self, network: Network, *, threads: int = CORES) -> None:
        self.network = network
        self._threads = threads

    def union(self, seeds: Seeds, *, horizon_ms: int, near_ms: int | None = None) -> SiteUnion:
        """See `TravelTimes.union`."""
        return SiteUnion(
            self.network,
            seeds,
            horizon_ms=horizon_ms,
            near_ms=horizon_ms if near_ms is None else near_ms,
            threads=self._threads,
        )

    def node_metres(self, union: SiteUnion) -> NDArray[np.float64]:
        """Length of the quickest path to every labelled node (see `geo.search.times`)."""
        return node_metres(self.network, union.seeds, union.label)

    def at(
        self,
        union: SiteUnion,
        rows: Positions,
        *,
        horizon_ms: int,
        metres: NDArray[np.float64] | None = None,
    ) -> DemandTimes:
        """See `TravelTimes.at`.

        Parameters
        ----------
        metres : float64 (nodes), optional
            `node_metres`, where the caller has it already.
        """
        if metres is None:
            metres = self.node_metres(union)
        seeds = union.seeds if union.active.all() else union.seeds.chosen(union.active)
        return at_positions(self.network, seeds, union.label, metres, rows, horizon_ms=horizon_ms)

    def within(
        self,
        seeds: Seeds,
        rows: Positions,
        point_of_row: NDArray[np.int32],
        points: int,
        *,
        limit_ms: int | None,
        limit_m: float | None,
        horizon_ms: int,
    ) -> CoverageSets:
        """See `TravelTimes.within`."""
        bound_ms = horizon_ms
        if limit_ms is not None:
            bound_ms = min(limit_ms, horizon_ms)
        elif limit_m is not None:
            bound_ms = search_bound_ms(self.network, limit_m, horizon_ms)
        return coverage_sets(
            self.network,
            seeds,
            rows,
            point_of_row,
            points,
            limit_ms=bound_ms,
            limit_m=limit_m,
            threads=self._threads,
        )

    def reachable(self, seeds: Seeds, rows: Positions) -> NDArray[np.bool_]:
        """See `TravelTimes.reachable`."""
        return reachable_positions(self.network, seeds, rows)
