"""The trial of a session: sites put on the map, closed and moved, and what a click will move."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app_pages.coverage_map.view import Lonlat

__all__ = [
    "clear_trial",
    "close_site",
    "move_next",
    "move_to",
    "moving",
    "put_back",
    "remove_put",
    "reopen_site",
    "stop_moving",
]

_MOVING = "moving"


def close_site(service: str, site: str) -> None:
    """Close a site on trial; a site that was moved closes at its old place."""
    put_back(service, site)
    closed = tuple(st.session_state.get("closed", ()))
    if (service, site) not in closed:
        st.session_state["closed"] = (*closed, (service, site))


def reopen_site(service: str, site: str) -> None:
    """Undo `close_site`."""
    closed = st.session_state.get("closed", ())
    st.session_state["closed"] = tuple(one for one in closed if one != (service, site))


def move_next(what: tuple[Any, ...]) -> None:
    """Let the next click on the map say where something moves.

    Parameters
    ----------
    what : tuple
        ``("put", number)`` with the number of a site on trial from 0, or
        ``("site", service, site_id)``.
    """
    st.session_state[_MOVING] = what
    st.session_state["click"] = "put"


def moving() -> tuple[Any, ...] | None:
    """What the next click on the map moves; None where it puts a new site."""
    found = st.session_state.get(_MOVING)
    return tuple(found) if found else None


def stop_moving() -> None:
    """Let the next click put a new site again."""
    st.session_state[_MOVING] = None


def move_to(place: Lonlat) -> bool:
    """Move what `move_next` named to a place; False where nothing is to move."""
    what = moving()
    stop_moving()
    if what is None:
        return False
    if what[0] == "put":
        put = list(st.session_state.get("put", ()))
        if what[1] >= len(put):
            return False
        put[what[1]] = place
        st.session_state["put"] = tuple(put)
        return True
    _, service, site = what
    put_back(service, site)
    moved = tuple(st.session_state.get("moved", ()))
    st.session_state["moved"] = (*moved, (service, site, *place))
    return True


def put_back(service: str, site: str) -> None:
    """Undo the move of a site."""
    moved = st.session_state.get("moved", ())
    st.session_state["moved"] = tuple(one for one in moved if one[:2] != (service, site))


def remove_put(at: int) -> None:
    """Remove a new site by its number from 0."""
    put = tuple(st.session_state.get("put", ()))
    st.session_state["put"] = put[:at] + put[at + 1 :]
    stop_moving()


def clear_trial() -> None:
    """End the trial: nothing is put, closed or moved, and what comes next is another trial."""
    for name in ("put", "closed", "moved"):
        st.session_state[name] = ()
    for name in ("trial_kept", "trial_name"):
        st.session_state.pop(name, None)
    stop_moving()
