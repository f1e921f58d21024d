"""A case: the columns that offices keep, and what the program keeps beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geo.base.messages import one_line
from ledger.errors import LedgerError

__all__ = ["FIELDS", "PERSONAL", "TEXT_FIELDS", "Case", "checked_values", "clean_text", "iso_date"]

# The columns of an office's ledger, in its order.
FIELDS = (
    "number", "source", "found_on", "area", "service", "problem", "people", "target", "measures",
    "kind", "lead", "support", "leader", "contact", "due", "progress", "shares", "site_check",
    "notice", "acceptance", "approval", "state", "note",
)  # fmt: skip
TEXT_FIELDS = tuple(name for name in FIELDS if name != "state")
# Names and telephones of people: not in public lists, and on a server for those alone who work on
# the case.
PERSONAL = ("contact",)
# Written by `move`, `sign` and `verify` alone.
_FIXED = {"state": "move", "approval": "sign"}
_DATES = ("found_on", "due")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?"
)
_LONGEST = 10_000


@dataclass(frozen=True)
class Case:
    """One case as the store holds it.

    Attributes
    ----------
    id : str
    version : int
        It grows with every change of a field or of the state.
    state : str
    eligible : bool
        Whether recomputed coverage shows that the gap is gone.
    corrected : bool
        数据更正: corrected data have changed the coverage of its demand.
    had_conflict : bool
    back_to : str
        Where a deferred case was before.
    layer, unit_id, parents, cause, run : str
        Empty in a case without a gap. `parents` is the chain of names of the parents; `run` names
        the computation that the case was opened from.
    uncovered : float
        Weight that was uncovered at the opening, without `data_doubt`.
    share_before, share_after : float
        Of the unit by time, at the opening and at the last `verify`; NaN if unknown.
    evidence : str
        Hash of the inputs of the last `verify`.
    points : int
        Number of its demand points.
    fields : dict of str to str
        `TEXT_FIELDS`.
    """

    id: str
    version: int
    state: str
    eligible: bool = False
    corrected: bool = False
    had_conflict: bool = False
    back_to: str = ""
    layer: str = ""
    unit_id: str = ""
    parents: str = ""
    cause: str = ""
    run: str = ""
    analysis_id: str = ""
    uncovered: float = float("nan")
    share_before: float = float("nan")
    share_after: float = float("nan")
    evidence: str = ""
    points: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """One of `FIELDS`."""
        return self.state if name == "state" else self.fields[name]

    def is_overdue(self, today: date) -> bool:
        """Whether its deadline has passed and it is neither closed nor waived."""
        due = self.fields.get("due", "")
        # An imported ledger may hold other words: 长期.
        return (
            due[:1].isdigit() and due < today.isoformat() and self.state not in ("closed", "waived")
        )

    def record(self) -> dict[str, Any]:
        """All of it in JSON's types; missing numbers are None."""

        def number(value: float) -> float | None:
            return value if value == value else None

        return {
            "id": self.id,
            "state": self.state,
            "eligible": self.eligible,
            "unit_id": self.unit_id,
            "layer": self.layer,
            "version": self.version,
            "corrected": self.corrected,
            "had_conflict": self.had_conflict,
            "cause": self.cause,
            "uncovered": number(self.uncovered),
            "points": self.points,
            "share_before": number(self.share_before),
            "share_after": number(self.share_after),
            "analysis_id": self.analysis_id,
            **{name: self.fields[name] for name in TEXT_FIELDS},
        }


def checked_values(given: Mapping[str, str], *, case: str = "") -> dict[str, str]:
    """The fields that a person sets: known ones, as text, dates as 2026-03-01.

    Raises
    ------
    LedgerError
        ``ledger_field_unknown``, ``ledger_field_fixed``, ``ledger_date``, ``ledger_too_long``; all
        problems at once.
    """
    found: dict[str, str] = {}
    problems: list[LedgerError] = []
    for name, value in given.items():
        try:
            found[name] = _checked(name, value, case)
        except LedgerError as error:
            problems.append(error)
    if problems:
        raise LedgerError.of(problems)
    return found


def _checked(name: str, value: str, case: str) -> str:
    if name not in FIELDS:
        raise LedgerError("ledger_field_unknown", field=one_line(name), known=", ".join(FIELDS))
    if name in _FIXED:
        raise LedgerError("ledger_field_fixed", id=case, field=name, command=_FIXED[name])
    text = clean_text(value)
    if len(text) > _LONGEST:
        raise LedgerError("ledger_too_long", field=name, most=_LONGEST)
    if name in _DATES and text:
        return iso_date(text, name)
    return text


def clean_text(value: str) -> str:
    """A text without the signs that no field can hold.

    SQLite would end a text at a NUL, and lone surrogates are no UTF-8.
    """
    return "".join(
        " " if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs") else sign
        for sign in value.replace("\r\n", "\n")
    ).strip()


def iso_date(text: str, name: str) -> str:
    """A date as 2026-03-01, from the forms that offices write.

    Raises
    ------
    LedgerError
        ``ledger_date``.
    """
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise LedgerError("ledger_date", field=name, value=one_line(text)) from error
