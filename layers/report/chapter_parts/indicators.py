"""The sources of the limits in the chapter on the method."""

from __future__ import annotations

from geo.analysis import Analysis
from layers.report.blocks import Block, Paragraph
from layers.words.catalogue import Words
from layers.words.phrases import layer_title
from layers.words.programmes.indicator import indicator_text

__all__ = ["limit_sources"]


def limit_sources(analysis: Analysis, words: Words) -> list[Block]:
    """One line for each layer whose source is known; layers with the same source share a line."""
    titles: dict[str, list[str]] = {}
    for key in analysis.summary["layers"]:
        layer = analysis.study.layer(str(key))
        if text := indicator_text(layer, words):
            titles.setdefault(text, []).append(layer_title(layer, words))
    comma = words("export.comma")
    return [
        Paragraph([words("indicator.report", layer=comma.join(names), text=text)], "item")
        for text, names in titles.items()
    ]
