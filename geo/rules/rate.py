"""Rule `rate`: an object of the layer's own list is covered if it meets the layer's condition.

The objects are the demand of the layer. They have neither time nor site. An object with a blank
cell in a column that the condition reads is not covered; its cause is ``unknown``.
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
from geo.search.served_units import ServedUnits
from geo.search.times import DemandTimes
from geo.study.model import Layer

__all__ = ["Rate", "demand_of_objects"]


@dataclass(frozen=True)
class Rate:
    """Objects that meet a condition (implements `geo.rules.base.Rule`)."""

    key: str = "rate"
    causes: tuple[str, ...] = ("not_met", "unknown")
    columns: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"gaps": ("uncovered_not_met", "uncovered_unknown")}
    )
    phrases: str = "rule.rate"

    def served(self, layer: Layer, sites: pd.DataFrame, areas: Areas) -> ServedUnits | None:
        """Return None: there are no sites."""
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
        """Return the objects with their outcome; nothing depends on travel."""
        return demand_of_objects(layer, points)

    def present(
        self, site_unit: NDArray[np.int64], served: ServedUnits | None, units: int
    ) -> NDArray[np.bool_]:
        """Return False for every unit: there are no sites."""
        return np.zeros(units, np.bool_)

    def unit_columns(
        self, level: Level | None, served: ServedUnits | None
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return no columns; the shares are in `geo.coverage.figures.rule_shares`."""
        return {}


def demand_of_objects(layer: Layer, objects: DemandPoints) -> LayerDemand:
    """Return the objects that `only` selects as demand, covered where the condition is met.

    Parameters
    ----------
    objects : DemandPoints
        With the columns met and unknown.
    """
    chosen = objects.chosen(layer.only)
    frame = objects.frame.iloc[chosen]
    met, unknown = (frame[name].to_numpy(np.bool_) for name in ("met", "unknown"))
    count = len(chosen)
    cause = np.where(unknown, "unknown", "not_met").astype(object)
    cause[met] = ""
    none = np.full(count, -1, np.int64)
    return LayerDemand(
        point=chosen,
        unit=objects.unit[chosen],
        weight=frame["weight"].to_numpy(np.float64),
        time_ms=none,
        metres=np.full(count, np.nan),
        rank=none,
        covered=met,
        cause=cause,
        access_m=np.full(count, np.nan),
        lon=objects.lon[chosen],
        lat=objects.lat[chosen],
        sites_within=none,
    )
