"""Page: Coverage 覆盖评估. The map, and beside it what it tells, in words and numbers."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from app_pages.coverage_map import controls, isochrone_jobs, legend, map_view, search_box
from app_pages.coverage_map.bring_into_view import look_at_bounds
from app_pages.coverage_map.scene import Scene, make_scene
from app_pages.coverage_map.style import coverage_style
from app_pages.coverage_map.table import show_table
from app_pages.coverage_map.view import (
    CLICKS,
    MOST_TRIALS,
    read_view,
    rounded,
    show_view,
    view_query,
)
from app_pages.panel.show import show_panel
from app_pages.shell import frame, questions, state
from app_pages.shell.address import show_address
from app_pages.shell.tour import show_tour
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places
from layers.words.catalogue import Words

__all__: list[str] = []

_MAP = "map"


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    st.html(coverage_style(words))
    places = state.places(analysis)
    if asked := state.asked():
        show_view(read_view(asked, analysis, places), analysis)
        st.session_state["linked"] = bool(asked.keys() - {"lang"})
    _follow_click(places)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="controls"):
        controls.choose_rule(analysis, words)
    where = st.container(horizontal=True, vertical_alignment="center", gap="small", key="crumbline")
    st.session_state.setdefault("drawn", list(map_view.DRAWN))
    isochrones = "isochrones" in st.session_state["drawn"]
    _look_where_chosen(analysis, places)
    scene = make_scene(analysis, places, words, isochrones=isochrones)
    with where:
        _whereabouts(scene, words)
    left, right = st.columns([2, 1], gap="small")
    with left:
        with st.container(key="mapside"):
            _map(scene, words)
            shown_last = st.container(key="drawingbox")
            st.html(legend.legend(scene, st.session_state["drawn"], words))
            table = st.toggle(words("table.show"), key="table_shown")
        if table:
            show_table(scene.shown, scene.layer, scene.view, scene.places, words)
    with right, st.container(key="panel"):
        # Who came by a link, or sees the map inside of a portal, came for that view.
        came = st.session_state.get("linked") or st.context.is_embedded
        show_tour(words, first=state.is_sample() and not came)
        show_panel(scene, words)
    with shown_last:
        if scene.drawing is not None:
            isochrone_jobs.show_progress(scene.drawing, words)
    questions.prepare(analysis.study)
    search_box.prepare_search(analysis, scene.key)


def _whereabouts(scene: Scene, words: Words) -> None:
    controls.choose_place(scene.view, scene.places, words, go_to=_go_to)
    with st.container(key="searchbox", width="content"):
        search_box.search_box(scene.base, scene.key, words.locale)
    controls.choose_drawn(words)
    query = {"study": state.study_name(), **view_query(scene.view, scene.base)}
    query["lang"] = words.locale
    show_address({name: value for name, value in query.items() if value}, words)


def _go_to(unit: str) -> None:
    """Chosen beside the map, it is brought into view there."""
    st.session_state["unit"] = unit
    st.session_state["site"] = ""
    st.session_state["look_unit"] = unit


def _map(scene: Scene, words: Words) -> None:
    st_folium(
        map_view.ground(scene, words),
        feature_group_to_add=map_view.groups(scene, st.session_state["drawn"], words),
        # Nothing else may come back, or panning would run the page again.
        returned_objects=["last_active_drawing"],
        on_change=_take_click,
        key=_MAP,
        height=700,
        use_container_width=True,
    )
    # Over the map's corner, where it takes no height from it.
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
    """What was clicked on the map becomes what the panel tells of."""
    drawing = (st.session_state.get(_MAP) or {}).get("last_active_drawing") or {}
    clicked = drawing.get("properties") or {}
    mode = st.session_state.get("click", CLICKS[0])
    if mode == "look":
        _look(str(clicked.get("unit_id", "")), str(clicked.get("site_id", "")))
    elif "lon" in clicked and "lat" in clicked:
        place = rounded(clicked["lon"], clicked["lat"])
        if mode == "from":
            st.session_state["start"] = place
        else:
            put = tuple(st.session_state.get("put", ()))
            st.session_state["put"] = (*put, place)[:MOST_TRIALS]


def _look(unit: str, site: str) -> None:
    """At a site, else at a unit: a point of the level shown is in a unit of that level."""
    if site:
        st.session_state["site"] = site
        return
    st.session_state["site"] = ""
    st.session_state["clicked_unit"] = unit


def _follow_click(places: Places) -> None:
    """A clicked point names its finest unit; chosen is the one of the level shown."""
    unit = st.session_state.pop("clicked_unit", None)
    if unit is None:
        return
    level = st.session_state.get("level", places.levels[0])
    chain = {place.level: place.unit_id for place in places.chain(unit)}
    st.session_state["unit"] = chain.get(level, unit)


def _look_where_chosen(analysis: Analysis, places: Places) -> None:
    unit = st.session_state.pop("look_unit", None)
    if unit is None or not analysis.has_borders:
        return
    areas = analysis.areas
    rows = areas[areas["unit_id"].isin(places.finest(unit))] if unit else areas
    look_at_bounds(tuple(rows.total_bounds))


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
