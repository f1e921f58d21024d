"""Rule `assigned`: each site serves only the units that are named in its row.

A unit counts for the share by presence if it contains a site or is named by one. The time of a
point is the time to the quickest site that serves its unit. If no site serves the unit, or if the
point is outside all units, the cause is ``not_assigned``, unless the point is off the network
(``data_doubt``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.inputs.areas import Areas, Level
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.readers.inputs.served_units import named_units
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import demand_by_travel
from geo.search.served_units import ServedUnits
from geo.search.times import DemandTimes
from geo.study.model import Layer

__all__ = ["Assigned"]


@dataclass(frozen=True)
class Assigned:
    """Each site serves the units that it names (implements `geo.rules.base.Rule`)."""

    key: str = "assigned"
    causes: tuple[str, ...] = ("data_doubt", "not_assigned", "cut_off", "too_far")
    columns: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"units": ("named_by",), "gaps": ("uncovered_not_assigned",)}
    )
    phrases: str = "rule.assigned"

    def served(self, layer: Layer, sites: pd.DataFrame, areas: Areas) -> ServedUnits | None:
        """Return the units named in the column ``serves``. Unknown ids are omitted."""
        known = pd.Index(areas.frame["unit_id"].astype(object))
        lists = []
        for cell in sites["serves"].astype(str):
            at = known.get_indexer(named_units(cell))
            lists.append(at[at >= 0])
        return ServedUnits.of(lists, units=len(areas.frame))

    def answer(
        self,
        layer: Layer,
        points: DemandPoints,
        times: DemandTimes,
        rows: Positions,
        any_path: Callable[[], NDArray[np.bool_]],
        served: ServedUnits | None,
    ) -> LayerDemand:
        """See `geo.rules.base.Rule.answer`."""
        assert served is not None
        # Index -1 (outside all units) selects the additional last entry, which is False.
        named = np.append(served.named_by > 0, False)
        return demand_by_travel(layer, points, times, rows, any_path, unserved=~named[points.unit])

    def present(
        self, site_unit: NDArray[np.int64], served: ServedUnits | None, units: int
    ) -> NDArray[np.bool_]:
        """Return the units that contain a site or are named by one, bool (units)."""
        assert served is not None
        held = np.bincount(site_unit[site_unit >= 0], minlength=units) > 0
        present: NDArray[np.bool_] = held | (served.named_by > 0)
        return present

    def unit_columns(
        self, level: Level | None, served: ServedUnits | None
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return ``named_by``: the number of sites that name the unit.

        For a parent unit, sites that name any unit within it are counted.
        """
        assert served is not None
        if level is None:
            return {"named_by": np.zeros(1)}
        parent = level.of_finest[served.zone]
        pairs = np.unique(np.stack([served.site, parent]), axis=1)
        counts = np.bincount(pairs[1], minlength=len(level.units))
        return {"named_by": counts.astype(np.float64)}
