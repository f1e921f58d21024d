"""The tables of a comparison: what differs between two states of one layer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis

__all__ = ["group_table", "point_table", "share_figures", "site_table", "unit_table"]

_POINT = ["demand_id", "unit_id", "weight", "minutes", "metres", "site_id", "lon", "lat"]


def share_figures(
    one: Analysis, other: Analysis, key: str, points: pd.DataFrame
) -> dict[str, float]:
    was, now = one.summary["layers"][key], other.summary["layers"][key]
    return {
        "demand_total_before": was["demand_total"],
        "demand_total_after": now["demand_total"],
        "covered_before": was["demand_covered"],
        "covered_after": now["demand_covered"],
        "share_before": was[one.study.layer(key).share],
        "share_after": now[other.study.layer(key).share],
        "points_gained": int((points["change"] == "gained").sum()),
        "points_lost": int((points["change"] == "lost").sum()),
    }


def unit_table(one: Analysis, other: Analysis) -> pd.DataFrame:
    """Every unit of every level, in B's order, then those that A alone has."""
    columns = ["unit_id", "level", "unit_name", "demand_total", "demand_covered", "share"]
    keys = ["unit_id", "level"]
    old, new = (
        analysis.units.rename(columns={analysis.study.layers[0].share: "share"})[columns]
        for analysis in (one, other)
    )
    both = new.merge(old, on=keys, how="outer", suffixes=("", "_old"), sort=True)
    names = both["unit_name"].fillna(both["unit_name_old"])
    return pd.DataFrame(
        {
            "unit_id": both["unit_id"],
            "unit_name": names,
            "level": both["level"],
            "demand_total": both["demand_total"],
            "covered_before": both["demand_covered_old"],
            "covered_after": both["demand_covered"],
            "share_before": both["share_old"],
            "share_after": both["share"],
            "demand_total_before": both["demand_total_old"],
        }
    )


def point_table(one: Analysis, other: Analysis) -> pd.DataFrame:
    """Demand points that are covered in one state only; a point that one lacks is not covered."""
    old, new = (
        analysis.demand[[*_POINT, "covered"]].set_index("demand_id") for analysis in (one, other)
    )
    both = new.join(old, how="outer", lsuffix="_after", rsuffix="_before", sort=True)
    was = both["covered_before"].fillna(False).astype(bool)
    now = both["covered_after"].fillna(False).astype(bool)
    both = both.assign(change=now.map({True: "gained", False: "lost"}))[was != now].reset_index()
    there = both["weight_after"].notna()

    def latest(name: str) -> pd.Series:
        return both[f"{name}_after"].where(there, both[f"{name}_before"])

    names = pd.concat([other.points["name"], one.points["name"]])
    names = names[~names.index.duplicated()]
    units = pd.concat([other.areas, one.areas]).drop_duplicates("unit_id")
    unit_names = dict(zip(units["unit_id"], units["unit_name"], strict=True))
    found = pd.DataFrame(
        {
            "change": both["change"],
            "demand_id": both["demand_id"],
            "name": names.reindex(both["demand_id"]).fillna("").to_numpy(),
            "unit_id": latest("unit_id"),
            "unit_name": [unit_names.get(unit, "") for unit in latest("unit_id")],
            "weight": latest("weight").astype(float),
            **{
                f"{name}_{moment}": both[f"{name}_{moment}"].astype(float)
                for name in ("minutes", "metres")
                for moment in ("before", "after")
            },
            "site_before": both["site_id_before"].fillna(""),
            "site_after": both["site_id_after"].fillna(""),
            "lon": latest("lon").astype(float),
            "lat": latest("lat").astype(float),
        }
    )
    found = found.assign(_order=found["change"] == "lost", _weight=-found["weight"])
    found = found.sort_values(["_order", "_weight", "demand_id"], kind="stable")
    return found.drop(columns=["_order", "_weight"]).reset_index(drop=True)


def site_table(one: Analysis, other: Analysis) -> pd.DataFrame:
    """Sites that one state lacks or that stand elsewhere; closed ones with their former figures."""
    columns = ["site_id", "name", "lon", "lat", "unit_id", "used", "access_m", "demand_owned"]
    old, new = (analysis.sites[columns].set_index("site_id") for analysis in (one, other))
    both = new.index.intersection(old.index)
    places = ["lon", "lat"]
    moved = both[(new.loc[both, places] != old.loc[both, places]).any(axis=1)]
    parts = [
        new.loc[new.index.difference(old.index)].assign(change="added"),
        new.loc[moved].assign(change="moved"),
        old.loc[old.index.difference(new.index)].assign(change="closed"),
    ]
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled).rename_axis("site_id").reset_index()


def group_table(one: Analysis, other: Analysis) -> pd.DataFrame:
    """Covered demand by class and by band, each over all classes and bands and for each of them.

    Returns
    -------
    pd.DataFrame
        band ("" for the weight of the layer), class ("" for all), demand_total_before,
        demand_total_after, covered_before, covered_after, share_before, share_after.
    """
    keys = ["band", "class"]
    old, new = (
        pd.DataFrame(_groups(analysis), columns=[*keys, "demand_total", "covered"])
        for analysis in (one, other)
    )
    both = old.merge(new, on=keys, how="outer", suffixes=("_before", "_after"), sort=True)
    for moment in ("before", "after"):
        total = both[f"demand_total_{moment}"]
        share = both[f"covered_{moment}"] / total.where(total > 0)
        both[f"share_{moment}"] = share.round(6)
    names = ("demand_total", "covered", "share")
    return both[keys + [f"{name}_{moment}" for name in names for moment in ("before", "after")]]


def _groups(analysis: Analysis) -> Iterator[tuple[str, str, float, float]]:
    rows = analysis.demand
    points = analysis.points.reindex(rows["demand_id"])
    covered = rows["covered"].to_numpy(bool)
    weights = {"": rows["weight"].to_numpy(float)}
    for column in points.columns:
        if str(column).startswith("band:"):
            weights[str(column).removeprefix("band:")] = points[column].to_numpy(float)
    members: dict[str, NDArray[np.bool_]] = {"": np.ones(len(rows), np.bool_)}
    if "class" in rows:
        names = rows["class"].fillna("").astype(str).to_numpy(object)
        members |= {str(name): names == name for name in sorted(set(names) - {""})}
    for band, weight in weights.items():
        counted = np.nan_to_num(weight)
        for name, rows_of in members.items():
            total = math.fsum(counted[rows_of])
            yield band, name, round(total, 6), round(math.fsum(counted[rows_of & covered]), 6)
