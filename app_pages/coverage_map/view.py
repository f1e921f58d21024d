"""The view of the Coverage page: kept in the session and written into the page's address.

Addresses come from anybody: `read_view` takes the values that are valid in this study and ignores
the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

import streamlit as st

from app_pages.shell.state import shown_layer
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places
from geo.study.model import Layer
from layers.style.shading import set_shades

__all__ = [
    "CLICKS",
    "MOST_TRIALS",
    "SETS",
    "SHADES",
    "Lonlat",
    "View",
    "default_view",
    "ignored_names",
    "limit_from",
    "own_limit",
    "read_view",
    "rounded",
    "session_view",
    "shades_of",
    "show_view",
    "view_query",
]

# The sites that an address may close or move on trial.
MOST_CHANGES = 60
SHADES = ("time", "presence", "difference", "short", "together")
# The choice of colours that leads to those by moment, tier and item.
SETS = "sets"
CLICKS = ("look", "from", "put")
MOST_TRIALS = 30
_LONGEST_METRES = 50_000.0
_DECIMALS = 5  # of degrees of a click: about a metre

Lonlat = tuple[float, float]
Move = tuple[str, float, float]


@dataclass(frozen=True)
class View:
    """One view of a study.

    Attributes
    ----------
    layer : str
        Key of the layer.
    limit : float, optional
        In the layer's own unit, minutes or metres; None: as the study says.
    shade : str
        One of `shades_of`: what the colours of the units show.
    level : str
        The level whose units are shaded.
    unit : str
        The chosen unit of any level, "" for the whole.
    site : str
        The chosen site of the layer, "" for none.
    click : str
        One of `CLICKS`: what a click on the map does, and what the panel shows.
    start : (lon, lat), optional
        Start of the paths that are shown.
    put : tuple of (lon, lat)
        Places of the sites on trial.
    closed : tuple of str
        Sites of the layer that are closed on trial.
    moved : tuple of (id, lon, lat)
        Sites of the layer that stand elsewhere on trial; none of them is closed.
    """

    layer: str
    limit: float | None = None
    shade: str = SHADES[0]
    level: str = ""
    unit: str = ""
    site: str = ""
    click: str = CLICKS[0]
    start: Lonlat | None = None
    put: tuple[Lonlat, ...] = ()
    closed: tuple[str, ...] = ()
    moved: tuple[Move, ...] = ()

    @property
    def trial(self) -> tuple[tuple[Lonlat, ...], tuple[str, ...], tuple[Move, ...]]:
        """What is changed on trial: sites put on the map, closed and moved."""
        return self.put, self.closed, self.moved

    @property
    def on_trial(self) -> int:
        """How many sites are put, closed or moved on trial."""
        return sum(map(len, self.trial))

    @property
    def moves(self) -> dict[str, Lonlat]:
        """New places of the moved sites by id."""
        return {site: (lon, lat) for site, lon, lat in self.moved}


def default_view(analysis: Analysis) -> View:
    """The first layer, shaded by the share within the limit, at the finest level."""
    key = next(iter(analysis.summary["layers"]))
    return View(layer=str(key), level=analysis.study.units.level)


def read_view(query: Mapping[str, str], analysis: Analysis, places: Places) -> View:
    """The view of an address, as far as its values are valid in this study."""
    view = default_view(analysis)
    if query.get("layer", "") in analysis.summary["layers"]:
        view = replace(view, layer=query["layer"])
    layer = analysis.study.layer(view.layer)
    limit = limit_from(query.get("limit", ""), layer, analysis)
    if layer.tried and limit is not None and limit != own_limit(layer):
        view = replace(view, limit=limit)
    if query.get("shade", "") in shades_of(analysis, view.layer):
        view = replace(view, shade=query["shade"])
    if query.get("level", "") in places.levels:
        view = replace(view, level=query["level"])
    if places.get(query.get("unit", "")) is not None:
        view = replace(view, unit=query["unit"])
    sites = analysis.sites
    site = query.get("site", "")
    if site and ((sites["layer"] == view.layer) & (sites["site_id"] == site)).any():
        view = replace(view, site=site)
    ids = set(sites.loc[sites["layer"] == view.layer, "site_id"])
    closed = tuple(name for name in _ids(query.get("close", "")) if name in ids)
    moved = tuple(m for m in _moves(query.get("move", "")) if m[0] in ids - set(closed))
    start = _places(query.get("from", ""))[:1]
    put = _places(query.get("put", ""))[:MOST_TRIALS]
    if start:
        view = replace(view, click="from", start=start[0])
    if layer.tried and (put or closed or moved):
        click = "put" if not start else "from"
        view = replace(view, click=click, put=put, closed=closed, moved=moved)
    return view


def ignored_names(query: Mapping[str, str], view: View, analysis: Analysis) -> list[str]:
    """The names of an address whose values `read_view` did not take into `view`."""
    layer = analysis.study.layer(view.layer)
    known = {
        "limit": limit_from(query.get("limit", ""), layer, analysis) is not None,
        "from": view.start is not None,
        "put": bool(view.put),
    }
    for name in ("layer", "shade", "level", "unit", "site"):
        known[name] = query.get(name, "") == getattr(view, name)
    return [name for name, taken in known.items() if query.get(name) and not taken]


def view_query(view: View, analysis: Analysis) -> dict[str, str]:
    """The query of an address from which `read_view` gives this view; defaults are left out."""
    usual = default_view(analysis)
    query = {"layer": view.layer}
    if view.limit is not None:
        query["limit"] = f"{view.limit:g}"
    for name in ("shade", "level", "unit", "site"):
        value = str(getattr(view, name))
        if value != getattr(usual, name):
            query[name] = value
    if view.click == "from" and view.start is not None:
        query["from"] = _written(view.start)
    if view.put:
        query["put"] = ";".join(_written(place) for place in view.put)
    if view.closed:
        query["close"] = ";".join(map(_quoted, view.closed))
    if view.moved:
        query["move"] = ";".join(f"{_quoted(m[0])}@{_written(m[1:])}" for m in view.moved)
    return query


def shades_of(analysis: Analysis, key: str) -> tuple[str, ...]:
    """The shades of a layer to choose from.

    ``short`` only where the layer has capacities, ``together`` where there are several services,
    then the moments, tiers and items of its sites.
    Only the first where units have no areas: nothing on the map is coloured.
    """
    if not analysis.has_borders:
        return SHADES[:1]
    study = analysis.study
    layers = [study.layer(other) for other in analysis.summary["layers"]]
    services = {layer.service_key for layer in layers if not layer.of_objects}
    left_out = set() if len(services) > 1 else {"together"}
    if not study.layer(key).travels:
        left_out.add("difference")
    if study.layer(key).of_objects:
        left_out |= {"presence", "together"}
    left_out |= set() if "capacity" in analysis.summary["layers"][key] else {"short"}
    kinds = tuple(shade for shade in SHADES if shade not in left_out)
    return (*kinds, *set_shades(analysis, key))


def own_limit(layer: Layer) -> float:
    """The limit that the study sets, in minutes or metres."""
    return layer.limit.value


def limit_from(text: str, layer: Layer, analysis: Analysis) -> float | None:
    """A limit as people type it (``20``, ``20分钟``, ``7.5 min``); None if it is not valid."""
    found = re.fullmatch(r"\s*(\d{1,6}(?:[.,]\d{1,3})?)\s*[^\d.,]{0,12}", text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    most = layer.limit.of(analysis.study.network.horizon_minutes, _LONGEST_METRES)
    return value if 0 < value <= most else None


# -- the session --------------------------------------------------------------------------------


def show_view(view: View, analysis: Analysis) -> None:
    """Write a view into the session; the widgets show it in the next run."""
    state = st.session_state
    layer = analysis.study.layer(view.layer)
    state["service"] = layer.service_key
    state[f"rule-{layer.service_key}"] = view.layer
    state[f"limit-{view.layer}"] = f"{own_limit(layer) if view.limit is None else view.limit:g}"
    for name in ("level", "unit", "site", "click", "start", "put"):
        state[name] = getattr(view, name)
    of_set = view.shade not in SHADES
    state["shade"] = SETS if of_set else view.shade
    if of_set:
        state["shade_set"] = view.shade
    # The sites of another service have ids of their own.
    state["closed"] = tuple((layer.service_key, site) for site in view.closed)
    state["moved"] = tuple((layer.service_key, *move) for move in view.moved)


def session_view(analysis: Analysis, places: Places) -> View:
    """The view of the session; values that are not valid in this study become defaults."""
    state, usual = st.session_state, default_view(analysis)
    key = shown_layer(analysis)
    layer = analysis.study.layer(key)
    limit = limit_from(str(state.get(f"limit-{key}") or ""), layer, analysis)
    unit, site = str(state.get("unit", "")), str(state.get("site", ""))
    sites = set(analysis.sites.loc[analysis.sites["layer"] == key, "site_id"])
    service = layer.service_key
    closed = tuple(s for of, s in state.get("closed", ()) if of == service and s in sites)
    moved = tuple(
        (s, lon, lat)
        for of, s, lon, lat in state.get("moved", ())
        if of == service and s in sites and s not in closed
    )
    level = state.get("level", usual.level)
    put = tuple(state.get("put", ()))
    if not layer.tried:
        limit, put, closed, moved = None, (), (), ()
    return View(
        layer=key,
        limit=None if limit is None or limit == own_limit(layer) else limit,
        shade=_one_of(
            state.get("shade_set") if state.get("shade") == SETS else state.get("shade"),
            shades_of(analysis, key),
        ),
        level=level if level in places.levels else usual.level,
        unit=unit if places.get(unit) is not None else "",
        site=site if site in sites else "",
        click=_one_of(state.get("click"), CLICKS),
        start=state.get("start"),
        put=put,
        closed=closed,
        moved=moved,
    )


def _one_of(value: object, known: tuple[str, ...]) -> str:
    return str(value) if value in known else known[0]


def rounded(lon: float, lat: float) -> Lonlat:
    """A place in the precision of a click."""
    return round(float(lon), _DECIMALS), round(float(lat), _DECIMALS)


def _quoted(site: str) -> str:
    """An id without the signs that part an address's values."""
    return re.sub("[%;@]", lambda sign: quote(sign[0]), site)


def _ids(text: str) -> tuple[str, ...]:
    """Ids from ``id;id``, each once."""
    found = (unquote(part) for part in text.split(";")[:MOST_CHANGES])
    return tuple(dict.fromkeys(name for name in found if name))


def _moves(text: str) -> tuple[Move, ...]:
    """Moves from ``id@lon,lat;id@lon,lat``, each id once; invalid ones are left out."""
    found: dict[str, Move] = {}
    for part in text.split(";")[:MOST_CHANGES]:
        name, _, place = part.rpartition("@")
        for lonlat in _places(place)[:1]:
            found.setdefault(unquote(name), (unquote(name), *lonlat))
    return tuple(found.values())


def _written(place: Sequence[float]) -> str:
    return ",".join(_written_degrees(degrees) for degrees in place[:2])


def _written_degrees(degrees: float) -> str:
    """In the precision of a click; a proposed site, which may be finer, in full."""
    return f"{degrees:.{_DECIMALS}f}" if degrees == round(degrees, _DECIMALS) else repr(degrees)


def _places(text: str) -> tuple[Lonlat, ...]:
    """Places from ``lon,lat;lon,lat``; invalid ones are left out."""
    found = []
    for part in text.split(";")[: MOST_TRIALS + 1]:
        try:
            lon, lat = (float(value) for value in part.split(","))
        except ValueError:
            continue
        if math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
            found.append((lon, lat))
    return tuple(found)
