"""The search box: names, codes, pinyin or its initials. Typing reruns this fragment only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.coverage_map.bring_into_view import fit_bounds, fit_place
from app_pages.coverage_map.view import rounded
from app_pages.shell import state
from app_pages.shell.html import label_text
from geo.analysis import Analysis
from geo.base.jobs import Job
from geo.base.progress import Progress
from layers.words.catalogue import Words
from layers.words.phrases import level_name

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.name_search import FoundPlace, PlaceSearch

__all__ = ["prepare_search", "search_box"]

_SHOWN = 8
_TEXT = "search"
_FOUND = "found_place"


@st.cache_resource(show_spinner=False, max_entries=3)
def _job(key: str, *, _analysis: Analysis) -> Job[PlaceSearch]:
    del key  # stands for the analysis, which cannot be hashed

    def work(progress: Progress) -> PlaceSearch:
        from geo.questions.name_search import PlaceSearch

        progress.stage("search")
        return PlaceSearch(_analysis)

    return Job(work)


def prepare_search(analysis: Analysis, key: str) -> None:
    """Start to index the study's names, unless this has been done."""
    _job(key, _analysis=analysis)


@st.fragment
def search_box(analysis: Analysis, key: str, locale: str) -> None:
    """The box, and the results below it."""
    words = state.words()
    text = st.text_input(
        words("search.label"),
        key=_TEXT,
        type="search",
        placeholder=words("search.hint"),
        label_visibility="collapsed",
        live=True,
        width=230,
    )
    if st.session_state.pop(_FOUND, False):
        st.rerun(scope="app")
    if not text or not text.strip():
        return
    found = _job(key, _analysis=analysis).result().find(text, limit=_SHOWN)
    with st.container(key="found"):
        if not found:
            st.html(f'<p class="qh-plain">{words("search.nothing")}</p>')
        for number, place in enumerate(found):
            st.button(
                _label(place, words),
                key=f"found-{number}",
                type="tertiary",
                width="stretch",
                on_click=_choose,
                args=(place, analysis),
            )


def _label(place: FoundPlace, words: Words) -> str:
    kind = level_name(place.level, words) if place.kind == "unit" else words(f"found.{place.kind}")
    above = place.within[-2:] if place.kind != "unit" else place.within[-1:]
    within = " ".join((kind, *above))
    return f"**{label_text(place.name or place.id)}** {label_text(within)}"


def _choose(place: FoundPlace, analysis: Analysis) -> None:
    """Select a unit or a site; a demand point becomes the start of the paths."""
    now = st.session_state
    now[_TEXT], now[_FOUND] = "", True
    now["unit"], now["site"] = place.unit_id, ""
    if place.kind == "demand":
        now["click"], now["start"] = "from", rounded(place.lon, place.lat)
    else:
        now["click"] = "look"
    if place.kind == "site":
        shown = state.shown_layer(analysis)
        if shown not in place.layers:
            layer = analysis.study.layer(place.layers[0])
            now["service"], now[f"rule-{layer.service_key}"] = layer.service_key, layer.key
        now["site"] = place.id
    if place.bounds is not None and place.kind == "unit":
        fit_bounds(place.bounds)
    elif place.lon == place.lon:
        fit_place(place.lon, place.lat)
