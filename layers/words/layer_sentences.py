"""The sentences of a report that are built from a layer's figures."""

from __future__ import annotations

import pandas as pd

from geo.analysis import Analysis
from geo.network.profiles import profile_of
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.numbers import up_to_tenths
from layers.words.phrases import (
    counted_units,
    figures,
    layer_title,
    limit_text,
    people,
    place_name,
    profile_name,
    rule_key,
    time_basis,
    uncovered_of,
    unit_word,
)

__all__ = ["layer_sentence", "spread_sentence", "where_sentence"]

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
        people=people(study, words, layer),
        uncovered=words.number(uncovered),
        unit=unit,
        where=where,
    )
    if doubt:
        amount = words("report.amount", value=words.number(doubt), unit=unit)
        text += words("report.sentence_doubt", amount=amount)
    return text


def spread_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The median and the 90th percentile of time, or that they reach no site."""
    entry = figures(analysis, key)
    shown = []
    for name in ("minutes_p50", "minutes_p90"):
        value = up_to_tenths(pd.Series([entry[name]], dtype=float)).iloc[0]
        reached = value == value
        shown.append(
            words("export.minutes", value=words.number(value, 1))
            if reached
            else words("report.unreached")
        )
    return words(
        "report.results.spread",
        basis=time_basis(analysis, key, words),
        p50=shown[0],
        p90=shown[1],
    )


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


def where_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The units that hold most of what is uncovered."""
    rows = analysis.gaps[(analysis.gaps["layer"] == key) & (analysis.gaps["unit_id"] != "")]
    names = [str(name) for name in rows.sort_values("rank")["unit_name"].head(_NAMED)]
    if not names:
        return ""
    return words("report.where", names=words("export.comma").join(names))
