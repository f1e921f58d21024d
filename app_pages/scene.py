"""What the Coverage page works on in one run: the session's view and the figures it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages import explorer, state
from app_pages.explorer import Questions
from app_pages.places import Place, Places
from app_pages.view import View, session_view
from geo.analysis import Analysis
from geo.errors import QuarterhourError
from geo.study import Layer
from layers.unit_shading import Shading, unit_shading
from layers.wording import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.change import Change
    from geo.from_here import FromHere

__all__ = ["Scene", "make_scene"]


@dataclass(frozen=True)
class Scene:
    """One run of the page.

    Attributes
    ----------
    base : Analysis
        The study's own.
    shown : Analysis
        What the map shows: `base`, or one layer with another limit or with sites on trial.
    key, shown_key : str
        Stand for `base` and `shown` in caches.
    layer : Layer
        Of `shown`: with the limit that is shown.
    place : Place, optional
        The chosen unit, None for the whole.
    shading : Shading
        The units of the level shown.
    change : Change, optional
        What the sites on trial change, where there are any.
    lost : Change, optional
        What closing the chosen site would lose, and `area` its own bands.
    ways : list of FromHere
        From the chosen place to every layer's nearest site.
    """

    base: Analysis
    shown: Analysis
    key: str
    shown_key: str
    view: View
    layer: Layer
    places: Places
    place: Place | None
    shading: Shading
    change: Change | None = None
    lost: Change | None = None
    area: gpd.GeoDataFrame | None = None
    ways: tuple[FromHere, ...] = ()


def make_scene(base: Analysis, places: Places, words: Words, *, isochrones: bool) -> Scene:
    """The scene of this session's view.

    Parameters
    ----------
    isochrones : bool
        They are to be drawn.
    """
    view = session_view(base, places)
    key = state.analysis_key(base.study)
    asked = view.limit is not None or view.put
    looks = (view.click == "look" and view.site) or (view.click == "from" and view.start)
    shown, change, lost, area = base, None, None, None
    ways: tuple[FromHere, ...] = ()
    if asked or looks:
        found = explorer.questions(base.study, words)
        if found is not None:
            try:
                shown, change = _what_if(found, base, view, isochrones=isochrones)
                lost, area, ways = _looked_at(found, view)
            except QuarterhourError as error:
                for line in words.error(error):
                    st.warning(line)
    return Scene(
        base=base,
        shown=shown,
        key=key,
        shown_key=key if shown is base else f"{key}:{view.layer}:{view.limit}:{view.put}",
        view=view,
        layer=shown.study.layer(view.layer),
        places=places,
        place=places.get(view.unit),
        shading=unit_shading(shown, view.layer, by=view.shade, level=view.level),
        change=change,
        lost=lost,
        area=area,
        ways=ways,
    )


def _what_if(
    found: Questions, base: Analysis, view: View, *, isochrones: bool
) -> tuple[Analysis, Change | None]:
    if view.limit is None and not view.put:
        return base, None
    shown = found.analysis(view.layer, limit=view.limit, added=view.put, isochrones=isochrones)
    change = found.change(view.layer, limit=view.limit, added=view.put) if view.put else None
    return shown, change


def _looked_at(
    found: Questions, view: View
) -> tuple[Change | None, gpd.GeoDataFrame | None, tuple[FromHere, ...]]:
    """The chosen site's own figures, or the ways from the chosen place."""
    if view.click == "look" and view.site:
        lost = found.depends_on(view.layer, view.site, limit=view.limit)
        return lost, found.site_area(view.layer, view.site, limit=view.limit), ()
    if view.click == "from" and view.start:
        return None, None, tuple(found.from_here(*view.start))
    return None, None, ()
