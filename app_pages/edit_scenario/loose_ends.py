"""Ends of a drawn road that join no road, said before it is added, and joined by a button."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.edit_scenario import session
from app_pages.shell import state
from app_pages.shell.html import notice, show_html
from geo.scenarios.changes import AddRoad, Scenario
from layers.words.catalogue import Words

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer
    from geo.roads.roads import Roads
    from geo.scenarios.new_roads import LooseEnd

__all__ = ["JOIN_OFFERED_M", "show_loose_ends"]

# A straight line farther than this would cross blocks, and is better drawn.
JOIN_OFFERED_M = 500.0


def show_loose_ends(
    change: AddRoad, scenario: Scenario, explorer: Explorer, words: Words
) -> tuple[LooseEnd, ...]:
    """Name the ends that join no road, and offer to lead them to the nearest one."""
    from geo.scenarios.new_roads import joined_line, loose_ends

    new = tuple(known for known in scenario.changes if isinstance(known, AddRoad))
    roads = explorer.inputs.roads.roads
    if new:
        roads = _with_new(state.analysis_key(explorer.study), new, _roads=roads)
    ends = loose_ends(roads, change)
    show_html(*(notice(_line(end, words)) for end in ends))
    near = [end for end in ends if end.distance_m <= JOIN_OFFERED_M]
    more_m = math.ceil(sum(end.distance_m for end in near))
    if near:
        line = tuple((round(lon, 7), round(lat, 7)) for lon, lat in joined_line(change.line, near))
        st.button(
            words("scenario.join_ends", metres=words.number(more_m)),
            key="plan-join-ends",
            on_click=lambda: st.session_state.update({session.LINE: line}),
        )
    return ends


def _line(end: LooseEnd, words: Words) -> str:
    if math.isinf(end.distance_m):
        return words("scenario.loose_end_no_road", point=end.number)
    metres = words.number(math.ceil(end.distance_m))
    return words("scenario.loose_end", point=end.number, metres=metres)


@st.cache_resource(show_spinner=False, max_entries=2)
def _with_new(key: str, new: tuple[AddRoad, ...], *, _roads: Roads) -> Roads:
    from geo.scenarios.new_roads import add_roads

    del key  # stands for the roads, which cannot be hashed
    return add_roads(_roads, new).roads
