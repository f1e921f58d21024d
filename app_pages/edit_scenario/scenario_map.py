"""The map of the Scenarios page: sites, changes of the scenario, and what is being drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import folium
import shapely
import streamlit as st
from streamlit_folium import st_folium

from app_pages.coverage_map import published
from app_pages.edit_scenario import session
from app_pages.edit_scenario.forms import BY_CLICK
from app_pages.shell import state
from app_pages.shell.served_files import ground_of, leaflet_assets
from geo.analysis import Analysis
from geo.scenarios.changes import AddSite, CloseSite, MoveSite, Scenario
from layers.shapes.units import extent, populated_extent
from layers.style.changes import GAINED_COLOUR, LOST_COLOUR
from layers.style.palette import UNUSED_SITE_COLOUR
from layers.style.symbols import site_symbol
from layers.web_map.base_map import MapWords, base_map
from layers.web_map.pins_and_path import CLOSED_COLOUR, FROM_COLOUR, Pin, path_layer, pin_layer
from layers.web_map.sites import site_layer
from layers.web_map.units import border_layer
from layers.web_map.view_commands import place_clicks
from layers.words.catalogue import Words
from layers.words.phrases import map_notice

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer
    from geo.workspace.road_overrides import EdgeFinder

__all__ = ["show_map"]

_MAP = "plan-map"
_HEIGHT = 620
_REACH_M = 100.0


def show_map(
    analysis: Analysis, explorer: Explorer, scenario: Scenario | None, words: Words
) -> None:
    """The map; a click there is taken as the form of the new change says."""
    key = state.analysis_key(analysis.study)
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=[words("export.osm")],
        notices=[map_notice(analysis.study, words)],
        label=words("scenario.map"),
    )
    drawn = base_map(
        populated_extent(analysis), whole=extent(analysis), areas=analysis.has_borders,
        assets=leaflet_assets(), words=map_words, ground=ground_of(analysis.study, key, words),
    )  # fmt: skip
    st_folium(
        drawn,
        feature_group_to_add=_groups(analysis, explorer, scenario, key, words),
        returned_objects=["last_active_drawing"],
        on_change=_taker(explorer),
        key=_MAP,
        height=_HEIGHT,
        use_container_width=True,
    )


def _groups(
    analysis: Analysis, explorer: Explorer, scenario: Scenario | None, key: str, words: Words
) -> list[folium.FeatureGroup]:
    found = [place_clicks()]
    layer = state.shown_layer(analysis)
    if analysis.has_borders:
        found.append(border_layer(published.published_borders(key, _analysis=analysis)))
    found.append(
        site_layer(
            published.published_sites(key, layer, _analysis=analysis),
            **site_symbol(analysis.study, layer),
            layer=layer,
            unused=UNUSED_SITE_COLOUR,
            unused_word=words("html.site_unused"),
        )
    )
    pins: list[Pin] = []
    if scenario is not None:
        found += _roads(explorer, scenario)
        pins += _pins(analysis, scenario, layer)
    line = tuple(st.session_state.get(session.LINE, ()))
    if len(line) > 1:
        found.append(path_layer([("straight", shapely.LineString(line))], colour=FROM_COLOUR))
    pins += [Pin(lon, lat, str(at), FROM_COLOUR) for at, (lon, lat) in enumerate(line, start=1)]
    if (place := st.session_state.get(session.PLACE)) is not None:
        pins.append(Pin(place[0], place[1], "●", FROM_COLOUR))
    road = str(st.session_state.get(session.ROAD) or "").strip()
    if road and (edge := _finder(key, _explorer=explorer).named(road)) is not None:
        lines = _finder(key, _explorer=explorer).lines(edge.rows)
        found.append(path_layer([("road", one) for one in lines], colour=FROM_COLOUR))
    return [*found, pin_layer(pins)] if pins else found


def _roads(explorer: Explorer, scenario: Scenario) -> list[folium.FeatureGroup]:
    """New and opened roads in one colour, closed and slowed ones in another."""
    from geo.scenarios.road_changes import road_lines

    found = []
    for kinds, colour, style in (
        (("add_road", "open_road"), GAINED_COLOUR, "road"),
        (("close_road", "slow_road"), LOST_COLOUR, "straight"),
    ):
        mine = [change for change in scenario.changes if change.do in kinds]
        lines = [line for one in road_lines(explorer.inputs.roads.roads, mine) for line in one]
        if lines:
            parts = [(style, shapely.LineString(line)) for line in lines]
            found.append(path_layer(parts, colour=colour))
    return found


def _pins(analysis: Analysis, scenario: Scenario, layer: str) -> list[Pin]:
    """Sites of the layer that are new, moved or closed, by the number of the change."""
    rows = analysis.sites[analysis.sites["layer"] == layer]
    known = dict(zip(rows["site_id"], zip(rows["lon"], rows["lat"], strict=True), strict=True))
    pins = []
    for at, change in enumerate(scenario.changes, start=1):
        if getattr(change, "layer", None) != layer:
            continue
        if isinstance(change, AddSite | MoveSite):
            pins.append(Pin(change.lon, change.lat, str(at)))
        elif isinstance(change, CloseSite) and change.id in known:
            lon, lat = known[change.id]
            pins.append(Pin(float(lon), float(lat), "×", CLOSED_COLOUR))
    return pins


@st.cache_resource(show_spinner=False, max_entries=2)
def _finder(key: str, *, _explorer: Explorer) -> EdgeFinder:
    from geo.workspace.road_overrides import EdgeFinder

    del key  # stands for the explorer, which cannot be hashed
    return EdgeFinder(_explorer.inputs.roads.roads)


def _taker(explorer: Explorer) -> Callable[[], None]:
    """Take a click as the chosen kind of change says."""

    def take() -> None:
        drawing = (st.session_state.get(_MAP) or {}).get("last_active_drawing") or {}
        clicked = drawing.get("properties") or {}
        do = st.session_state.get(session.DO, BY_CLICK[0])
        if do not in BY_CLICK or "lon" not in clicked or "lat" not in clicked:
            return
        # Beside a site, too, a road or a new site is where the click was.
        lon = float(clicked.get("click_lon", clicked["lon"]))
        lat = float(clicked.get("click_lat", clicked["lat"]))
        place = (round((lon + 180.0) % 360.0 - 180.0, 6), round(lat, 6))
        if do == "add_road":
            line = tuple(st.session_state.get(session.LINE, ()))
            st.session_state[session.LINE] = (*line, place)
        elif do in ("close_road", "open_road", "slow_road"):
            key = state.analysis_key(explorer.study)
            found = _finder(key, _explorer=explorer).at(*place, within_m=_REACH_M)
            st.session_state[session.ROAD] = "" if found is None else found.edge
        elif do != "add_site" and clicked.get("site_id"):
            st.session_state[session.SITE] = str(clicked["site_id"])
        elif do != "close_site":
            st.session_state[session.PLACE] = place

    return take
