"""One county's share of an analysis: maps, tables and reports can be made for it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.study.languages import Text

__all__ = ["county_part", "parent_chains", "part_name", "series_parts"]

_LINK = " / "
_CAUSES = ("data_doubt", "cut_off", "too_far")


def county_part(analysis: Analysis, part: str, name: Text) -> Analysis:
    """The analysis of one county.

    Nothing is computed again: sites beyond the county's border still serve its people. Tables keep
    the rows of its units, the figures of the layers are the county's row in units.csv, and inputs,
    parameters and analysis_id stay those of the whole study. Ranks are counted anew.

    Parameters
    ----------
    analysis : Analysis
    part : str
        One of `series_parts`.
    name : Text
        Of the study in this part, in every language or in one for all.
    """
    parents = [name for name in analysis.study.units.parents if name in analysis.areas.columns]
    chain = analysis.areas[list(reversed(parents))].astype(str).agg(_LINK.join, axis=1)
    areas = analysis.areas[chain == part]
    ids = set(areas["unit_id"])
    info = analysis.study.study
    study = analysis.study.model_copy(update={"study": info.model_copy(update={"name": name})})
    units = _units(analysis, ids, parents, part)
    gaps = _of(analysis.gaps, ids)
    gaps = gaps.assign(rank=gaps.groupby("layer", sort=False).cumcount() + 1)
    made = replace(
        analysis,
        study=study,
        demand=_of(analysis.demand, ids),
        units=units,
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


def _units(analysis: Analysis, ids: set[str], parents: list[str], part: str) -> pd.DataFrame:
    """The county's own row, and those of its units."""
    units = analysis.units
    finest = units["unit_id"].isin(ids) & (units["level"] == analysis.study.units.level)
    above = list(reversed(parents))[:-1]
    names = part.split(_LINK)
    county = (units["level"] == parents[0]) & (units["unit_name"] == names[-1])
    for column, name in zip(above, names, strict=False):
        county &= units[column].astype(str) == name
    return units[finest | county].reset_index(drop=True)


def _figures(made: Analysis, key: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The layer's entry in the summary for these rows."""
    units = made.units[made.units["layer"] == key]
    finest = units[units["level"] == made.study.units.level]
    county = units[units["level"] != made.study.units.level]
    points = made.gap_points[made.gap_points["layer"] == key]
    sites = made.sites[made.sites["layer"] == key]
    total, covered = float(finest["demand_total"].sum()), float(finest["demand_covered"].sum())
    with_site = int(finest["has_site"].astype(bool).sum())
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
            cause: float(points.loc[points["cause"] == cause, "weight"].sum()) for cause in _CAUSES
        },
    }


def _one(column: pd.Series) -> float:
    return float(column.iloc[0]) if len(column) else float("nan")


_LINK = " / "


def parent_chains(areas: pd.DataFrame, parents: Sequence[str]) -> pd.Series:
    """Each row's chain of parents, the widest first: names repeat between cities."""
    chain = areas[parents[-1]].astype(str)
    for name in reversed(parents[:-1]):
        chain = chain + _LINK + areas[name].astype(str)
    return chain


def series_parts(analysis: Analysis) -> list[str]:
    """The parts that a series has a page for: every county (nearest parent).

    By their first unit's id, which is a code as a rule: the order that offices list counties in.
    """
    parents = [name for name in analysis.study.units.parents if name in analysis.areas.columns]
    return list(dict.fromkeys(parent_chains(analysis.areas, parents))) if parents else []


def part_name(analysis: Analysis, part: str) -> str:
    """What a part is called: the county's name, with those above it where it occurs twice."""
    last = part.rsplit(_LINK, 1)[-1]
    alike = [other for other in series_parts(analysis) if other.rsplit(_LINK, 1)[-1] == last]
    return last if len(alike) == 1 else part
