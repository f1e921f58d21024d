"""What a worker process is asked to do, and the reports that it sends while it does it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from geo.base.access.guard import acting_as
from geo.base.progress import Progress, ProgressState
from server.access import PersonGuard
from server.person import Person

__all__ = ["RunProgress", "Task"]


@dataclass(frozen=True)
class Task:
    """A function that a worker calls, and its arguments.

    Attributes
    ----------
    function : str
        ``module:function``; called with a `RunProgress` and the arguments.
    arguments : mapping
        By name. They are pickled, so they should be small.
    keep : str
        Key under which the result is kept in the cache (`server.runs.results`); "" for a result
        that only the caller needs.
    person : Person, optional
        Whose rights hold while it is done; None where everything is allowed.
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    keep: str = ""
    person: Person | None = None

    def call(self, progress: RunProgress) -> Any:
        """Do the task in this process, with the rights of its person."""
        module, _, name = self.function.partition(":")
        with acting_as(None if self.person is None else PersonGuard(self.person)):
            return getattr(importlib.import_module(module), name)(progress, **self.arguments)


class RunProgress(Progress):
    """The progress of a run, which can also report values and be asked to stop early.

    A cancel ends the run without a result. A run that is asked to stop may still return the best
    that it has, as a solver does.

    Parameters
    ----------
    listener : callable, optional
        As in `Progress`.
    teller : callable, optional
        Called with each value that the work tells.
    """

    def __init__(
        self,
        listener: Callable[[ProgressState], None] | None = None,
        teller: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(listener)
        self._teller = teller
        self._stop = Event()

    def tell(self, value: Any) -> None:
        """Report a value that is more than steps, such as the best choice so far."""
        if self._teller is not None:
            self._teller(value)

    @property
    def stopped(self) -> bool:
        """True once the work has been asked to stop with what it has."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the work to stop with what it has."""
        self._stop.set()
