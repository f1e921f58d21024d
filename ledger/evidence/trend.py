"""Both shares of each unit at every verification, and what changed them: corrected data or not.

The middle state of a comparison (`geo.scenarios.compare`) tells the two apart, as for the cases:
the sites of the verification before on the data of now.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.base.exact import share_of
from geo.inputs.areas import parent_ids
from geo.questions.explorer import Explorer
from ledger.connection import DATABASE
from ledger.evidence.coverage import with_sites
from ledger.ledger import open_ledger
from ledger.store import Store

__all__ = ["layer_trend", "with_kept_trends"]

_SHARES = ["share_by_time", "share_by_presence"]


def layer_trend(
    store: Store, explorer: Explorer, layer: str, *, parameters_hash: str, roads_built: bool
) -> pd.DataFrame:
    """The shares of a layer now, with their changes since the last verification.

    Parameters
    ----------
    explorer : Explorer
        Of the study as it is now, under the parameters that decide.
    parameters_hash : str
        Of these parameters: under others, shares cannot be compared.
    roads_built : bool
        What changed of the roads was built, and is no correction of data.

    Returns
    -------
    pd.DataFrame
        layer, level, unit_id ("" for the whole), unit_name, share_by_time, share_by_presence,
        data_change, real_change (of the share by time; NaN where there is nothing to compare).
    """
    now = _unit_shares(explorer, layer)
    now["data_change"] = now["real_change"] = np.nan
    last = store.trend(layer, number=store.last_trend(layer))
    run = store.run(str(last["run"].iloc[0])) if len(last) else None
    if run is None or run["parameters_hash"] != parameters_hash:
        return now
    before = last.set_index("unit_id")["share_by_time"].astype(float)
    middle_state = with_sites(explorer, layer, run["sites"])
    middle = now if middle_state is explorer else _unit_shares(middle_state, layer)
    corrected = middle.set_index("unit_id")["share_by_time"]
    if roads_built:
        stood_state = with_sites(explorer, layer, run["sites"], moved=True)
        stood = now if stood_state is explorer else _unit_shares(stood_state, layer)
        data = corrected - stood.set_index("unit_id")["share_by_time"]
    else:
        data = corrected - before
    units = now["unit_id"]
    now["data_change"] = data.reindex(units).to_numpy().round(6)
    change = now["share_by_time"].to_numpy() - before.reindex(units).to_numpy()
    now["real_change"] = (change - now["data_change"]).round(6)
    return now


def _unit_shares(explorer: Explorer, layer: str) -> pd.DataFrame:
    """Both shares of the whole, of each parent and of each unit."""
    analysis = explorer.analysis_with(layer, catchments=False)
    rows = analysis.units
    rows = rows[(rows["layer"] == layer) & (rows["unit_id"] != "")]
    found = pd.DataFrame(
        {
            "level": rows["level"].to_numpy(),
            "unit_id": rows["unit_id"].to_numpy(),
            "unit_name": rows["unit_name"].to_numpy(),
            "share_by_time": _shares(rows),
        }
    )
    presence = _presence(analysis, rows)
    found["share_by_presence"] = found["unit_id"].map(presence).round(6)
    summary = analysis.summary["layers"][layer]
    whole = share_of(float(summary["demand_covered"]), float(summary["demand_total"]))
    first = {
        "level": "",
        "unit_id": "",
        "unit_name": "",
        "share_by_time": whole,
        "share_by_presence": summary["share_by_presence"],
    }
    found = pd.concat([pd.DataFrame([first]), found], ignore_index=True)
    found[_SHARES] = found[_SHARES].astype(float)
    return found.assign(layer=layer)


def _shares(rows: pd.DataFrame) -> list[float]:
    pairs = zip(rows["demand_covered"], rows["demand_total"], strict=True)
    return [share_of(float(covered), float(total)) for covered, total in pairs]


def _presence(analysis: Analysis, rows: pd.DataFrame) -> pd.Series[float]:
    """Share of the finest units with a site, in each unit and parent."""
    units = analysis.study.units
    finest = rows[rows["level"] == units.level]
    has_site = finest["has_site"].astype(float)
    found = [pd.Series(has_site.to_numpy(), index=finest["unit_id"])]
    for depth in range(len(units.parents)):
        chain = parent_ids(finest, units.parents, depth)
        found.append(has_site.groupby(chain).mean())
    return pd.concat(found)


def with_kept_trends(analysis: Analysis, folder: Path) -> Analysis:
    """The analysis with the shares at the verifications of each layer in its summary (``trend``).

    Each entry of ``trend`` has made_at, period and share_by_time of the whole, the oldest first.
    The analysis comes back as it is where the study in `folder` has no ledger.

    Raises
    ------
    LedgerError, OutputError
        As `ledger.ledger.open_ledger`.
    """
    if not (folder / DATABASE).is_file():
        return analysis
    layers = dict(analysis.summary["layers"])
    with open_ledger(folder, create=False) as ledger:
        for key, figures in layers.items():
            rows = ledger.store.trend(str(key), unit="").dropna(subset=["share_by_time"])
            if len(rows):
                kept = rows[["made_at", "period", "share_by_time"]].to_dict("records")
                layers[key] = {**figures, "trend": kept}
    return replace(analysis, summary={**analysis.summary, "layers": layers})
