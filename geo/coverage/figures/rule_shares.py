"""The shares of rules that do not decide by time: their columns of units.csv and the summary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.base.exact import exact_sum, share_of
from geo.capacity.shortage import LayerCapacity
from geo.rules.layer_demand import LayerDemand
from geo.study.model import share_column

__all__ = ["RULE_COLUMNS", "share_figures"]

# They follow all other columns of units.csv; blank under every other rule.
RULE_COLUMNS = (
    "share_by_rate", "unknown", "share_by_supply", "share_by_radius", "share_by_land", "land_km2",
)  # fmt: skip


def share_figures(
    rule: str,
    demand: LayerDemand,
    which: NDArray[np.int64],
    capacity: LayerCapacity | None = None,
) -> dict[str, float]:
    """Return the share of some demand under the layer's rule, and what belongs to it.

    Parameters
    ----------
    rule : str
        The value of `Layer.rule`.
    which : int64
        Rows of demand.
    capacity : LayerCapacity, optional
        The demand split by the capacity of the sites.

    Returns
    -------
    dict
        ``share_by_time``, NaN where the rule knows no times, and the columns of the rule.
    """
    weight = demand.weight[which]
    share = share_of(exact_sum(weight[demand.covered[which]]), exact_sum(weight))
    column = share_column(rule)
    found = {"share_by_time": float("nan"), column: share}
    if rule == "supply":
        # The demand that is served in full; the share of what is needed is another one.
        found["share_by_time"], found[column] = share, float("nan")
        if capacity is not None:
            served, amount = (exact_sum(v[which]) for v in (capacity.served, capacity.amount))
            found[column] = share_of(served, amount)
    if rule == "rate":
        found["unknown"] = exact_sum(weight[demand.cause[which] == "unknown"])
    return found
