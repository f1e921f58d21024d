"""The hash chain of the history: a change of it is detected, not prevented.

Every entry is JSON text; its hash is the SHA-256 of the hash before it and of the text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ChainCheck", "check_chain", "entry_hash", "entry_text"]


@dataclass(frozen=True)
class ChainCheck:
    """What `check_chain` found.

    Attributes
    ----------
    entries : int
    head : str
        The hash of the last entry; empty without entries.
    broken : int or None
        The number of the first entry that does not fit.
    knows_head : bool
        Whether the known head is the hash of an entry; True where none was given.
    """

    entries: int
    head: str
    broken: int | None
    knows_head: bool

    @property
    def holds(self) -> bool:
        """Whether the chain is whole as far as can be known."""
        return self.broken is None and self.knows_head


def entry_text(entry: Mapping[str, Any]) -> str:
    """An entry as the text that is hashed; numbers are text already."""
    return json.dumps(_as_text(entry), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def entry_hash(before: str, text: str) -> str:
    """SHA-256 over the previous hash (in hexadecimal; empty for the first) and the text."""
    return hashlib.sha256((before + text).encode()).hexdigest()


def check_chain(
    rows: Iterable[tuple[int, str, str, str]], *, first_id: str, head: str | None = None
) -> ChainCheck:
    """Check a history from its beginning.

    Parameters
    ----------
    rows : iterable of (int, str, str, str)
        Number, case, text and hash of each entry, in the order of the numbers.
    first_id : str
        The id that the first entry must hold.
    head : str, optional
        A hash that was known before. Without it, a cut-off end cannot be seen.
    """
    before, count, broken = "", 0, None
    knows_head = head is None
    for number, case, text, stored in rows:
        if broken is None and not _fits(number, case, text, stored, before, count + 1, first_id):
            broken = count + 1
        before, count = stored, count + 1
        knows_head = knows_head or stored == head
    if broken is None and not count:
        broken = 1
    if broken is None and not knows_head:
        # The entry that the known head belongs to is gone.
        broken = count + 1
    return ChainCheck(count, before, broken, knows_head)


def _fits(
    number: Any, case: Any, text: Any, stored: Any, before: str, place: int, first_id: str
) -> bool:
    if number != place or not isinstance(text, str) or not isinstance(stored, str):
        return False
    try:
        entry = json.loads(text)
        named = (entry["number"], entry.get("case", ""))
        if entry_hash(before, text) != stored or named != (str(place), str(case)):
            return False
        return place > 1 or entry["id"] == first_id
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _as_text(value: Any) -> Any:
    """Numbers and truth values as text, so that every program writes the same bytes."""
    if isinstance(value, Mapping):
        return {str(key): _as_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
