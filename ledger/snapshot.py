"""The ledger of a study at one moment, for documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.cases import Case
from ledger.connection import DATABASE
from ledger.ledger import open_ledger
from ledger.states import CLOSED, STATES, WAIVED

__all__ = ["LedgerSnapshot", "read_snapshot"]


@dataclass(frozen=True)
class LedgerSnapshot:
    """Cases and the hash of the last entry of the history.

    Attributes
    ----------
    cases : sequence of Case
        By id.
    head : str
    """

    cases: Sequence[Case]
    head: str

    def within(self, unit_ids: Collection[str]) -> LedgerSnapshot:
        """Only the cases of these units; the head stays that of the whole ledger."""
        return replace(self, cases=[case for case in self.cases if case.unit_id in unit_ids])

    @property
    def by_state(self) -> dict[str, list[Case]]:
        """The cases of each state that occurs, in the order of the work."""
        found: dict[str, list[Case]] = {state: [] for state in STATES}
        for case in self.cases:
            found[case.state].append(case)
        return {state: cases for state, cases in found.items() if cases}

    @property
    def under_way(self) -> list[Case]:
        """Neither closed nor waived: the earliest deadline first, cases without one last."""
        cases = [case for case in self.cases if case.state not in (CLOSED, WAIVED)]
        return sorted(cases, key=lambda case: (not case.fields["due"], case.fields["due"]))


def read_snapshot(folder: Path) -> LedgerSnapshot | None:
    """The ledger of the study in `folder`; None where there is none, or no case in it.

    Raises
    ------
    LedgerError, OutputError
        As `ledger.ledger.open_ledger`.
    """
    if not (folder / DATABASE).is_file():
        return None
    with open_ledger(folder, create=False) as ledger:
        found = LedgerSnapshot(ledger.store.cases(), ledger.store.head())
    return found if found.cases else None
