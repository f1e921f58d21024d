"""Tables of gaps: uncovered demand of each unit with its causes, and each uncovered point."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum, minutes_up, share_of, weighted_quantile_ms
from geo.base.ragged import pick
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.rules import RULES
from geo.rules.layer_demand import BASE_CAUSES, CAUSES, LayerDemand

__all__ = ["gap_point_table", "gap_table"]


def gap_table(
    layer: str,
    demand: LayerDemand,
    sites: pd.DataFrame,
    areas: Areas,
    *,
    causes: tuple[str, ...] = BASE_CAUSES,
) -> pd.DataFrame:
    """Return the finest units with uncovered demand of one layer, ranked, as in gaps.csv.

    Uncovered demand outside all units is a separate row with an empty unit_id, so the sum of the
    rows equals the uncovered demand of the layer.

    Parameters
    ----------
    sites : pd.DataFrame
        id and name of each site; the row number is the rank of the site.
    causes : tuple of str
        The causes that can occur in the layer, in the order in which they apply. The columns of
        the others are blank, apart from those of `BASE_CAUSES`.
    """
    order = np.argsort(demand.unit, kind="stable")
    units, starts = np.unique(demand.unit[order], return_index=True)
    ids, names = (sites[column].to_numpy(dtype=object) for column in ("id", "name"))
    rows, listed = [], []
    for unit, members in zip(units, np.split(order, starts[1:]), strict=False):
        which = members[~demand.covered[members]]
        uncovered = exact_sum(demand.weight[which])
        if uncovered > 0:
            total = exact_sum(demand.weight[members])
            listed.append(int(unit))
            amounts: dict[str, float | str] = {"demand_total": total, "uncovered": uncovered}
            amounts["uncovered_share"] = share_of(uncovered, total)
            rows.append(amounts | _gap_figures(demand, which, ids, names, causes))
    columns = ["unit_id", "unit_name", *areas.parents, "layer", "demand_total", "uncovered"]
    columns += ["uncovered_share", "main_cause", *(f"uncovered_{c}" for c in BASE_CAUSES)]
    columns += ["nearest_site_id", "nearest_site_name", "nearest_minutes_p50", "lon", "lat"]
    own = [name for rule in RULES.values() for name in rule.columns.get("gaps", ())]
    common = [f"uncovered_{cause}" for cause in CAUSES if cause not in BASE_CAUSES]
    further = list(dict.fromkeys([*common, *own]))
    table = pd.DataFrame(rows, columns=columns + further)
    # Numbers in a table without rows, too.
    table[further] = table[further].astype(np.float64)
    for column in ("unit_id", "unit_name", *areas.parents):
        table[column] = pick(areas.frame[column], np.array(listed, np.int64))
    table["layer"] = layer
    table = table.sort_values(["uncovered", "unit_id"], ascending=[False, True], kind="stable")
    table = table.reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _gap_figures(
    demand: LayerDemand,
    which: NDArray[np.int64],
    site_ids: NDArray[np.object_],
    site_names: NDArray[np.object_],
    causes: tuple[str, ...],
) -> dict[str, float | str]:
    """Return the cause amounts, nearest site and location of the uncovered demand of one unit."""
    weight = demand.weight[which]
    listed = [*causes, *(c for c in BASE_CAUSES if c not in causes)]
    by_cause = {c: exact_sum(weight[demand.cause[which] == c]) for c in listed}
    ranks = np.unique(demand.rank[which])
    owned = {int(r): exact_sum(weight[demand.rank[which] == r]) for r in ranks if r >= 0}
    nearest = min(owned, key=lambda r: (-owned[r], r)) if owned else None
    p50 = weighted_quantile_ms(demand.time_ms[which], weight, 0.5)
    heaviest = which[int(np.argmax(weight))]  # on ties the smallest id
    return {
        # On ties the first cause in the order in which the causes apply.
        "main_cause": max(causes, key=lambda c: by_cause[c]),
        **{f"uncovered_{c}": value for c, value in by_cause.items()},
        "nearest_site_id": "" if nearest is None else site_ids[nearest],
        "nearest_site_name": "" if nearest is None else site_names[nearest],
        "nearest_minutes_p50": float(minutes_up(np.array([p50]))[0]),
        "lon": demand.lon[heaviest],
        "lat": demand.lat[heaviest],
    }


def gap_point_table(
    layer: str,
    demand: LayerDemand,
    points: DemandPoints,
    sites: pd.DataFrame,
    areas: Areas,
) -> pd.DataFrame:
    """Return all uncovered demand points of one layer, ordered by id, as in gap_points.csv."""
    which = np.flatnonzero(~demand.covered)
    unit, rank, point = demand.unit[which], demand.rank[which], demand.point[which]
    return pd.DataFrame(
        {
            "demand_id": pick(points.frame["id"], point),
            "name": pick(points.frame["name"], point),
            "unit_id": pick(areas.frame["unit_id"], unit),
            "unit_name": pick(areas.frame["unit_name"], unit),
            **{parent: pick(areas.frame[parent], unit) for parent in areas.parents},
            "layer": layer,
            "weight": demand.weight[which],
            "nearest_site_id": pick(sites["id"], rank),
            "nearest_site_name": pick(sites["name"], rank),
            "metres": demand.metres[which],
            "minutes": minutes_up(demand.time_ms[which]),
            "cause": demand.cause[which],
            "lon": demand.lon[which],
            "lat": demand.lat[which],
        }
    )
