"""Rows that lead to the map: links of the panel, and what the gap list opens.

A row names a unit, a site or a place by a query like that of the page's address, so that its link
also works in a new tab. A plain click selects in this session and brings into view.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from app_pages.coverage_map.bring_into_view import bring_selected_into_view
from app_pages.coverage_map.view import read_view, rounded, session_view, show_view
from app_pages.shell import state
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places
from layers.style.escape import escape

__all__ = [
    "CAME_FROM_LIST",
    "follow_row",
    "go_to",
    "keep_place",
    "place_query",
    "row_links",
    "row_was_clicked",
    "select_unit",
    "show_rows",
    "site_query",
    "unit_query",
]

_component = st.components.v2.component(
    "quarterhour_row_links",
    html="<span hidden></span>",
    js=Path(__file__).with_name("row_links.js").read_text("utf-8"),
)
_place = st.components.v2.component(
    "quarterhour_list_place",
    html="<span hidden></span>",
    js=Path(__file__).with_name("list_place.js").read_text("utf-8"),
)
# Set while the map shows what a row of the gap list opened.
CAME_FROM_LIST = "gaps_came_from"
_KEY, _ROW = "row-links", "row_to_show"
_RELATIVE = 'class="qh-go" href="?'


def unit_query(unit_id: object) -> str:
    """The query that selects a unit; "" for none."""
    return urlencode({"unit": str(unit_id)}) if unit_id else ""


def site_query(site_id: object, layer: str) -> str:
    """The query that selects a site of a layer; "" for none."""
    return urlencode({"layer": layer, "site": str(site_id)}) if site_id else ""


def place_query(lon: float, lat: float, unit_id: object = "") -> str:
    """The query that shows the ways from a place in a unit."""
    place = ",".join(f"{part}" for part in rounded(lon, lat))
    unit = {"unit": str(unit_id)} if unit_id else {}
    return urlencode({**unit, "from": place})


def full_links(html: str, layer: str) -> str:
    """HTML whose rows link to this session's study, language and layer, for another tab."""
    query = {"study": state.study_name(), "lang": state.language(), "layer": layer}
    start = urlencode({name: value for name, value in query.items() if value})
    return html.replace(_RELATIVE, f"{_RELATIVE}{escape(start)}&amp;")


def show_rows(html: str, layer: str) -> None:
    """Put HTML with such rows on the page."""
    st.html(full_links(html, layer))


def row_links() -> None:
    """Let a click on a row's link select in this session instead of opening another one."""
    _component(key=_KEY, on_go_change=_take_link)


def _take_link() -> None:
    go_to(str(st.session_state[_KEY].get("go") or ""))


def go_to(query: str) -> None:
    """Select what a row's query names, in the next run of the Coverage page."""
    st.session_state[_ROW] = query.rpartition("?")[2]


def row_was_clicked() -> bool:
    """Whether a row waits to be shown on the Coverage page."""
    return bool(st.session_state.get(_ROW))


def follow_row(analysis: Analysis, places: Places) -> None:
    """Select what the row that was clicked names, and bring it into view."""
    row = st.session_state.pop(_ROW, "")
    if not row:
        return
    query = dict(parse_qsl(row))
    found = read_view(query, analysis, places)
    if query.get("layer") == found.layer:
        state.show_layer(analysis.study, found.layer)
    now = st.session_state
    if "unit" in query:
        now["unit"] = found.unit
    now["site"], now["click"], now["linked"] = found.site, found.click, True
    if found.start is not None:
        now["start"] = found.start
    shown = session_view(analysis, places)
    show_view(shown, analysis)
    bring_selected_into_view(found, analysis, places)


def keep_place(table: str) -> None:
    """Let the browser remember how far a table was scrolled, and go there when it is shown again.

    Parameters
    ----------
    table : str
        Stands for the table and its filters.
    """
    _place(key="list-place", data={"table": table})


def select_unit(unit: str) -> None:
    """Select a unit, "" for the whole, and bring it into view."""
    now = st.session_state
    now["unit"], now["site"], now["fit_unit"] = unit, "", unit
