"""Sentences on which sites count for whom, beside the limit and the profile of a layer."""

from __future__ import annotations

from geo.study.model import Layer, Study
from geo.study.travel_keys import UNIT_SCOPE
from layers.words.catalogue import Words
from layers.words.nouns import level_name, people

__all__ = ["scope_level", "travel_terms"]


def scope_level(layer: Layer, study: Study, words: Words) -> str:
    """The level within which the sites of a layer with a scope serve: county, township."""
    scope = layer.scope or UNIT_SCOPE
    return level_name(study.units.level if scope == UNIT_SCOPE else scope, words)


def travel_terms(layer: Layer, study: Study, words: Words) -> str:
    """What refines the rule of a layer, as sentences; empty where nothing does."""
    found = []
    if layer.scoped:
        level = scope_level(layer, study, words)
        found.append(words("travel.scope", level=level, people=people(study, words)))
    if layer.sites_needed > 1:
        found.append(words("travel.at_least", count=layer.sites_needed))
    if layer.delay_minutes is not None:
        found.append(words("travel.delay"))
    text = ""
    for sentence in found:
        text = words("export.sentences", first=text, second=sentence) if text else sentence
    return text
