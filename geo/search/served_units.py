"""Which units each site of a layer serves, where a site does not serve everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ServedUnits"]


@dataclass(frozen=True)
class ServedUnits:
    """The units served by each site: site ``i`` serves ``unit[first[i]:first[i + 1]]``.

    Attributes
    ----------
    first : int64 (sites + 1)
    unit : int64
        Finest units, ascending and each once within a site.
    named_by : int64 (units)
        How many sites of the layer serve each finest unit; all sites, also where these are some.

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
        """From one list of units a site."""
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
        """The units of every site, one array a site."""
        return np.split(self.unit, self.first[1:-1]) if len(self) else []

    def take(self, sites: NDArray[np.int64]) -> ServedUnits:
        """The same for some of the sites, in the order given."""
        lists = self.lists()
        parts = [lists[int(site)] for site in sites]
        unit = np.concatenate([np.zeros(0, np.int64), *parts])
        return ServedUnits(_starts(parts), unit, self.named_by)

    def holds(self, site: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each site serves the unit beside it, bool (n); unit -1 is served by nobody."""
        keys = self.site * len(self.named_by) + self.unit  # ascending
        asked = site * len(self.named_by) + unit
        at = np.minimum(np.searchsorted(keys, asked), max(len(keys) - 1, 0))
        known = keys[at] == asked if len(keys) else np.zeros(len(asked), np.bool_)
        found: NDArray[np.bool_] = known & (unit >= 0)
        return found


def _starts(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
