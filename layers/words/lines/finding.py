"""The quality report in words, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geo.base.quality_log import QUALITY_COLUMNS
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.page_words import field_name, page_problem
from layers.words.phrases import layer_title, sentence

__all__ = ["SEVERITIES", "counts_line", "filled", "finding_list", "problem_text"]

SEVERITIES = ("error", "warning", "info")


def counts_line(quality: pd.DataFrame, words: Words) -> str:
    """How many errors, warnings and notes there are."""
    count = {name: int((quality["severity"] == name).sum()) for name in SEVERITIES}
    return words(
        "cli.check.summary",
        errors=words.number(count["error"]),
        warnings=words.number(count["warning"]),
        infos=words.number(count["info"]),
    )


def problem_text(row: dict[str, Any], words: Words, *, page: bool = False) -> str:
    """The problem, with the value that has it; on a `page` without the keys of study.toml."""
    values = {key: row[key] for key in ("file", "row", "field", "value")}
    code = str(row["problem"])
    if page:
        text = page_problem(code, values, words)
    else:
        text = words.get(f"quality.{code}", default=code, **values)
    value = str(row["value"])
    return f"{text} ({value})" if value and value not in text else text


def finding_list(
    quality: pd.DataFrame, words: Words, study: Study
) -> tuple[list[str], list[list[str]]]:
    """The quality report: headers and rows, codes in words, without empty columns."""
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    keys = ("severity", "problem", "file", "row", "field", "action")
    head = [words("data.row") if key == "row" else words(f"data.head_{key}") for key in keys]
    rows = []
    for row in quality[QUALITY_COLUMNS].to_dict("records"):
        about = {str(key): value for key, value in row.items()}
        severity, action = str(row["severity"]), str(row["action"])
        rows.append(
            [
                sentence(words.get(f"quality.severity.{severity}", default=severity)),
                sentence(problem_text(about, words, page=True)),
                str(row["file"]),
                "" if pd.isna(row["row"]) else str(int(row["row"])),
                _field(str(row["field"]), titles, words),
                words.get(f"quality.action.{action}", default=action),
            ]
        )
    return filled(head, rows)


def _field(name: str, titles: Mapping[str, str], words: Words) -> str:
    """A layer by its title, a profile by its name, a column by its name in the file."""
    profile = words.get(f"export.profile.{name}", default="") if name else ""
    return titles.get(name) or sentence(profile) or field_name(name, words)


def filled(head: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table without its empty columns."""
    full = [at for at in range(len(head)) if any(row[at] for row in rows)]
    return [head[at] for at in full], [[row[at] for at in full] for row in rows]
