"""The gap list of the page: which rows pass a filter, with layers and causes in words.

The tables of the workbook, which have every row, are in `layers.export.worded_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.inputs.areas import parent_ids
from geo.rules.layer_demand import CAUSES
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.numbers import beyond, per_cent, up_to_metres, up_to_tenths
from layers.words.phrases import cause_name, layer_title, sentence

__all__ = [
    "ANY",
    "DIGIT_SPACE",
    "SORTS",
    "Filter",
    "beyond_horizon",
    "distinct_parents",
    "layer_titles",
    "listed_points",
    "listed_units",
    "parent_choices",
    "sorted_list",
    "time_texts",
    "unit_filter",
]

ANY = ""

# Ways to sort the list: by the amount that is not covered, its share, the time, or the name.
SORTS = ("amount", "share", "time", "name")
# The columns of each way, for units and for points; the first exists in one of the two tables.
_SORT_COLUMNS: dict[str, tuple[str, ...]] = {
    "amount": (),
    "share": ("uncovered_share",),
    "time": ("nearest_minutes_p50", "minutes"),
    "name": ("unit_name", "name"),
}
# As wide as a digit, to align times in the browser.
DIGIT_SPACE = "\u2007"
_TIME_WIDTH = 6


@dataclass(frozen=True)
class Filter:
    """Which rows to show; an empty string sets no condition.

    Attributes
    ----------
    layer : str
        Key of a layer.
    parent : str
        Id of a parent (a district, a city): a key of `parent_choices`.
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
    """Parents to filter by, column by column, nearest first: id as in units.csv → name.

    Where two parents share a name (市辖区 occurs in every city), it is followed by those above it.
    """
    parents = analysis.study.units.parents
    choices: dict[str, str] = {}
    for column in distinct_parents(analysis):
        depth = parents.index(column)
        chain = list(parents[depth:])
        rows = analysis.areas[chain].astype(str)
        rows = rows.set_axis(parent_ids(analysis.areas, parents, depth))
        rows = rows[~rows.index.duplicated()].sort_values(chain[::-1])
        repeated = rows[column].duplicated(keep=False)
        for values, twice in zip(rows.itertuples(), repeated, strict=True):
            identity, name, *above = values
            if name:
                choices[identity] = " · ".join([name, *above]) if twice else name
    return choices


def unit_filter(analysis: Analysis, unit_id: str, level: str) -> Filter:
    """The filter that leaves the rows of one unit of any level.

    Parameters
    ----------
    unit_id, level : str
        As in units.csv.
    """
    if level == analysis.study.units.level:
        return Filter(text=unit_id)
    return Filter(parent=unit_id)


def listed_units(analysis: Analysis, wanted: Filter, words: Words) -> pd.DataFrame:
    """Rows of `Analysis.gaps` that pass, in the order of the file, causes and layers in words.

    ``layer_key`` keeps the key of the layer; ``time_text`` is the median time as shown.
    """
    rows = analysis.gaps
    keep = _passing(rows, wanted, analysis, ["unit_name", "unit_id", "nearest_site_name"])
    if wanted.cause:
        keep &= rows[f"uncovered_{wanted.cause}"] > 0
    found = _worded(rows[keep], analysis.study, words, cause="main_cause")
    found["uncovered_share"] = per_cent(found["uncovered_share"])
    found["nearest_minutes_p50"] = up_to_tenths(found["nearest_minutes_p50"])
    # Half of the uncovered weight has a path, so that the median is a time beyond the horizon.
    beyond_it = beyond_horizon(found)
    found["time_text"] = time_texts(found["nearest_minutes_p50"], beyond_it, analysis.study, words)
    return found


def listed_points(analysis: Analysis, wanted: Filter, words: Words) -> pd.DataFrame:
    """Rows of `Analysis.gap_points` that pass, the heaviest and farthest first.

    ``layer_key`` keeps the key of the layer; ``time_text`` is the time as shown.
    """
    rows = analysis.gap_points
    searched = ["name", "demand_id", "unit_name", "unit_id", "nearest_site_name"]
    keep = _passing(rows, wanted, analysis, searched)
    if wanted.cause:
        keep &= rows["cause"] == wanted.cause
    found = rows[keep].sort_values(
        ["weight", "metres", "demand_id"],
        ascending=[False, False, True],
        na_position="last",
        kind="stable",
    )
    beyond_it = beyond_horizon(found).reset_index(drop=True)
    found = _worded(found, analysis.study, words, cause="cause")
    found["minutes"] = up_to_tenths(found["minutes"])
    found["time_text"] = time_texts(found["minutes"], beyond_it, analysis.study, words)
    found["metres"] = up_to_metres(found["metres"])
    return found


def beyond_horizon(rows: pd.DataFrame) -> pd.Series[bool]:
    """Where a blank time lies beyond the study's horizon: a path is there, but a longer one.

    Parameters
    ----------
    rows : pd.DataFrame
        Rows of `Analysis.gaps`, whose median is blank where half of the uncovered weight has no
        time, or of `Analysis.gap_points`.
    """
    if "uncovered_too_far" in rows:
        blank = rows["nearest_minutes_p50"].isna()
        return blank & (rows["uncovered_too_far"] * 2 >= rows["uncovered"])
    found: pd.Series[bool] = rows["minutes"].isna() & (rows["cause"] == "too_far")
    return found


def time_texts(
    minutes: pd.Series[float], beyond_it: pd.Series[bool], study: Study, words: Words
) -> pd.Series[str]:
    """Minutes as texts of one width, which sort like the numbers: times beyond the horizon last.

    A browser sorts the space as wide as a digit before digits, and ``>`` between the two.
    """
    numbers = minutes.map(lambda value: f"{value:,.1f}".rjust(_TIME_WIDTH, DIGIT_SPACE))
    texts = numbers.mask(minutes.isna(), words("panel.unreached"))
    return texts.mask(beyond_it.to_numpy(bool), beyond(study.network.horizon_minutes))


def sorted_list(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """The table of `listed_units` or `listed_points` in the order `by`, one of `SORTS`.

    The largest share and the longest time come first, names from A on; rows without a time come
    last, after those beyond the horizon.
    """
    columns = [column for column in _SORT_COLUMNS[by] if column in table.columns]
    if not columns:
        return table
    column = columns[0]
    if by == "time":
        text = table["time_text"]
        key = table[column].mask(text.str.startswith(">"), np.inf)
    else:
        key = table[column]
    order = key.sort_values(ascending=by == "name", na_position="last", kind="stable").index
    return table.loc[order].reset_index(drop=True)


def distinct_parents(analysis: Analysis) -> list[str]:
    """The parent columns with more than one value."""
    parents = analysis.study.units.parents
    return [column for column in parents if analysis.areas[column].nunique() > 1]


def _passing(
    rows: pd.DataFrame, wanted: Filter, analysis: Analysis, searched: list[str]
) -> pd.Series[bool]:
    """Which rows pass all filters but that of the cause."""
    keep = pd.Series(True, index=rows.index)
    parents = analysis.study.units.parents
    if wanted.layer:
        keep &= rows["layer"] == wanted.layer
    if wanted.parent:
        # Ids of different levels differ, since each level above adds a name.
        ids = [parent_ids(analysis.areas, parents, depth) for depth in range(len(parents))]
        inside = np.any([of_level == wanted.parent for of_level in ids], axis=0)
        keep &= rows["unit_id"].isin(analysis.areas["unit_id"][inside])
    text = wanted.text.strip()
    if text and (rows["unit_id"] == text).any():
        # A complete code means that unit alone, not those whose codes begin with it.
        keep &= rows["unit_id"] == text
    elif text:
        hits = [
            rows[column].astype(str).str.contains(text, case=False, regex=False)
            for column in [*searched, *parents]
        ]
        keep &= pd.concat(hits, axis=1).any(axis=1)
    return keep


def _worded(rows: pd.DataFrame, study: Study, words: Words, *, cause: str) -> pd.DataFrame:
    """Titles and words in place of codes; `cause` is the column of the cause."""
    causes = {
        (layer.key, code): sentence(cause_name(code, words, layer))
        for layer in study.layers
        for code in CAUSES
    }
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    found = rows.copy()
    outside = found["unit_id"].fillna("") == ""
    found["unit_name"] = found["unit_name"].mask(outside, words("gaps.outside"))
    found["layer_key"] = found["layer"]
    pairs = zip(found["layer"], found[cause], strict=True)
    found[cause] = [causes.get((str(layer), str(code)), "") for layer, code in pairs]
    found["layer"] = found["layer"].map(titles)
    return found.reset_index(drop=True)
