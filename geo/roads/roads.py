"""Roads as every reader returns them: arrays in WGS-84, without an object for each edge."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALONG", "AT_ENDS", "CLOSED", "NOWHERE", "OPEN", "PRIVATE", "Roads"]

# Access of one mode on one edge.
CLOSED, OPEN, PRIVATE = 0, 1, 2
# Where points attach to an edge.
NOWHERE, ALONG, AT_ENDS = 0, 1, 2
_NOT_PER_EDGE = ("lonlat", "start", "node_lonlat")


@dataclass(frozen=True)
class Roads:
    """The edges of a road network, in the row order of their source (it decides ties in snapping).

    Attributes
    ----------
    lonlat : float64 (m, 2)
        Vertices of all edges, one edge after the other, in degrees.
    start : int64 (n + 1)
        Edge ``e`` has the vertices ``lonlat[start[e]:start[e + 1]]``, at least two.
    u, v : int32 (n)
        Node at the first and at the last vertex.
    node_lonlat : float64 (k, 2)
        Nodes in degrees.
    length_m : float64 (n)
        As given by the source, else the geodesic length on WGS-84.
    edge_id : int64 or fixed-width unicode (n)
        The name of an edge in `overrides`: the OSM id of the way, the table's id, else the row
        from 1.
    highway : fixed-width unicode (n)
        The class, empty where the source has none.
    foot, cycle, drive : uint8 (n)
        CLOSED, OPEN or PRIVATE for walkers, for cycles and e-bikes, for cars, by class and tags.
    oneway_foot, oneway_cycle, oneway_drive : int8 (n)
        1 open from u to v only, -1 from v to u only, 0 both.
    attachable : uint8 (n)
        Where points attach to the edge: ALONG it; AT_ENDS of a bridge or tunnel, where it is a dead
        end; NOWHERE on a motorway, motorroad or ferry.
    maxspeed_kmh : float32 (n)
        The sign's value, NaN where none.
    speed_kmh : float32 (n)
        The source's own driving speed, NaN where none; it replaces the class default and the cap.
    """

    lonlat: NDArray[np.float64]
    start: NDArray[np.int64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    node_lonlat: NDArray[np.float64]
    length_m: NDArray[np.float64]
    edge_id: NDArray[np.int64] | NDArray[np.str_]
    highway: NDArray[np.str_]
    foot: NDArray[np.uint8]
    cycle: NDArray[np.uint8]
    drive: NDArray[np.uint8]
    oneway_foot: NDArray[np.int8]
    oneway_cycle: NDArray[np.int8]
    oneway_drive: NDArray[np.int8]
    attachable: NDArray[np.uint8]
    maxspeed_kmh: NDArray[np.float32]
    speed_kmh: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.u)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lonlat)

    @property
    def consistent(self) -> bool:
        """Whether all arrays have their shapes and all indices are in range.

        Compiled code does not check indices, so arrays of a child process are checked before.
        """
        edges, start = len(self.u), self.start
        per_edge = [getattr(self, f.name) for f in fields(self) if f.name not in _NOT_PER_EDGE]
        if any(array.shape != (edges,) for array in per_edge) or start.shape != (edges + 1,):
            return False
        if self.lonlat.ndim != 2 or self.node_lonlat.ndim != 2:
            return False
        if not edges:
            return True
        nodes = np.stack([self.u, self.v])
        inside = nodes.min() >= 0 and nodes.max() < self.node_count
        counted = start[0] == 0 and start[-1] == len(self.lonlat) and (np.diff(start) >= 2).all()
        return bool(inside and counted)
