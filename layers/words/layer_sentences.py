"""The sentences of a report that are built from a layer's figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.coverage.share_curve import share_curve
from geo.network.profiles import profile_of
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.numbers import beyond, up_to_metres, up_to_tenths
from layers.words.phrases import (
    counted_units,
    figures,
    layer_title,
    limit_text,
    people_reached,
    place_name,
    profile_name,
    rule_key,
    time_basis,
    uncovered_of,
    unit_word,
)
from layers.words.travel_terms import travel_terms
from layers.words.travel_texts import quantile_beyond

__all__ = [
    "gap_medians",
    "gap_metres",
    "layer_sentence",
    "median_texts",
    "metres_of_gaps",
    "quantile_texts",
    "spread_sentence",
    "where_sentence",
    "worst_units",
]

_NAMED = 3  # units that a sentence names


def layer_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The sentence that sums up one layer, built from its figures."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    uncovered = uncovered_of(entry)
    doubt = float(entry["by_cause"].get("data_doubt", 0.0))
    unit = unit_word(study, words, layer)
    own = f"layers.{key}"
    where = where_sentence(analysis, key, words) if uncovered else ""
    text = words(
        rule_key(layer, "sentence", words, plain="report.sentence"),
        title=layer_title(layer, words),
        study=place_name(study, words),
        units=counted_units(study.units.level, words),
        total=figure(f"{own}.units_total", entry["units_total"], words),
        with_site=figure(f"{own}.units_with_site", entry["units_with_site"], words),
        presence=figure(f"{own}.share_by_presence", entry["share_by_presence"], words),
        rule=_rule(analysis, layer, words),
        share=figure(f"{own}.{layer.share}", entry[layer.share], words),
        people=people_reached(study, words, layer),
        uncovered=figure(f"{own}.uncovered", uncovered, words),
        unit=unit,
        where=where,
    )
    if terms := travel_terms(layer, study, words):
        text = words("export.sentences", first=text, second=terms)
    if doubt:
        value = figure(f"{own}.by_cause.data_doubt", doubt, words)
        amount = words("report.amount", value=value, unit=unit)
        text += words("report.sentence_doubt", amount=amount)
    if unknown := float(entry["by_cause"].get("unknown", 0.0)):
        value = figure(f"{own}.by_cause.unknown", unknown, words)
        amount = words("report.amount", value=value, unit=unit)
        text += words("rule.rate.sentence_unknown", amount=amount)
    return text


def spread_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The median and the 90th percentile of time (or distance), or that they reach no site."""
    layer, entry = analysis.study.layer(key), figures(analysis, key)
    if not layer.travels:
        return time_basis(analysis, key, words)
    demand = analysis.demand[analysis.demand["layer"] == key]
    horizon = analysis.study.network.horizon_minutes
    unit = layer.limit.unit
    p50, p90 = quantile_texts(entry, demand, horizon, words, in_metres=layer.limit.in_metres)
    return words(
        f"report.results.spread.{unit}",
        basis=time_basis(analysis, key, words),
        p50=words.keyed(f"layers.{key}.{unit}_p50", p50),
        p90=words.keyed(f"layers.{key}.{unit}_p90", p90),
    )


def quantile_texts(
    entry: Mapping[str, Any],
    demand: pd.DataFrame,
    horizon_minutes: float,
    words: Words,
    *,
    in_metres: bool,
) -> list[str]:
    """Median and 90th percentile of a layer, with their unit; in words where one has no value.

    Parameters
    ----------
    entry : mapping
        Of the layer in the summary.
    demand : pd.DataFrame
        The layer's rows of demand.csv.
    horizon_minutes : float
    words : Words
    in_metres : bool
        Whether the layer's limit is a distance.
    """
    if in_metres:
        curve = share_curve(demand, "metres")
        values = up_to_metres(pd.Series([curve.quantile(0.5), curve.quantile(0.9)]))
    else:
        values = up_to_tenths(pd.Series([entry["minutes_p50"], entry["minutes_p90"]], dtype=float))
    shown = []
    for quantile, value in zip((0.5, 0.9), values, strict=True):
        if value == value:
            number = words.number(value, 0 if in_metres else 1)
            shown.append(words(f"export.{'metres' if in_metres else 'minutes'}", value=number))
        elif quantile_beyond(demand, quantile):
            shown.append(words("export.minutes", value=beyond(horizon_minutes)))
        else:
            shown.append(words("report.unreached"))
    return shown


def gap_medians(analysis: Analysis, key: str, gaps: pd.DataFrame, words: Words) -> list[str]:
    """How far the uncovered demand of each gap has to the nearest site, as text.

    Parameters
    ----------
    analysis : Analysis
    key : str
        A layer; its limit says whether the median is in minutes or metres.
    gaps : pd.DataFrame
        Rows of `Analysis.gaps` of this layer.
    words : Words

    Returns
    -------
    list of str
        ``>120`` where a way exists that is longer than the search; a dash where there is none.
    """
    horizon = analysis.study.network.horizon_minutes
    metres = gap_metres(analysis, key, gaps) if analysis.study.layer(key).limit.in_metres else None
    return median_texts(gaps, metres, horizon, words)


def median_texts(
    gaps: pd.DataFrame, metres: pd.Series | None, horizon_minutes: float, words: Words
) -> list[str]:
    """The medians of `gap_medians`, from the rows of gaps.csv and, for a distance, their metres."""
    if metres is not None:
        return [words.number(value) for value in metres]
    values = up_to_tenths(gaps["nearest_minutes_p50"])
    return [
        beyond(horizon_minutes) if far and value != value else words.number(value, 1)
        for value, far in zip(values, gaps["main_cause"] == "too_far", strict=True)
    ]


def gap_metres(analysis: Analysis, key: str, gaps: pd.DataFrame) -> pd.Series:
    """The median of metres to the nearest site in each gap of a layer, rounded up."""
    return metres_of_gaps(analysis.gap_points, key, gaps)


def metres_of_gaps(points: pd.DataFrame, key: str, gaps: pd.DataFrame) -> pd.Series:
    """As `gap_metres`, from the rows of gap_points.csv."""
    of_unit = {
        str(unit): share_curve(rows, "metres").quantile(0.5)
        for unit, rows in points[points["layer"] == key].groupby(points["unit_id"].fillna(""))
        if str(unit) in set(gaps["unit_id"].fillna(""))
    }
    return up_to_metres(gaps["unit_id"].fillna("").map(of_unit).astype(float))


def _rule(analysis: Analysis, layer: Layer, words: Words) -> str:
    """步行15分钟（约1公里）; within 300 m on foot."""
    profile = profile_of(layer.profile, analysis.study.profiles)
    name, limit = profile_name(layer, words), limit_text(layer, words)
    if layer.limit.in_metres:
        return words("report.rule.metres", profile=name, limit=limit)
    if profile.mode == "drive":
        return words("report.rule.minutes", profile=name, limit=limit)
    way = words.number(profile.kmh * layer.limit.value / 60, 2).rstrip("0").rstrip(".")
    return words("report.rule.way", profile=name, limit=limit, way=way)


def worst_units(analysis: Analysis, key: str, words: Words) -> str:
    """The names of the units that hold most of what is uncovered; empty without one."""
    rows = analysis.gaps[(analysis.gaps["layer"] == key) & (analysis.gaps["unit_id"] != "")]
    names = [str(name) for name in rows.sort_values("rank")["unit_name"].head(_NAMED)]
    return words("export.comma").join(names)


def where_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The units that hold most of what is uncovered, as the end of a sentence."""
    names = worst_units(analysis, key, words)
    return words("report.where", names=names) if names else ""
