"""The units that each site of a layer serves, for layers with restricted sites.

Where sites serve whole counties, the units of a county form a zone, and a site lists one zone
instead of hundreds of units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.base.ragged import ranges

__all__ = ["ServedUnits"]


@dataclass(frozen=True)
class ServedUnits:
    """The zones that each site serves: site ``i`` serves ``zone[first[i]:first[i + 1]]``.

    Attributes
    ----------
    first : int64 (sites + 1)
    zone : int64
        Indices of zones, ascending and distinct within a site.
    named_by : int64 (units)
        Number of sites of the layer that serve each finest unit. All sites of the layer are
        counted, even if this object contains only some of them.
    zone_of_unit : int64 (units), optional
        The zone of each finest unit. None: each unit is a zone of its own, with its own index.

    Examples
    --------
    >>> served = ServedUnits.of([[0, 2], [], [2]], units=3)
    >>> served.named_by
    array([1, 0, 2])
    >>> served.holds(np.array([0, 1, 2]), np.array([2, 2, 0]))
    array([ True, False, False])
    >>> served = ServedUnits.by_zone(np.array([1, 0, -1]), np.array([0, 1, 1]))
    >>> served.named_by, served.holds(np.array([0, 1]), np.array([2, 2]))
    (array([1, 1, 1]), array([ True, False]))
    """

    first: NDArray[np.int64]
    zone: NDArray[np.int64]
    named_by: NDArray[np.int64]
    zone_of_unit: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, lists: Sequence[Sequence[int] | NDArray[np.int64]], *, units: int) -> ServedUnits:
        """Build from a list of unit indices for each site; `units` is the number of units."""
        parts = [np.unique(np.asarray(found, np.int64)) for found in lists]
        unit = np.concatenate([np.zeros(0, np.int64), *parts])
        return cls(_starts(parts), unit, np.bincount(unit, minlength=units).astype(np.int64))

    @classmethod
    def by_zone(
        cls, zone_of_site: NDArray[np.int64], zone_of_unit: NDArray[np.int64]
    ) -> ServedUnits:
        """Build for sites that serve one zone each; zone -1 is none."""
        some = zone_of_site >= 0
        counts = np.bincount(zone_of_site[some], minlength=int(zone_of_unit.max(initial=-1)) + 1)
        return cls(
            first=np.concatenate([[0], np.cumsum(some)]).astype(np.int64),
            zone=zone_of_site[some],
            named_by=counts[zone_of_unit].astype(np.int64),
            zone_of_unit=zone_of_unit,
        )

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def site(self) -> NDArray[np.int64]:
        """The site of each entry of `zone`, int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    def lists(self) -> list[NDArray[np.int64]]:
        """Return one array of zones for each site."""
        return np.split(self.zone, self.first[1:-1]) if len(self) else []

    def zones(self, unit: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the zone of each finest unit, -1 for unit -1, int64 (n)."""
        return unit if self.zone_of_unit is None else np.append(self.zone_of_unit, -1)[unit]

    def take(self, sites: NDArray[np.int64]) -> ServedUnits:
        """Return the zones of some of the sites, in the given order."""
        counts = np.diff(self.first)[sites]
        return replace(
            self,
            first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            zone=self.zone[ranges(self.first[:-1][sites], counts)],
        )

    def holds(self, site: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each site serves the unit at the same index, bool (n).

        No site serves unit -1.
        """
        keys = self.site * len(self.named_by) + self.zone  # ascending
        asked = site * len(self.named_by) + self.zones(unit)
        at = np.minimum(np.searchsorted(keys, asked), max(len(keys) - 1, 0))
        known = keys[at] == asked if len(keys) else np.zeros(len(asked), np.bool_)
        found: NDArray[np.bool_] = known & (unit >= 0)
        return found


def _starts(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
