"""A small cache in memory that keeps the results used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["LruCache"]

_T = TypeVar("_T")


class LruCache(Generic[_T]):
    """Keeps the `most` results that were used last; safe between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> _T | None:
        """The result kept under `key`, None where there is none."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def of(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """The result kept under `key`; where there is none, ``make()``, which is then kept."""
        kept = self.get(key)
        if kept is not None:
            return kept
        # Made outside the lock, so that nobody waits for somebody else's result. Two threads that
        # need the same result at the same time both make it.
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
