"""The rights of whoever acts on a ledger: which cases are seen, which writes are refused.

On a server a person sees and changes the cases of the units that the grants name. Whoever signs in
there is the author of every entry; nobody can write under another name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo.base.access import guard
from geo.base.access.guard import AccessError
from geo.base.messages import one_line

__all__ = ["LedgerAccess", "acting_name"]

_LONGEST_NAME = 60
# Entries that the program makes by itself when a ledger begins.
_OWN = ("begin",)


def acting_name() -> str:
    """The name under which whoever has signed in writes; "" where people give their names."""
    return one_line(guard.user(), _LONGEST_NAME)


class LedgerAccess:
    """What whoever acts may do with the ledger of the study in `folder`.

    Attributes
    ----------
    units : frozenset of str or None
        The units whose cases are seen; None for all cases, also those without a unit.
    """

    def __init__(self, folder: Path) -> None:
        guard.demand("open", folder)
        self._folder = folder
        self._guard = guard.acting()
        self.units = None if self._guard is None else self._guard.unit_ids(folder)
        self._noted: dict[str, set[str]] = {}
        self._shows: dict[str, bool] = {}

    def condition(self, column: str = "unit_id") -> tuple[str, tuple[str, ...]]:
        """The condition of SQL under which a row is seen, and its values."""
        if self.units is None:
            return "TRUE", ()
        ids = json.dumps(sorted(self.units), ensure_ascii=False)
        return f"{column} <> '' AND {column} IN (SELECT value FROM json_each(?))", (ids,)

    def demand_read(self, unit: str) -> None:
        """Refuse to show a case of this unit; "" is a case without one, or the whole ledger."""
        if self._guard is not None:
            self._guard.demand("read", self._folder, unit)

    def shows_people(self, unit: str) -> bool:
        """Whether telephones of a case of this unit are shown: to those who may change it."""
        if self._guard is None:
            return True
        if unit not in self._shows:
            self._shows[unit] = self._guard.is_allowed("write", self._folder, unit)
        return self._shows[unit]

    def demand_write(self, unit: str) -> None:
        """Refuse a change of a case of this unit; "" is a case without one, or the whole ledger."""
        if self._guard is not None:
            self._guard.demand("write", self._folder, unit)

    def demand_sign(self, unit: str) -> None:
        """Refuse the signature on a case of this unit."""
        if self._guard is not None:
            self._guard.demand("sign", self._folder, unit)

    def demand_begin(self) -> None:
        """Refuse to begin a ledger; who may change a part of the study may begin one."""
        unit = min(self.units, default="") if self.units is not None else ""
        self.demand_write(unit)

    def check_change(self, unit_of: Callable[[str], str], case: str) -> None:
        """Refuse a change of a case, whose unit `unit_of` looks up."""
        if self._guard is not None:
            self._guard.demand("write", self._folder, unit_of(case))

    def check_entry(self, entry: Mapping[str, Any], unit_of: Callable[[str], str]) -> None:
        """Refuse an entry of the history under another name, or about what may not be changed.

        Raises
        ------
        AccessError
            ``access_other_name``, or as in `geo.base.access.guard.demand`.
        """
        if self._guard is None or entry["action"] in _OWN:
            return
        author, name = str(entry.get("author", "")), one_line(self._guard.user, _LONGEST_NAME)
        if author != name:
            self._guard.record("ledger_other_name", self._folder, "")
            raise AccessError("access_other_name", who=name, name=one_line(author) or "-")
        case = str(entry.get("case", ""))
        unit = unit_of(case) if case else ""
        self._guard.demand("write", self._folder, unit)
        self._noted.setdefault(str(entry["action"]), set()).add(unit)

    def begin(self) -> None:
        """Before a transaction: the audit log must be writable."""
        self._noted.clear()
        if self._guard is not None:
            self._guard.check_record()

    def committed(self) -> None:
        """After a transaction: one line of the audit log for each kind of entry and unit.

        Entries about many units, as of an import, have one line.
        """
        noted, self._noted = self._noted, {}
        if self._guard is None:
            return
        for action, units in noted.items():
            unit = next(iter(units)) if len(units) == 1 else ""
            self._guard.record(f"ledger_{action}", self._folder, unit)
