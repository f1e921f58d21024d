"""The ledger of the session's study: who acts, which case is open, and what an action said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from app_pages.shell import state
from app_pages.shell.html import plain, show_html, status
from geo.base.errors import QuarterhourError
from geo.study.load import load_study
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, state_name
from ledger.access import acting_name
from ledger.connection import DATABASE, ID_FILE
from ledger.ledger import Ledger, open_ledger

__all__ = [
    "ACTING",
    "CASE",
    "act",
    "acting",
    "ask_name",
    "close_case",
    "error_html",
    "error_lines",
    "has_ledger",
    "inputs_now",
    "open_case",
    "opened",
    "said",
    "say",
]

# The name is kept for the session, whatever study is open.
ACTING, CASE = "acting_name", "ledger_case"
_SAID = "case_said"
_MOST = 60


def ask_name(words: Words) -> None:
    """The field for the name of the person who acts; who has signed in acts under that name."""
    if name := acting_name():
        show_html(plain(words("cases.acts_as", name=name)))
        return
    st.text_input(
        words("cases.acting"), key=ACTING, max_chars=_MOST, width=180,
        placeholder=words("cases.acting_hint"),
    )  # fmt: skip


def acting() -> str:
    """The name of the person who acts; "" before it was given."""
    return acting_name() or str(st.session_state.get(ACTING) or "").strip()


def has_ledger(folder: Path) -> bool:
    """Whether the study has a ledger, or had one."""
    return any((folder / name).exists() for name in (DATABASE, ID_FILE))


@contextmanager
def opened(*, create: bool = False) -> Iterator[Ledger]:
    """The ledger of this session's study.

    Raises
    ------
    LedgerError, OutputError
        As in `ledger.ledger.open_ledger`.
    """
    with open_ledger(state.study_folder(), create=create) as ledger:
        yield ledger


def act(words: Words, work: Callable[[Ledger], str], *, create: bool = False) -> bool:
    """Do something with the ledger; the next run says what came of it. Whether it was done.

    Parameters
    ----------
    work : callable
        Returns what to say.
    """
    try:
        with opened(create=create) as ledger:
            text = work(ledger)
    except QuarterhourError as error:
        st.session_state[_SAID] = error_html(error, words)
        return False
    say(status(text, good=True))
    return True


def say(html: str) -> None:
    """Show a piece of HTML in the next run."""
    st.session_state[_SAID] = html


def said() -> None:
    """Show what the last action said, once."""
    show_html(str(st.session_state.pop(_SAID, "")))


def error_html(error: QuarterhourError, words: Words) -> str:
    """An error in the words of the page, one line a problem."""
    start, end = '<div class="qh-problem" role="alert">', "</div>"
    return "".join(f"{start}{escape(line)}{end}" for line in error_lines(error, words))


def error_lines(error: QuarterhourError, words: Words) -> list[str]:
    """The problems of an error in the words of the page."""
    lines = [_line(one, words) for one in (error, *getattr(error, "others", ()))]
    return list(dict.fromkeys(lines))


def _line(error: QuarterhourError, words: Words) -> str:
    params = dict(error.params)
    for name in ("state", "to"):
        if name in params:
            params[name] = state_name(str(params[name]), words)
    if "allowed" in params:
        codes = str(params["allowed"]).split(", ")
        params["allowed"] = words("lead.places_join").join(state_name(c, words) for c in codes)
    if "field" in params:
        params["field"] = field_name(str(params["field"]), words)
    own = f"page.error.{error.code}"
    return words(own if own in words else f"error.{error.code}", **params)


def open_case(case: str) -> None:
    """Show one case."""
    st.session_state[CASE] = case


def close_case() -> None:
    """Go back to the list."""
    st.session_state.pop(CASE, None)


@st.cache_data(show_spinner=False, max_entries=8)
def inputs_now(folder: str, key: str) -> str:
    """Hash of the study's inputs; `key` stands for the state of its files."""
    from ledger.evidence.parameters import inputs_hash

    del key
    return inputs_hash(load_study(Path(folder)))
