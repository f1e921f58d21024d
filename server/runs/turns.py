"""Whose run is next: a bounded waiting line that takes turns between users."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from typing import Generic, TypeVar

from geo.base.errors import MachineError

__all__ = ["SERVER", "Turns"]

R = TypeVar("R")

# The user of runs that the server itself starts. It has no limit of its own.
SERVER = ""


class Turns(Generic[R]):
    """Runs that wait and runs that are worked on. Not safe between threads.

    Users take turns: of each user who waits one run is taken, the oldest, before a second one of
    anybody. A user who comes anew is last in the round.

    Parameters
    ----------
    most_waiting : int
        How many runs of all users may wait.
    most_of_user : int
        How many runs a user may have, those that wait and those that are worked on together.
    """

    def __init__(self, *, most_waiting: int, most_of_user: int) -> None:
        self._most_waiting, self._most_of_user = most_waiting, most_of_user
        # In the order in which the users get their next turn. No user has an empty line.
        self._waiting: OrderedDict[str, deque[R]] = OrderedDict()
        self._running: dict[R, str] = {}

    def submit(self, user: str, run: R, *, ahead: int = 0) -> None:
        """Let a run wait for its turn.

        Parameters
        ----------
        user : str
        run : hashable
        ahead : int
            How many of the waiting runs have a worker that is free, and so do not count.

        Raises
        ------
        MachineError
            ``run_queue_full``, or ``run_user_full`` where the user has as many runs as allowed.
        """
        if user != SERVER and self._of(user) >= self._most_of_user:
            raise MachineError("run_user_full", most=self._most_of_user)
        if len(self.waiting) - ahead >= self._most_waiting:
            raise MachineError("run_queue_full", most=self._most_waiting)
        self._waiting.setdefault(user, deque()).append(run)

    def next(self) -> R | None:
        """Take the run whose turn it is; None where none waits."""
        if not self._waiting:
            return None
        user, runs = self._waiting.popitem(last=False)
        run = runs.popleft()
        if runs:
            self._waiting[user] = runs
        self._running[run] = user
        return run

    def ended(self, run: R) -> None:
        """Note that a run that was taken has ended."""
        self._running.pop(run, None)

    def withdraw(self, run: R) -> bool:
        """Take a waiting run out of the line; False where it does not wait."""
        for user, runs in self._waiting.items():
            if run in runs:
                runs.remove(run)
                if not runs:
                    del self._waiting[user]
                return True
        return False

    @property
    def waiting(self) -> list[R]:
        """The waiting runs in the order in which they will be taken."""
        lines = [list(runs) for runs in self._waiting.values()]
        longest = max(map(len, lines), default=0)
        return [line[turn] for turn in range(longest) for line in lines if turn < len(line)]

    @property
    def running(self) -> list[R]:
        """The runs that have been taken and have not ended."""
        return list(self._running)

    def _of(self, user: str) -> int:
        waiting = len(self._waiting.get(user, ()))
        return waiting + Counter(self._running.values())[user]
