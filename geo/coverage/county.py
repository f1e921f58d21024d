"""One county's share of an analysis: maps, tables and reports can be made for it alone.

A county is a unit of the nearest parent level. It is identified as in units.csv: by the chain of
parent names from the top (`geo.inputs.areas.parent_ids`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.coverage.presence import is_present
from geo.inputs.areas import parent_ids
from geo.study.languages import Text

__all__ = ["county_ids", "county_part", "part_name", "series_parts"]

_SEPARATOR = " / "  # between the names that a reader sees


def county_ids(analysis: Analysis) -> NDArray[np.str_]:
    """The county of each row of `Analysis.areas`; empty for a study without levels above."""
    parents = analysis.study.units.parents
    if not parents:
        return np.empty(0, dtype=str)
    return parent_ids(analysis.areas, parents, 0)


def series_parts(analysis: Analysis) -> list[str]:
    """Ids of all counties: a map series has one page for each.

    They are ordered by the id of their first unit. That id is usually an official code, so this is
    the order in which offices list counties.
    """
    return [str(county) for county in dict.fromkeys(county_ids(analysis))]


def part_name(analysis: Analysis, part: str) -> str:
    """The county's name; with the names of the levels above where two counties share it.

    Raises
    ------
    ValueError
        No county has this id.
    """
    parents = analysis.study.units.parents
    ids = county_ids(analysis)
    if part not in ids:
        raise ValueError(f"no county has the id {part!r}")
    names = [str(analysis.areas[column].iloc[ids.tolist().index(part)]) for column in parents]
    alike = np.unique(ids[(analysis.areas[parents[0]].astype(str) == names[0]).to_numpy()])
    return names[0] if len(alike) == 1 else _SEPARATOR.join(reversed(names))


def county_part(analysis: Analysis, part: str, name: Text) -> Analysis:
    """The analysis of one county.

    Nothing is computed again: sites beyond the county's border still serve its people. Tables keep
    the rows of its units, and the figures of the layers are the county's row in units.csv. Inputs,
    parameters and analysis_id stay those of the whole study. Ranks start at 1 again.

    Parameters
    ----------
    analysis : Analysis
    part : str
        One of `series_parts`.
    name : Text
        Of the study in this part, in every language or in one for all.
    """
    areas = analysis.areas[county_ids(analysis) == part]
    ids = set(areas["unit_id"])
    info = analysis.study.study
    study = analysis.study.model_copy(update={"study": info.model_copy(update={"name": name})})
    gaps = _of(analysis.gaps, ids)
    gaps = gaps.assign(rank=gaps.groupby("layer", sort=False).cumcount() + 1)
    made = replace(
        analysis,
        study=study,
        demand=_of(analysis.demand, ids),
        units=_units(analysis, ids, part),
        gaps=gaps,
        gap_points=_of(analysis.gap_points, ids),
        areas=areas.reset_index(drop=True),
        sites=_of(analysis.sites, ids),
    )
    layers = {
        key: _figures(made, str(key), entry) for key, entry in analysis.summary["layers"].items()
    }
    return replace(made, summary={**analysis.summary, "study": name, "layers": layers})


def _of(table: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    return table[table["unit_id"].isin(ids)].reset_index(drop=True)


def _units(analysis: Analysis, ids: set[str], part: str) -> pd.DataFrame:
    """The county's own row, and those of its units."""
    units, spec = analysis.units, analysis.study.units
    finest = units["unit_id"].isin(ids) & (units["level"] == spec.level)
    county = (units["level"] == spec.parents[0]) & (units["unit_id"] == part)
    return units[finest | county].reset_index(drop=True)


def _figures(made: Analysis, key: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The layer's entry in the summary for these rows."""
    units = made.units[made.units["layer"] == key]
    finest = units[units["level"] == made.study.units.level]
    county = units[units["level"] != made.study.units.level]
    points = made.gap_points[made.gap_points["layer"] == key]
    sites = made.sites[made.sites["layer"] == key]
    total, covered = float(finest["demand_total"].sum()), float(finest["demand_covered"].sum())
    with_site = int(is_present(finest).sum())
    return {
        **entry,
        "sites_total": len(sites),
        "sites_used": int(sites["used"].astype(bool).sum()),
        "demand_points": int((made.demand["layer"] == key).sum()),
        "demand_total": total,
        "demand_covered": covered,
        "share_by_time": round(covered / total, 6) if total > 0 else np.nan,
        "units_total": len(finest),
        "units_with_site": with_site,
        "share_by_presence": round(with_site / len(finest), 6) if len(finest) else np.nan,
        "minutes_p50": _one(county["minutes_p50"]),
        "minutes_p90": _one(county["minutes_p90"]),
        "by_cause": {
            cause: float(points.loc[points["cause"] == cause, "weight"].sum())
            for cause in entry["by_cause"]
        },
    }


def _one(column: pd.Series) -> float:
    return float(column.iloc[0]) if len(column) else float("nan")
