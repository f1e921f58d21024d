"""Which sites count for whom, as widgets: the scope of a site, and how many are needed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from geo.study.model import Layer, Study
from geo.study.travel_keys import ANY_SCOPE, UNIT_SCOPE
from layers.words.catalogue import Words
from layers.words.nouns import level_name

__all__ = ["site_choice_keys"]


def site_choice_keys(
    prefix: str, study: Study, former: Layer | None, words: Words
) -> dict[str, Any]:
    """Show the widgets; returns the keys of study.toml.

    Parameters
    ----------
    prefix : str
        Of the widgets' keys.
    former : Layer, optional
        The layer that the widgets show first.
    """
    keys: dict[str, Any] = {}
    if former is None or former.rule == "reach":
        keys |= _scope(prefix, study, former, words)
    needed = st.number_input(
        words("data.at_least"),
        min_value=1,
        max_value=99,
        value=former.sites_needed if former else 1,
        help=words("data.at_least_help"),
        key=f"{prefix}-at-least",
    )
    return keys | ({"at_least": int(needed)} if needed > 1 else {})


def _scope(prefix: str, study: Study, former: Layer | None, words: Words) -> dict[str, str]:
    levels = {UNIT_SCOPE: study.units.level} | {name: name for name in study.units.parents}
    before = (former.scope if former else None) or ANY_SCOPE
    before = UNIT_SCOPE if before == study.units.level else before
    options = [ANY_SCOPE, *levels]
    scope = st.selectbox(
        words("data.scope"),
        options,
        index=options.index(before),
        format_func=lambda name: (
            words("data.scope_any")
            if name == ANY_SCOPE
            else words("data.scope_level", level=level_name(levels[name], words))
        ),
        help=words("data.scope_help"),
        key=f"{prefix}-scope",
    )
    return {} if scope == ANY_SCOPE else {"scope": str(scope)}
