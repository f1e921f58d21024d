"""Chooses the search of a layer: who may serve whom, and which of the sites counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.network.positions import Positions
from geo.rules.travel import limit_bound_ms
from geo.search.kth_site import kth_times
from geo.search.restricted import restricted_times
from geo.search.seeds import Seeds
from geo.search.served_units import ServedUnits
from geo.search.times import DemandTimes, at_positions
from geo.search.zone_times import zone_times
from geo.study.model import Layer

__all__ = ["site_times"]

# Gives label and length of every node, searched from all seeds.
Nodes = Callable[[], tuple[NDArray[np.uint64], NDArray[np.float64]]]


def site_times(
    layer: Layer,
    network: Network,
    seeds: Seeds,
    points: DemandPoints,
    rows: Positions,
    nodes: Nodes,
    *,
    served: ServedUnits | None,
    horizon_ms: int,
    threads: int = 2,
) -> DemandTimes:
    """Compute time, site and length for the rows of demand of a layer.

    Parameters
    ----------
    nodes : callable
        Returns label and length of every node under all seeds. It is called only if every site
        serves all demand and the nearest one counts.
    served : ServedUnits, optional
        The units that each site serves, if the layer restricts them.
    """
    near_ms = limit_bound_ms(network, layer.limit, horizon_ms)
    unit = points.unit[points.point_of_row]
    if layer.sites_needed > 1:
        return kth_times(
            network,
            seeds,
            rows,
            points.point_of_row,
            at_least=layer.sites_needed,
            unit=unit,
            served=served,
            near_ms=near_ms,
            horizon_ms=horizon_ms,
            threads=threads,
        )
    if served is None:
        label, metres = nodes()
        return at_positions(network, seeds, label, metres, rows, horizon_ms=horizon_ms)
    search = restricted_times if served.zone_of_unit is None else zone_times
    return search(
        network,
        seeds,
        rows,
        unit=unit,
        served=served,
        near_ms=near_ms,
        horizon_ms=horizon_ms,
        threads=threads,
    )
