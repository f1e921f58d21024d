"""Coverage of every unit by sets of a layer's sites: open at a moment, of a tier, with an item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.base.exact import exact_sum, share_of
from geo.coverage.layer_run import LayerRun
from geo.inputs.areas import Areas

__all__ = ["SET_COLUMNS", "unit_set_table"]

SET_COLUMNS = (
    "unit_id", "level", "layer", "kind", "name", "demand_total", "demand_covered", "share",
)  # fmt: skip


def unit_set_table(runs: Sequence[LayerRun], areas: Areas) -> pd.DataFrame:
    """Return unit × layer × set of sites at all levels, in `SET_COLUMNS`.

    ``kind`` is moment, tier or item, ``name`` is that of the set as summary.json has it. Parents
    are sums over their demand. Demand outside every unit is left out.
    """
    rows = []
    for run in runs:
        weight, finest = run.demand.weight, run.demand.unit
        for level in areas.levels if run.set_covered else ():
            unit = np.where(finest < 0, -1, level.of_finest[finest])
            order = np.argsort(unit, kind="stable")
            cuts = np.searchsorted(unit[order], np.arange(len(level.units) + 1))
            members = [order[cuts[i] : cuts[i + 1]] for i in range(len(level.units))]
            totals = [exact_sum(weight[which]) for which in members]
            for (kind, name), covered in (run.set_covered or {}).items():
                for unit_id, which, total in zip(
                    level.units["unit_id"], members, totals, strict=True
                ):
                    amount = exact_sum(weight[which][covered[which]])
                    about = (unit_id, level.name, run.layer.key, kind, name)
                    rows.append((*about, total, amount, share_of(amount, total)))
    return pd.DataFrame(rows, columns=list(SET_COLUMNS))
