"""The collection of unreachable objects in the server's process."""

from __future__ import annotations

import gc

__all__ = ["set_up_collection", "settle_memory"]

# Objects that come to be before the youngest are looked through. A run of a page makes some
# ten thousand; Python's own 700 would look a hundred times.
_YOUNG = 20_000
_OLDER = 20


def set_up_collection() -> None:
    """Look through objects less often; `settle_memory` then takes out those that stay."""
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)


def settle_memory() -> None:
    """Leave all that is in memory now out of later collections.

    Modules and the first study are a million objects that stay as long as the server. Each full
    collection would look through them for 0.2 s, during which no session gets an answer.
    """
    gc.collect()
    gc.freeze()
