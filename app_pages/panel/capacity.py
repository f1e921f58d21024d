"""The part of the panel on capacity: who is served, of the whole, a unit or a site, as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from app_pages.shell.html import Figure, explanation, figures, head, plain
from geo.analysis import Analysis
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.lines.capacity import blank_line, capacity_amount, supply_line
from layers.words.phrases import limit_text

__all__ = ["site_capacity", "unit_capacity", "whole_capacity"]


def whole_capacity(analysis: Analysis, layer: Layer, words: Words) -> str:
    """Who is served in the whole study; empty where the layer has no capacities."""
    found = analysis.summary["layers"][layer.key].get("capacity")
    if found is None:
        return ""
    lines = [supply_line(found, layer, analysis.study, words), blank_line(found, words)]
    split = _split(found, found["amount"], layer, analysis.study, words)
    return split + "".join(plain(line) for line in lines if line)


def unit_capacity(row: Mapping[Any, Any], layer: Layer, study: Study, words: Words) -> str:
    """Who is served in a unit (a row of units.csv); empty where the layer has no capacities."""
    total = row.get("served", math.nan) + row.get("short", math.nan)
    if not total > 0:
        return ""
    access = {"access_2sfca": {"1": row["access_2sfca"]}}
    split = _split(row, total, layer, study, words)
    return split + plain(supply_line(access, layer, study, words))


def _split(found: Mapping[Any, Any], total: float, layer: Layer, study: Study, words: Words) -> str:
    """The three parts of the demand, which add up."""
    limit = limit_text(layer, words)
    shown = []
    for name in ("served", "in_reach_over_capacity", "out_of_reach"):
        value = float(found[name])
        text = capacity_amount(value, layer, study, words)
        share = words.share(value / total) if total > 0 else "—"
        basis = words(f"capacity.{name}.basis", limit=limit, share=share)
        shown.append(Figure(words(f"capacity.{name}"), text, basis))
    title = head(words("capacity.head"))
    return title + figures(shown, words) + explanation("capacity", words)


def site_capacity(row: Mapping[Any, Any], layer: Layer, study: Study, words: Words) -> str:
    """What a site serves, what it could still serve, and who waits (a row of sites.csv)."""
    if math.isnan(row.get("assigned", math.nan)):
        return ""
    limit = limit_text(layer, words)
    spare = round(float(row["spare"]), 6)
    shown = [
        Figure(
            words("capacity.assigned"),
            capacity_amount(row["assigned"], layer, study, words),
            words("capacity.assigned.basis", spare=words.number(spare)),
        ),
        Figure(
            words("capacity.waiting"),
            capacity_amount(row["waiting"], layer, study, words),
            words("capacity.waiting.basis", limit=limit),
        ),
    ]
    text = head(words("capacity.head")) + figures(shown, words) + explanation("capacity", words)
    if math.isnan(row["capacity"]):
        text += plain(words("capacity.blank_here"))
    if not math.isnan(row["crowding"]):
        value = words.number(float(row["crowding"]), 1)
        text += plain(words("capacity.crowding", value=value))
    return text
