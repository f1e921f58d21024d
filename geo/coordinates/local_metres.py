"""Metres per degree at a place, from the radii of curvature of WGS-84."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["metres_per_degree"]

_A = 6_378_137.0
_E2 = 6.694379990141316e-3  # WGS-84, f = 1 / 298.257223563


def metres_per_degree(lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres per degree of longitude and of latitude at `lat` (degrees), from N and M of WGS-84."""
    sine = np.sin(np.radians(lat))
    w = 1.0 - _E2 * sine * sine
    normal = _A / np.sqrt(w)
    meridian = _A * (1.0 - _E2) / (w * np.sqrt(w))
    east = normal * np.cos(np.radians(lat)) * (np.pi / 180.0)
    return east, meridian * (np.pi / 180.0)
