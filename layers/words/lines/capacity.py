"""Lines about capacity: the sentence of the report, and remarks beside its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geo.analysis import Analysis
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.numbers import amount
from layers.words.phrases import figures, limit_text, people, unit_word

__all__ = [
    "blank_line",
    "capacity_amount",
    "capacity_sentence",
    "capacity_unit",
    "supply_line",
]


def capacity_amount(
    value: float, layer: Layer, study: Study, words: Words, *, key: str = ""
) -> str:
    """An amount that is served or not, in the unit that the layer's capacities count.

    Parameters
    ----------
    key : str
        Of the figure (`layers.words.figure_keys`), where the text may keep one.
    """
    value = round(float(value), 6)
    if not layer.counts_places:
        return amount(value, study, words, key=key)
    count = words.number(value, 0 if value.is_integer() else 1)
    count = words.keyed(key, count) if key else count
    return words("capacity.amount", count=count)


def capacity_unit(layer: Layer, study: Study, words: Words) -> str:
    """The unit that the layer's capacities count: that of the weights, or places."""
    return unit_word(study, words) if not layer.counts_places else words("capacity.unit")


def capacity_sentence(analysis: Analysis, key: str, words: Words) -> str:
    """The sentence on capacity of a layer; empty where it has no capacities."""
    study, layer, entry = analysis.study, analysis.study.layer(key), figures(analysis, key)
    found = entry.get("capacity")
    if found is None:
        return ""
    own, total = f"layers.{key}.capacity", float(found["amount"])
    parts = {
        name: capacity_amount(found[name], layer, study, words, key=f"{own}.{name}")
        for name in ("served", "in_reach_over_capacity", "out_of_reach")
    }
    text = words(
        "capacity.sentence",
        limit=limit_text(layer, words),
        people=people(study, words, layer) if not layer.counts_places else words("capacity.needed"),
        capacity=figure(f"{own}.capacity_total", round(float(found["capacity_total"]), 6), words),
        share=figure(f"{own}.served_share", found["served"] / total, words) if total > 0 else "—",
        **parts,
    )
    blank = blank_line(found, words)
    return text + words("capacity.then", line=blank) if blank else text


def supply_line(found: Mapping[Any, Any], layer: Layer, study: Study, words: Words) -> str:
    """The capacity per 1,000 at the limit, and at the other catchments where they are known."""
    access = found["access_2sfca"]
    values = {
        name: "—" if math.isnan(access[key]) else words.number(float(access[key]), 1)
        for name, key in (("near", "0.75"), ("at", "1"), ("far", "1.5"))
        if key in access
    }
    key = "capacity.supply_range" if "far" in values else "capacity.supply"
    return words(key, unit=capacity_unit(layer, study, words), **values)


def blank_line(found: Mapping[Any, Any], words: Words) -> str:
    """How many sites have no capacity; empty where all have one."""
    count = int(found["sites_without_capacity"])
    if not count:
        return ""
    return words("capacity.blank", count=words.number(count))
