"""Rule `reach`: demand is covered if any site is within the limit of travel.

With a scope (`Layer.scope`), a site serves only the demand of its own unit at that level. Paths may
lead through other units. Demand that a site of another unit would cover has the cause
``out_of_scope`` (`geo.rules.scope`).
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
from geo.rules.layer_demand import LayerDemand
from geo.rules.travel import demand_by_travel
from geo.search.served_units import ServedUnits
from geo.search.times import DemandTimes
from geo.study.model import Layer

__all__ = ["Reach"]


@dataclass(frozen=True)
class Reach:
    """Every site serves all demand, or that of its scope (implements `geo.rules.base.Rule`)."""

    key: str = "reach"
    causes: tuple[str, ...] = ("data_doubt", "out_of_scope", "cut_off", "too_far")
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: str = "rule.reach"

    def served(self, layer: Layer, sites: pd.DataFrame, areas: Areas) -> ServedUnits | None:
        """Return the units of the scope of each site, or None without a scope."""
        if not layer.scoped:
            return None
        level = next((one for one in areas.levels if one.name == layer.scope), areas.levels[0])
        unit = areas.locate(
            sites["lon"].to_numpy(np.float64),
            sites["lat"].to_numpy(np.float64),
            sites.get("unit_id"),
        )
        # Index -1 (outside all units) selects the additional last entry: it serves nobody.
        return ServedUnits.by_zone(np.append(level.of_finest, -1)[unit], level.of_finest)

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
        return demand_by_travel(layer, points, times, rows, any_path)

    def present(
        self, site_unit: NDArray[np.int64], served: ServedUnits | None, units: int
    ) -> NDArray[np.bool_]:
        """Return the units that contain a site, on or off the network, bool (units)."""
        return np.bincount(site_unit[site_unit >= 0], minlength=units) > 0

    def unit_columns(
        self, level: Level | None, served: ServedUnits | None
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return no columns."""
        return {}
