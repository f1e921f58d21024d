"""The units that each site of a layer serves, for layers with restricted sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ServedUnits"]


@dataclass(frozen=True)
class ServedUnits:
    """The units that each site serves: site ``i`` serves ``unit[first[i]:first[i + 1]]``.

    Attributes
    ----------
    first : int64 (sites + 1)
    unit : int64
        Indices of finest units, ascending and distinct within a site.
    named_by : int64 (units)
        Number of sites of the layer that serve each finest unit. All sites of the layer are
        counted, even if this object contains only some of them.

    Examples
    --------
    >>> served = ServedUnits.of([[0, 2], [], [2]], units=3)
    >>> served.named_by
    array([1, 0, 2])
    >>> served.holds(np.array([0, 1, 2]), np.array([2, 2, 0]))
    array([ True, False, False])
    """

    first: NDArray[np.int64]
    unit: NDArray[np.int64]
    named_by: NDArray[np.int64]

    @classmethod
    def of(cls, lists: Sequence[Sequence[int] | NDArray[np.int64]], *, units: int) -> ServedUnits:
        """Build from a list of unit indices for each site; `units` is the number of units."""
        parts = [np.unique(np.asarray(found, np.int64)) for found in lists]
        unit = np.concatenate([np.zeros(0, np.int64), *parts])
        return cls(_starts(parts), unit, np.bincount(unit, minlength=units).astype(np.int64))

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def site(self) -> NDArray[np.int64]:
        """The site of each entry of `unit`, int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    def lists(self) -> list[NDArray[np.int64]]:
        """Return one array of unit indices for each site."""
        return np.split(self.unit, self.first[1:-1]) if len(self) else []

    def take(self, sites: NDArray[np.int64]) -> ServedUnits:
        """Return the units of some of the sites, in the given order."""
        lists = self.lists()
        parts = [lists[int(site)] for site in sites]
        unit = np.concatenate([np.zeros(0, np.int64), *parts])
        return ServedUnits(_starts(parts), unit, self.named_by)

    def holds(self, site: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each site serves the unit at the same index, bool (n).

        No site serves unit -1.
        """
        keys = self.site * len(self.named_by) + self.unit  # ascending
        asked = site * len(self.named_by) + unit
        at = np.minimum(np.searchsorted(keys, asked), max(len(keys) - 1, 0))
        known = keys[at] == asked if len(keys) else np.zeros(len(asked), np.bool_)
        found: NDArray[np.bool_] = known & (unit >= 0)
        return found


def _starts(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
