"""Overrides of single edges: choose an edge on the map, set its values, list the overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import folium
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

from app_pages.add_data.datum_evidence import open_roads, road_lines
from app_pages.add_data.save import own_study
from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import (
    plain,
    problems,
    sentence,
    show_html,
    status,
    step_heading,
    text_table,
)
from app_pages.shell.served_files import leaflet_assets, publish
from geo.base.errors import QuarterhourError, StudyError
from geo.roads.highways import parent_classes
from geo.roads.roads import Roads
from geo.study.model import Study
from geo.study.profiles import profile_names
from geo.workspace.edit import copy_study
from geo.workspace.folder import new_study_folder, studies_folder
from geo.workspace.road_overrides import (
    EdgeFinder,
    PickedEdge,
    override_rows,
    with_override,
    write_overrides,
)
from layers.web_map.base_map import MapWords, base_map
from layers.web_map.pins_and_path import path_layer
from layers.web_map.units import border_data, border_layer
from layers.words.catalogue import Words
from layers.words.lines.change import road_class_name
from layers.words.lines.finding import filled
from layers.words.nouns import named_profile
from layers.words.phrases import map_notice, osm_attribution

__all__ = ["show"]

_MAP = "data-override-map"
_CHOSEN, _NEAR, _TURN = "data_override_edge", "data_override_near", "data_override_turn"
_EVERY = ""
_ACCESS = ("", "yes", "no")
_HEIGHT = 520
_REACH_M = 100.0
# Of more roads than this, the map first shows the main ones, then all of a neighbourhood.
_MOST_AT_ONCE = 4_000
_MOST_EDGES = 30_000
_HALF = np.array([0.013, 0.009])
Place = tuple[float, float]
_CHOSEN_COLOUR, _CORRECTED_COLOUR = "#b3261e", "#0072b2"
# From the largest road down. Where there are too many, the smallest are left out.
_RANK = ("ferry", "motorway", "trunk", "primary", "secondary", "tertiary")
_MAIN = 4


@st.cache_resource(show_spinner=False, max_entries=2)
def _finder(folder: str, stamp: tuple[object, ...], _roads: Roads) -> EdgeFinder:
    """The edge finder of the study in `folder`; `stamp` is the state of its road file."""
    del folder, stamp
    return EdgeFinder(_roads)


def show(study: Study, words: Words) -> None:
    """The whole section."""
    with st.spinner(words("overrides.reading")):
        known = open_roads(study)
    if known is None:
        show_html(status(words("data.no_roads")))
        return
    roads = known[0]
    finder = _finder(
        str(study.folder), (len(roads), study.network.path, study.network.datum), roads
    )
    try:
        rows = override_rows(study)
    except StudyError as error:
        show_html(problems(error, words))
        return
    chosen = _chosen(finder)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        show_html(plain(words("overrides.about")))
        _map(study, roads, finder, rows, chosen, words)
    with right:
        if own_study(study):
            near = st.session_state.get(_NEAR) is not None or len(roads) <= _MOST_AT_ONCE
            _form(study, rows, chosen, words, near=near)
        else:
            _copy_first(study, words)
        _list(study, finder, rows, words)


def _chosen(finder: EdgeFinder) -> PickedEdge | None:
    name = st.session_state.get(_CHOSEN)
    return None if name is None else finder.named(str(name))


def _copy_first(study: Study, words: Words) -> None:
    """Offer a copy: the sample and the study that the app was started on are not changed."""
    show_html(status(words("overrides.copy_first")))
    name = st.text_input(words("data.name"), key="data_override_name", max_chars=60)
    show_html(plain(words("data.kept_in", folder=str(studies_folder()))))
    if not guarded_button(
        words("overrides.copy"),
        words=words,
        action="create",
        folder=studies_folder() / (name or "-"),
        key="data_override_copy",
        type="primary",
    ):
        return
    try:
        folder = new_study_folder(studies_folder(), name)
        copy_study(Path(study.folder), folder, name=folder.name)
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    state.open_folder(folder)
    st.rerun()


def _map(
    study: Study,
    roads: Roads,
    finder: EdgeFinder,
    rows: Sequence[Mapping[str, str]],
    chosen: PickedEdge | None,
    words: Words,
) -> None:
    """The roads. Of many, a first click opens a neighbourhood, a second one chooses an edge."""
    near: Place | None = st.session_state.get(_NEAR)
    overview = near is None and len(roads) > _MOST_AT_ONCE
    low, high = roads.node_lonlat.min(axis=0), roads.node_lonlat.max(axis=0)
    if near is not None:
        low, high = np.array(near) - _HALF, np.array(near) + _HALF
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=osm_attribution(study, words),
        notices=[map_notice(study, words)],
        label=words("overrides.map"),
    )
    bounds = ((float(low[1]), float(low[0])), (float(high[1]), float(high[0])))
    key = f"{_MAP}-{near}"
    st_folium(
        base_map(bounds, assets=leaflet_assets(), words=map_words),
        feature_group_to_add=_groups(roads, finder, rows, chosen, near),
        returned_objects=["last_active_drawing"],
        on_change=partial(_take_click, key, finder, overview),
        key=key,
        height=_HEIGHT,
        use_container_width=True,
    )
    if overview:
        show_html(plain(words("overrides.overview")))
    elif near is not None:
        st.button(words("overrides.back"), key="data_override_back", on_click=_back)


def _groups(
    roads: Roads,
    finder: EdgeFinder,
    rows: Sequence[Mapping[str, str]],
    chosen: PickedEdge | None,
    near: Place | None,
) -> list[folium.FeatureGroup]:
    shown = _largest(roads) if near is None else _around(roads, near)
    groups = [border_layer(publish(border_data(road_lines(roads, shown))))]
    corrected = [
        line
        for name in dict.fromkeys(row.get("edge", "") for row in rows)
        if (edge := finder.named(name)) is not None
        for line in finder.lines(edge.rows)
    ]
    if corrected:
        groups.append(path_layer([("road", line) for line in corrected], colour=_CORRECTED_COLOUR))
    if chosen is not None:
        lines = [("road", line) for line in finder.lines(chosen.rows)]
        groups.append(path_layer(lines, colour=_CHOSEN_COLOUR))
    return groups


def _largest(roads: Roads) -> Any:
    """Rows of the largest roads, as many as the overview can show."""
    if len(roads) <= _MOST_AT_ONCE:
        return np.arange(len(roads))
    rank = np.full(len(roads), len(_RANK))
    kinds = parent_classes(roads.highway)
    for at, name in enumerate(_RANK):
        rank[kinds == name] = at
    first = np.argsort(rank, kind="stable")
    return np.sort(first[: max(_MOST_AT_ONCE, int((rank <= _MAIN).sum()))][:_MOST_EDGES])


def _around(roads: Roads, near: Place) -> Any:
    """Rows of the edges that begin near a place, with some further out in case the map is moved."""
    at = roads.lonlat[roads.start[:-1]]
    return np.flatnonzero((np.abs(at - np.array(near)) < 2 * _HALF).all(axis=1))[:_MOST_EDGES]


def _take_click(key: str, finder: EdgeFinder, overview: bool) -> None:
    """A click on the overview opens that neighbourhood; otherwise it chooses the nearest edge."""
    drawing = (st.session_state.get(key) or {}).get("last_active_drawing") or {}
    place = drawing.get("properties") or {}
    if "lon" not in place or "lat" not in place:
        return
    lon, lat = float(place["lon"]), float(place["lat"])
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    if overview:
        st.session_state[_NEAR] = (lon, lat)
        return
    found = finder.at(lon, lat, within_m=_REACH_M)
    st.session_state[_CHOSEN] = None if found is None else found.edge


def _back() -> None:
    st.session_state[_NEAR] = st.session_state[_CHOSEN] = None


def _form(
    study: Study,
    rows: Sequence[Mapping[str, str]],
    chosen: PickedEdge | None,
    words: Words,
    *,
    near: bool,
) -> None:
    """The values of the chosen edge."""
    show_html(step_heading(words("overrides.edge")))
    if chosen is None:
        show_html(plain(words("overrides.click" if near else "overrides.click_first")))
        return
    show_html(
        plain(
            words(
                "overrides.which",
                edge=chosen.edge,
                kind=road_class_name(chosen.highway, words),
                metres=words.number(chosen.length_m),
                pieces=words.number(len(chosen.rows)),
            )
        )
    )
    row = _choices(chosen, study, words)
    if not guarded_button(
        words("overrides.add"), words=words, key="data_override_add", type="primary"
    ):
        return
    try:
        write_overrides(Path(study.folder), with_override(rows, row))
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.session_state[_CHOSEN] = None
    st.rerun()


def _choices(chosen: PickedEdge, study: Study, words: Words) -> dict[str, str]:
    turn = f"{chosen.edge}-{st.session_state.get(_TURN, 0)}"
    left, right = st.columns(2)
    profile = left.selectbox(
        words("data.profile"),
        (_EVERY, *profile_names(study.profiles)),
        format_func=lambda p: _profile(p, study, words),
        key=f"o-p-{turn}",
    )
    ferry = chosen.highway == "ferry"
    access = right.selectbox(
        words("overrides.access"),
        _ACCESS,
        index=1 if ferry else 2,
        format_func=lambda word: words(f"overrides.access_{word or 'same'}"),
        key=f"o-a-{turn}",
    )
    empty = words("overrides.unchanged")
    speed: float | None = None
    minutes: float | None = None
    if access != "no":
        speed = left.number_input(
            words("overrides.speed"), min_value=0.1, max_value=200.0, value=None,
            placeholder=empty, key=f"o-s-{turn}",
        )  # fmt: skip
        crossing = right.number_input(
            words("overrides.crossing"), min_value=0.0, max_value=1_000.0, value=None,
            placeholder=empty, key=f"o-c-{turn}",
        )  # fmt: skip
        wait = right.number_input(
            words("overrides.wait"), min_value=0.0, max_value=1_000.0, value=None,
            placeholder=empty, help=words("overrides.wait_help"), key=f"o-w-{turn}",
        )  # fmt: skip
        if crossing is not None or wait is not None:
            minutes = (crossing or 0.0) + (wait or 0.0)
    note = left.text_input(words("overrides.note"), max_chars=80, key=f"o-n-{turn}")
    return {
        "edge": chosen.edge,
        "profile": str(profile),
        "allowed": str(access),
        "speed_kmh": "" if speed is None else f"{speed:g}",
        "minutes": "" if minutes is None else f"{minutes:g}",
        "note": note.strip(),
    }


def _list(
    study: Study, finder: EdgeFinder, rows: Sequence[Mapping[str, str]], words: Words
) -> None:
    """The overrides so far, and a button that removes one."""
    show_html(step_heading(words("overrides.list")))
    if not rows:
        show_html(plain(words("overrides.none")))
        return
    texts = [_cells(row, finder, study, words) for row in rows]
    keys = ("edge", "profile", "access", "speed", "minutes", "note")
    show_html(
        text_table(*filled([words(f"overrides.head_{key}") for key in keys], texts), scrolls=True)
    )
    if not own_study(study):
        return
    at = st.selectbox(
        words("overrides.take_back"),
        range(len(rows)),
        format_func=lambda n: " · ".join(cell for cell in texts[n] if cell),
        key=f"data_override_out_{len(rows)}",
    )
    if not guarded_button(words("data.remove"), words=words, key="data_override_remove"):
        return
    try:
        write_overrides(Path(study.folder), [row for n, row in enumerate(rows) if n != at])
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.rerun()


def _cells(row: Mapping[str, str], finder: EdgeFinder, study: Study, words: Words) -> list[str]:
    edge = row.get("edge", "")
    known = finder.named(edge) is not None
    access = {"yes": "yes", "no": "no", "": "same"}.get(row.get("allowed", "").lower())
    return [
        edge if known else words("overrides.unknown_edge", edge=edge),
        _profile(row.get("profile", ""), study, words),
        words(f"overrides.access_{access}") if access else row.get("allowed", ""),
        row.get("speed_kmh", ""),
        row.get("minutes", ""),
        row.get("note", ""),
    ]


def _profile(name: str, study: Study, words: Words) -> str:
    if name == _EVERY:
        return words("overrides.all_profiles")
    if name not in profile_names(study.profiles):
        return name
    return sentence(named_profile(name, study, words))
