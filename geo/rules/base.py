"""The interface of a coverage rule.

A rule consists of a module in this package, an entry in `geo.rules.RULES`, its parameters in
`geo.study.rules`, and texts in the catalogues under keys that begin with `Rule.phrases`.
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
    """Decides which demand of a layer is covered, and adds columns to the results.

    Attributes
    ----------
    key : str
        The value of `Layer.rule`.
    causes : tuple of str
        The causes that the rule can give, in the order in which they apply.
    columns : mapping of table to columns
        Columns that the rule adds to ``units`` and ``gaps``, after the columns of all rules.
        The tables of every study have them. They are blank for layers with other rules.
    phrases : str
        Prefix of the rule's keys in the text catalogues.
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
        """Return the units that each site serves, or None if every site serves all demand.

        Parameters
        ----------
        sites : pd.DataFrame
            The layer's sites, ordered by id.
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
        """Choose the row that counts for each point, and determine coverage and cause.

        Parameters
        ----------
        times, rows
            Times and positions of the rows of `points`. The times are those to sites that serve
            the row's unit.
        any_path : callable
            Returns whether any path connects each row with any used site, bool (rows). It is
            called only if the result depends on it.
        """
        ...

    def present(
        self, site_unit: NDArray[np.int64], served: ServedUnits | None, units: int
    ) -> NDArray[np.bool_]:
        """Return which finest units count for the share by presence, bool (units).

        Parameters
        ----------
        site_unit : int64 (sites)
            Finest unit of each accepted site, -1 outside all units.
        """
        ...

    def unit_columns(
        self, level: Level | None, served: ServedUnits | None
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return the values of ``columns["units"]`` for one level, float64 (units of the level).

        `level` is None for the single row of demand outside all units.
        """
        ...
