"""The kinds of remedy (整治类型): which of the usual vocabularies an office writes."""

from __future__ import annotations

from geo.base.messages import one_line
from ledger.errors import LedgerError
from ledger.ledger import Ledger, checked_name

__all__ = ["KINDS", "choose_kinds", "chosen_kinds"]

# Codes of the kinds, by the name of their vocabulary; the first is used until an office chooses.
KINDS: dict[str, tuple[str, ...]] = {
    "rectification": ("immediate", "by_deadline", "long_term"),
    "city_examination": ("limited_time", "best_effort"),
}
_ACTION = "kinds"


def chosen_kinds(ledger: Ledger) -> str:
    """The name of the vocabulary that the office has chosen."""
    entry = ledger.store.last_entry(_ACTION)
    name = "" if entry is None else str(entry.get("kinds", ""))
    return name if name in KINDS else next(iter(KINDS))


def choose_kinds(ledger: Ledger, name: str, *, by: str) -> None:
    """Choose the vocabulary; cases keep what they have, and the history says who chose.

    Raises
    ------
    LedgerError
        ``ledger_kinds_unknown``, or there is no name of a person.
    """
    author = checked_name(by)
    if name not in KINDS:
        known = ", ".join(KINDS)
        raise LedgerError("ledger_kinds_unknown", value=one_line(name), known=known)
    with ledger.store.writing():
        ledger.store.append({"action": _ACTION, "author": author, "kinds": name})
