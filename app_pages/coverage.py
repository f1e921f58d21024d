"""Page: Coverage 覆盖评估. The map, and the panel beside it with figures and explanations."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from app_pages.coverage_map import controls, isochrone_jobs, legend, map_view, search_box
from app_pages.coverage_map.bring_into_view import (
    bring_selected_into_view,
    bring_unit_into_view,
)
from app_pages.coverage_map.picture import picture_of
from app_pages.coverage_map.scene import Scene, make_scene
from app_pages.coverage_map.style import coverage_style
from app_pages.coverage_map.table import show_table
from app_pages.coverage_map.tour import show_tour
from app_pages.coverage_map.view import (
    CLICKS,
    MOST_TRIALS,
    ignored_names,
    read_view,
    rounded,
    show_view,
    view_query,
)
from app_pages.panel.row_links import CAME_FROM_LIST, follow_row, select_unit
from app_pages.panel.show import show_panel
from app_pages.panel.trial_state import move_to
from app_pages.shell import frame, state, study_jobs
from app_pages.shell.address import ignore, show_address
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places
from layers.words.catalogue import Words
from layers.words.phrases import people_reached

__all__: list[str] = []

_MAP = "map"


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    st.html(coverage_style(words))
    places = state.places(analysis)
    if query := state.take_address_query():
        _follow_address(query, analysis, places)
    follow_row(analysis, places)
    _follow_click(places)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="controls"):
        controls.choose_rule(analysis, words)
    second_line = st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="crumbline"
    )
    st.session_state.setdefault("drawn", list(map_view.DRAWN))
    isochrones = "isochrones" in st.session_state["drawn"]
    if (unit := st.session_state.pop("fit_unit", None)) is not None:
        bring_unit_into_view(unit, analysis, places)
    scene = make_scene(analysis, places, words, isochrones=isochrones)
    with second_line:
        _second_line(scene, words)
    left, right = st.columns([2, 1], gap="small")
    with left:
        with st.container(key="mapside"):
            groups = legend.legend_groups(scene, st.session_state["drawn"], words)
            _map(scene, groups, words)
            message = st.container(key="drawingbox")
            st.html(legend.legend(groups))
            table = st.toggle(words("table.show"), key="table_shown")
        if table:
            show_table(scene.shown, scene.layer, scene.view, scene.places, words)
    with right, st.container(key="panel"):
        # Those who follow a link or see the map in a portal want that view, not a tour.
        linked = st.session_state.get("linked") or st.context.is_embedded
        first = state.is_sample() and not linked
        show_tour(words, first=first, people=people_reached(analysis.study, words))
        show_panel(scene, words)
    with message:
        if scene.pending is not None:
            isochrone_jobs.show_progress(scene.pending, words)
    study_jobs.prepare_explorer(analysis.study)
    search_box.prepare_search(analysis, scene.key)


def _follow_address(query: dict[str, str], analysis: Analysis, places: Places) -> None:
    """Show the view of an address, and bring what it selects into view."""
    view = read_view(query, analysis, places)
    show_view(view, analysis)
    for name in ignored_names(query, view, analysis):
        ignore(name, query[name])
    st.session_state["linked"] = bool(st.query_params.keys() - {"lang"})
    bring_selected_into_view(view, analysis, places)


def _second_line(scene: Scene, words: Words) -> None:
    """The path to the chosen unit, the search box, and the address."""
    if st.session_state.get(CAME_FROM_LIST) and st.button(words("gaps.back"), key="to_list"):
        st.switch_page("app_pages/gaps.py")
    controls.choose_place(scene.view, scene.places, words, go_to=select_unit)
    with st.container(key="searchbox", width="content"):
        search_box.search_box(scene.base, scene.key, words.locale)
    query = {"study": state.study_name(), **view_query(scene.view, scene.base)}
    query["lang"] = words.locale
    show_address({name: value for name, value in query.items() if value}, words)


def _map(scene: Scene, groups: list[legend.LegendGroup], words: Words) -> None:
    layers = map_view.groups(scene, st.session_state["drawn"], words)
    st_folium(
        map_view.ground(scene, words),
        feature_group_to_add=[*layers, picture_of(scene, groups, words)],
        # Nothing else may come back: otherwise panning would rerun the page.
        returned_objects=["last_active_drawing"],
        on_change=_take_click,
        key=_MAP,
        height=700,
        use_container_width=True,
    )
    # Placed over a corner of the map, so that it takes no height.
    with st.container(key="clickbox"):
        st.session_state.setdefault("click", CLICKS[0])
        st.segmented_control(
            words("click.label"),
            CLICKS,
            format_func=lambda click: words(f"click.{click}"),
            key="click",
            required=True,
        )


def _take_click() -> None:
    """Select what was clicked on the map, or use the clicked place, as the click mode says."""
    drawing = (st.session_state.get(_MAP) or {}).get("last_active_drawing") or {}
    clicked = drawing.get("properties") or {}
    if clicked.get("kind") == "drawn":
        _switch(str(clicked.get("group", "")), on=bool(clicked.get("on")))
        return
    mode = st.session_state.get("click", CLICKS[0])
    if mode == "look":
        _select(str(clicked.get("unit_id", "")), str(clicked.get("site_id", "")))
    elif "lon" in clicked and "lat" in clicked:
        place = rounded(clicked["lon"], clicked["lat"])
        if mode == "from":
            st.session_state["start"] = place
        elif not move_to(place):
            put = tuple(st.session_state.get("put", ()))
            st.session_state["put"] = (*put, place)[:MOST_TRIALS]


def _switch(group: str, *, on: bool) -> None:
    """Draw a group, or no more, as the map's list of layers says."""
    drawn = set(st.session_state.get("drawn", map_view.DRAWN))
    drawn = drawn | {group} if on else drawn - {group}
    st.session_state["drawn"] = [name for name in map_view.DRAWN if name in drawn]


def _select(unit: str, site: str) -> None:
    """Select a site if one was clicked, else the unit."""
    if site:
        st.session_state["site"] = site
        return
    st.session_state["site"] = ""
    st.session_state["clicked_unit"] = unit


def _follow_click(places: Places) -> None:
    """A click names the finest unit; the unit of the level shown is selected."""
    unit = st.session_state.pop("clicked_unit", None)
    if unit is None:
        return
    level = st.session_state.get("level", places.levels[0])
    chain = {place.level: place.unit_id for place in places.chain(unit)}
    st.session_state["unit"] = chain.get(level, unit)


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
