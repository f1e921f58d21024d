"""The legend of a scene: as HTML below the map, so that it covers nothing, and for the PNG."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.coverage_map.map_view import layers_with_sites
from app_pages.coverage_map.scene import Scene
from app_pages.coverage_map.view import SHADES
from app_pages.shell.html import image, sentence
from layers.shapes.legend import border_entries, site_entries, size_entries
from layers.shapes.legend import legend as layer_legend
from layers.style.changes import GAINED_COLOUR, LOST_COLOUR
from layers.style.escape import escape
from layers.style.palette import LegendEntry
from layers.style.symbols import site_symbol, symbol_svg
from layers.web_map.services_count import together_colours
from layers.words.catalogue import Words
from layers.words.lines.site_sets import set_name
from layers.words.phrases import share_by_time_name

if TYPE_CHECKING:
    from geo.questions.difference import Difference

__all__ = ["LegendGroup", "legend", "legend_groups", "legend_items"]


@dataclass(frozen=True)
class LegendGroup:
    """One line of the legend: its name, and its entries."""

    name: str
    entries: list[LegendEntry]


def legend_groups(scene: Scene, drawn: Collection[str], words: Words) -> list[LegendGroup]:
    """The legend of what is drawn, line by line."""
    base, key = scene.base, scene.layer.key
    groups = []
    if "units" in drawn and base.has_borders:
        entries = scene.shading.legend(words)
        groups.append(LegendGroup(_shading_name(scene, words), entries))
        borders = border_entries(base, scene.view.level, words)
        groups.append(LegendGroup(words("legend.borders"), borders))
    rest: list[LegendEntry] = []
    if scene.together is None:
        name = scene.isochrones.name if scene.isochrones else ""
        rest = _of_layer(scene.shown_key, name, key, words.locale, _scene=scene, _words=words)
    for group, rows in itertools.groupby(rest, key=lambda entry: entry.group):
        if group in drawn and group in ("isochrones", "gaps"):
            sizes = size_entries(scene.shown, key, words) if group == "gaps" else []
            groups.append(LegendGroup(words(f"drawn.{group}"), [*rows, *sizes]))
    if "gaps" in drawn and scene.together is not None:
        counts = _counts(scene, words) + size_entries(scene.shown, key, words)
        groups.append(LegendGroup(words("legend.counts"), counts))
    if "sites" in drawn:
        groups.append(LegendGroup(words("drawn.sites"), _sites(scene, words)))
    if scene.change is not None:
        groups.append(LegendGroup(words("drawn.change"), _changed(scene.change, words)))
    return groups


@st.cache_resource(show_spinner=False, max_entries=100)
def _of_layer(
    shown_key: str, isochrones: str, layer: str, locale: str, *, _scene: Scene, _words: Words
) -> list[LegendEntry]:
    """The legend of a layer; isochrones are listed only when they are on the map."""
    del shown_key, isochrones, locale  # stand for the scene, which cannot be hashed
    bands = _scene.isochrones.bands if _scene.isochrones else _scene.base.isochrones.iloc[:0]
    return layer_legend(replace(_scene.shown, isochrones=bands), layer, _words)


def legend(groups: Collection[LegendGroup]) -> str:
    """The legend as HTML, one line a group."""
    lines = (
        f"<div><b>{escape(group.name)}</b>{''.join(map(_item, group.entries))}</div>"
        for group in groups
    )
    return f'<div class="qh-legend">{"".join(lines)}</div>'


def legend_items(groups: Collection[LegendGroup]) -> list[dict[str, Any]]:
    """The legend for `layers.web_map.view_commands.say_picture`."""
    return [
        {
            "name": group.name,
            "items": [
                {
                    "symbol": entry.symbol,
                    "colour": entry.colour,
                    "text": sentence(entry.text),
                    "shape": entry.shape,
                }
                for entry in group.entries
            ],
        }
        for group in groups
    ]


def _shading_name(scene: Scene, words: Words) -> str:
    shade = scene.view.shade
    if shade == "time":
        return share_by_time_name(scene.layer, words)
    if shade == "presence" and scene.view.level != scene.base.study.units.level:
        return words("export.share_by_presence")
    if shade not in SHADES:
        name = share_by_time_name(scene.layer, words)
        return words("sets.share", name=name, set=set_name(shade, words))
    return words(f"legend.{shade}")


def _sites(scene: Scene, words: Words) -> list[LegendEntry]:
    """The symbol of each service shown, once, and what a circle with a number is."""
    shown = layers_with_sites(scene)
    entries = site_entries(scene.shown, scene.layer.key, words)
    for layer in shown[1:]:
        entries.append(site_entries(scene.base, layer.key, words)[0])
    colour = site_symbol(scene.base.study, scene.layer.key)["colour"]
    entries.append(LegendEntry("sites", "cluster", colour, words("legend.cluster")))
    return entries


def _counts(scene: Scene, words: Words) -> list[LegendEntry]:
    assert scene.together is not None
    colours = together_colours(len(scene.together.layers))
    return [
        LegendEntry("gaps", "dot", colour, words.number(count))
        for count, colour in enumerate(colours)
    ]


def _changed(change: Difference, words: Words) -> list[LegendEntry]:
    entries = [LegendEntry("change", "square", GAINED_COLOUR, words("legend.gained"), "plus")]
    if len(change.lost):
        entries.append(LegendEntry("change", "square", LOST_COLOUR, words("legend.lost"), "cross"))
    return entries


def _item(entry: LegendEntry) -> str:
    return f"<span>{_icon(entry)}{escape(sentence(entry.text))}</span>"


def _icon(entry: LegendEntry) -> str:
    if entry.symbol == "square":
        return image(symbol_svg(entry.shape, entry.colour), "", css_class="qh-symbol")
    edge = entry.symbol in ("line", "ring", "thin", "border")
    shown = "border-color" if edge else "background"
    icon = f'<i class="{escape(entry.symbol)}" style="{shown}:{escape(entry.colour)}">'
    inner = {"cluster": "5", "sizes": "<u></u><u></u><u></u>"}.get(entry.symbol, "")
    return f"{icon}{inner}</i>"
