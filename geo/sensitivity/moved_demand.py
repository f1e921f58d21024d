"""Demand points moved by a fixed distance, each in a direction of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.coordinates.local_metres import metres_per_degree
from geo.inputs.demand import DemandPoints

__all__ = ["MOVED_M", "bearings", "moved_demand"]

# How far a demand point is moved: about the distance between an estate's centre and its gate.
MOVED_M = 30.0


def bearings(ids: Sequence[str], *, seed: int, draw: int) -> NDArray[np.float64]:
    """Directions in degrees from north, clockwise, float64 (ids).

    The direction of an id is the first eight bytes of the SHA-256 hash of ``seed:draw:id`` (UTF-8),
    as a share of a full turn. It depends on nothing else, so other rows do not change it.

    Examples
    --------
    >>> bearings(["E1", "E2"], seed=0, draw=1).round(1).tolist()
    [216.9, 218.8]
    """
    start = f"{seed}:{draw}:"
    hashes = (hashlib.sha256(f"{start}{name}".encode()).digest()[:8] for name in ids)
    turns = np.array([int.from_bytes(head, "big") for head in hashes], np.uint64)
    return turns.astype(np.float64) / 2.0**64 * 360.0


def moved_demand(points: DemandPoints, *, seed: int, draw: int) -> DemandPoints:
    """The demand points at `MOVED_M` metres from their places; units and weights stay.

    All rows of a group move together, in the direction of the group's id.
    """
    angle = np.radians(bearings(points.frame["id"].tolist(), seed=seed, draw=draw))
    of_row = angle[points.point_of_row]
    east, north = metres_per_degree(points.lat)
    return replace(
        points,
        lon=points.lon + MOVED_M * np.sin(of_row) / east,
        lat=points.lat + MOVED_M * np.cos(of_row) / north,
    )
