"""The controls above the map: service, rule, limit and colours; units and level."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app_pages.coverage_map.view import SETS, SHADES, View, limit_from, own_limit, shades_of
from app_pages.shell.html import label_text, rule_text, sentence
from geo.analysis import Analysis
from geo.inputs.unit_tree import Place, Places
from geo.study.model import Layer
from layers.words.catalogue import Words
from layers.words.lines.site_sets import set_name
from layers.words.phrases import level_name, limit_words, profile_name, rule_key, service_title

__all__ = ["choose_place", "choose_rule"]

_MINUTES = (5.0, 10.0, 15.0, 20.0, 30.0)
_METRES = (100.0, 200.0, 300.0, 500.0, 1000.0)
_MOST_SEGMENTS = 3
_DOWN = "down"


def choose_rule(analysis: Analysis, words: Words) -> None:
    """First line: service, profile, limit, and what the colours show."""
    study = analysis.study
    known = [layer for layer in study.layers if layer.key in analysis.summary["layers"]]
    services = list(dict.fromkeys(layer.service_key for layer in known))
    if st.session_state.get("service") not in services:
        st.session_state["service"] = services[0]
    service = st.selectbox(
        words("coverage.service"),
        services,
        format_func=lambda key: service_title(study, key, words),
        key="service",
        width=236,
    )
    rules = {layer.key: layer for layer in known if layer.service_key == service}
    chosen = _rule(rules, str(service), words)
    if rules[chosen].tried:
        _limit(analysis, rules[chosen], words)
    known_shades = shades_of(analysis, chosen)
    sets = [shade for shade in known_shades if shade not in SHADES]
    shades = [shade for shade in known_shades if shade in SHADES] + ([SETS] if sets else [])
    if len(shades) < 2:
        st.session_state["shade"] = shades[0]
        return
    if st.session_state.get("shade") not in shades:
        st.session_state["shade"] = shades[0]
    st.segmented_control(
        words("coverage.shade"),
        shades,
        format_func=lambda shade: words(
            rule_key(rules[chosen], f"colours_{shade}", words, plain=f"colours.{shade}")
        ),
        key="shade",
        required=True,
    )
    if st.session_state["shade"] == SETS:
        _site_set(sets, words)


def _site_set(sets: list[str], words: Words) -> None:
    """The choice of the moment, tier or item whose coverage the colours show."""
    if st.session_state.get("shade_set") not in sets:
        st.session_state["shade_set"] = sets[0]
    st.selectbox(
        words("sets.which"),
        sets,
        format_func=lambda shade: set_name(shade, words),
        key="shade_set",
        width=190,
    )


def _rule(rules: dict[str, Layer], service: str, words: Words) -> str:
    """The choice of the rule, named by its profile; with its limit where profiles repeat."""
    key = f"rule-{service}"
    if st.session_state.get(key) not in rules:
        st.session_state[key] = next(iter(rules))
    ways = {name: sentence(profile_name(layer, words)) for name, layer in rules.items()}
    if len(set(ways.values())) < len(ways):
        ways = {name: rule_text(layer, words) for name, layer in rules.items()}
    if len(set(ways.values())) < len(ways):
        ways = {name: words.text(layer.title) or name for name, layer in rules.items()}
    label = words("coverage.travel")
    if len(rules) > _MOST_SEGMENTS:
        return str(
            st.selectbox(label, list(rules), format_func=ways.__getitem__, key=key, width=190)
        )
    shown = {name: label_text(way) for name, way in ways.items()}
    return str(
        st.segmented_control(
            label, list(rules), format_func=shown.__getitem__, key=key, required=True
        )
    )


def _limit(analysis: Analysis, layer: Layer, words: Words) -> None:
    """The choice of the limit: a usual one, or any number typed in."""
    key = f"limit-{layer.key}"
    own = own_limit(layer)
    chosen = limit_from(str(st.session_state.get(key) or ""), layer, analysis)
    if chosen is None:
        if st.session_state.get(key):
            st.toast(words("coverage.limit_wrong"))
        chosen = own
    st.session_state[key] = f"{chosen:g}"
    horizon = analysis.study.network.horizon_minutes
    usual = layer.limit.of([m for m in _MINUTES if m <= horizon], list(_METRES))
    options = [f"{value:g}" for value in sorted({*usual, own, chosen})]

    def named(option: str) -> str:
        return limit_words(layer.limit.with_value(float(option)), words)

    st.selectbox(
        words("coverage.limit_metres" if layer.limit.in_metres else "coverage.limit"),
        options,
        format_func=named,
        key=key,
        accept_new_options=True,
        width=150,
    )


def choose_place(view: View, places: Places, words: Words, *, go_to: Callable[[str], None]) -> None:
    """Second line: the path from the whole to the chosen unit, then the level.

    Parameters
    ----------
    go_to : callable
        Called with the id of the unit that was chosen, "" for the whole.
    """
    with st.container(key="crumbs", horizontal=True, vertical_alignment="center", gap="xxsmall"):
        _crumb("", words("coverage.whole"), not view.unit, go_to)
        chain = places.chain(view.unit)
        for place in chain:
            _crumb(place.unit_id, place.name or place.unit_id, place.unit_id == view.unit, go_to)
        _down(places.children(view.unit), words, go_to)
    if len(places.levels) > 1:
        st.session_state.setdefault("level", places.levels[0])
        if st.session_state["level"] not in places.levels:
            st.session_state["level"] = places.levels[0]
        st.segmented_control(
            words("coverage.level"),
            places.levels[::-1],
            format_func=lambda level: label_text(_short(level, words)),
            key="level",
            required=True,
            label_visibility="collapsed",
        )


def _short(level: str, words: Words) -> str:
    """A short name of a level; a level of the study's own keeps its name."""
    return words.get(f"level.{level}", default=sentence(level_name(level, words)))


def _crumb(unit: str, name: str, here: bool, go_to: Callable[[str], None]) -> None:
    # A name from a file is plain text, so Markdown in it is escaped.
    st.button(
        label_text(name),
        key=f"crumb-{unit}",
        type="tertiary",
        disabled=here,
        on_click=go_to,
        args=(unit,),
    )


def _down(children: list[Place], words: Words, go_to: Callable[[str], None]) -> None:
    """The choice of a unit of the next level without the map."""
    if not children:
        return
    names = {place.unit_id: place.name or place.unit_id for place in children}
    st.session_state[_DOWN] = None

    def gone() -> None:
        if unit := st.session_state.get(_DOWN):
            go_to(str(unit))

    st.selectbox(
        words("coverage.down"),
        list(names),
        format_func=names.__getitem__,
        key=_DOWN,
        placeholder=words("coverage.down"),
        label_visibility="collapsed",
        on_change=gone,
        width=150,
    )
