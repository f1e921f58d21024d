"""The view in the browser's address, so that a reload keeps it, and a button that copies it.

The entry in the browser's history is replaced: otherwise every click would add an entry, and
"back" would not leave the page. Streamlit reads the address once, when a session begins: a page
takes its values then (`taken`, `restore`), and says which ones the address keeps (`note`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import streamlit as st

from app_pages.shell import state
from app_pages.shell.html import notice, show_html
from layers.words.catalogue import Words

__all__ = [
    "begin_run",
    "ignore",
    "keep_address",
    "restore",
    "show_address",
    "show_ignored",
    "taken",
]

_HTML = (
    '<button type="button"></button><input type="text" readonly hidden><p role="status" hidden></p>'
)
_component = st.components.v2.component(
    "quarterhour_address",
    html=_HTML,
    css=Path(__file__).with_name("address.css").read_text("utf-8"),
    js=Path(__file__).with_name("address.js").read_text("utf-8"),
)
_PAGE, _KEPT = "address_of_page", "address_kept"
_LONGEST_SHOWN = 40


def show_address(query: Mapping[str, str], words: Words) -> None:
    """Write `query` into the address and show the button.

    Parameters
    ----------
    query : mapping
        Names and values as `app_pages.coverage_map.view.view_query` gives them; this session's
        study and language are among them.
    """
    data = {
        "query": dict(query),
        "copy": words("coverage.copy_link"),
        "copied": words("coverage.copied"),
        "local": words("coverage.link_is_local"),
    }
    _component(key="address", data=data, width="content")


# -- every other page ---------------------------------------------------------------------------


def taken(*names: str) -> dict[str, str]:
    """The values of these names in the address of a new session; each is given out once."""
    return state.take_address_query(names)


def restore(name: str, key: str, known: Collection[str]) -> None:
    """Set a widget from the address of a new session, if it has a value that the widget knows.

    Parameters
    ----------
    name : str
        In the address.
    key : str
        Of the widget's value in the session.
    known : collection of str
        The values that it can have.
    """
    for value in taken(name).values():
        if value in known:
            st.session_state[key] = value
        else:
            ignore(name, value)


def ignore(name: str, value: str) -> None:
    """Remember a value of the address that this study does not have."""
    shown = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
    state.ignored_in_address().append(f"{name}={shown}")


def begin_run(page: str) -> None:
    """Say which page is run, by its part of the address."""
    st.session_state[_PAGE], st.session_state[_KEPT] = page, False


def keep_address(**filters: str | None) -> None:
    """Write study, language, layer and the page's filters into the address, once a run.

    Without them a reload or a bookmark of the page would open the study that the server was
    started on. A page without filters need not call it. While a page is not ready, its address
    keeps what it came with. Empty filters are left out.
    """
    if st.session_state.get(_KEPT, False):
        return
    st.session_state[_KEPT] = True
    query = {"study": state.study_name()} | state.waiting_query(st.session_state.get(_PAGE, ""))
    query |= {"lang": state.language()}
    query |= {"layer": state.chosen_layer() or query.get("layer", "")}
    query |= {name: value for name, value in filters.items() if value}
    with st.container(key="address-box"):
        _component(
            key="address-kept",
            data={"query": {name: value for name, value in query.items() if value}},
            width="content",
        )


def show_ignored(page: str, words: Words) -> None:
    """One line on the values of the address that were ignored, until it is read or left."""
    parts = state.ignored_in_address(page)
    if not parts:
        return
    with st.container(key="ignored", horizontal=True, vertical_alignment="center", gap="small"):
        text = words("address.ignored", parts=words("lead.places_join").join(parts))
        with st.container(width="stretch"):
            show_html(notice(text))
        st.button(words("tour.done"), key="ignored_read", on_click=parts.clear)
