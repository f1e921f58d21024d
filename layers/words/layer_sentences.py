"""The sentences of a report that are built from a layer's figures."""

from __future__ import annotations

import pandas as pd

from geo.analysis import Analysis
from geo.coverage.share_curve import share_curve
from geo.network.profiles import profile_of
from geo.study.model import Layer
from layers.words.catalogue import Words
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
from layers.words.travel_texts import quantile_beyond

__all__ = [
    "gap_medians",
    "gap_metres",
    "layer_sentence",
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
    unit = unit_word(study, words)
    where = where_sentence(analysis, key, words) if uncovered else ""
    text = words(
        rule_key(layer, "sentence", words, plain="report.sentence"),
        title=layer_title(layer, words),
        study=place_name(study, words),
        units=counted_units(study.units.level, words),
        total=words.number(entry["units_total"]),
        with_site=words.number(entry["units_with_site"]),
        presence=words.share(entry["share_by_presence"]),
        rule=_rule(analysis, layer, words),
        share=words.share(entry["share_by_time"]),
        people=people_reached(study, words, layer),
        uncovered=words.number(uncovered),
        unit=unit,
        where=where,
    )
    if doubt:
        amount = words("report.amount", value=words.number(doubt), unit=unit)
        text += words("report.sentence_doubt", amount=amount)
    return text


def spread_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The median and the 90th percentile of time (or distance), or that they reach no site."""
    layer, entry = analysis.study.layer(key), figures(analysis, key)
    demand = analysis.demand[analysis.demand["layer"] == key]
    if layer.limit.in_metres:
        curve = share_curve(demand, "metres")
        values = up_to_metres(pd.Series([curve.quantile(0.5), curve.quantile(0.9)]))
    else:
        values = up_to_tenths(pd.Series([entry["minutes_p50"], entry["minutes_p90"]], dtype=float))
    shown = []
    for quantile, value in zip((0.5, 0.9), values, strict=True):
        if value == value:
            shown.append(_amount(value, layer, words))
        elif quantile_beyond(demand, quantile):
            horizon = beyond(analysis.study.network.horizon_minutes)
            shown.append(words("export.minutes", value=horizon))
        else:
            shown.append(words("report.unreached"))
    return words(
        f"report.results.spread.{layer.limit.unit}",
        basis=time_basis(analysis, key, words),
        p50=shown[0],
        p90=shown[1],
    )


def _amount(value: float, layer: Layer, words: Words) -> str:
    """Minutes with one decimal, or whole metres."""
    places = 0 if layer.limit.in_metres else 1
    return words(f"export.{layer.limit.unit}", value=words.number(value, places))


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
    layer = analysis.study.layer(key)
    if layer.limit.in_metres:
        values, places = gap_metres(analysis, key, gaps), 0
    else:
        values, places = up_to_tenths(gaps["nearest_minutes_p50"]), 1
    most = f">{analysis.study.network.horizon_minutes:g}"
    beyond = (gaps["main_cause"] == "too_far") & ~layer.limit.in_metres
    return [
        most if far and value != value else words.number(value, places)
        for value, far in zip(values, beyond, strict=True)
    ]


def gap_metres(analysis: Analysis, key: str, gaps: pd.DataFrame) -> pd.Series:
    """The median of metres to the nearest site in each gap of a layer, rounded up."""
    points = analysis.gap_points
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
