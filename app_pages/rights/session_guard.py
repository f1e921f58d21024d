"""The guard of this session's person, which the engine asks before it opens or changes a study."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx

from app_pages.shell import person
from geo.base.access import guard
from server.access import NOBODY, PersonGuard
from server.current import current_config

__all__ = ["install_guard", "session_guard"]


def install_guard() -> None:
    """Let the engine ask `session_guard` from now on, in all threads of this process."""
    guard.install(session_guard)


def session_guard() -> guard.Guard | None:
    """The guard of whoever acts in this thread; None on a laptop, where everything is allowed.

    Callbacks of widgets and fragments run outside the script's body, so the person is asked for at
    each check. A thread without a session has no rights, unless it acts for somebody
    (`geo.base.access.guard.acting_as`), as jobs do.
    """
    if current_config() is None:
        return None
    if get_script_run_ctx(suppress_warning=True) is None:
        return PersonGuard(NOBODY)
    return PersonGuard(person.current_person())
