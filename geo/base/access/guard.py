"""The guard of whoever acts now, asked by every function that opens, reads or changes a study.

The engine knows no users. An application that serves several people installs a function that gives
the guard of whoever acts; without one (a command, a notebook, a laptop) everything is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, Protocol

from geo.base.errors import StudyError

__all__ = [
    "AccessError",
    "Action",
    "Guard",
    "acting",
    "acting_as",
    "demand",
    "exporting",
    "install",
    "is_allowed",
    "refusal",
    "unit_ids",
    "user",
    "writing",
]

Action = Literal["open", "read", "write", "sign", "create", "rename", "delete"]
"""What a person does with a study.

``open`` is to see some part of it, ``read`` all of it or all of a unit; ``write`` is to change its
inputs, scenarios or cases; ``sign`` is to close a case by a signature. ``create``, ``rename`` and
``delete`` are about its folder.
"""


class AccessError(StudyError):
    """A person may not do this with the study. Pages show it as they show a study's problems."""


class Guard(Protocol):
    """What one person may do, and the record of what the person does."""

    @property
    def user(self) -> str:
        """The name of the person."""
        ...

    def is_allowed(self, action: Action, folder: Path, unit: str) -> bool:
        """Whether the person may do this; `unit` "" stands for the whole study."""
        ...

    def refusal(self, action: Action, folder: Path, unit: str) -> AccessError | None:
        """Why the person may not do this, without a record of it; None where it is allowed."""
        ...

    def demand(self, action: Action, folder: Path, unit: str) -> None:
        """Raise `AccessError` unless the person may do this."""
        ...

    def unit_ids(self, folder: Path) -> frozenset[str] | None:
        """The units of the study that the person may see; None for all of them."""
        ...

    def check_record(self) -> None:
        """Raise `OutputError` if nothing can be recorded now."""
        ...

    def record(self, what: str, folder: Path, unit: str) -> None:
        """Record what the person has done with the study in `folder`."""
        ...


class _Unset:
    """No guard has been set in this context; None would mean that everything is allowed."""


_UNSET = _Unset()
_GUARD: ContextVar[Guard | _Unset | None] = ContextVar("guard", default=_UNSET)
_find: list[Callable[[], Guard | None]] = []


def install(find: Callable[[], Guard | None] | None) -> None:
    """Set the function that gives the guard of whoever acts now; None removes it.

    It is called in every thread that acts, and gives None where everything is allowed.
    """
    _find[:] = [] if find is None else [find]


def acting() -> Guard | None:
    """The guard of whoever acts now; None where everything is allowed."""
    own = _GUARD.get()
    if not isinstance(own, _Unset):
        return own
    return _find[0]() if _find else None


@contextmanager
def acting_as(guard: Guard | None) -> Iterator[None]:
    """Act for the person of `guard` in this context, as the thread of a job does.

    With None, everything is allowed in it.
    """
    token = _GUARD.set(guard)
    try:
        yield
    finally:
        _GUARD.reset(token)


def user() -> str:
    """The name of whoever acts now; "" where people are not told apart."""
    guard = acting()
    return guard.user if guard is not None else ""


def unit_ids(folder: Path) -> frozenset[str] | None:
    """The units of a study that whoever acts may see; None for all of them."""
    guard = acting()
    return None if guard is None else guard.unit_ids(folder)


def is_allowed(action: Action, folder: Path, unit: str = "") -> bool:
    """Whether whoever acts now may do this with the study in `folder`."""
    guard = acting()
    return guard is None or guard.is_allowed(action, folder, unit)


def refusal(action: Action, folder: Path, unit: str = "") -> AccessError | None:
    """Why whoever acts now may not do this; None where it is allowed.

    For what is shown beside a button; nothing is recorded. `demand` stands where the thing is done.
    """
    guard = acting()
    return None if guard is None else guard.refusal(action, folder, unit)


def demand(action: Action, folder: Path, unit: str = "") -> None:
    """Refuse what whoever acts now may not do.

    Raises
    ------
    AccessError
    """
    guard = acting()
    if guard is not None:
        guard.demand(action, folder, unit)


@contextmanager
def writing(folder: Path, what: str, unit: str = "", *, action: Action = "write") -> Iterator[None]:
    """Refuse a change that is not allowed, and record it once it has been made.

    Parameters
    ----------
    folder : Path
        The study's folder.
    what : str
        What the change is called in the record.
    unit : str
        The unit that it changes; "": the whole study.

    Raises
    ------
    AccessError
        Whoever acts may not do this.
    OutputError
        It could not be recorded. Where the record cannot be written beforehand, nothing is changed.
    """
    guard = acting()
    if guard is None:
        yield
        return
    guard.demand(action, folder, unit)
    guard.check_record()
    yield
    guard.record(what, folder, unit)


def exporting(folder: Path, what: str, unit: str = "") -> None:
    """Record that data that a person may see leave the server, for example as a download.

    Raises
    ------
    AccessError, OutputError
        As in `writing`.
    """
    guard = acting()
    if guard is not None:
        guard.demand("open", folder, unit)
        guard.record(what, folder, unit)
