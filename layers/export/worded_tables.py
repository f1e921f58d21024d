"""The tables of gaps.xlsx: all gaps, numbered in the order of the work, names in place of codes.

The list of the page, which filters rows, is in `layers.export.gap_list`. A time beyond the
study's horizon is infinite here; the sheet shows it as ``>120``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from layers.export.gap_list import beyond_horizon
from layers.words.catalogue import Words
from layers.words.numbers import per_cent, up_to_metres, up_to_tenths
from layers.words.phrases import layer_title

__all__ = ["code_rows", "doubt_table", "point_table", "unit_table"]

_CODES = ["unit_id", "demand_id", "nearest_site_id", "lon", "lat"]
_DOUBT = "data_doubt"


def unit_table(analysis: Analysis, words: Words) -> pd.DataFrame:
    """Finest units with gaps, all layers, by layer, then rank: `Analysis.gaps` with ``number``."""
    table = _placed(analysis.gaps, words)
    minutes = up_to_tenths(table["nearest_minutes_p50"])
    return table.assign(
        number=np.arange(1, len(table) + 1, dtype=float),
        rule=table["layer"],
        uncovered_per_cent=per_cent(table["uncovered_share"]),
        minutes=minutes.mask(beyond_horizon(table), np.inf),
    ).reset_index(drop=True)


def point_table(analysis: Analysis, key: str, points: pd.DataFrame, words: Words) -> pd.DataFrame:
    """One layer's uncovered points, county by county, so that each has its own pages.

    The county of the largest gap comes first, and in it the unit of the largest gap; within a unit
    the heaviest point comes first.

    Parameters
    ----------
    analysis : Analysis
    key : str
    points : pd.DataFrame
        Rows of `Analysis.gap_points`, not necessarily all.
    words : Words
    """
    gaps = analysis.gaps[analysis.gaps["layer"] == key].set_index("unit_id")
    table = _placed(points[points["layer"] == key], words)
    rank = table["unit_id"].map(gaps["rank"])
    table = table.assign(
        _rank=rank,
        unit_per_cent=per_cent(table["unit_id"].map(gaps["uncovered_share"])),
        minutes=up_to_tenths(table["minutes"]).mask(beyond_horizon(table), np.inf),
        metres=up_to_metres(table["metres"]),
    )
    table = _with_class(table, analysis, key)
    bands = analysis.points.filter(like="band:")
    for name in bands.columns:
        table[name] = table["demand_id"].map(bands[name]).astype(float)
    parents = [name for name in analysis.study.units.parents if name in table.columns]
    if parents:
        table["_county"] = table.groupby(parents, dropna=False)["_rank"].transform("min")
    else:
        table["_county"] = 0
    table = table.sort_values(
        ["_county", "_rank", "unit_id", "weight", "demand_id"],
        ascending=[True, True, True, False, True],
        kind="stable",
    ).reset_index(drop=True)
    return table.assign(number=np.arange(1, len(table) + 1, dtype=float))


def _with_class(table: pd.DataFrame, analysis: Analysis, key: str) -> pd.DataFrame:
    """With the class of the demand points, if the study has classes."""
    if "class" not in analysis.demand.columns:
        return table
    of_layer = analysis.demand[analysis.demand["layer"] == key]
    classes = of_layer.drop_duplicates("demand_id").set_index("demand_id")["class"]
    return table.assign(**{"class": table["demand_id"].map(classes).fillna("")})


def doubt_table(
    analysis: Analysis, words: Words, *, most: int | None = None
) -> tuple[pd.DataFrame, int, float]:
    """Points that lie off the network, each once, with the layers that count it.

    The question on the ground (is there really no road?) does not depend on the service.

    Parameters
    ----------
    analysis : Analysis
    words : Words
    most : int, optional
        At most so many points, the heaviest.

    Returns
    -------
    pd.DataFrame
    int
        How many such points there are, shown or not.
    float
        Their weight.
    """
    points = analysis.gap_points
    titles = {
        layer.key: layer_title(layer, words)
        for layer in analysis.study.layers
        if layer.key in analysis.summary["layers"]
    }
    # Row numbers first: a province has a million rows, and taking their texts is slow.
    rows = np.flatnonzero((points["cause"] == _DOUBT).to_numpy())
    place, _ = pd.factorize(points["demand_id"].array.take(rows))
    _, begins = np.unique(place, return_index=True)
    weights = points["weight"].to_numpy(np.float64)[rows[begins]]
    total, weight = len(begins), float(weights.sum())
    if most is not None and total > most:
        begins = begins[np.sort(np.argsort(-weights, kind="stable")[:most])]
    first = points.iloc[rows[begins]]
    asked = points[["demand_id", "layer"]].iloc[rows[np.isin(place, place[begins])]]
    asking = pd.Series(_asking(asked, titles, words), index=asked["demand_id"].unique())
    reached = analysis.demand[["demand_id", "access_m"]]
    reached = reached[reached["demand_id"].isin(first["demand_id"])]
    access = reached.drop_duplicates("demand_id").set_index("demand_id")["access_m"]
    once = _placed(first, words)
    once = once.assign(
        layers=once["demand_id"].map(asking),
        access_m=once["demand_id"].map(access).round(),
    )
    order = [*reversed(analysis.study.units.parents), "unit_id"]
    once = once.sort_values(
        [*order, "weight", "demand_id"],
        ascending=[True] * len(order) + [False, True],
        kind="stable",
    ).reset_index(drop=True)
    return once.assign(number=np.arange(1, len(once) + 1, dtype=float)), total, weight


def _asking(points: pd.DataFrame, titles: Mapping[str, str], words: Words) -> NDArray[np.object_]:
    """The layers that count each point, in the order of the points' first rows."""
    place, _ = pd.factorize(points["demand_id"])
    asked = np.zeros((int(place.max(initial=-1)) + 1, len(titles)), np.bool_)
    for number, key in enumerate(titles):
        asked[place[(points["layer"] == key).to_numpy()], number] = True
    patterns, which = np.unique(asked, axis=0, return_inverse=True)
    names = list(titles.values())
    texts = [
        words("export.all_layers")
        if pattern.all() and len(titles) > 1
        else words("export.comma").join(names[at] for at in np.flatnonzero(pattern))
        for pattern in patterns
    ]
    return np.array(texts, dtype=object)[which.reshape(-1)]


def code_rows(table: pd.DataFrame, sheet: str, words: Words) -> pd.DataFrame:
    """Ids and coordinates of a sheet's rows."""
    found = table.reindex(columns=["number", *_CODES])
    found = found.assign(
        **{name: found[name].astype(object).fillna("") for name in _CODES if name[-1:] == "d"}
    )
    layer = table["layer"] if "layers" not in table.columns else ""
    return found.assign(sheet=sheet, layer=layer)


def _placed(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """With a word where there is no unit, and an id where a site has no name.

    An empty cell would look like a mistake.
    """
    outside = table["unit_id"].fillna("") == ""
    site = table["nearest_site_name"].fillna("")
    return table.assign(
        unit_name=table["unit_name"].where(~outside, words("export.outside")),
        nearest_site_name=site.where(site != "", table["nearest_site_id"].fillna("")),
    )
