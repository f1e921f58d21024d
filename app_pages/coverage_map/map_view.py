"""The map of a scene: the base map, and the feature groups that `layers.web_map` draws."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import folium
import streamlit as st

from app_pages.coverage_map import published
from app_pages.coverage_map.bring_into_view import requested_bounds
from app_pages.coverage_map.scene import Scene
from app_pages.shell.html import sentence
from app_pages.shell.served_files import ground_of, leaflet_assets
from geo.analysis import Analysis
from geo.study.model import Layer
from layers.shapes.units import extent, populated_extent
from layers.style.palette import CAUSE_COLOURS, CAUSE_ORDER, UNUSED_SITE_COLOUR
from layers.style.symbols import site_symbol
from layers.web_map.base_map import MapWords, base_map, tool_words
from layers.web_map.changed_demand import change_layer
from layers.web_map.isochrones import isochrone_layer, site_area_layer
from layers.web_map.pins_and_path import CLOSED_COLOUR, FROM_COLOUR, Pin, path_layer, pin_layer
from layers.web_map.services_count import together_layer
from layers.web_map.sites import site_layer
from layers.web_map.uncovered_demand import demand_layer
from layers.web_map.units import border_layer, name_layer, unit_layer, unit_outline
from layers.web_map.view_commands import bring_into_view, place_clicks, say_drawn
from layers.words.catalogue import Words
from layers.words.phrases import cause_name, map_notice, osm_attribution

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.nearest_sites import NearestSite

__all__ = ["DRAWN", "ground", "groups", "layers_with_sites", "other_ways"]

# The groups that can be switched on and off, in the order of switches and legend.
DRAWN = ("units", "isochrones", "sites", "gaps")


def ground(scene: Scene, words: Words) -> folium.Map:
    """The base map: the same for every view of the study."""
    analysis = scene.base
    notices = [map_notice(analysis.study, words)]
    if analysis.study.units.approximate is not None:
        notices.append(words("ground.approximate"))
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=osm_attribution(analysis.study, words),
        notices=notices,
        label=words("ground.label"),
        tools=tool_words(words),
    )
    populated, whole = _extents(scene.key, _analysis=analysis)
    return base_map(
        populated,
        whole=whole,
        areas=analysis.has_borders,
        assets=leaflet_assets(),
        words=map_words,
        ground=ground_of(analysis.study, scene.key, words),
    )


@st.cache_data(show_spinner=False, max_entries=12)
def _extents(key: str, *, _analysis: Analysis) -> tuple[list[list[float]], list[list[float]]]:
    del key  # stands for the analysis, which cannot be hashed
    return populated_extent(_analysis), extent(_analysis)


def groups(scene: Scene, drawn: Collection[str], words: Words) -> list[folium.FeatureGroup]:
    """The feature groups of the scene.

    Parameters
    ----------
    drawn : collection of str
        Which of `DRAWN` to show.
    """
    found: list[folium.FeatureGroup] = []
    if scene.base.has_borders:
        if "units" in drawn:
            found += _units(scene, words)
        found.append(name_layer(published.published_names(scene.key, _analysis=scene.base)))
    if scene.isochrones is not None:
        # Without the new sites on trial, which have areas of their own.
        bands = published.published_isochrones(scene.isochrones.name, _data=scene.isochrones.data)
        found.append(isochrone_layer(bands))
    if scene.place is not None:
        url = published.published_units(scene.key, scene.place.level, _analysis=scene.base)
        found.append(unit_outline(url, selected=scene.place.unit_id))
    if "gaps" in drawn:
        found.append(_gaps(scene, words) if scene.together is None else _counts(scene, words))
    if "sites" in drawn:
        found += [_sites(scene, one, words) for one in layers_with_sites(scene)]
    if (request := requested_bounds()) is not None:
        found.append(bring_into_view(request.bounds, turn=request.number))
    found.append(say_drawn({name: name in drawn for name in DRAWN}))
    if scene.view.click != "look":
        found.append(place_clicks())
    return found + _answers(scene, words)


def _units(scene: Scene, words: Words) -> list[folium.FeatureGroup]:
    view, shading = scene.view, scene.shading
    values = published.published_values(
        scene.shown_key,
        view.layer,
        view.shade,
        view.level,
        words.locale,
        _analysis=scene.shown,
        _shading=shading,
        _words=words,
    )
    shaded = unit_layer(
        published.published_units(scene.key, view.level, _analysis=scene.base),
        values=values,
        colours=shading.colours,
        blank=shading.blank,
    )
    return [shaded, border_layer(published.published_borders(scene.key, _analysis=scene.base))]


def layers_with_sites(scene: Scene) -> list[Layer]:
    """The layers whose sites are shown: the layer shown, and one of each other service."""
    if scene.together is not None:
        others = [key for key in scene.together.layers if key != scene.layer.key]
        return [scene.layer, *map(scene.base.study.layer, others)]
    if scene.view.click != "from" or not scene.ways:
        return [scene.layer]
    return [scene.layer, *(scene.base.study.layer(way.layer) for way in other_ways(scene))]


def other_ways(scene: Scene) -> list[NearestSite]:
    """One path for each other service: by the same profile if there is one."""
    shown = scene.layer
    chosen: dict[str, NearestSite] = {}
    for way in scene.ways:
        layer = scene.base.study.layer(way.layer)
        if layer.service_key == shown.service_key:
            continue
        if layer.service_key not in chosen or layer.profile == shown.profile:
            chosen.setdefault(layer.service_key, way)
    return list(chosen.values())


def _sites(scene: Scene, layer: Layer, words: Words) -> folium.FeatureGroup:
    shown = layer.key == scene.layer.key
    analysis, key = (scene.shown, scene.shown_key) if shown else (scene.base, scene.key)
    return site_layer(
        published.published_sites(key, layer.key, _analysis=analysis),
        **site_symbol(scene.base.study, layer.key),
        layer=layer.key,
        cluster=True,
        cluster_word=words("ground.cluster", value="{value}"),
        unused=UNUSED_SITE_COLOUR,
        unused_word=words("html.site_unused"),
    )


def _gaps(scene: Scene, words: Words) -> folium.FeatureGroup:
    layer, study = scene.layer, scene.base.study
    return demand_layer(
        published.published_gaps(scene.shown_key, layer.key, _analysis=scene.shown),
        causes={cause: sentence(cause_name(cause, words, layer)) for cause in CAUSE_ORDER},
        colours=[CAUSE_COLOURS[cause] for cause in CAUSE_ORDER],
        nearest=words("hover.nearest", site="{site}"),
        measure=words(f"hover.{layer.limit.unit}", value="{value}"),
        weight=words(f"amount.{study.demand.unit_word}", value="{value}"),
    )


def _counts(scene: Scene, words: Words) -> folium.FeatureGroup:
    """Demand points by how many of the services are within their limits."""
    together = scene.together
    assert together is not None
    url = published.published_counts(
        scene.shown_key, together.layers, words.locale, _scene=scene, _words=words
    )
    return together_layer(url, services=len(together.layers))


def _answers(scene: Scene, words: Words) -> list[folium.FeatureGroup]:
    """Answers to questions: the area of a site, paths, sites on trial and what they change."""
    found: list[folium.FeatureGroup] = []
    for bands in scene.areas:
        if len(bands):
            found.append(site_area_layer(published.site_area_address(bands, scene.layer)))
    if scene.change is not None:
        url = published.published_change(scene.change, scene.layer, scene.base, words)
        found.append(change_layer(url))
    for way in other_ways(scene) if scene.ways else ():
        found += _way(way, site_symbol(scene.base.study, way.layer)["colour"])
    for way in scene.ways:
        if way.layer == scene.layer.key:
            found += _way(way, FROM_COLOUR)
    pins = [Pin(lon, lat, str(number)) for number, (lon, lat) in enumerate(scene.view.put, start=1)]
    pins += [Pin(lon, lat, "→") for _, lon, lat in scene.view.moved]
    if scene.change is not None:
        sites = scene.change.sites
        gone = sites[sites["change"] == "closed"]
        pins += [Pin(lon, lat, "×", CLOSED_COLOUR) for lon, lat in gone[["lon", "lat"]].to_numpy()]
    if scene.view.click == "from" and scene.view.start is not None:
        pins.append(Pin(*scene.view.start, "●", FROM_COLOUR))
    return [*found, pin_layer(pins)] if pins else found


def _way(way: NearestSite, colour: str) -> list[folium.FeatureGroup]:
    parts = [("straight", way.access), ("road", way.along), ("straight", way.egress)]
    drawn = [(kind, line) for kind, line in parts if line is not None and line.length > 0]
    return [path_layer(drawn, colour=colour)] if drawn else []
