"""Errors of the ledger; their texts are in the wording catalogues (``ledger.po``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.base.errors import QuarterhourError

__all__ = ["ConflictError", "LedgerError"]


class LedgerError(QuarterhourError, ValueError):
    """The ledger refuses what was asked, or cannot be used (exit code 1)."""

    exit_code = 1
    others: tuple[LedgerError, ...] = ()

    @classmethod
    def of(cls, problems: list[LedgerError]) -> LedgerError:
        """Join several problems into one error to raise; `problems` is not empty."""
        problems[0].others = tuple(problems[1:])
        return problems[0]


class ConflictError(LedgerError):
    """Someone has changed the case since the version that a write was made on.

    Attributes
    ----------
    case : str
        The id of the case.
    version : int
        The version that the case has now.
    fields : dict
        By field: base, theirs, mine. Nothing of `mine` was written to the case; the history keeps
        it.
    """

    case: str = ""
    version: int = 0
    fields: Mapping[str, tuple[str, str, str]] = {}

    @classmethod
    def between(
        cls, case: str, version: int, fields: Mapping[str, tuple[str, str, str]], **who: Any
    ) -> ConflictError:
        """One error for each field, joined."""
        found = [
            ConflictError(
                "ledger_conflict", id=case, field=name, base=base, theirs=theirs, mine=mine, **who
            )
            for name, (base, theirs, mine) in fields.items()
        ]
        first = found[0]
        first.others = tuple(found[1:])
        first.case, first.version, first.fields = case, version, dict(fields)
        return first
