"""The gap list as a page shows it: rows filtered, headers and causes in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.inputs.unit_tree import chain_ids
from geo.study.model import Study
from layers.style.palette import CAUSE_ORDER
from layers.words.catalogue import Words
from layers.words.phrases import cause_name, layer_title, sentence

__all__ = [
    "ANY",
    "Filter",
    "layer_titles",
    "parent_choices",
    "point_table",
    "telling_parents",
    "unit_filter",
    "unit_table",
]

ANY = ""
_CHAIN = "\x1f"  # between the values of a parent's chain


@dataclass(frozen=True)
class Filter:
    """What to show; an empty text lets everything through.

    Attributes
    ----------
    layer : str
        Key of a layer.
    parent : str
        A key of `parent_choices` (a district, a city).
    cause : str
        For points their cause; for units: some of their uncovered demand has this cause.
    text : str
        Part of any name or id, upper or lower case; a whole unit id means that unit alone.
    """

    layer: str = ANY
    parent: str = ANY
    cause: str = ANY
    text: str = ANY


def layer_titles(analysis: Analysis, words: Words) -> dict[str, str]:
    """Layer key → title, of the layers that were computed."""
    layers = analysis.study.layers
    return {
        layer.key: layer_title(layer, words)
        for layer in layers
        if layer.key in analysis.summary["layers"]
    }


def parent_choices(analysis: Analysis) -> dict[str, str]:
    """Parents to filter by, column by column, finest first: chain of values → name.

    A parent is known by the chain of its values (市辖区 repeats in every city); the name says more
    than its own value only where that alone would not tell.
    """
    parents = list(analysis.study.units.parents)
    choices: dict[str, str] = {}
    for column in telling_parents(analysis):
        chain = parents[parents.index(column) :]
        rows = analysis.areas[chain].astype(str).drop_duplicates().sort_values(chain[::-1])
        repeated = rows[column].duplicated(keep=False)
        for values, twice in zip(rows.itertuples(index=False), repeated, strict=True):
            if values[0]:
                choices[_CHAIN.join(values)] = " · ".join(values) if twice else values[0]
    return choices


def unit_filter(analysis: Analysis, unit_id: str, level: str) -> Filter:
    """What shows the rows of one unit of any level.

    Parameters
    ----------
    unit_id, level : str
        As units.csv has them.
    """
    study = analysis.study
    if level == study.units.level:
        return Filter(text=unit_id)
    parents = list(study.units.parents)
    chain = parents[parents.index(level) :]
    ids = chain_ids(analysis.areas, chain)
    rows = analysis.areas[ids == unit_id]
    return Filter(parent=_CHAIN.join(rows[chain].iloc[0].astype(str)))


def unit_table(analysis: Analysis, wanted: Filter, words: Words) -> pd.DataFrame:
    """Rows of `Analysis.gaps` that pass, in the order of the file, causes and layers in words."""
    rows = analysis.gaps
    keep = _common(rows, wanted, analysis.study, ["unit_name", "unit_id", "nearest_site_name"])
    if wanted.cause:
        keep &= rows[f"uncovered_{wanted.cause}"] > 0
    found = _worded(rows[keep], analysis.study, words, cause="main_cause")
    found["uncovered_share"] *= 100
    found["nearest_minutes_p50"] = _up(found["nearest_minutes_p50"], 1)
    return found


def point_table(analysis: Analysis, wanted: Filter, words: Words) -> pd.DataFrame:
    """Rows of `Analysis.gap_points` that pass, the heaviest and farthest first."""
    rows = analysis.gap_points
    searched = ["name", "demand_id", "unit_name", "unit_id", "nearest_site_name"]
    keep = _common(rows, wanted, analysis.study, searched)
    if wanted.cause:
        keep &= rows["cause"] == wanted.cause
    found = rows[keep].sort_values(
        ["weight", "metres", "demand_id"],
        ascending=[False, False, True],
        na_position="last",
        kind="stable",
    )
    found = _worded(found, analysis.study, words, cause="cause")
    found["minutes"] = _up(found["minutes"], 1)
    found["metres"] = _up(found["metres"], 0)
    return found


def telling_parents(analysis: Analysis) -> list[str]:
    """The parent columns that distinguish units: one city above all of them tells nothing."""
    parents = analysis.study.units.parents
    return [column for column in parents if analysis.areas[column].nunique() > 1]


def _up(values: pd.Series[float], decimals: int) -> pd.Series[float]:
    """Rounded up, like every time and way: what is over a limit must not look within it."""
    scale = 10**decimals
    return pd.Series(np.ceil(values.round(6) * scale) / scale, index=values.index)


def _common(
    rows: pd.DataFrame, wanted: Filter, study: Study, searched: list[str]
) -> pd.Series[bool]:
    keep = pd.Series(True, index=rows.index)
    if wanted.layer:
        keep &= rows["layer"] == wanted.layer
    if wanted.parent:
        values = wanted.parent.split(_CHAIN)
        for column, value in zip(study.units.parents[-len(values) :], values, strict=True):
            keep &= rows[column].astype(str) == value
    text = wanted.text.strip()
    if text and (rows["unit_id"] == text).any():
        # A whole code means that unit, not those whose codes go on after it.
        keep &= rows["unit_id"] == text
    elif text:
        hits = [
            rows[column].astype(str).str.contains(text, case=False, regex=False)
            for column in [*searched, *study.units.parents]
        ]
        keep &= pd.concat(hits, axis=1).any(axis=1)
    return keep


def _worded(rows: pd.DataFrame, study: Study, words: Words, *, cause: str) -> pd.DataFrame:
    causes = {code: sentence(cause_name(code, words)) for code in CAUSE_ORDER}
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    found = rows.copy()
    outside = found["unit_id"].fillna("") == ""
    found["unit_name"] = found["unit_name"].mask(outside, words("gaps.outside"))
    found["layer"] = found["layer"].map(titles)
    found[cause] = found[cause].map(causes)
    return found.reset_index(drop=True)
