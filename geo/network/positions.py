"""Positions of points on the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Positions"]


@dataclass(frozen=True)
class Positions:
    """Positions on a network, in the order of their points.

    Attributes
    ----------
    edge : int32 (n)
        Row of the network's edge, -1 off network.
    fraction : float64 (n)
        Place along the edge from u (0) to v (1), NaN off network.
    access_m : float64 (n)
        Straight line to the nearest road, NaN where none was found.
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    access_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def on_network(self) -> NDArray[np.bool_]:
        """True where a point has a position, bool (n)."""
        return self.edge >= 0

    def taken(self, which: NDArray[np.integer]) -> Positions:
        """Some of the positions, by index."""
        return Positions(self.edge[which], self.fraction[which], self.access_m[which])
