"""One run: what its user sees of it while it waits and while it is worked on, and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from geo.base.errors import MachineError
from geo.base.progress import ProgressState
from server.runs.results import load_result
from server.runs.task import Task

__all__ = ["Run"]


@dataclass(eq=False)
class Run:
    """A task of a user. Made by `server.runs.queue.RunQueue.submit`.

    Attributes
    ----------
    user : str
    task : Task
    folder, key : Path, str
        Where its result stands (`server.runs.results`).
    state : ProgressState
        The last report; its stage is "" until a worker has begun.
    told : list
        The last value that the work told, if any.
    """

    user: str
    task: Task
    folder: Path
    key: str
    state: ProgressState = field(default_factory=ProgressState)
    told: list[Any] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    _ended: Event = field(default_factory=Event)
    _error: BaseException | None = None
    _value: list[Any] = field(default_factory=list)
    _loading: Lock = field(default_factory=Lock)
    _on_load: list[Callable[[], None]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """True when it has ended, in whatever way."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it has ended."""
        return self._ended.wait(timeout_s)

    def end(self, error: BaseException | None = None) -> None:
        """Note how it ended; the first note counts."""
        if not self.done:
            self._error = error
            self._ended.set()

    def result(self, timeout_s: float | None = None) -> Any:
        """Wait for the result and read it, or raise the error of the run.

        Raises
        ------
        TimeoutError
            After `timeout_s`.
        MachineError
            A limit, or a worker that ended (``run_...``).
        """
        if not self.wait(timeout_s):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        with self._loading:
            if not self._value:
                try:
                    self._value.append(load_result(self.folder, self.key))
                except LookupError as error:
                    raise MachineError("run_result_lost") from error
                for done in self._on_load:
                    done()
            return self._value[0]
