"""From roads to the graph of one profile and direction."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.network.labels import HALF, LONGEST_MS
from geo.network.network import Graph, Network
from geo.network.profiles import Profile
from geo.roads.roads import CLOSED, OPEN, PRIVATE, Roads

__all__ = ["build_network", "edge_ms"]


def edge_ms(length_m: NDArray[np.float64], kmh: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Time over a length at a speed in whole milliseconds, rounded half-even.

    Parameters
    ----------
    length_m : float64 (n)
    kmh : float64 (n) or float
        Greater than 0.
    """
    # m / (km/h) in ms: 3,600,000 ms an hour over 1,000 m a kilometre.
    milliseconds: NDArray[np.float64] = np.rint(length_m * 3600.0 / kmh)
    # A crawl of ages must not overflow; the search stops long before.
    return np.minimum(milliseconds, 2.0**52).astype(np.int64)


def build_network(
    roads: Roads,
    profile: Profile,
    *,
    direction: str,
    overrides: pd.DataFrame | None = None,
    file: str = "",
) -> Network:
    """Build the graph of `profile`, for a search from sites in `direction` (``to`` or ``from``).

    Parameters
    ----------
    roads : Roads
    profile : Profile
    direction : str
        ``to``: people travel to the sites, so the search runs against the edges.
    overrides : pd.DataFrame, optional
        edge_index, profile ("" = all), allowed (bool or None), speed_kmh, minutes (NaN: not given).
    file : str
        Name of the network's file, for the error.

    Raises
    ------
    StudyError
        No edge is open to the profile (``graph_no_edges_for_profile``).
    """
    access, ms = _access_and_ms(roads, profile, overrides)
    usable = np.flatnonzero((access != CLOSED) & (ms >= 0)).astype(np.int32)
    if not len(usable):
        raise StudyError("graph_no_edges_for_profile", file=file, profile=profile.name)
    oneway = profile.oneway(roads)[usable]
    forward, backward = oneway != -1, oneway != 1
    if direction == "to":
        forward, backward = backward, forward
    u, v, private, nodes = _search_nodes(roads, usable, access[usable] == PRIVATE)
    return _assemble(
        Network(
            road=usable,
            ms=ms[usable],
            length_m=np.ascontiguousarray(roads.length_m[usable]),
            forward=np.ascontiguousarray(forward),
            backward=np.ascontiguousarray(backward),
            seed_u=u,
            seed_v=v,
            read_u=u,
            read_v=v,
            begin_of=u[:0],
            end_of=u[:0],
            off_road_kmh=profile.off_road_kmh,
            graph=Graph(np.zeros(1, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32)),
        ),
        private,
        nodes,
    )


def _access_and_ms(
    roads: Roads, profile: Profile, overrides: pd.DataFrame | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Access and whole-edge time of every road edge, -1 where the profile has no speed there."""
    access = profile.access(roads).copy()
    speed = profile.speed_kmh(roads)
    ms = np.full(len(roads), -1, np.int64)
    overridden = np.full(len(roads), np.nan)
    if overrides is not None:
        mine = overrides[overrides["profile"].isin(["", profile.name])]
        edge = mine["edge_index"].to_numpy(np.int64)
        for e, allowed in zip(edge, mine["allowed"], strict=True):
            if allowed is not None:
                access[e] = OPEN if allowed else CLOSED
        kmh, minutes = mine["speed_kmh"].to_numpy(float), mine["minutes"].to_numpy(float)
        speed[edge[np.isfinite(kmh)]] = kmh[np.isfinite(kmh)]
        overridden[edge[np.isfinite(minutes)]] = minutes[np.isfinite(minutes)] * 60_000.0
    known = np.isfinite(speed) & (speed > 0)
    ms[known] = edge_ms(roads.length_m[known], speed[known])
    given = np.isfinite(overridden)
    ms[given] = np.rint(overridden[given]).astype(np.int64)
    return access, ms


def _search_nodes(
    roads: Roads, usable: NDArray[np.int32], private: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_], int]:
    """Number the nodes of the usable edges along a Hilbert curve, which keeps neighbours close.

    Returns u and v of each edge in that numbering, `private`, and the number of nodes.
    """
    ends = np.stack([roads.u[usable], roads.v[usable]])
    # By marking: numpy's `unique` takes twenty times as long for a million nodes.
    marked = np.zeros(roads.node_count, np.bool_)
    marked[ends] = True
    used = np.flatnonzero(marked)
    points = gpd.GeoSeries(gpd.points_from_xy(*roads.node_lonlat[used].T))
    along = points.hilbert_distance(level=16).to_numpy()
    number = np.full(roads.node_count, -1, np.int32)
    number[used[np.argsort(along, kind="stable")]] = np.arange(len(used), dtype=np.int32)
    return number[ends[0]], number[ends[1]], private, len(used)


def _assemble(network: Network, private: NDArray[np.bool_], nodes: int) -> Network:
    """Add the graph, with the two copies that a node at private edges needs, next to itself."""
    at_private = np.zeros(nodes, np.bool_)
    at_private[network.seed_u[private]] = at_private[network.seed_v[private]] = True
    number = np.arange(nodes, dtype=np.int32)
    number[1:] += 2 * np.cumsum(at_private[:-1], dtype=np.int32)
    u, v, copied = number[network.seed_u], number[network.seed_v], number[at_private]
    copies = len(copied)
    # Copy of a node as the beginning of a trip, and as its end.
    begin = np.arange(nodes + 2 * copies, dtype=np.int32)
    begin[copied] = copied + 1
    end = np.arange(nodes + 2 * copies, dtype=np.int32)
    end[copied] = copied + 2
    parts = [_edge_arcs(network, ~private, u, v)]
    if copies:
        parts.append(_edge_arcs(network, private, begin[u], begin[v]))
        parts.append(_edge_arcs(network, private, end[u], end[v]))
        free = np.zeros(copies, np.int64)
        none = np.full(copies, -1, np.int32)
        parts.append((begin[copied].astype(np.int64), copied.astype(np.int64), free, none))
        parts.append((copied.astype(np.int64), end[copied].astype(np.int64), free, none))
    source, target, ms, edge = (np.concatenate(part) for part in zip(*parts, strict=True))
    return replace(
        network,
        seed_u=np.where(private, begin[u], u),
        seed_v=np.where(private, begin[v], v),
        read_u=np.where(private, end[u], u),
        read_v=np.where(private, end[v], v),
        begin_of=begin,
        end_of=end,
        graph=_graph(source, target, ms, edge, nodes + 2 * copies),
    )


def _edge_arcs(
    network: Network, which: NDArray[np.bool_], u: NDArray[np.int32], v: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Arcs of some edges in both permitted directions; a loop leads nowhere and has none."""
    which = which & (u != v)
    out = np.flatnonzero(which & network.forward)
    back = np.flatnonzero(which & network.backward)
    source = np.concatenate([u[out], v[back]]).astype(np.int64)
    target = np.concatenate([v[out], u[back]]).astype(np.int64)
    edge = np.concatenate([out, back]).astype(np.int32)
    return source, target, network.ms[edge], edge


def _graph(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    ms: NDArray[np.integer],
    edge: NDArray[np.int32],
    nodes: int,
) -> Graph:
    """Sort arcs by source, then target, time and edge (one order for one set of arcs)."""
    order = np.lexsort((edge, ms, target, source))
    first = np.zeros(nodes + 1, np.uint64)
    first[1:] = np.cumsum(np.bincount(source, minlength=nodes))
    packed = (np.minimum(ms[order], LONGEST_MS).astype(np.uint64) << HALF) | target[order].astype(
        np.uint64
    )
    return Graph(first, packed, edge[order])
