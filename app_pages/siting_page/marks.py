"""Marks on the map: candidates that must or must not be chosen, and existing sites that close."""

from __future__ import annotations

import streamlit as st

__all__ = ["CLICKS", "clear_marks", "close_site", "closed_sites", "mark", "marks", "reopen_site"]

# What a click on the map does.
CLICKS = ("look", "must", "forbidden")
_MARKS, _SOURCE, _CLOSED = "siting_marks", "siting_source", "siting_closed"


def marks(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the candidates of a source that must, and that must not be chosen."""
    st.session_state[_SOURCE] = source
    found: dict[str, str] = st.session_state.get(_MARKS, {}).get(source, {})
    ids = [sorted(name for name, state in found.items() if state == kind) for kind in CLICKS[1:]]
    return tuple(ids[0]), tuple(ids[1])


def mark(candidate: str, kind: str) -> None:
    """Mark a candidate of the source shown; a second click with the same mark takes it away."""
    source = st.session_state.get(_SOURCE, "")
    known = st.session_state.get(_MARKS, {})
    found = dict(known.get(source, {}))
    if found.get(candidate) == kind:
        del found[candidate]
    else:
        found[candidate] = kind
    st.session_state[_MARKS] = {**known, source: found}


def closed_sites(layer: str) -> tuple[str, ...]:
    """Existing sites of a layer that close in the question."""
    return tuple(sorted(site for of, site in st.session_state.get(_CLOSED, ()) if of == layer))


def close_site(layer: str, site: str) -> None:
    """Let an existing site close."""
    closed = tuple(st.session_state.get(_CLOSED, ()))
    if (layer, site) not in closed:
        st.session_state[_CLOSED] = (*closed, (layer, site))


def reopen_site(layer: str, site: str) -> None:
    """Undo `close_site`."""
    closed = st.session_state.get(_CLOSED, ())
    st.session_state[_CLOSED] = tuple(one for one in closed if one != (layer, site))


def clear_marks() -> None:
    """Remove all marks and closings."""
    st.session_state[_MARKS], st.session_state[_CLOSED] = {}, ()
