"""Proposals for new sites as a plain table and lines, for a terminal."""

from __future__ import annotations

from collections import Counter

from geo.questions.siting.proposals import Proposals
from layers.words.catalogue import Words

__all__ = ["proposal_rows", "siting_lines"]

_SHOWN_UNITS = 10


def proposal_rows(found: Proposals, words: Words) -> list[list[str]]:
    """Headers, and one row for each proposal in order."""
    table = found.table
    phased = int(table["phase"].max()) > 1 if len(table) else False
    header = ["order", "candidate", "unit", "new", "share", "mean"]
    rows = [[words(f"siting.{name}") for name in header]]
    if phased:
        rows[0].append(words("siting.phase"))
    for row in table.to_dict("records"):
        name = f"{row['candidate_id']} {row['name']}".strip()
        cells = [
            words.number(row["order"]),
            name,
            str(row["unit_id"]),
            words.number(row["newly_covered"]),
            words.share(row["share_after"]),
            words.number(row["mean_minutes_after"], 1),
        ]
        rows.append([*cells, words(f"siting.phase_{row['phase']}")] if phased else cells)
    return rows


def siting_lines(found: Proposals, words: Words) -> list[str]:
    """Shares, bound, and what could not take part."""
    summary = found.summary
    lines = [
        words(
            "siting.covered",
            before=words.share(summary["share_before"]),
            after=words.share(summary["share_after"]),
        ),
        _bound_line(found, words),
    ]
    if summary["method"] in ("p-median", "p-center") and len(found.table):
        last = found.table.iloc[-1]
        lines.append(
            words(
                "siting.worst",
                mean=words.number(last["mean_minutes_after"], 1),
                worst=words.number(last["worst_minutes_after"], 1),
            )
        )
    if summary["moved"]:
        lines.append(words("siting.moved", sites=", ".join(summary["moved"])))
    if summary["unreachable"]["points"]:
        points = words.number(summary["unreachable"]["points"])
        lines.append(words("siting.unreachable", points=points))
    if found.candidates.set_aside:
        lines.append(_set_aside_line(found, words))
    empty = summary["units_without_candidate"]
    if empty:
        shown = ", ".join(empty[:_SHOWN_UNITS]) + (" …" if len(empty) > _SHOWN_UNITS else "")
        lines.append(words("siting.units_empty", units=shown))
    return lines


def _bound_line(found: Proposals, words: Words) -> str:
    summary = found.summary
    if summary["status"] == "optimal":
        return words("siting.optimal")
    if summary["proven_gap"] is None:
        return words("siting.no_bound")
    decimals = 1 if summary["method"] == "p-center" else 0
    return words(
        f"siting.bound_{summary['method']}",
        bound=words.number(summary["bound"], decimals),
        value=words.number(summary["objective"], decimals),
        gap=words.share(summary["proven_gap"], 2),
    )


def _set_aside_line(found: Proposals, words: Words) -> str:
    """How many candidates take no part, by the reasons of the quality report."""
    reasons = Counter(
        row.problem for row in found.candidates.quality.rows if row.action == "set_aside"
    )
    counted = [
        words(
            "siting.reason_count",
            reason=words(f"quality.{problem}", file="", row="", field="", value="…"),
            count=words.number(count),
        )
        for problem, count in sorted(reasons.items())
    ]
    return words(
        "siting.set_aside",
        count=words.number(found.candidates.set_aside),
        total=words.number(found.candidates.rows_in),
        reasons="; ".join(counted),
    )
