"""Rule `reach`: demand is covered if any site is within the limit of travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.inputs.areas import Areas, Level
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.layer_demand import BASE_CAUSES, LayerDemand
from geo.rules.travel import demand_by_travel
from geo.search.served_units import ServedUnits
from geo.search.times import DemandTimes
from geo.study.model import Layer

__all__ = ["Reach"]


@dataclass(frozen=True)
class Reach:
    """Every site serves all demand (implements `geo.rules.base.Rule`)."""

    key: str = "reach"
    causes: tuple[str, ...] = BASE_CAUSES
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: str = "rule.reach"

    def served(self, layer: Layer, sites: pd.DataFrame, areas: Areas) -> ServedUnits | None:
        """Return None, because every site serves all demand."""
        return None

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
