"""Proposals for new sites as a plain table and lines, for a terminal, pages and reports."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.analysis import Analysis
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.numbers import amount

if TYPE_CHECKING:  # pages import this module, and the engine takes seconds to load
    from geo.questions.siting.proposals import Proposals
    from geo.siting.watch import Standing

__all__ = [
    "bound_sentence",
    "place_names",
    "proposal_rows",
    "scenario_note",
    "served_text",
    "set_aside_line",
    "siting_lines",
    "standing_text",
    "unreachable_reasons",
]

_SHOWN_UNITS = 10
_SERVED_UNITS = 4


def proposal_rows(found: Proposals, words: Words) -> list[list[str]]:
    """Headers, and one row for each proposal in order."""
    table = found.table
    phased = int(table["phase"].max()) > 1 if len(table) else False
    units = found.change.units
    unit_names = dict(zip(units["unit_id"], units["unit_name"], strict=True))
    header = ["order", "candidate", "unit", "new", "share", "mean"]
    rows = [[words(f"siting.{name}") for name in header]]
    if phased:
        rows[0].append(words("siting.phase"))
    for row in table.to_dict("records"):
        name = f"{row['candidate_id']} {row['name']}".strip()
        cells = [
            words.number(row["order"]),
            name,
            str(unit_names.get(row["unit_id"]) or row["unit_id"]),
            words.number(row["newly_covered"]),
            words.share(row["share_after"]),
            words.number(row["mean_minutes_after"], 1),
        ]
        rows.append([*cells, words(f"siting.phase_{row['phase']}")] if phased else cells)
    return rows


def siting_lines(found: Proposals, study: Study, words: Words) -> list[str]:
    """Shares, bound, and what could not take part."""
    summary = found.summary
    lines = [
        words(
            "siting.covered",
            before=words.share(summary["share_before"]),
            after=words.share(summary["share_after"]),
        ),
        bound_sentence(summary, study, words),
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
        access = summary["parameters"]["access_minutes"]
        if summary["method"] == "p-center" and summary["objective"] >= access:
            lines.append(words("siting.beyond_access", minutes=words.number(access)))
    if summary["moved"]:
        lines.append(words("siting.moved", sites=", ".join(summary["moved"])))
    if summary["unreachable"]["points"]:
        points = words.number(summary["unreachable"]["points"])
        lines.append(words("siting.unreachable", points=points))
    if found.candidates.set_aside:
        lines.append(set_aside_line(found, words))
    empty = summary["units_without_candidate"]
    if empty:
        shown = ", ".join(empty[:_SHOWN_UNITS]) + (" …" if len(empty) > _SHOWN_UNITS else "")
        lines.append(words("siting.units_empty", units=shown))
    return lines


def bound_sentence(summary: Mapping[str, Any], study: Study, words: Words) -> str:
    """What no other choice can reach, and how near this one is.

    Parameters
    ----------
    summary : mapping
        siting.json.
    """
    method, bound, value = summary["method"], summary["bound"], summary["objective"]
    if summary["proven_gap"] is None:
        return words("siting.no_bound")
    sites = summary["parameters"].get("sites")
    whole = (
        sites
        and method != "lscp"
        and not summary["moved"]
        and summary["parameters"].get("budget") is None
    )
    choice = words("siting.choice_of", sites=words.number(sites)) if whole else ""
    params: dict[str, str] = {"choice": choice or words("siting.choice")}
    if method == "mclp":
        # Weights that are whole numbers cannot add up to a part of one.
        whole_weights = float(value).is_integer()
        most = math.floor(bound + 1e-6) if whole_weights else math.ceil(bound * 10 - 1e-6) / 10
        total = summary["demand_total"]
        params |= {
            "bound": amount(most, study, words, noun=True),
            "share": words.share(most / total) if total else "—",
            "value": amount(value, study, words, noun=True),
            "left": amount(round(most - value, 6), study, words, noun=True),
        }
        reached = most <= value
    elif method == "lscp":
        priced = not float(value).is_integer() or summary["sites_added"] != value
        least = bound if priced else math.ceil(bound - 1e-6)
        params |= {"bound": words.number(least), "value": words.number(value)}
        reached = least >= value - 1e-9
    else:
        # The total over all demand as the mean of what something reaches.
        minutes = summary["mean_minutes_after"] if method == "p-median" else value
        least = bound * (minutes / value) if value else bound
        params |= {
            "bound": words.number(math.floor(least * 10 + 1e-6) / 10, 1),
            "value": words.number(math.ceil(minutes * 10 - 1e-6) / 10, 1),
        }
        reached = summary["status"] == "optimal"
    kind = "best" if reached or summary["status"] == "optimal" else "bound"
    return words(f"siting.{kind}_{method}", **params)


def place_names(table: pd.DataFrame, analysis: Analysis, words: Words) -> list[str]:
    """What to call each proposal: its unit, and its own name or its number.

    Parameters
    ----------
    table : pd.DataFrame
        order, name, unit_id.
    """
    units = analysis.units.drop_duplicates("unit_id").set_index("unit_id")["unit_name"]
    found = []
    for row in table[["order", "name", "unit_id"]].to_dict("records"):
        numbered = words("siting.site_name", order=row["order"])
        unit = str(units.get(row["unit_id"], "") or row["unit_id"])
        name = str(row["name"] or numbered)
        if unit and not name.startswith(unit):
            name = words("siting.site_in_unit", unit=unit, site=name)
        found.append(name)
    return found


def served_text(newly: pd.DataFrame, words: Words) -> str:
    """Whom one proposal newly serves: the units with their amounts, the largest first.

    Parameters
    ----------
    newly : pd.DataFrame
        unit_id, unit_name, weight of the demand points.
    """
    if not len(newly):
        return words("siting.serves_none")
    sums = newly.groupby(["unit_id", "unit_name"], sort=True)["weight"].sum()
    sums = sums.sort_values(ascending=False, kind="stable")
    parts = []
    for unit, name, weight in sums.reset_index().head(_SERVED_UNITS).to_numpy().tolist():
        count = words.number(weight, 0 if float(weight).is_integer() else 1)
        named = name or unit or words("gaps.outside")
        parts.append(words("siting.serves_unit", unit=named, amount=count))
    more = len(sums) - len(parts)
    if more > 0:
        parts.append(words("siting.serves_more", count=words.number(more)))
    return words("lead.places_join").join(parts)


def unreachable_reasons(lost: pd.DataFrame, words: Words) -> list[str]:
    """Why nothing reaches each of these points, by its column ``reason``."""
    return [words(f"siting.reason_{reason}") for reason in lost["reason"]]


def scenario_note(summary: Mapping[str, Any], study: Study, words: Words) -> str:
    """What a scenario of proposals says of itself: method, shares, and the bound."""
    return words(
        "siting.note",
        method=words(f"propose.method.{summary['method']}"),
        before=words.share(summary["share_before"]),
        after=words.share(summary["share_after"]),
        bound=bound_sentence(summary, study, words),
    )


def standing_text(standing: Standing, method: str, words: Words) -> str:
    """What a solver knows so far: its best choice, the bound, and the gap."""
    scale = 1.0 if method in ("mclp", "lscp") else 1 / 60_000
    from geo.siting.result import gap_of

    gap = gap_of(standing.objective, standing.bound)
    if not math.isfinite(gap):
        return words("siting.standing_time", seconds=words.number(standing.seconds))
    return words(
        "siting.standing",
        value=words.number(standing.objective * scale, 0 if scale == 1.0 else 1),
        bound=words.number(standing.bound * scale, 0 if scale == 1.0 else 1),
        gap=words.share(gap, 1),
        seconds=words.number(standing.seconds),
    )


def set_aside_line(found: Proposals, words: Words) -> str:
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
