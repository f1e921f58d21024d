"""Takes the rows of an office's ledger into the ledger as cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ledger.cases import TEXT_FIELDS, Case
from ledger.ledger import Ledger, checked_name
from ledger.office_list.read import Listed
from ledger.states import CLOSED, DEFERRED, OPEN

__all__ = ["Imported", "import_cases"]


@dataclass(frozen=True)
class Imported:
    """What `import_cases` did with the rows, as ids of cases."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    # Cases whose state in the workbook is another one than here, where only commands move it.
    state_kept: list[tuple[str, str]] = field(default_factory=list)


def import_cases(
    ledger: Ledger, listed: Listed, *, by: str, source: str, closed_note: Callable[[str], str]
) -> Imported:
    """Take the rows of an office's ledger as cases.

    A row whose number the ledger has changes the fields of that case, and a row without a number
    that is there already in all its fields adds nothing. No case is closed by an import: what the
    office calls closed is `accepted` here, and its own word goes into the note.

    Parameters
    ----------
    source : str
        The file, for the history.
    closed_note : callable
        Words the note about a state that an import cannot give.
    """
    author = checked_name(by)
    result = Imported()
    store = ledger.store
    with store.writing():
        known = store.cases()
        by_number = {case.fields["number"]: case for case in known}
        alike = {_content(case): case for case in known}
        for row in listed.rows:
            state, fields = _state_and_fields(row, closed_note)
            number = fields.get("number", "")
            old = by_number.get(number) if number else alike.get(_row_content(fields))
            if old is None:
                own = {"state": state or OPEN, "back_to": OPEN if state == DEFERRED else ""}
                result.added.append(
                    ledger.enter(fields, own, author=author, reason=source, dated=False)
                )
                continue
            _update(ledger, old, fields, author, source, result)
            if state and state != old.state:
                result.state_kept.append((old.id, state))
        store.append(
            {
                "action": "import",
                "author": author,
                "file": source,
                "added": len(result.added),
                "changed": len(result.changed),
                "same": len(result.same),
            }
        )
    return result


def _state_and_fields(
    row: Mapping[str, str], closed_note: Callable[[str], str]
) -> tuple[str, dict[str, str]]:
    fields = {name: row[name] for name in TEXT_FIELDS if row.get(name)}
    state, text = row.get("state", ""), row.get("state_text", "")
    if text and (state in ("", CLOSED)):
        note = closed_note(text)
        if note not in fields.get("note", "").split("\n"):
            fields["note"] = "\n".join(part for part in (fields.get("note", ""), note) if part)
    return ("accepted" if state == CLOSED else state), fields


def _update(
    ledger: Ledger,
    old: Case,
    fields: Mapping[str, str],
    author: str,
    source: str,
    result: Imported,
) -> None:
    # Of a case with a gap, the program writes the shares; a signature is nobody's import.
    fixed = {"approval"} | ({"shares"} if old.layer else set())
    changed = {
        name: value
        for name, value in fields.items()
        if value != old.fields[name] and name not in fixed
    }
    if changed:
        ledger.write(old, changed, author=author, action="import", reason=source)
        result.changed.append(old.id)
    else:
        result.same.append(old.id)


def _content(case: Case) -> tuple[tuple[str, str], ...]:
    return _row_content(case.fields)


def _row_content(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, fields[name]) for name in TEXT_FIELDS if name != "number" and fields.get(name)
    )
