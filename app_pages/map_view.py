"""The map of one layer, put together from `layers`: which groups, in which words."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

import folium
import streamlit as st

from app_pages.assets import ground_of, leaflet_assets, publish
from app_pages.panel import amount, sentence
from geo.analysis import Analysis
from geo.study import Layer
from layers import map_data
from layers.base_map import MapWords, base_map
from layers.demand_layer import demand_data, demand_layer
from layers.escape import escape
from layers.export_words import cause_name, map_notice, share_by_time_name
from layers.isochrone_layer import isochrone_data, isochrone_layer
from layers.site_layer import site_data, site_layer
from layers.site_symbols import site_symbol
from layers.unit_layer import (
    border_data,
    border_layer,
    unit_data,
    unit_layer,
    unit_outline,
    unit_shapes,
)
from layers.wording import Words

__all__ = ["DRAWN", "ground", "groups", "legend"]

# What can be switched on and off, in the order of the switches: the legend's groups.
DRAWN = ("units", "isochrones", "sites", "gaps")


def ground(analysis: Analysis, words: Words, *, key: str) -> folium.Map:
    """The base map: the same for every layer of the study. `key` as in `groups`."""
    notices = [map_notice(analysis.study, words)]
    if analysis.study.units.approximate is not None:
        notices.append(words("ground.approximate"))
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=[words("export.osm")],
        notices=notices,
        label=words("ground.label"),
    )
    return base_map(
        map_data.extent(analysis),
        assets=leaflet_assets(),
        words=map_words,
        ground=ground_of(analysis.study, key, words),
    )


def groups(
    analysis: Analysis,
    layer: Layer,
    *,
    key: str,
    drawn: Collection[str],
    selected: str,
    words: Words,
) -> list[folium.FeatureGroup]:
    """The feature groups of one layer.

    Parameters
    ----------
    key : str
        The analysis' key (`app_pages.state.analysis_key`), under which its geometry is published.
    drawn : collection of str
        Which of `DRAWN` to show.
    selected : str
        The chosen unit, empty for none.
    """
    urls = _published(key, layer.key, words.locale, _analysis=analysis, _words=words)
    found: list[folium.FeatureGroup] = []
    if "units" in drawn:
        shaded = unit_layer(
            urls["units"],
            values=urls["values"],
            colours=map_data.SHARE_COLOURS,
            blank=map_data.NO_DEMAND_COLOUR,
        )
        found.append(shaded)
        found.append(border_layer(urls["borders"]))
    if "isochrones" in drawn:
        found.append(isochrone_layer(urls["isochrones"]))
    if selected:
        found.append(unit_outline(urls["units"], selected=selected))
    if "gaps" in drawn:
        found.append(_gaps(analysis, layer, urls["gaps"], words))
    if "sites" in drawn:
        site = site_layer(
            urls["sites"],
            **site_symbol(analysis.study, layer.key),
            layer=layer.key,
            cluster=True,
            cluster_word=words("ground.cluster", value="{value}"),
            unused=map_data.UNUSED_SITE_COLOUR,
            unused_word=words("html.site_unused"),
        )
        found.append(site)
    return found


def legend(analysis: Analysis, layer: Layer, drawn: Collection[str], words: Words) -> str:
    """The legend of what is drawn, as HTML: beside the map, where it hides nothing of it."""
    heads = {what: words(f"drawn.{what}") for what in DRAWN} | {
        "units": share_by_time_name(layer, words)
    }
    entries = map_data.legend(analysis, layer.key, words)
    parts = []
    for group, rows in itertools.groupby(entries, key=lambda entry: entry.group):
        if group not in drawn:
            continue
        items = [f"<b>{escape(heads[group])}</b>"]
        for row in rows:
            shown = "border-color" if row.symbol in ("line", "ring") else "background"
            symbol = f'<i class="{escape(row.symbol)}" style="{shown}:{escape(row.colour)}"></i>'
            items.append(f"<span>{symbol}{escape(sentence(row.text))}</span>")
        parts.append(f"<div>{''.join(items)}</div>")
    return f'<div class="qh-legend">{"".join(parts)}</div>'


@st.cache_data(show_spinner=False, max_entries=200)
def _published(
    key: str, layer: str, locale: str, *, _analysis: Analysis, _words: Words
) -> dict[str, str]:
    """Addresses of one layer's data; `key` stands for the analysis, which cannot be hashed."""
    del key, locale
    in_metres = _analysis.study.layer(layer).minutes is None
    bands = map_data.isochrone_shapes(_analysis, layer, _words)
    gaps = map_data.gap_rows(_analysis, layer)
    areas = map_data.simplified_units(_analysis.areas)
    borders = map_data.parent_outlines(areas, _analysis.study.units.parents)
    return {
        "units": publish(unit_shapes(areas)),
        "values": publish(_unit_values(_analysis, _analysis.study.layer(layer), _words)),
        "borders": publish(border_data(borders)),
        "isochrones": publish(isochrone_data((colour, shape) for colour, _, shape in bands)),
        "sites": publish(site_data(map_data.site_rows(_analysis, layer))),
        "gaps": publish(demand_data(gaps, causes=map_data.CAUSES, in_metres=in_metres)),
    }


def _unit_values(analysis: Analysis, layer: Layer, words: Words) -> dict[str, list[Any]]:
    """Class and tooltip of every unit."""
    label = share_by_time_name(layer, words)
    values = map_data.unit_values(analysis, layer.key).assign(
        unit_id=analysis.areas["unit_id"], unit_name=analysis.areas["unit_name"]
    )
    classes: dict[str, int | None] = {}
    tooltips: dict[str, list[str]] = {}
    for row in values.to_dict("records"):
        unit = str(row["unit_id"])
        uncovered = amount(row["demand_total"] - row["demand_covered"], analysis.study, words)
        classes[unit] = map_data.share_class(row["share_by_time"])
        tooltips[unit] = [
            str(row["unit_name"]),
            words("hover.share", label=label, share=words.share(row["share_by_time"])),
            words("hover.uncovered", amount=uncovered),
        ]
    return unit_data(classes, tooltips)


def _gaps(analysis: Analysis, layer: Layer, url: str, words: Words) -> folium.FeatureGroup:
    unit_word = analysis.study.demand.unit_word
    return demand_layer(
        url,
        causes={cause: sentence(cause_name(cause, words)) for cause in map_data.CAUSES},
        colours=[map_data.CAUSE_COLOURS[cause] for cause in map_data.CAUSES],
        nearest=words("hover.nearest", site="{site}"),
        measure=words("hover.minutes" if layer.minutes else "hover.metres", value="{value}"),
        weight=words(f"amount.{unit_word}", value="{value}"),
    )
