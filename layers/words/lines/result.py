"""Results and findings as plain lines of text, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.base.quality_log import InputCount
from layers.words.catalogue import Words
from layers.words.phrases import (
    figures,
    layer_notes,
    layer_title,
    limit_text,
    notices,
    profile_name,
    uncovered_of,
    unit_word,
)

__all__ = ["count_line", "figure_rows", "input_lines", "note_lines", "quality_lines"]

# Rows of one kind that are listed; quality.csv of a run has them all.
_SHOWN_ROWS = 10
_SEVERITIES = {"errors": "error", "warnings": "warning", "infos": "info"}


def count_line(quality: pd.DataFrame, words: Words, *, key: str) -> str:
    """How many errors, warnings and notes there are, in the sentence `key`."""
    counts = {name: int((quality["severity"] == kind).sum()) for name, kind in _SEVERITIES.items()}
    return words(key, **counts)


def quality_lines(quality: pd.DataFrame, words: Words) -> list[str]:
    """The quality report by severity, worst first, with the first rows of each kind of finding."""
    if not len(quality):
        return [words("cli.check.clean")]
    lines = [count_line(quality, words, key="cli.check.summary")]
    for severity in _SEVERITIES.values():
        found = quality[quality["severity"] == severity]
        if not len(found):
            continue
        name = words.get(f"quality.severity.{severity}", default=severity)
        lines += ["", words("cli.check.severity", severity=name, count=len(found))]
        for _, rows in found.groupby(["file", "problem"], sort=False):
            shown = rows.head(_SHOWN_ROWS)
            for row in shown.to_dict("records"):
                lines.append(
                    "  " + _finding({str(key): value for key, value in row.items()}, words)
                )
            if len(rows) > len(shown):
                lines.append("  " + words("cli.check.more", count=len(rows) - len(shown)))
    return lines


def _finding(row: dict[str, Any], words: Words) -> str:
    """One finding in words: file, row, field, problem and action."""
    where = [str(row["file"])]
    if not pd.isna(row["row"]):
        where.append(words("cli.check.row", row=int(row["row"])))
    if row["field"]:
        where.append(str(row["field"]))
    value = str(row["value"])
    problem = words.get(
        f"quality.{row['problem']}",
        default=str(row["problem"]),
        **{key: row[key] for key in ("file", "row", "field", "value")},
    )
    if value and value not in problem:
        problem += f" ({value})"
    action = words.get(f"quality.action.{row['action']}", default=str(row["action"]))
    return words("cli.check.line", where=", ".join(where), problem=problem, action=action)


def input_lines(inputs: Iterable[InputCount], words: Words) -> list[str]:
    """For each input: rows read, used and set aside."""
    lines = [words("cli.check.inputs")]
    for entry in inputs:
        counts = {
            name: words.number(getattr(entry, name))
            for name in ("rows_in", "rows_used", "rows_set_aside")
        }
        line = words("cli.check.input", role=entry.role, file=entry.file, **counts)
        lines.append(f"  {line}")
    return lines


def figure_rows(analysis: Analysis, words: Words) -> list[list[str]]:
    """Headers, then a row a layer: title, units with a site, the two shares, uncovered demand."""
    names = ("layer", "units", "presence", "time", "uncovered")
    head = {name: words(f"cli.run.{name}") for name in names}
    layers = [analysis.study.layer(str(key)) for key in analysis.summary["layers"]]
    if any(layer.share != "share_by_time" for layer in layers):
        head["time"] = words("programmes.share")
    rows = [list(head.values())]
    for key in analysis.summary["layers"]:
        layer, entry = analysis.study.layer(key), figures(analysis, key)
        unit = unit_word(analysis.study, words, layer)
        with_site, total = entry["units_with_site"], entry["units_total"]
        share = words(
            "cli.run.time_cell",
            share=words.share(entry[layer.share]),
            limit=limit_text(layer, words),
            profile=profile_name(layer, words),
        )
        uncovered = words.number(uncovered_of(entry))
        rows.append(
            [
                layer_title(layer, words),
                "—" if layer.of_objects else f"{words.number(with_site)}/{words.number(total)}",
                words.share(entry["share_by_presence"]),
                share,
                words("cli.run.uncovered_cell", value=uncovered, unit=unit),
            ]
        )
    return rows


def note_lines(analysis: Analysis, words: Words) -> list[str]:
    """Notes on the shares; a note on several layers is given once."""
    titles: dict[str, list[str]] = {}
    for key in analysis.summary["layers"]:
        title = layer_title(analysis.study.layer(key), words)
        for _, text in layer_notes(analysis, key, words):
            titles.setdefault(text, []).append(title)
    lines = [words("export.not_comparable")]
    lines += _joined(titles, words)
    # The first notice is about the map, which a terminal does not show.
    return lines + [text for _, text in notices(analysis.study, words)[1:]]


def _joined(titles: dict[str, list[str]], words: Words) -> Sequence[str]:
    comma = words("cli.run.comma")
    return [
        words("cli.run.note", layer=comma.join(names), note=text) for text, names in titles.items()
    ]
