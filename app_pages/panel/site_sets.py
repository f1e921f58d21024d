"""The part of the panel on coverage by some of the sites: at moments, by tier and by item."""

from __future__ import annotations

from app_pages.shell.html import head, plain
from geo.analysis import Analysis
from geo.inputs.unit_tree import Place
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.lines.site_sets import set_lines, unit_set_lines

__all__ = ["unit_sets", "whole_sets"]


def whole_sets(analysis: Analysis, layer: Layer, words: Words) -> str:
    """The lines of the whole study; empty where the layer has none."""
    return _box(set_lines(analysis, layer.key, words), words)


def unit_sets(analysis: Analysis, layer: Layer, place: Place, words: Words) -> str:
    """The lines of one unit; empty where the layer has none."""
    return _box(unit_set_lines(analysis, layer.key, place.unit_id, place.level, words), words)


def _box(lines: list[str], words: Words) -> str:
    return head(words("sets.head")) + "".join(plain(line) for line in lines) if lines else ""
