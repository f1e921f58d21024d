"""Extracts the results of one county, for maps, tables and reports of that county.

A county is a unit of the nearest parent level. Its id is the one in units.csv: the chain of parent
names from the top level down (`geo.inputs.areas.parent_ids`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.base.file_names import distinct_file_names
from geo.coverage.presence import is_present
from geo.inputs.areas import parent_ids
from geo.study.languages import Text
from geo.study.model import Layer

__all__ = ["county_folders", "county_ids", "county_part", "part_name", "series_parts"]

# Figures of a layer that cannot be told from the rows of a county.
_OF_THE_WHOLE = frozenset({
    "equity", "land", "sensitivity", "trend", "moments", "by_tier", "by_item",
    "sites_without_tier", "sites_without_items", "sites_without_delay",
})  # fmt: skip
_SEPARATOR = " / "  # between the names shown to a reader


def county_ids(analysis: Analysis) -> NDArray[np.str_]:
    """Return the county id of each row of `Analysis.areas`, str (areas).

    The array is empty if the study has no parent levels.
    """
    parents = analysis.study.units.parents
    if not parents:
        return np.empty(0, dtype=str)
    return parent_ids(analysis.areas, parents, 0)


def series_parts(analysis: Analysis) -> list[str]:
    """Return the ids of all counties. A map series has one page for each county.

    The counties are ordered by the id of their first unit. That id is usually an official code, so
    this is the order in which offices list counties.
    """
    return [str(county) for county in dict.fromkeys(county_ids(analysis))]


def part_name(analysis: Analysis, part: str) -> str:
    """Return the name of a county.

    If several counties have this name, the names of the higher levels are included.

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


def county_folders(
    analysis: Analysis, names: Mapping[str, str] | None = None, *, taken: Iterable[str] = ()
) -> dict[str, str]:
    """Return a folder name for each county, different on every operating system.

    Parameters
    ----------
    analysis : Analysis
    names : mapping of str to str, optional
        Name of each county; by default its id, the chain of its names.
    taken : iterable of str
        Names of other files in the same folder.
    """
    ids = county_ids(analysis)
    units = analysis.areas["unit_id"].astype(str).to_numpy()
    names = names if names is not None else {part: part for part in series_parts(analysis)}
    codes = [_code(units[ids == part]) for part in names]
    found = distinct_file_names(names.values(), codes, taken=taken)
    return dict(zip(names, found, strict=True))


def _code(units: NDArray[Any]) -> str:
    """Return the code of a county: the first six digits of its units' codes, or what they share.

    Codes of other kinds may share nothing; then the first unit's id stands for the county.
    """
    letters = zip(*(str(unit) for unit in units), strict=False)
    same = takewhile(lambda column: len(set(column)) == 1, letters)
    shared = "".join(column[0] for column in same)
    if len(shared) >= 6 and shared[:6].isdigit():
        return shared[:6]
    return shared if len(units) > 1 and len(shared) > 1 else str(units[0])


def county_part(analysis: Analysis, part: str, name: Text) -> Analysis:
    """Return the analysis restricted to one county.

    Travel times are not computed again, so sites outside the county still serve its demand. The
    tables keep only the rows of the county's units. The figures of each layer are computed from
    these rows; the quantiles of minutes are those of the county's row in units.csv. The figures of
    equity are left out (`geo.equity.by_band.equity_of` computes them). The inputs,
    parameters and analysis_id remain those of the whole study. The ranks of gaps start at 1.

    Parameters
    ----------
    analysis : Analysis
    part : str
        One of `series_parts`.
    name : Text
        Name of the study for this county: one text for each language, or one for all languages.
    """
    areas = analysis.areas[county_ids(analysis) == part]
    ids = set(areas["unit_id"])
    info = analysis.study.study
    named = info.model_copy(update={"name": name, "place": None})
    study = analysis.study.model_copy(update={"study": named})
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
        equity=None,
        unit_sets=_of(analysis.unit_sets, {*ids, part}),
    )
    layers = {
        key: _figures(made, str(key), entry) for key, entry in analysis.summary["layers"].items()
    }
    return replace(
        made, summary={**analysis.summary, "study": name, "part": part, "layers": layers}
    )


def _of(table: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    return table if table.empty else table[table["unit_id"].isin(ids)].reset_index(drop=True)


def _units(analysis: Analysis, ids: set[str], part: str) -> pd.DataFrame:
    """Return the row of the county and the rows of its units."""
    units, spec = analysis.units, analysis.study.units
    finest = units["unit_id"].isin(ids) & (units["level"] == spec.level)
    county = (units["level"] == spec.parents[0]) & (units["unit_id"] == part)
    return units[finest | county].reset_index(drop=True)


def _figures(made: Analysis, key: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the summary entry of one layer, computed from the rows of the county."""
    units = made.units[made.units["layer"] == key]
    finest = units[units["level"] == made.study.units.level]
    county = units[units["level"] != made.study.units.level]
    points = made.gap_points[made.gap_points["layer"] == key]
    sites = made.sites[made.sites["layer"] == key]
    total, covered = float(finest["demand_total"].sum()), float(finest["demand_covered"].sum())
    with_site = int(is_present(finest).sum())
    return {
        **{name: value for name, value in entry.items() if name not in _OF_THE_WHOLE},
        "sites_total": len(sites),
        "sites_used": int(sites["used"].astype(bool).sum()),
        "demand_points": int((made.demand["layer"] == key).sum()),
        "demand_total": total,
        "demand_covered": covered,
        **_shares(made.study.layer(key), covered, total, finest, county),
        "units_total": len(finest),
        "units_with_site": with_site,
        "share_by_presence": round(with_site / len(finest), 6)
        if len(finest) and not made.study.layer(key).of_objects
        else np.nan,
        "minutes_p50": _one(county["minutes_p50"]),
        "minutes_p90": _one(county["minutes_p90"]),
        "by_cause": {
            cause: float(points.loc[points["cause"] == cause, "weight"].sum())
            for cause in entry["by_cause"]
        },
        **({"capacity": _capacity(finest, county, sites)} if "capacity" in entry else {}),
    }


def _shares(
    layer: Layer, covered: float, total: float, finest: pd.DataFrame, county: pd.DataFrame
) -> dict[str, Any]:
    """Return the share under the layer's rule, and its land, as far as the county's rows tell."""
    share = round(covered / total, 6) if total > 0 else np.nan
    found: dict[str, Any] = {"share_by_time": share}
    if layer.share != "share_by_time":
        found = {"share_by_time": np.nan if not layer.travels else share}
        supply = layer.rule == "supply"
        found[layer.share] = _one(county[layer.share]) if supply else share
    if layer.rule == "rate":
        found["unknown"] = float(finest["unknown"].sum())
    land = _one(county["land_km2"]) if "land_km2" in county else np.nan
    if land == land:
        by_land = _one(county["share_by_land"])
        found["land"] = {
            "share_by_land": by_land, "land_km2": land, "reached_km2": round(by_land * land, 6)
        }  # fmt: skip
    return found


def _capacity(finest: pd.DataFrame, county: pd.DataFrame, sites: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of capacity of the county, as far as its rows tell them.

    Sites outside the county serve its demand too, and its sites serve demand elsewhere. Total time
    and the supply within other catchments are not known by unit.
    """
    split = ("served", "in_reach_over_capacity", "out_of_reach")
    parts = {name: float(finest[name].sum()) for name in split}
    return {
        **parts,
        "access_2sfca": {"1": _one(county["access_2sfca"])},
        "capacity_total": float(sites["capacity"].sum()),
        "sites_without_capacity": int(sites["capacity"].isna().sum()),
        "amount": sum(parts.values()),
    }


def _one(column: pd.Series) -> float:
    return float(column.iloc[0]) if len(column) else float("nan")
