"""The ledger in words: the fields of new cases, lists, one case, its history, what verify found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geo.base.messages import one_line
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.phrases import cause_name, rule_key, rule_phrase, service_title, unit_word
from ledger.cases import FIELDS, Case
from ledger.states import STATES

if TYPE_CHECKING:  # the engine takes seconds to load
    from ledger.evidence.open_cases import Gap, GapTexts
    from ledger.evidence.verify import Verified
    from ledger.office_list.read import Listed
    from ledger.office_list.take_in import Imported

__all__ = [
    "case_lines", "case_rows", "field_name", "gap_texts", "history_lines", "imported_lines",
    "share_text",
    "state_code", "state_name", "verified_lines",
]  # fmt: skip


def state_name(state: str, words: Words) -> str:
    """A state in words: 待交办, open."""
    return words.get(f"ledger.state.{state}", default=state)


def state_code(text: str, words: Words) -> str:
    """The code of a state that is given as a code or in words; an unknown one as it is."""
    for state in STATES:
        if text in (state, state_name(state, words)):
            return state
    return text


def field_name(name: str, words: Words) -> str:
    """A field in words: 问题编号, number."""
    return words.get(f"ledger.field.{name}", default=words.get(f"ledger.{name}", default=name))


def share_text(words: Words, before: float, after: float | None = None) -> str:
    """The field `shares`: the share of the unit before, and after where it is known."""
    later = "" if after is None else words.share(after)
    return f"{words.share(before)}→{later}"


def gap_texts(study: Study, words: Words) -> GapTexts:
    """What the fields of a case say that is opened from a gap."""

    def texts(gap: Gap) -> Mapping[str, str]:
        layer = study.layer(gap.layer)
        limit = rule_phrase(layer, words)
        target = rule_key(layer, "target", words, plain="ledger.case.target")
        service = service_title(study, layer.service_key, words)
        area = " ".join([*gap.parents, gap.unit_name]) if gap.unit_id else ""
        return {
            "source": words("ledger.case.source", study=words.text(study.study.name)),
            "area": area or words("ledger.case.outside"),
            "service": service,
            "problem": words(
                rule_key(layer, "problem", words, plain="ledger.case.problem"),
                points=words.number(gap.points),
                limit=limit,
                service=service,
                cause=cause_name(gap.cause, words, layer),
            ),
            "people": words(
                "ledger.case.people",
                amount=words.number(gap.uncovered),
                unit=unit_word(study, words, layer),
            ),
            "target": words(target, limit=limit, service=service),
            "shares": share_text(words, gap.share),
        }

    return texts


def _truth(value: bool, words: Words) -> str:
    return words("ledger.yes" if value else "ledger.no")


def case_rows(cases: Sequence[Case], words: Words) -> list[list[str]]:
    """A header and one row for each case."""
    head = ["id", "number", "state", "eligible", "unit", "layer", "version", "due", "area"]
    rows = [[field_name(name, words) for name in head]]
    for case in cases:
        rows.append(
            [
                case.id,
                case.fields["number"],
                state_name(case.state, words),
                _truth(case.eligible, words),
                case.unit_id,
                case.layer,
                str(case.version),
                case.fields["due"],
                case.fields["area"],
            ]
        )
    return rows


def case_lines(case: Case, words: Words) -> list[str]:
    """All fields of one case, then what the program keeps."""
    given = {name: case.value(name) for name in FIELDS}
    given["state"] = state_name(case.state, words)
    given |= {
        "id": case.id,
        "version": str(case.version),
        "eligible": _truth(case.eligible, words),
        "corrected": _truth(case.corrected, words),
        "had_conflict": _truth(case.had_conflict, words),
    }
    if case.layer:
        given |= {
            "layer": case.layer,
            "unit": case.unit_id,
            "cause": cause_name(case.cause, words),
            "uncovered": words.number(case.uncovered),
            "points": words.number(case.points),
        }
    return [f"{field_name(name, words)}: {value}" for name, value in given.items()]


def history_lines(entries: Sequence[Mapping[str, Any]], words: Words) -> list[str]:
    """One line for each entry: when, who, what, and why."""
    return [_entry(entry, words) for entry in entries]


def _entry(entry: Mapping[str, Any], words: Words) -> str:
    action = str(entry.get("action", ""))
    parts = [
        str(entry.get("number", "")),
        str(entry.get("time", "")),
        str(entry.get("author", "")),
        words.get(f"ledger.action.{action}", default=action),
    ]
    for name, change in entry.get("changes", {}).items():
        before, after = (_value(name, value, words) for value in change)
        if before != after:
            label = field_name(name, words)
            parts.append(words("ledger.history.change", field=label, before=before, after=after))
    for name, sides in entry.get("conflict", {}).items():
        sides = {side: _value(name, value, words) for side, value in sides.items()}
        parts.append(words("ledger.history.conflict", field=field_name(name, words), **sides))
    if entry.get("reason"):
        parts.append(words("ledger.history.reason", reason=entry["reason"]))
    return "  ".join(" ".join(part.split()) for part in parts)


def _value(name: str, value: str, words: Words) -> str:
    if name == "state":
        return state_name(value, words)
    if name in ("eligible", "corrected"):
        return _truth(value == "true", words)
    return value


def verified_lines(found: Verified, cases: Mapping[str, Case], words: Words) -> list[str]:
    """One line for each case that verify has changed, and the counts."""
    lines = []
    for kind in ("eligible", "fell_back", "reopened", "corrected", "unchecked"):
        for case_id in getattr(found, kind):
            fields = cases[case_id].fields
            shown = {name: fields[name] for name in ("number", "area", "service")}
            lines.append(words(f"cli.ledger.verify_{kind}", id=case_id, **shown))
    lines.append(
        words(
            "cli.ledger.verified",
            checked=words.number(found.checked),
            by_hand=words.number(found.by_hand),
            **{
                kind: words.number(len(getattr(found, kind)))
                for kind in ("eligible", "fell_back", "reopened", "corrected")
            },
        )
    )
    return lines


def imported_lines(listed: Listed, found: Imported, words: Words) -> list[str]:
    """What an import left out or did not understand, and the counts."""
    lines = [
        words("cli.ledger.import_left_out", sheet=sheet, row=row)
        for sheet, row, _ in listed.left_out
    ]
    for sheet, row, name, value in listed.doubts:
        shown = one_line(value)
        label = field_name(name, words)
        lines.append(
            words("cli.ledger.import_doubt", sheet=sheet, row=row, field=label, value=shown)
        )
    for case, state in found.state_kept:
        lines.append(words("cli.ledger.import_state", id=case, state=state_name(state, words)))
    lines.append(
        words(
            "cli.ledger.imported",
            rows=words.number(listed.rows_in),
            added=words.number(len(found.added)),
            changed=words.number(len(found.changed)),
            same=words.number(len(found.same)),
            joined=words.number(listed.joined),
            left_out=words.number(len(listed.left_out)),
        )
    )
    return lines
