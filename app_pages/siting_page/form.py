"""The form of the Siting page: the usual choices in one line, the others in a box below."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from app_pages.shell import address, state
from app_pages.shell.choice import translated_choice
from app_pages.shell.html import plain, show_html
from app_pages.siting_page.asked import METHODS, Asked
from app_pages.siting_page.marks import closed_sites, marks
from app_pages.siting_page.uploads import given_file
from geo.analysis import Analysis
from geo.checks.datum import DATUM_NAMES
from geo.study.model import Study
from geo.study.section import Datum
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = ["MOST_SITES", "form", "read_address"]

MOST_SITES = 200
_USUAL_SITES = 5
_GRIDS = (200, 300, 500, 1000, 2000)
_USUAL_GRID = 500
_FILE = "file"
_SHOWN_LAYER = "siting_map_layer"
_WEIGHT = ""


def read_address(analysis: Analysis) -> None:
    """Set the form from the address of a new session."""
    layers = state.tried_layers(analysis)
    for value in address.taken("layer").values():
        if value in layers:
            state.show_layer(analysis.study, value)
        else:
            address.ignore("layer", value)
    for value in address.taken("method").values():
        if value in METHODS:
            st.session_state["chosen-siting_method"] = value
        else:
            address.ignore("method", value)
    for value in address.taken("sites").values():
        if value.isdecimal() and 1 <= int(value) <= MOST_SITES:
            st.session_state["siting_sites"] = int(value)
        else:
            address.ignore("sites", value)


def form(analysis: Analysis, words: Words) -> tuple[Asked | None, bool]:
    """The question on the form, None while a file is missing, and whether it is asked now."""
    study = analysis.study
    with (
        st.container(key="controls"),
        st.container(key="siteform", horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        layer = _layer(analysis, words)
        method = translated_choice(
            words("propose.method"),
            METHODS,
            lambda name: words(f"propose.method.{name}"),
            "siting_method",
            words.locale,
            width=230,
        )
        sites, target = _amount(method, words)
        asked_now = st.button(words("propose.run"), type="primary", key="propose_run")
    asked = Asked(
        key=state.analysis_key(study), layer=layer, method=method, sites=sites, target=target
    )
    with st.expander(words("propose.more"), key="siting_more"):
        more = _more(asked, study, words)
    address.keep_address(
        method=method if method != METHODS[0] else "",
        sites=str(sites) if sites is not None and sites != _USUAL_SITES else "",
    )
    if more is None:
        return None, asked_now
    must, forbidden = marks(more.source)
    return (
        replace(more, must=must, forbidden=forbidden, close=closed_sites(layer)),
        asked_now,
    )


def _layer(analysis: Analysis, words: Words) -> str:
    """The layer; other pages show the same one."""
    study = analysis.study
    titles = {k: layer_title(study.layer(k), words) for k in state.tried_layers(analysis)}
    shown = state.shown_layer(analysis, list(titles))
    if st.session_state.get(_SHOWN_LAYER) != shown:
        st.session_state["chosen-siting_layer"] = st.session_state[_SHOWN_LAYER] = shown
        st.session_state.pop(f"siting_layer-{words.locale}", None)
    key = str(
        translated_choice(
            words("gaps.layer"), list(titles), titles.__getitem__, "siting_layer", words.locale,
            width=300,
        )
    )  # fmt: skip
    if key != shown:
        state.show_layer(study, key)
        st.session_state[_SHOWN_LAYER] = key
    return key


def _amount(method: str, words: Words) -> tuple[int | None, float | None]:
    """The number of sites, or the share to reach."""
    if method == "lscp":
        st.session_state.setdefault("siting_target", 60)
        share = st.number_input(
            words("propose.target"), 1, 100, key="siting_target", width=150, format="%d"
        )
        return None, float(share) / 100
    st.session_state.setdefault("siting_sites", _USUAL_SITES)
    sites = st.number_input(words("propose.sites"), 1, MOST_SITES, key="siting_sites", width=150)
    return int(sites), None


def _more(asked: Asked, study: Study, words: Words) -> Asked | None:
    """The question with the rare choices; None while the file of the candidates is missing."""
    places, goal, limits = st.columns(3, gap="medium")
    with places:
        sourced = _source(asked, study, words)
        areas = given_file("areas", words("propose.areas"), words)
    with goal:
        weights = _weights(study, words)
        phase1 = _number("propose.phase1", 0, asked.sites or MOST_SITES, words)
        at_least = _number("propose.at_least", 1, 5, words)
        every = st.checkbox(words("propose.every_unit"), key="siting_every_unit")
    with limits:
        relocate = _number("propose.relocate", 0, 50, words)
        budget = None
        if sourced is not None and sourced.file is not None:  # no other candidates have costs
            budget = st.number_input(
                words("propose.budget"), min_value=0.0, value=None, key="siting_budget",
                help=words("propose.budget_help"), format="%g",
            )  # fmt: skip
        seconds = _number("propose.seconds", 5, 600, words, usual=60)
        curve = False
        if asked.sites is not None:
            curve = st.checkbox(words("propose.curve"), key="siting_curve")
    if sourced is None:
        return None
    return replace(
        sourced, areas=areas, weights=weights, at_least=at_least, every_unit=every,
        relocate=relocate, budget=budget, seconds=float(seconds), curve=curve,
        phase1=0 if asked.sites is not None and phase1 >= asked.sites else phase1,
    )  # fmt: skip


def _number(word: str, least: int, most: int, words: Words, *, usual: int | None = None) -> int:
    key = word.replace("propose.", "siting_")
    st.session_state.setdefault(key, least if usual is None else usual)
    st.session_state[key] = min(int(st.session_state[key]), most)
    return int(st.number_input(words(word), least, most, key=key, help=words(f"{word}_help")))


def _weights(study: Study, words: Words) -> str | None:
    """Another weight of the demand, where the study has any."""
    bands = list(study.demand.bands)
    if not bands:
        return None
    chosen = translated_choice(
        words("propose.weights"),
        [_WEIGHT, *bands],
        lambda name: name or words("propose.weights_own"),
        "siting_weights",
        words.locale,
    )
    return chosen or None


def _source(asked: Asked, study: Study, words: Words) -> Asked | None:
    """The question with where candidates come from; None while their file is missing."""
    others = [
        f"layer:{other.key}" for other in study.layers if _other(study, other.key, asked.layer)
    ]
    names = {f"layer:{o.key}": layer_title(o, words) for o in study.layers}

    def named(kind: str) -> str:
        if kind in names:
            return words("propose.from_layer", layer=names[kind])
        return words(f"propose.from_{kind}")

    kind = translated_choice(
        words("propose.candidates"), ["streets", "demand", *others, _FILE], named,
        "siting_candidates", words.locale,
    )  # fmt: skip
    if kind == "streets":
        metres = translated_choice(
            words("propose.grid"), _GRIDS, lambda m: words("amount.metres", value=words.number(m)),
            "siting_grid", words.locale, index=_GRIDS.index(_USUAL_GRID),
        )  # fmt: skip
        return replace(asked, source=f"streets:{metres}")
    if kind != _FILE:
        return replace(asked, source=str(kind))
    given = given_file("candidates", words("propose.file"), words)
    show_html(plain(words("propose.file_help")))
    datum = translated_choice(
        words("data.datum"), get_args(Datum), DATUM_NAMES.__getitem__,
        "siting_datum", words.locale,
    )  # fmt: skip
    if given is None:
        return None
    return replace(asked, source=given.name, datum=datum, file=given)


def _other(study: Study, key: str, layer: str) -> bool:
    """Whether a layer's sites can be candidates for another one."""
    other, own = study.layer(key), study.layer(layer)
    return not other.of_objects and other.service_key != own.service_key
