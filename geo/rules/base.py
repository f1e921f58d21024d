"""What a rule decides about a layer, and what it adds to the results.

A rule is one module beside this one, an entry of `geo.rules.RULES`, its parameters in
`geo.study.rules`, and its words in the catalogues under the keys that begin with `Rule.phrases`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

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

__all__ = ["Rule"]


class Rule(Protocol):
    """How a layer decides what is covered.

    Attributes
    ----------
    key : str
        The value of `Layer.rule`.
    causes : tuple of str
        The causes that it can give, in the order in which they apply.
    columns : mapping of table to columns
        What it adds to ``units`` and ``gaps``, after the columns that all rules have. A table has
        these columns where any layer of the study has the rule; they are blank for other layers.
    phrases : str
        Prefix of its keys in the wording catalogues.
    """

    @property
    def key(self) -> str: ...
    @property
    def causes(self) -> tuple[str, ...]: ...
    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def phrases(self) -> str: ...

    def served(self, layer: Layer, sites: pd.DataFrame, areas: Areas) -> ServedUnits | None:
        """Which units each site serves; None where every site serves everybody.

        Parameters
        ----------
        sites : pd.DataFrame
            The layer's sites in order of id.
        """
        ...

    def answer(
        self,
        layer: Layer,
        points: DemandPoints,
        times: DemandTimes,
        rows: Positions,
        any_path: Callable[[], NDArray[np.bool_]],
        served: ServedUnits | None,
    ) -> LayerDemand:
        """Pick the row that counts for each point, and say whether it is covered and why not.

        Parameters
        ----------
        times, rows
            Of the rows of `points`; the times are those to sites that serve the row's unit.
        any_path : callable
            Whether any path joins each row with any used site, bool (rows); called only where it
            matters.
        """
        ...

    def present(
        self, site_unit: NDArray[np.int64], served: ServedUnits | None, units: int
    ) -> NDArray[np.bool_]:
        """Which finest units count for the share by presence, bool (units).

        Parameters
        ----------
        site_unit : int64 (sites)
            Finest unit of each accepted site, -1 outside.
        """
        ...

    def unit_columns(
        self, level: Level | None, served: ServedUnits | None
    ) -> Mapping[str, NDArray[np.float64]]:
        """The values of ``columns["units"]`` for the units of a level, float64 (units of level).

        `level` is None for the one row of demand outside every unit.
        """
        ...
