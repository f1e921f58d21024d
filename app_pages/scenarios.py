"""Page: Scenarios 方案. Edit named lists of changes on the map, and compare before and after."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.edit_scenario import session
from app_pages.edit_scenario.before_after import AFTER, BEFORE, show_before_after
from app_pages.edit_scenario.forms import show_form
from app_pages.edit_scenario.scenario_list import (
    copy_first,
    open_scenario_named,
    show_changes,
    show_list,
    site_names,
)
from app_pages.edit_scenario.scenario_map import show_map
from app_pages.shell import address, frame, state
from app_pages.shell.html import plain, show_html
from app_pages.shell.scenario_actions import said
from app_pages.shell.study_jobs import study_job
from geo.analysis import Analysis
from geo.scenarios.store import list_scenarios
from layers.words.catalogue import Words

__all__: list[str] = []

_STYLE = (Path(__file__).parent / "edit_scenario" / "style.css").read_text("utf-8")
_VIEWS = ("edit", "compare")
_VIEW = "scenario_view"
_ADDRESS = {"scenario": session.OPEN, "before": BEFORE, "after": AFTER}


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    st.html(f"<style>{_STYLE}</style>")
    folder = Path(analysis.study.folder)
    names = list_scenarios(folder)
    _restore(analysis, names)
    st.session_state.setdefault(_VIEW, _VIEWS[0])
    view = st.segmented_control(
        words("scenario.view"),
        _VIEWS,
        required=True,
        format_func=lambda name: words(f"scenario.view.{name}"),
        key=_VIEW,
        label_visibility="collapsed",
    )
    outcome = said()
    computed = study_job(str(state.study_folder()), state.analysis_key(analysis.study)).result()
    if view == "compare":
        show_html(outcome)
        if names:
            show_before_after(computed, names, words)
        else:
            show_html(plain(words("scenario.none")))
    else:
        left, right = st.columns([3, 2], gap="medium")
        with right, st.container(key="plan-panel"):
            show_html(outcome)
            if state.is_sample():
                copy_first(analysis, words)
            else:
                show_list(folder, names, words)
            scenario = open_scenario_named(folder, words)
            if scenario is not None and not state.is_sample():
                show_changes(folder, scenario, analysis, words)
                sites = site_names(analysis, scenario)
                show_form(scenario, analysis, computed.explorer, sites, words)
        with left, st.container(key="plan-map-side"):
            show_map(analysis, computed.explorer, scenario, words)
    address.keep_address(
        view=view if view != _VIEWS[0] else "",
        **{name: str(st.session_state.get(key) or "") for name, key in _ADDRESS.items()},
    )


def _restore(analysis: Analysis, names: list[str]) -> None:
    """The view of the address of a new session; else the scenario of the trial, else the first."""
    address.restore("view", _VIEW, _VIEWS)
    for name, key in _ADDRESS.items():
        address.restore(name, key, names)
    for layer in address.taken("layer").values():
        if layer in analysis.summary["layers"]:
            state.show_layer(analysis.study, layer)
        else:
            address.ignore("layer", layer)
    if st.session_state.get(session.OPEN) not in names:
        kept = st.session_state.get("trial_kept")
        st.session_state.pop(session.OPEN, None)
        if names:
            st.session_state[session.OPEN] = kept if kept in names else names[0]


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
