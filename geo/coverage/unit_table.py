"""Coverage of a layer by time and by presence, for the units of every level.

Sums are exactly rounded (`math.fsum`), so they do not depend on the order of rows or on the
division into parts. The figures of a parent unit are computed from its demand points, not as means
of the figures of its units.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum, minutes_up, weighted_quantile_ms
from geo.capacity.shortage import LayerCapacity
from geo.coverage.figures.capacity import UNIT_COLUMNS, unit_figures
from geo.coverage.figures.rule_shares import RULE_COLUMNS, share_figures
from geo.inputs.areas import Areas, Level
from geo.rules import RULES
from geo.rules.base import Rule
from geo.rules.layer_demand import LayerDemand
from geo.search.served_units import ServedUnits

__all__ = ["unit_table"]


def unit_table(
    layer: str,
    demand: LayerDemand,
    site_unit: NDArray[np.int64],
    areas: Areas,
    *,
    rule: Rule = RULES["reach"],
    served: ServedUnits | None = None,
    capacity: LayerCapacity | None = None,
) -> pd.DataFrame:
    """Return the units of all levels for one layer, in the columns of units.csv.

    The last row is for demand and sites outside all units.

    Parameters
    ----------
    site_unit : int64 (accepted sites)
        Finest unit of each accepted site, including sites off the network; -1 outside all units.
    rule : Rule
        The columns of rules follow the columns that all rules have. Those of other rules are
        blank.
    served : ServedUnits, optional
        The units that each site serves, if the rule restricts them.
    capacity : LayerCapacity, optional
        The demand split by the capacity of the sites. Its columns follow those of rules, and the
        shares of rules that do not decide by time come last.
    """
    parts = []
    for level in areas.levels:
        table = _level_table(layer, demand, site_unit, level, capacity, rule)
        parts.append(table.assign(**rule.unit_columns(level, served)))
    outside = demand.unit < 0
    without = site_unit < 0
    row: dict[str, object] = dict(_figures(demand, np.flatnonzero(outside), capacity, rule))
    row |= {"unit_id": "", "unit_name": "", "level": "", "layer": layer}
    row |= {parent: "" for parent in areas.parents}
    row |= {"sites": int(without.sum()), "has_site": bool(without.any())}
    parts.append(pd.DataFrame([row]).assign(**rule.unit_columns(None, served)))
    columns = ["unit_id", "unit_name", "level", *areas.parents, "layer", "sites", "has_site"]
    figures = ["demand_total", "demand_covered", "share_by_time", "minutes_p50", "minutes_p90"]
    own = [name for rule in RULES.values() for name in rule.columns.get("units", ())]
    table = pd.concat(parts, ignore_index=True)
    return table.reindex(columns=[*columns, *figures, *own, *UNIT_COLUMNS, *RULE_COLUMNS])


def _level_table(
    layer: str,
    demand: LayerDemand,
    site_unit: NDArray[np.int64],
    level: Level,
    capacity: LayerCapacity | None,
    rule: Rule,
) -> pd.DataFrame:
    count = len(level.units)
    unit = np.where(demand.unit < 0, -1, level.of_finest[demand.unit])
    order = np.argsort(unit, kind="stable")
    cuts = np.searchsorted(unit[order], np.arange(count + 1))
    figures = [_figures(demand, order[cuts[i] : cuts[i + 1]], capacity, rule) for i in range(count)]
    inside = site_unit[site_unit >= 0]
    sites = np.bincount(level.of_finest[inside], minlength=count)
    table = level.units.assign(level=level.name, layer=layer, sites=sites, has_site=sites > 0)
    return pd.concat([table, pd.DataFrame(figures)], axis=1)


def _figures(
    demand: LayerDemand, which: NDArray[np.int64], capacity: LayerCapacity | None, rule: Rule
) -> dict[str, float]:
    """Compute totals, share, quantiles and capacity of the selected demand points."""
    weight, time = demand.weight[which], demand.time_ms[which]
    total = exact_sum(weight)
    covered = exact_sum(weight[demand.covered[which]])
    p50, p90 = (weighted_quantile_ms(time, weight, q) for q in (0.5, 0.9))
    return {
        "demand_total": total,
        "demand_covered": covered,
        "minutes_p50": float(minutes_up(np.array([p50]))[0]),
        "minutes_p90": float(minutes_up(np.array([p90]))[0]),
        **share_figures(rule.key, demand, which, capacity),
        **unit_figures(capacity, which),
    }
