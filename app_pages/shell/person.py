"""Who uses a session."""

from __future__ import annotations

import logging
from urllib.parse import unquote

import streamlit as st

from geo.base.errors import OutputError
from server.audit import SIGNED_IN, note
from server.current import current_config
from server.person import LOCAL, SESSION_ADDRESS, SESSION_USER, Person

__all__ = ["begin_run", "current_person", "signs_in", "signs_out"]

_OWNER = "session_owner"


def current_person() -> Person:
    """Who uses this session: the user that the sign-in of the server has found.

    Without a server (QUARTERHOUR_SERVER is not set) it is the one local user.

    Raises
    ------
    PermissionError
        Nobody has signed in. The sign-in lets no such session begin.
    """
    mode = _mode()
    if not mode:
        return LOCAL
    user = unquote(st.context.headers.get(SESSION_USER, ""))
    if user:
        return Person(user, st.context.headers.get(SESSION_ADDRESS, ""))
    if mode == "none":
        return LOCAL
    raise PermissionError("nobody has signed in")


def signs_in() -> bool:
    """Whether users of this server sign in, so that pages name them."""
    return _mode() not in ("", "none")


def signs_out() -> bool:
    """Whether a page can sign its user out; behind a header the office's web server does."""
    return _mode() == "oidc"


def _mode() -> str:
    """How users of this server sign in; "" on a laptop."""
    config = current_config()
    return "" if config is None else config.auth.mode


def begin_run() -> None:
    """Begin a run of the script: nothing of a session goes on to another person.

    A browser that takes up a lost session names it by its id; somebody else may have signed in
    meanwhile.
    """
    person = current_person()
    if st.session_state.get(_OWNER, person.user) != person.user:
        st.session_state.clear()
    if _OWNER not in st.session_state and signs_in():
        _note_sign_in(person)
    st.session_state[_OWNER] = person.user


def _note_sign_in(person: Person) -> None:
    """Enter a new session into the audit log.

    Without the log pages can still be read: what changes something is refused and says why.
    """
    config = current_config()
    assert config is not None
    try:
        note(config, person, SIGNED_IN)
    except OutputError as error:
        logging.getLogger(__name__).error("%s", error)
