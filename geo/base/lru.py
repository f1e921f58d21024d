"""The latest few results of a kind, kept by what they depend on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Recent"]

_T = TypeVar("_T")


class Recent(Generic[_T]):
    """Keeps `most` results, the latest used; safe between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _T] = OrderedDict()
        self._lock = Lock()

    def get(self, name: Hashable) -> _T | None:
        """The result kept under `name`, None where there is none."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def of(self, name: Hashable, make: Callable[[], _T]) -> _T:
        """The result kept under `name`, made where it is not."""
        kept = self.get(name)
        if kept is not None:
            return kept
        # Not under the lock: two who ask for one thing at once cost twice, not each other's wait.
        made = make()
        with self._lock:
            self._kept[name] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
