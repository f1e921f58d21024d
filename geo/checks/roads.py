"""Checks of a network under one profile: islands, lengths, speeds, missing footways."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import Profile
from geo.roads.connected_parts import connected_parts
from geo.roads.highways import FOOTWAY_CLASSES
from geo.roads.roads import CLOSED, Roads

__all__ = ["island_of_edges", "report_islands", "report_roads"]

# A network with a smaller share of footways, paths and steps was drawn for cars.
_FOOT_SHARE = 0.001


def report_roads(roads: Roads, profile: Profile, quality: QualityLog, *, file: str) -> None:
    """Report edges without length, without a speed, and a network without footways for walkers.

    Parameters
    ----------
    roads : Roads
    profile : Profile
        With the speeds of the study.
    quality : QualityLog
        Receives ``edges_zero_length``, ``speed_missing`` and ``network_without_footways``.
    file : str
        Name of the network's file.
    """
    if profile.mode == "foot" and _drawn_for_cars(roads):
        quality.add("warning", "network_without_footways", file=file, field=profile.name)
    speed_kmh = profile.speed_kmh(roads)
    slow = (profile.access(roads) != CLOSED) & ~(np.isfinite(speed_kmh) & (speed_kmh > 0))
    if slow.any():
        quality.add(
            "warning",
            "speed_missing",
            file=file,
            field=profile.name,
            action="set_aside",
            value=int(slow.sum()),
        )
    usable = profile.access(roads) != CLOSED
    pointlike = int((usable & (roads.length_m <= 0)).sum())
    if pointlike:
        quality.add("info", "edges_zero_length", file=file, field=profile.name, value=pointlike)


def _drawn_for_cars(roads: Roads) -> bool:
    """Whether the roads have classes, and hardly any for walkers only."""
    named = roads.highway[roads.highway != ""]
    return bool(len(named)) and float(np.isin(named, FOOTWAY_CLASSES).mean()) < _FOOT_SHARE


def island_of_edges(roads: Roads, network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The connected part of each edge, whatever the one-ways, and the edges of each part.

    Returns
    -------
    part : int64 (edges of the network)
        0 is the largest part; of two as large, the one whose first edge comes first.
    sizes : int64 (parts)
        Number of edges, descending.
    """
    u, v = roads.u[network.road], roads.v[network.road]
    label = connected_parts(roads.node_count, u, v)
    _, seen_at, part, sizes = np.unique(
        label[u], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((seen_at, -sizes))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[part], sizes[order].astype(np.int64)


def report_islands(
    roads: Roads,
    network: Network,
    demand: Positions,
    sites: Positions,
    quality: QualityLog,
    *,
    file: str,
    layer: str,
    counted: bool = True,
) -> None:
    """Report parts of the network without a link to the largest one, and the points on them.

    Parameters
    ----------
    demand, sites : Positions
        Of the demand rows and of the layer's sites, on `network`.
    quality : QualityLog
        Receives ``network_islands`` (parts, edges), and warnings ``islands_hold_demand`` and
        ``islands_hold_sites`` with their numbers: they have no path to the rest.
    file : str
        Name of the network's file.
    layer : str
        The layer's key.
    counted : bool
        Whether to report the islands themselves; they are the same for all layers of a profile.
    """
    part, sizes = island_of_edges(roads, network)
    if len(sizes) < 2:
        return
    if counted:
        value = f"{len(sizes) - 1} ({int(sizes[1:].sum())})"
        quality.add("info", "network_islands", file=file, field=layer, value=value)
    for problem, held in (("islands_hold_demand", demand), ("islands_hold_sites", sites)):
        count = int((part[held.edge[held.on_network]] > 0).sum())
        if count:
            quality.add("warning", problem, file=file, field=layer, value=count)
