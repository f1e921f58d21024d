"""The legend of a scene, as HTML below the map, so that it covers no part of the map."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from app_pages.coverage_map.map_view import layers_with_sites
from app_pages.coverage_map.scene import Scene
from app_pages.shell.html import image, sentence
from layers.shapes.legend import legend as layer_legend
from layers.shapes.points import site_rows
from layers.style.escape import escape
from layers.style.palette import UNUSED_SITE_COLOUR, LegendEntry
from layers.style.symbols import site_symbol, symbol_svg
from layers.web_map.changed_demand import GAINED_COLOUR, LOST_COLOUR
from layers.web_map.services_count import together_colours
from layers.words.catalogue import Words
from layers.words.phrases import service_title, share_by_time_name

if TYPE_CHECKING:
    from geo.questions.difference import Difference

__all__ = ["legend"]


def legend(scene: Scene, drawn: Collection[str], words: Words) -> str:
    """The legend, one line a group."""
    lines = []
    if "units" in drawn:
        entries = scene.shading.legend(words)
        lines.append(_line(_shading_name(scene, words), map(_item, entries)))
    # Isochrones are listed only when they are on the map.
    drawn_bands = scene.isochrones.bands if scene.isochrones else scene.base.isochrones.iloc[:0]
    of_map = replace(scene.shown, isochrones=drawn_bands)
    rest = layer_legend(of_map, scene.layer.key, words)
    for group, rows in itertools.groupby(rest, key=lambda entry: entry.group):
        if group not in drawn or group in ("units", "sites"):
            continue
        if scene.together is not None:
            continue
        lines.append(_line(words(f"drawn.{group}"), map(_item, rows)))
    if "gaps" in drawn and scene.together is not None:
        lines.append(_line(words("legend.counts"), _counts(scene, words)))
    if "sites" in drawn:
        lines.append(_line(words("drawn.sites"), _sites(scene, words)))
    if scene.change is not None:
        lines.append(_line(words("drawn.change"), _changed(scene.change, words)))
    return f'<div class="qh-legend">{"".join(lines)}</div>'


def _shading_name(scene: Scene, words: Words) -> str:
    shade = scene.view.shade
    if shade == "time":
        return share_by_time_name(scene.layer, words)
    if shade == "presence" and scene.view.level != scene.base.study.units.level:
        return words("export.share_by_presence")
    return words(f"legend.{shade}")


def _sites(scene: Scene, words: Words) -> list[str]:
    shown = layers_with_sites(scene)
    items = []
    for layer in shown:
        symbol = site_symbol(scene.base.study, layer.key)
        service = service_title(scene.base.study, layer.service_key, words)
        text = service if len(shown) > 1 else words("html.site_used")
        items.append(_span(_symbol(**symbol), text))
    sites = site_rows(scene.shown, scene.layer.key)
    if not sites["used"].all():
        shape = site_symbol(scene.base.study, scene.layer.key)["shape"]
        icon = _symbol(shape, UNUSED_SITE_COLOUR)
        items.append(_span(icon, words("html.site_unused")))
    return items


def _counts(scene: Scene, words: Words) -> list[str]:
    assert scene.together is not None
    colours = together_colours(len(scene.together.layers))
    return [
        _span(f'<i class="dot" style="background:{escape(colour)}"></i>', words.number(count))
        for count, colour in enumerate(colours)
    ]


def _changed(change: Difference, words: Words) -> list[str]:
    items = [_span(_symbol("plus", GAINED_COLOUR), words("legend.gained"))]
    if len(change.lost):
        items.append(_span(_symbol("cross", LOST_COLOUR), words("legend.lost")))
    return items


def _symbol(shape: str, colour: str) -> str:
    return image(symbol_svg(shape, colour), "", css_class="qh-symbol")


def _item(entry: LegendEntry) -> str:
    shown = "border-color" if entry.symbol in ("line", "ring") else "background"
    icon = f'<i class="{escape(entry.symbol)}" style="{shown}:{escape(entry.colour)}"></i>'
    return _span(icon, sentence(entry.text))


def _span(icon_html: str, text: str) -> str:
    return f"<span>{icon_html}{escape(text)}</span>"


def _line(name: str, items_html: Iterable[str]) -> str:
    return f"<div><b>{escape(name)}</b>{''.join(items_html)}</div>"
