"""The rows of equity.csv: measures of each layer by band and by class (rule 26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.base.exact import (
    exact_sum,
    mean_minutes_up,
    minutes_up,
    share_of,
    weighted_quantile_ms,
)
from geo.equity.inequality import concentration, fgt, lorenz, mean
from geo.study.limit import Limit, whole_ms

__all__ = [
    "EQUITY_COLUMNS",
    "GroupTimes",
    "equity_of",
    "equity_table",
    "group_times",
    "layers_with_times",
    "with_equity",
]

EQUITY_COLUMNS = [
    "layer", "band", "class", "demand_total", "share_by_time", "unreached", "mean_minutes",
    "minutes_p50", "gini", "palma", "concentration", "fgt0", "fgt1", "fgt2",
]  # fmt: skip
_TEXTS = ("layer", "band", "class")


@dataclass(frozen=True)
class GroupTimes:
    """The travel times of one layer for the people of one band and class.

    Attributes
    ----------
    band : str
        "" for the weight of the study, else the name of a band.
    class_ : str
        "" for people of all classes.
    weight : float64 (n)
        Weights of the band. Points are ordered by `filled_ms`, then by demand id.
    time_ms : int64 (n)
        -1 without a time.
    filled_ms : float64 (n)
        The same with the horizon for people without a time.
    covered : bool (n)
    rank : float64 (n)
        Value of the study's rank column, NaN if unknown.
    """

    band: str
    class_: str
    weight: NDArray[np.float64]
    time_ms: NDArray[np.int64]
    filled_ms: NDArray[np.float64]
    covered: NDArray[np.bool_]
    rank: NDArray[np.float64]

    def of(self, which: NDArray[Any], *, class_: str) -> GroupTimes:
        """The people of one class."""
        arrays = {name: value[which] for name, value in vars(self).items() if name not in _NAMES}
        return GroupTimes(self.band, class_, **arrays)

    def figures(self, limit: Limit) -> dict[str, float]:
        """The columns of equity.csv from demand_total on."""
        weight, filled = self.weight, self.filled_ms
        total = exact_sum(weight)
        curve = lorenz(filled, weight)
        p50 = weighted_quantile_ms(self.time_ms, weight, 0.5)
        beyond = [np.nan, np.nan]
        if limit.ms is not None:
            beyond = [fgt(filled, weight, limit.ms, power) for power in (1, 2)]
        return {
            "demand_total": total,
            "share_by_time": share_of(exact_sum(weight[self.covered]), total),
            "unreached": exact_sum(weight[self.time_ms < 0]),
            "mean_minutes": mean_minutes_up(mean(filled, weight)),
            "minutes_p50": float(minutes_up(np.array([p50]))[0]),
            "gini": _six(curve.gini),
            "palma": _six(curve.palma),
            "concentration": _six(concentration(filled, weight, self.rank)),
            "fgt0": share_of(exact_sum(weight[~self.covered]), total),
            "fgt1": _six(beyond[0]),
            "fgt2": _six(beyond[1]),
        }


_NAMES = ("band", "class_")


def _six(value: float) -> float:
    """Six places, without the sign of a zero."""
    return round(value, 6) + 0.0


def group_times(analysis: Analysis, key: str) -> Iterator[GroupTimes]:
    """The groups of one layer: the weight, then the bands in the study's order.

    Each is given over all classes, then for each class by name. The weight of the first group is
    the study's weight column, whatever band the layer counts. People without a class are in the
    groups over all classes only.

    Parameters
    ----------
    analysis : Analysis
        Computed or restricted in any way; the groups follow from its rows.
    key : str
        One of the keys in ``summary["layers"]``.
    """
    rows = analysis.demand[analysis.demand["layer"] == key]
    horizon = whole_ms(analysis.study.network.horizon_minutes)
    # Sorted once for all groups: on sorted times, later sorts take a tenth of the time.
    rows = rows.iloc[np.argsort(rows["time_ms"].fillna(horizon).to_numpy(), kind="stable")]
    points = analysis.points.reindex(rows["demand_id"])
    time = rows["time_ms"].to_numpy(np.int64, na_value=-1)
    filled = np.where(time < 0, horizon, time).astype(np.float64)
    covered = rows["covered"].to_numpy(np.bool_)
    rank: NDArray[np.float64] = np.full(len(rows), np.nan)
    if "rank" in points:
        rank = points["rank"].to_numpy(np.float64)
    classes = _members(rows)
    for band, column in _weights(analysis, key):
        weight = (points[column] if column else rows["weight"]).to_numpy(np.float64)
        everybody = GroupTimes(band, "", weight, time, filled, covered, rank)
        yield everybody
        for name, which in classes.items():
            yield everybody.of(which, class_=name)


def _weights(analysis: Analysis, key: str) -> list[tuple[str, str]]:
    """Bands with their columns in `Analysis.points`; the column is "" for the rows' own weight."""
    own = analysis.study.layer(key).demand or ""
    found = [("", "weight" if "weight" in analysis.points else "")]
    found += [(band, f"band:{band}") for band in analysis.study.demand.bands]
    return [
        (band, "" if band == own else column)
        for band, column in found
        if band == own or column in analysis.points
    ]


def _members(rows: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """The places of the rows of each class, by name."""
    if "class" not in rows.columns:
        return {}
    names = rows["class"].fillna("").astype(str).to_numpy(dtype=object)
    known, number = np.unique(names, return_inverse=True)
    order = np.argsort(number, kind="stable")
    cuts = np.searchsorted(number[order], np.arange(len(known) + 1))
    return {str(name): order[cuts[at] : cuts[at + 1]] for at, name in enumerate(known) if str(name)}


def layers_with_times(analysis: Analysis) -> list[str]:
    """The keys of the layers whose demand has travel times."""
    return [str(key) for key in analysis.summary["layers"] if analysis.study.layer(key).travels]


def equity_table(analysis: Analysis) -> pd.DataFrame:
    """Compute the rows of equity.csv.

    Returns
    -------
    pd.DataFrame
        `EQUITY_COLUMNS`, one row for each layer, band ("" for the weight) and class ("" for all),
        in the order of `group_times`. Shares and indices have six places.
    """
    rows = []
    for key in layers_with_times(analysis):
        limit = analysis.study.layer(str(key)).limit
        rows += [
            {"layer": str(key), "band": group.band, "class": group.class_, **group.figures(limit)}
            for group in group_times(analysis, str(key))
        ]
    table = pd.DataFrame(rows, columns=EQUITY_COLUMNS)
    types = {name: np.float64 for name in EQUITY_COLUMNS if name not in _TEXTS}
    return table.astype(types)


def with_equity(analysis: Analysis) -> Analysis:
    """Return the analysis with its table of equity and the figures of each layer's own weight.

    The summary of each layer gets the key ``equity`` with the columns from ``demand_total`` on, for
    the band that the layer counts, over all classes.
    """
    table = equity_table(analysis)
    layers = {}
    for key, entry in analysis.summary["layers"].items():
        if not analysis.study.layer(str(key)).travels:
            layers[key] = entry
            continue
        own = analysis.study.layer(str(key)).demand or ""
        mine = (table["layer"] == key) & (table["band"] == own) & (table["class"] == "")
        row = table[mine].iloc[0]
        figures = {name: float(row[name]) for name in EQUITY_COLUMNS if name not in _TEXTS}
        layers[key] = {**entry, "equity": figures}
    return replace(analysis, equity=table, summary={**analysis.summary, "layers": layers})


def equity_of(analysis: Analysis) -> pd.DataFrame:
    """The analysis's table of equity, computed if it has none."""
    return equity_table(analysis) if analysis.equity is None else analysis.equity
