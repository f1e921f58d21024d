"""Coverage of a layer: by time and by presence, for units of every level.

Sums are exactly rounded (`math.fsum`), so neither the order of rows nor a merge of parts changes a
digit. Parents are sums over their demand, never means of means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.areas import Areas, Level

__all__ = [
    "CAUSES",
    "LayerDemand",
    "exact_sum",
    "minutes_up",
    "share_of",
    "unit_table",
    "weighted_quantile_ms",
]

CAUSES = ("data_doubt", "cut_off", "too_far")


@dataclass(frozen=True)
class LayerDemand:
    """One layer's demand points in order of id, with what was found for them.

    Attributes
    ----------
    point : int64 (n)
        Row in `DemandPoints.frame`.
    unit : int64 (n)
        Finest unit, -1 outside.
    weight : float64 (n)
    time_ms : int64 (n)
        -1 beyond the horizon or unreachable.
    metres : float64 (n)
        NaN where there is no time.
    rank : int64 (n)
        Owning site, -1 where none.
    covered : bool (n)
    cause : object (n)
        "" where covered, else one of `CAUSES`.
    access_m, lon, lat : float64 (n)
        Of the row that counts: the quickest of a group.
    """

    point: NDArray[np.int64]
    unit: NDArray[np.int64]
    weight: NDArray[np.float64]
    time_ms: NDArray[np.int64]
    metres: NDArray[np.float64]
    rank: NDArray[np.int64]
    covered: NDArray[np.bool_]
    cause: NDArray[np.object_]
    access_m: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.point)


def exact_sum(values: NDArray[np.float64]) -> float:
    """Exactly rounded sum."""
    return math.fsum(values.tolist())


def share_of(part: float, whole: float) -> float:
    """A share with six places; NaN where there is nothing to share."""
    return round(part / whole, 6) if whole > 0 else float("nan")


def minutes_up(ms: NDArray[np.int64]) -> NDArray[np.float64]:
    """Minutes rounded **up** to three places (NaN where ms is negative).

    Rounding up keeps ``minutes <= limit`` and `covered` in agreement.
    """
    thousandths = -(-ms // 60)
    return np.where(ms < 0, np.nan, thousandths / 1000.0)


def weighted_quantile_ms(time_ms: NDArray[np.int64], weight: NDArray[np.float64], q: float) -> int:
    """Smallest time whose cumulative weight reaches `q`, over all demand; -1 where unreached.

    Parameters
    ----------
    time_ms : int64 (n)
        -1 where unreached; such demand stands at the end.
    weight : float64 (n)
    q : float
        0-1.
    """
    total = exact_sum(weight)
    if total <= 0:
        return -1
    key = np.where(time_ms < 0, np.iinfo(np.int64).max, time_ms)
    order = np.argsort(key, kind="stable")
    ordered = weight[order]
    cumulative = np.cumsum(ordered)
    # The running sum is only nearly right: where it comes close to the mark, exact sums decide.
    low = int(np.searchsorted(cumulative, q * total * (1 - 1e-9), "left"))
    high = int(np.searchsorted(cumulative, q * total * (1 + 1e-9), "right"))
    high = min(high, len(order) - 1)
    while low < high:
        middle = (low + high) // 2
        if exact_sum(ordered[: middle + 1]) >= q * total:
            high = middle
        else:
            low = middle + 1
    return int(time_ms[order[low]])


def unit_table(
    layer: str, demand: LayerDemand, site_unit: NDArray[np.int64], areas: Areas
) -> pd.DataFrame:
    """All units of all levels for one layer, in the columns of units.csv.

    Parameters
    ----------
    site_unit : int64 (accepted sites)
        Finest unit of each accepted site, off network or not; -1 outside.
    """
    parts = [_level_table(layer, demand, site_unit, level) for level in areas.levels]
    outside = demand.unit < 0
    row: dict[str, object] = dict(_figures(demand, np.flatnonzero(outside)))
    row |= {"unit_id": "", "unit_name": "", "level": "", "layer": layer}
    row |= {parent: "" for parent in areas.parents}
    row |= {"sites": int((site_unit < 0).sum()), "has_site": bool((site_unit < 0).any())}
    parts.append(pd.DataFrame([row]))
    columns = ["unit_id", "unit_name", "level", *areas.parents, "layer", "sites", "has_site"]
    figures = ["demand_total", "demand_covered", "share_by_time", "minutes_p50", "minutes_p90"]
    return pd.concat(parts, ignore_index=True)[columns + figures]


def _level_table(
    layer: str, demand: LayerDemand, site_unit: NDArray[np.int64], level: Level
) -> pd.DataFrame:
    count = len(level.units)
    unit = np.where(demand.unit < 0, -1, level.of_finest[demand.unit])
    order = np.argsort(unit, kind="stable")
    cuts = np.searchsorted(unit[order], np.arange(count + 1))
    figures = [_figures(demand, order[cuts[i] : cuts[i + 1]]) for i in range(count)]
    inside = site_unit[site_unit >= 0]
    sites = np.bincount(level.of_finest[inside], minlength=count)
    table = level.units.assign(level=level.name, layer=layer, sites=sites, has_site=sites > 0)
    return pd.concat([table, pd.DataFrame(figures)], axis=1)


def _figures(demand: LayerDemand, which: NDArray[np.int64]) -> dict[str, float]:
    """Totals, share and quantiles of some demand points."""
    weight, time = demand.weight[which], demand.time_ms[which]
    total = exact_sum(weight)
    covered = exact_sum(weight[demand.covered[which]])
    p50, p90 = (weighted_quantile_ms(time, weight, q) for q in (0.5, 0.9))
    return {
        "demand_total": total,
        "demand_covered": covered,
        "share_by_time": share_of(covered, total),
        "minutes_p50": float(minutes_up(np.array([p50]))[0]),
        "minutes_p90": float(minutes_up(np.array([p90]))[0]),
    }
