"""The map of the Siting page: existing sites, uncovered demand, candidates and proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from app_pages.coverage_map import legend, map_view
from app_pages.coverage_map.scene import Scene
from app_pages.coverage_map.view import View
from app_pages.shell import state
from app_pages.shell.served_files import publish
from app_pages.siting_page.jobs import Answer
from app_pages.siting_page.marks import CLICKS, mark
from geo.analysis import Analysis
from layers.style.palette import LegendEntry
from layers.style.shading import unit_shading
from layers.web_map.candidates import CANDIDATE_COLOURS, candidate_data, candidate_layer
from layers.web_map.pins_and_path import TRIAL_COLOUR
from layers.words.catalogue import Words

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.siting.candidates import Candidates

__all__ = ["CHOSEN_SITE", "show_map"]

CHOSEN_SITE = "siting_site"
_MAP, _CLICK = "siting-map", "siting_click"
_DRAWN = ("units", "sites", "gaps")


def show_map(
    analysis: Analysis,
    layer: str,
    answer: Answer | None,
    candidates: Candidates | None,
    words: Words,
) -> None:
    """Map, what a click does, and the legend.

    Parameters
    ----------
    candidates : Candidates, optional
        With their marks; None where they cannot be read.
    """
    st.session_state.setdefault(_CLICK, CLICKS[0])
    marking = st.session_state[_CLICK] != CLICKS[0]
    scene = _scene(analysis, layer, answer, marking=marking)
    drawn = [name for name in st.session_state.get("drawn", map_view.DRAWN) if name in _DRAWN]
    groups = legend.legend_groups(scene, drawn, words)
    groups += _legend(answer, candidates, marking, words)
    layers = map_view.groups(scene, drawn, words)
    shown = _shown(candidates, marking)
    if shown is not None and len(shown):
        layers.insert(-1, candidate_layer(publish(candidate_data(shown, _tips(shown, words)))))
    with st.container(key="mapside"):
        st_folium(
            map_view.ground(scene, words),
            feature_group_to_add=layers,
            returned_objects=["last_active_drawing"],
            on_change=_take_click,
            key=_MAP,
            height=700,
            use_container_width=True,
        )
        with st.container(key="clickbox"):
            st.segmented_control(
                words("propose.click"),
                CLICKS,
                format_func=lambda click: words(f"propose.click_{click}"),
                key=_CLICK,
                required=True,
            )
        st.html(legend.legend(groups))


def _scene(analysis: Analysis, layer: str, answer: Answer | None, *, marking: bool) -> Scene:
    """The study as it is, with the proposals as new sites and what they change."""
    level = analysis.study.units.level
    put: tuple[tuple[float, float], ...] = ()
    change = None
    if answer is not None and answer.found is not None:
        table, change = answer.found.table, answer.change
        put = tuple(zip(table["lon"].tolist(), table["lat"].tolist(), strict=True))
    key = state.analysis_key(analysis.study)
    click = "put" if marking else "look"  # a click on a circle of sites gives a place
    return Scene(
        base=analysis,
        shown=analysis,
        key=key,
        shown_key=key,
        view=View(layer=layer, level=level, click=click, put=put),
        layer=analysis.study.layer(layer),
        places=state.places(analysis),
        place=None,
        shading=unit_shading(analysis, layer, by="time", level=level),
        change=change,
    )


def _shown(candidates: Candidates | None, marking: bool) -> pd.DataFrame | None:
    """All candidates while they are marked, else the marked ones."""
    if candidates is None:
        return None
    frame = candidates.frame
    return frame if marking else frame[frame["status"] != ""]


def _tips(shown: pd.DataFrame, words: Words) -> list[list[str]]:
    states = {name: words(f"propose.state_{name}") for name in CLICKS[1:]}
    free = words("propose.candidate")
    return [
        [str(name or free), *([states[status]] if status else [])]
        for name, status in zip(shown["name"], shown["status"], strict=True)
    ]


def _legend(
    answer: Answer | None, candidates: Candidates | None, marking: bool, words: Words
) -> list[legend.LegendGroup]:
    entries = []
    if answer is not None and answer.found is not None:
        entries.append(LegendEntry("put", "dot", TRIAL_COLOUR, words("propose.legend_proposed")))
    shown = _shown(candidates, marking)
    present = set(shown["status"]) if shown is not None else set()
    for status, colour in zip(("", *CLICKS[1:]), CANDIDATE_COLOURS, strict=True):
        if status in present:
            word = words(f"propose.state_{status}" if status else "propose.candidate")
            symbol = "square" if status else "dot"
            shape = {"must": "plus", "forbidden": "cross"}.get(status, "")
            entries.append(LegendEntry("candidates", symbol, colour, word, shape))
    return [legend.LegendGroup(words("propose.legend"), entries)] if entries else []


def _take_click() -> None:
    """Choose a site, or mark a candidate, as the click mode says."""
    drawing = (st.session_state.get(_MAP) or {}).get("last_active_drawing") or {}
    clicked: dict[str, Any] = drawing.get("properties") or {}
    kind = clicked.get("kind")
    if kind == "drawn":
        group, on = str(clicked.get("group", "")), bool(clicked.get("on"))
        drawn = set(st.session_state.get("drawn", map_view.DRAWN))
        drawn = drawn | {group} if on else drawn - {group}
        st.session_state["drawn"] = [name for name in map_view.DRAWN if name in drawn]
    elif kind == "candidate":
        mode = st.session_state.get(_CLICK, CLICKS[0])
        if mode != CLICKS[0]:
            mark(str(clicked.get("candidate_id", "")), mode)
    elif st.session_state.get(_CLICK, CLICKS[0]) == CLICKS[0]:
        st.session_state[CHOSEN_SITE] = str(clicked.get("site_id", ""))
