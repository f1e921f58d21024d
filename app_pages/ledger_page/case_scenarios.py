"""The scenarios that may help a case: those with a new site near its demand."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import streamlit as st

from app_pages.shell import state
from app_pages.shell.html import label_text
from geo.base.errors import QuarterhourError
from geo.coordinates.local_metres import metres_per_degree
from geo.scenarios.changes import AddSite, MoveSite
from geo.scenarios.store import list_scenarios, load_scenario
from geo.study.model import Study
from layers.words.catalogue import Words
from ledger.cases import Case

__all__ = ["near_scenarios", "show_scenarios"]

# A walk of fifteen minutes in a straight line; the scenario itself says what it covers.
_NEAR_M = 1_000.0


def show_scenarios(case: Case, points: pd.DataFrame, study: Study, words: Words) -> None:
    """A button for each scenario that has a site near the case."""
    for name in near_scenarios(case, points, study):
        label = words("cases.scenario", name=label_text(name))
        if st.button(label, key=f"case-scenario-{name}", help=words("cases.scenario_help")):
            st.session_state["scenario_open"] = name
            state.show_layer(study, case.layer)
            st.switch_page("app_pages/scenarios.py")


def near_scenarios(case: Case, points: pd.DataFrame, study: Study) -> list[str]:
    """Names of the study's scenarios with a new or moved site near the demand of a case.

    Parameters
    ----------
    points : pd.DataFrame
        Of `Store.points`.
    """
    service = study.layer(case.layer).service_key
    layers = {layer.key for layer in study.layers if layer.service_key == service}
    found = []
    for name in list_scenarios(study.folder):
        with suppress(QuarterhourError):  # the Scenarios page names what is wrong
            changes = load_scenario(study.folder, name).changes
            sites = [c for c in changes if isinstance(c, AddSite | MoveSite) and c.layer in layers]
            if any(_near(site.lon, site.lat, points) for site in sites):
                found.append(name)
    return found


def _near(lon: float, lat: float, points: pd.DataFrame) -> bool:
    lons, lats = points["lon"].to_numpy(float), points["lat"].to_numpy(float)
    per_lon, per_lat = metres_per_degree(np.array([lat]))
    metres = np.hypot((lons - lon) * per_lon[0], (lats - lat) * per_lat[0])
    return bool((metres <= _NEAR_M).any())
