"""Two states of a layer compared: the shares of every unit, the demand points gained and lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum, exact_sums, minutes_up, share_of
from geo.coverage.layer_run import LayerRun
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.rules.layer_demand import LayerDemand

__all__ = ["Difference", "difference_between"]


@dataclass(frozen=True)
class Difference:
    """Two states of one layer, compared. Amounts are in the layer's weight.

    Attributes
    ----------
    layer : str
        Its key.
    demand_total, covered_before, covered_after : float
    share_before, share_after : float
        0-1, NaN without demand.
    units : pd.DataFrame
        Every unit of every level: unit_id, unit_name, level, demand_total, covered_before,
        covered_after, share_before, share_after; the demand outside every unit comes last, with an
        empty unit_id.
    gained, lost : pd.DataFrame
        Demand points that are covered only after, and only before; the heaviest first: demand_id,
        name, unit_id, unit_name, weight, minutes_before, minutes_after, metres_before,
        metres_after, site_before, site_after, cause_before, cause_after, lon, lat. NaN and ""
        where no site is within the horizon; a cause is "" where the point is covered.
    sites : pd.DataFrame
        The sites that change: the trial sites in the order given, then moved sites and closed
        sites by id: site_id, name, lon, lat, unit_id, unit_name, used (bool), access_m (metres to
        the nearest road of the profile, NaN where none is near), reason ("off_network" where the
        site does not count, else ""), demand_owned (covered only), change (added, moved, closed).
        A closed site has its figures of before.
    """

    layer: str
    demand_total: float
    covered_before: float
    covered_after: float
    share_before: float
    share_after: float
    units: pd.DataFrame
    gained: pd.DataFrame
    lost: pd.DataFrame
    sites: pd.DataFrame

    @property
    def added(self) -> pd.DataFrame:
        """The rows of `sites` that are trial sites."""
        return self.sites[self.sites["change"] == "added"]


def difference_between(
    before: LayerRun, after: LayerRun, points: DemandPoints, areas: Areas, *, sites: pd.DataFrame
) -> Difference:
    """Compare two runs of one layer over the same demand.

    Parameters
    ----------
    sites : pd.DataFrame
        See `Difference.sites`.
    """
    old, new = before.demand, after.demand
    total = exact_sum(old.weight)
    was, now = (exact_sum(d.weight[d.covered]) for d in (old, new))
    return Difference(
        layer=before.layer.key,
        demand_total=total,
        covered_before=was,
        covered_after=now,
        share_before=share_of(was, total),
        share_after=share_of(now, total),
        units=_units(old, new, areas),
        gained=_points(before, after, new.covered & ~old.covered, points, areas),
        lost=_points(before, after, old.covered & ~new.covered, points, areas),
        sites=sites,
    )


def _units(old: LayerDemand, new: LayerDemand, areas: Areas) -> pd.DataFrame:
    """Amounts and shares before and after, for every unit of every level."""
    parts = []
    for level in areas.levels:
        unit = np.where(old.unit < 0, -1, level.of_finest[old.unit])
        table = level.units[["unit_id", "unit_name"]].assign(level=level.name)
        parts.append(_amounts(table, unit, old, new))
    outside = pd.DataFrame({"unit_id": [""], "unit_name": [""], "level": [""]})
    parts.append(_amounts(outside, np.where(old.unit < 0, 0, -1), old, new))
    return pd.concat(parts, ignore_index=True)


def _amounts(
    table: pd.DataFrame, unit: NDArray[np.int64], old: LayerDemand, new: LayerDemand
) -> pd.DataFrame:
    order = np.argsort(unit, kind="stable")
    cuts = np.searchsorted(unit[order], np.arange(len(table) + 1))
    weight = old.weight[order]

    def sums(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        return exact_sums(np.where(which[order], weight, 0.0), cuts)

    total = sums(np.ones(len(old), np.bool_))
    was, now = sums(old.covered), sums(new.covered)
    return table.assign(
        demand_total=total,
        covered_before=was,
        covered_after=now,
        share_before=[share_of(a, b) for a, b in zip(was, total, strict=True)],
        share_after=[share_of(a, b) for a, b in zip(now, total, strict=True)],
    )


def _points(
    before: LayerRun,
    after: LayerRun,
    which: NDArray[np.bool_],
    points: DemandPoints,
    areas: Areas,
) -> pd.DataFrame:
    """Some demand points with their site before and after, the heaviest first, then by id."""
    at = np.flatnonzero(which)
    old, new = before.demand, after.demand
    at = at[np.argsort(-old.weight[at], kind="stable")]
    unit_id, unit_name = (
        np.append(areas.frame[column].to_numpy(dtype=object), "")
        for column in ("unit_id", "unit_name")
    )

    def site(run: LayerRun) -> NDArray[np.object_]:
        return np.append(run.sites["id"].to_numpy(dtype=object), "")[run.demand.rank[at]]

    return pd.DataFrame(
        {
            "demand_id": points.frame["id"].to_numpy(dtype=object)[old.point[at]],
            "name": points.frame["name"].to_numpy(dtype=object)[old.point[at]],
            "unit_id": unit_id[old.unit[at]],
            "unit_name": unit_name[old.unit[at]],
            "weight": old.weight[at],
            "minutes_before": minutes_up(old.time_ms[at]),
            "minutes_after": minutes_up(new.time_ms[at]),
            "metres_before": old.metres[at],
            "metres_after": new.metres[at],
            "site_before": site(before),
            "site_after": site(after),
            "cause_before": old.cause[at],
            "cause_after": new.cause[at],
            "lon": old.lon[at],
            "lat": old.lat[at],
        }
    )
