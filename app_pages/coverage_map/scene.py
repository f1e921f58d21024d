"""The data of one run of the Coverage page: the session's view and the results that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.coverage_map import isochrone_jobs
from app_pages.coverage_map.isochrone_jobs import DrawnIsochrones, PendingIsochrones
from app_pages.coverage_map.view import SHADES, View, session_view
from app_pages.shell import state, study_jobs
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.inputs.unit_tree import Place, Places
from geo.study.model import Layer
from layers.style.shading import Shading, together_shading, unit_shading
from layers.words.catalogue import Words
from layers.words.page_words import page_error

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.questions.difference import Difference
    from geo.questions.explorer import Explorer
    from geo.questions.nearest_sites import NearestSite
    from geo.questions.services_together import ServicesTogether

__all__ = ["Scene", "make_scene"]


@dataclass(frozen=True)
class Scene:
    """One run of the page.

    Attributes
    ----------
    base : Analysis
        The study's own.
    shown : Analysis
        What the map shows: `base`, or one layer with another limit or with sites on trial. The
        isochrones to draw are in `isochrones`.
    key, shown_key : str
        Stand for `base` and `shown` in caches.
    layer : Layer
        The layer shown, with the limit that is shown.
    place : Place, optional
        The chosen unit, None for the whole.
    shading : Shading
        Of the units of the level shown.
    change : Difference, optional
        What the trial changes, where sites are put, closed or moved.
    lost : Difference, optional
        What closing the chosen site would lose.
    areas : tuple of gpd.GeoDataFrame
        The bands of the chosen site, or of each site on trial.
    ways : tuple of NearestSite
        From the chosen place to every layer's nearest site.
    together : ServicesTogether, optional
        How many services are within their limits, where that is shown.
    isochrones : DrawnIsochrones, optional
        The isochrones to draw: those of the limit shown.
    pending : PendingIsochrones, optional
        Isochrones that are to be drawn and are not ready.
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
    change: Difference | None = None
    lost: Difference | None = None
    areas: tuple[gpd.GeoDataFrame, ...] = ()
    ways: tuple[NearestSite, ...] = ()
    together: ServicesTogether | None = None
    isochrones: DrawnIsochrones | None = None
    pending: PendingIsochrones | None = None


def make_scene(base: Analysis, places: Places, words: Words, *, isochrones: bool) -> Scene:
    """The scene of this session's view.

    Parameters
    ----------
    isochrones : bool
        Whether they are to be drawn.
    """
    view = session_view(base, places)
    key = state.analysis_key(base.study)
    changed = view.limit is not None or view.on_trial
    details = (view.click == "look" and view.site) or (view.click == "from" and view.start)
    shown, change, lost = base, None, None
    areas: tuple[gpd.GeoDataFrame, ...] = ()
    ways: tuple[NearestSite, ...] = ()
    explorer = study_jobs.prepared_explorer(base.study, words) if changed or details else None
    if explorer is not None:
        try:
            shown, change = _what_if(explorer, base, view)
            lost, areas, ways = _details(explorer, view)
        except QuarterhourError as error:
            for line in page_error(error, words):
                st.warning(line)
    shown_key = key if shown is base else f"{key}:{view.layer}:{view.limit}:{view.trial}"
    together = None
    if view.shade == "together":
        layers = _one_a_service(base, view.layer)
        together = _together(shown_key, layers, view.layer, _base=base, _shown=shown)
    # Last, so that figures do not wait for isochrones.
    wanted = isochrones and not view.site and together is None
    bands = _isochrones(base, key, view, explorer, words) if wanted else None
    if not wanted:
        isochrone_jobs.withdraw()
    return Scene(
        base=base,
        shown=shown,
        key=key,
        shown_key=shown_key,
        view=view,
        layer=shown.study.layer(view.layer),
        places=places,
        place=places.get(view.unit),
        shading=_shading(shown_key, shown, view, together),
        change=change,
        lost=lost,
        areas=areas,
        ways=ways,
        together=together,
        isochrones=bands if isinstance(bands, DrawnIsochrones) else None,
        pending=bands if isinstance(bands, PendingIsochrones) else None,
    )


def _shading(
    shown_key: str, shown: Analysis, view: View, together: ServicesTogether | None
) -> Shading:
    if together is None:
        return _of_one_layer(shown_key, view.layer, view.shade, view.level, _shown=shown)
    units = together.units
    return together_shading(units[units["level"] == view.level])


@st.cache_resource(show_spinner=False, max_entries=60)
def _of_one_layer(
    shown_key: str, layer: str, shade: str, level: str, *, _shown: Analysis
) -> Shading:
    del shown_key  # stands for the analysis, which cannot be hashed
    return unit_shading(_shown, layer, by=shade, level=level)


def _one_a_service(base: Analysis, key: str) -> tuple[str, ...]:
    """The layer shown, and one of each other service: of the same profile, else its first."""
    study = base.study
    shown = study.layer(key)
    chosen: dict[str, Layer] = {}
    for layer in study.layers:
        if layer.of_objects or layer.key not in base.summary["layers"]:
            continue
        known = chosen.get(layer.service_key)
        if known is None or (known.profile != shown.profile and layer.profile == shown.profile):
            chosen[layer.service_key] = layer
    chosen[shown.service_key] = shown
    return tuple(layer.key for layer in chosen.values())


@st.cache_resource(show_spinner=False, max_entries=8)
def _together(
    shown_key: str, layers: tuple[str, ...], key: str, *, _base: Analysis, _shown: Analysis
) -> ServicesTogether:
    del shown_key  # stands for the analyses, which cannot be hashed
    from geo.questions.services_together import services_together

    return services_together(_base, layers, instead={key: _shown})


def _isochrones(
    base: Analysis, key: str, view: View, explorer: Explorer | None, words: Words
) -> DrawnIsochrones | PendingIsochrones | None:
    if (view.limit is not None or view.closed or view.moved) and explorer is None:
        return None  # the page shows why
    try:
        return isochrone_jobs.draw(
            base, key, view.layer, view.limit, explorer, closed=view.closed, moved=view.moves
        )
    except QuarterhourError as error:
        for line in page_error(error, words):
            st.warning(line)
        return None


def _what_if(explorer: Explorer, base: Analysis, view: View) -> tuple[Analysis, Difference | None]:
    """The analysis under the limit and with the sites on trial, and what these sites change."""
    if view.limit is None and not view.on_trial:
        return base, None
    sites = _site_changes(view)
    # Only the panel of a site shows the demand within its reach, and only it and the shadings by
    # shortage and by sets of sites show what is computed apart.
    asked = bool(view.site) or view.shade == "short" or view.shade not in SHADES
    shown = explorer.analysis_with(view.layer, limit=view.limit, catchments=asked, **sites)
    change = explorer.change(view.layer, limit=view.limit, **sites) if view.on_trial else None
    return shown, change


def _site_changes(view: View) -> dict[str, Any]:
    """The changes on trial as an explorer takes them."""
    return {"added": view.put, "closed": view.closed, "moved": view.moves}


def _details(
    explorer: Explorer, view: View
) -> tuple[Difference | None, tuple[gpd.GeoDataFrame, ...], tuple[NearestSite, ...]]:
    """Loss and area of the chosen site, paths from a place, or areas of sites on trial."""
    if view.click == "look" and view.site:
        lost = None
        if view.site not in view.closed:
            lost = explorer.depends_on(
                view.layer, view.site, limit=view.limit, **_site_changes(view)
            )
        site = view.moves.get(view.site, view.site)
        return lost, (explorer.site_area(view.layer, site, limit=view.limit),), ()
    if view.click == "from" and view.start:
        return None, (), tuple(explorer.from_here(*view.start))
    if view.click == "put":
        places = (*view.put, *view.moves.values())
        areas = (explorer.site_area(view.layer, place, limit=view.limit) for place in places)
        return None, tuple(areas), ()
    return None, (), ()
