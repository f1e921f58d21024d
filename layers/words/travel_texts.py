"""Times that the search did not find: beyond its horizon (``>120``), or without a path at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.inputs.areas import parent_ids
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import measure

__all__ = ["change_measure", "has_path", "medians_beyond", "quantile_beyond"]


def has_path(demand: pd.DataFrame) -> pd.Series[bool]:
    """Where a path leads to a site, be it longer than the search; by `Analysis.demand`."""
    found: pd.Series[bool] = demand["time_ms"].notna() | (demand["cause"] == "too_far")
    return found


def quantile_beyond(demand: pd.DataFrame, quantile: float) -> bool:
    """Whether a blank quantile of these rows of `Analysis.demand` lies beyond the horizon."""
    total = math.fsum(demand["weight"])
    with_path = math.fsum(demand["weight"][has_path(demand)])
    return total > 0 and with_path >= total * quantile


def medians_beyond(analysis: Analysis, key: str, level: str) -> set[str]:
    """The ids of the units of a level of whose demand half or more has a path.

    Where the median of such a unit is blank, it is a time beyond the study's horizon.
    """
    rows = analysis.demand[analysis.demand["layer"] == key]
    study = analysis.study
    finest = analysis.areas["unit_id"].astype(str).to_numpy()
    if level == study.units.level:
        labels = finest
    else:
        parents = study.units.parents
        labels = parent_ids(analysis.areas, parents, parents.index(level))
    unit = rows["unit_id"].fillna("").astype(str).map(dict(zip(finest, labels, strict=True)))
    sums = pd.DataFrame(
        {"all": rows["weight"], "path": np.where(has_path(rows), rows["weight"], 0.0)}
    )
    sums = sums.groupby(unit).sum()
    found = sums.index[(sums["all"] > 0) & (sums["path"] * 2 >= sums["all"])]
    return set(found.astype(str))


def change_measure(
    point: Mapping[Any, Any],
    moment: Literal["before", "after"],
    layer: Layer,
    study: Study,
    words: Words,
) -> str:
    """How far a point of `Difference.gained` or `.lost` has to its site, before or after."""
    horizon = study.network.horizon_minutes if point[f"cause_{moment}"] == "too_far" else None
    return measure(
        point[f"minutes_{moment}"],
        point[f"metres_{moment}"],
        layer,
        words,
        horizon_minutes=horizon,
    )
