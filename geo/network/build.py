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
from geo.network.profiles import Profile, travel_ms
from geo.roads.roads import CLOSED, OPEN, PRIVATE, Roads

__all__ = ["access_and_ms", "build_network"]


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
        With ``to``, people travel to the sites, so the search runs against the travel.
    overrides : pd.DataFrame, optional
        edge_index, profile ("" = all), allowed (bool or None), speed_kmh, minutes (NaN: not given).
    file : str
        Name of the network's file, for the error.

    Raises
    ------
    StudyError
        No edge is open to the profile (``graph_no_edges_for_profile``).
    """
    access, ms_forward, ms_backward = access_and_ms(roads, profile, overrides)
    oneway = profile.oneway(roads)
    forward, backward = (oneway != -1) & (ms_forward >= 0), (oneway != 1) & (ms_backward >= 0)
    usable = np.flatnonzero((access != CLOSED) & (forward | backward)).astype(np.int32)
    if not len(usable):
        raise StudyError("graph_no_edges_for_profile", file=file, profile=profile.name)
    forward, backward = forward[usable], backward[usable]
    own_forward = ms_forward[usable]
    own_backward = own_forward if ms_backward is ms_forward else ms_backward[usable]
    if direction == "to":
        forward, backward = backward, forward
        own_forward, own_backward = own_backward, own_forward
    u, v, nodes = _search_nodes(roads, usable)
    return _assemble(
        Network(
            road=usable,
            ms_forward=own_forward,
            ms_backward=own_backward,
            length_m=np.ascontiguousarray(roads.length_m[usable]),
            forward=forward,
            backward=backward,
            seed_u=u,
            seed_v=v,
            read_u=u,
            read_v=v,
            begin_of=u[:0],
            end_of=u[:0],
            off_road_kmh=profile.off_road_kmh,
            graph=Graph(np.zeros(1, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32)),
        ),
        access[usable] == PRIVATE,
        nodes,
    )


def access_and_ms(
    roads: Roads, profile: Profile, overrides: pd.DataFrame | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Access of every road edge, and its time in both directions of travel, -1 where none."""
    access = profile.access(roads)
    forward, backward = profile.edge_ms(roads)
    if overrides is None:
        return access, forward, backward
    mine = overrides[overrides["profile"].isin(["", profile.name])]
    edge = mine["edge_index"].to_numpy(np.int64)
    access = access.copy()
    for e, allowed in zip(edge, mine["allowed"], strict=True):
        if allowed is not None:
            access[e] = OPEN if allowed else CLOSED
    # An override holds in both directions, and minutes count before a speed.
    kmh = mine["speed_kmh"].to_numpy(float) * profile.speed_factor
    minutes = mine["minutes"].to_numpy(float)
    has_kmh, has_minutes = np.isfinite(kmh), np.isfinite(minutes)
    changed = [forward.copy()]
    if backward is not forward:
        changed.append(backward.copy())
    for ms in changed:
        ms[edge[has_kmh]] = travel_ms(roads.length_m[edge[has_kmh]], kmh[has_kmh])
        ms[edge[has_minutes]] = np.rint(minutes[has_minutes] * 60_000.0).astype(np.int64)
    return access, changed[0], changed[-1]


def _search_nodes(
    roads: Roads, usable: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Number the nodes of the usable edges along a Hilbert curve, which keeps neighbours close.

    Returns u and v of each edge in that numbering, and the number of nodes.
    """
    ends = np.stack([roads.u[usable], roads.v[usable]])
    # Marked, as `np.unique` takes twenty times as long for a million nodes.
    marked = np.zeros(roads.node_count, np.bool_)
    marked[ends] = True
    used = np.flatnonzero(marked)
    points = gpd.GeoSeries(gpd.points_from_xy(*roads.node_lonlat[used].T))
    along = points.hilbert_distance(level=16).to_numpy()
    number = np.full(roads.node_count, -1, np.int32)
    number[used[np.argsort(along, kind="stable")]] = np.arange(len(used), dtype=np.int32)
    return number[ends[0]], number[ends[1]], len(used)


def _assemble(network: Network, private: NDArray[np.bool_], nodes: int) -> Network:
    """Add the graph; a node at private edges gets its two copies, numbered next to itself."""
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
    """Arcs of some edges in the permitted directions; a loop leads nowhere and has none.

    Returns source, target, milliseconds and edge of each arc.
    """
    which = which & (u != v)
    out = np.flatnonzero(which & network.forward)
    back = np.flatnonzero(which & network.backward)
    source = np.concatenate([u[out], v[back]]).astype(np.int64)
    target = np.concatenate([v[out], u[back]]).astype(np.int64)
    edge = np.concatenate([out, back]).astype(np.int32)
    ms = np.concatenate([network.ms_forward[out], network.ms_backward[back]])
    return source, target, ms, edge


def _graph(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    ms: NDArray[np.integer],
    edge: NDArray[np.int32],
    nodes: int,
) -> Graph:
    """Sort arcs by source, target, time and edge, so that a set of arcs has one order only."""
    order = np.lexsort((edge, ms, target, source))
    first = np.zeros(nodes + 1, np.uint64)
    first[1:] = np.cumsum(np.bincount(source, minlength=nodes))
    packed = (np.minimum(ms[order], LONGEST_MS).astype(np.uint64) << HALF) | target[order].astype(
        np.uint64
    )
    return Graph(first, packed, edge[order])
