"""The part of the panel on coverage by some of the sites: at moments, by tier and by item."""

from __future__ import annotations

from app_pages.shell.html import head, plain
from geo.analysis import Analysis
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.lines.site_sets import set_lines

__all__ = ["whole_sets"]


def whole_sets(analysis: Analysis, layer: Layer, words: Words) -> str:
    """The lines of the whole study; empty where the layer has none."""
    lines = set_lines(analysis, layer.key, words)
    return head(words("sets.head")) + "".join(plain(line) for line in lines) if lines else ""
