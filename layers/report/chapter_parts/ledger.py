"""The chapter of measures from the ledger, and its tables among the annexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from layers.report.blocks import Block, Paragraph, Table, with_ref
from layers.words.catalogue import Words
from layers.words.figure_keys import figure
from layers.words.lines.ledger import field_name, state_name
from ledger.cases import Case
from ledger.snapshot import LedgerSnapshot
from ledger.states import CLOSED

__all__ = ["ledger_annexes", "ledger_chapter", "ledger_note"]

# More rows would make the report too long; the ledger's own workbook has all of them.
_MEASURES, _LISTED = 50, 300
# Field of a case → share of the width. No telephones: a report is handed on.
_PLANNED = {"number": 0.11, "area": 0.15, "service": 0.13, "measures": 0.25, "lead": 0.13,
            "due": 0.12, "state": 0.11}  # fmt: skip
_LISTS = {
    "problems": {"number": 0.11, "area": 0.15, "service": 0.13, "problem": 0.3, "people": 0.1,
                 "kind": 0.1, "state": 0.11},
    "duties": {"number": 0.12, "area": 0.18, "lead": 0.2, "support": 0.2, "leader": 0.15,
               "due": 0.15},
}  # fmt: skip


def ledger_chapter(found: LedgerSnapshot, words: Words, today: date) -> list[Block]:
    """Counts by state, and the cases under way with their measures and deadlines."""
    total, closed = len(found.cases), len(found.by_state.get(CLOSED, ()))
    overdue = sum(case.is_overdue(today) for case in found.cases)
    eligible = sum(case.eligible and case.state != CLOSED for case in found.cases)
    counts = {"total": total, "closed": closed, "overdue": overdue, "eligible": eligible}
    text = words(
        "annexes.chapter.counts",
        day=words.day(today),
        closed_share=figure("ledger.closed_share", closed / total if total else None, words),
        ref="{ref}",
        **{name: figure(f"ledger.{name}", value, words) for name, value in counts.items()},
    )
    blocks: list[Block] = [Paragraph(with_ref(text, "states")), _states(found, words, today)]
    cases = found.under_way
    if not cases:
        return blocks
    text = words("annexes.chapter.measures", ref="{ref}")
    caption = words("annexes.chapter.planned", rest=_rest(len(cases), _MEASURES, words))
    table = _cases("measures", caption, cases[:_MEASURES], _PLANNED, words, today)
    return [*blocks, Paragraph(with_ref(text, table.key)), table]


def ledger_annexes(found: LedgerSnapshot, words: Words, today: date) -> list[Block]:
    """The problems, and who is responsible for them."""
    rest = _rest(len(found.cases), _LISTED, words)
    return [
        _cases(
            f"ledger-{name}",
            words(f"annexes.chapter.{name}", rest=rest),
            found.cases[:_LISTED],
            columns,
            words,
            today,
        )
        for name, columns in _LISTS.items()
    ]


def ledger_note(found: LedgerSnapshot, words: Words) -> str:
    """The head of the history, by which a later change of the ledger can be detected."""
    return words("ledger.sheet.head", head=found.head)


def _rest(count: int, most: int, words: Words) -> str:
    """That a table has not all cases; empty where it has."""
    return words("annexes.chapter.rest", shown=words.number(most)) if count > most else ""


def _states(found: LedgerSnapshot, words: Words, today: date) -> Table:
    rows = []
    for state, cases in found.by_state.items():
        counts = {
            "count": len(cases),
            "overdue": sum(case.is_overdue(today) for case in cases),
            "eligible": sum(case.eligible for case in cases),
        }
        cells = [figure(f"ledger.{state}.{name}", n, words) for name, n in counts.items()]
        rows.append([state_name(state, words), *cells])
    header = [words(f"annexes.header.{name}") for name in ("state", "count", "overdue")]
    header.append(field_name("eligible", words))
    caption = words("annexes.chapter.states")
    return Table("states", caption, header, rows, (0.34, 0.22, 0.22, 0.22), (1, 2, 3))


def _cases(
    key: str,
    caption: str,
    cases: Sequence[Case],
    columns: dict[str, float],
    words: Words,
    today: date,
) -> Table:
    rows = [[_cell(case, name, words, today) for name in columns] for case in cases]
    header = [field_name(name, words) for name in columns]
    return Table(key, caption, header, rows, tuple(columns.values()))


def _cell(case: Case, name: str, words: Words, today: date) -> str:
    if name != "state":
        return case.value(name)
    state = state_name(case.state, words)
    return words("annexes.overdue", state=state) if case.is_overdue(today) else state
