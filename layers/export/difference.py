"""The files of a question about sites and of a comparison: units, points and sites that change."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geo.base.cache import default_cache
from geo.base.files import ZIP_EPOCH, put, written_together
from geo.base.messages import plain
from geo.questions.difference import Difference
from geo.scenarios.compare import KINDS, Comparison
from layers.export.csv import csv_bytes
from layers.export.office_workbook.comparison import comparison_workbook
from layers.web_map.comparison.comparison_map import comparison_ground, render_comparison
from layers.words.catalogue import words_for
from layers.words.lines.comparison import state_names

__all__ = [
    "CHANGE_FILES",
    "COMPARISON_FILES",
    "change_parts",
    "change_zip",
    "comparison_parts",
    "comparison_zip",
    "write_change",
    "write_comparison",
    "zipped",
]

_MAP, _BOOK, _ZIP = "compare.html", "compare.xlsx", "compare.zip"
CHANGE_FILES = ("change_units.csv", "change_points.csv", "change_sites.csv", "change.json")
# The zip holds the others.
COMPARISON_FILES = (*CHANGE_FILES, _MAP, _BOOK, _ZIP)


def write_change(change: Difference, out: Path, *, question: dict[str, Any]) -> list[Path]:
    """Write `CHANGE_FILES` into `out`, all together or none.

    Parameters
    ----------
    question : dict
        The question as plain JSON values: layer, limits, places, closed sites.
    """
    with written_together(out) as place:
        parts = change_parts(change, question=question)
        return [put(place, out, name, part) for name, part in parts.items()]


def change_zip(
    change: Difference, *, question: dict[str, Any], others: Mapping[str, bytes] | None = None
) -> bytes:
    """`CHANGE_FILES` and other files as one zip; the same content gives the same bytes.

    Parameters
    ----------
    others : mapping of str to bytes, optional
        Further files by name.
    """
    return zipped({**change_parts(change, question=question), **(others or {})})


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Files by name as one zip; the same content gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part)
    return target.getvalue()


def change_parts(change: Difference, *, question: dict[str, Any]) -> dict[str, bytes]:
    """The content of `CHANGE_FILES` by name; `question` as in `write_change`."""
    points = pd.concat(
        [
            change.gained.assign(change="gained"),
            change.lost.assign(change="lost"),
        ],
        ignore_index=True,
    )
    points.insert(0, "change", points.pop("change"))
    figures = ("demand_total", "covered_before", "covered_after", "share_before", "share_after")
    content = {
        **question,
        **{name: _json(getattr(change, name)) for name in figures},
        "points_gained": len(change.gained),
        "points_lost": len(change.lost),
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    parts = (csv_bytes(change.units), csv_bytes(points), csv_bytes(change.sites), text.encode())
    return dict(zip(CHANGE_FILES, parts, strict=True))


def _json(value: float) -> float | None:
    return None if math.isnan(value) else value


def write_comparison(
    found: Comparison, out: Path, *, before: str, after: str, locale: str
) -> list[Path]:
    """Write `COMPARISON_FILES` into `out`, all together or none.

    Parameters
    ----------
    before, after : str
        What the two states are called in change.json.
    locale : str
        Language of compare.html and compare.xlsx.
    """
    parts = comparison_parts(found, before=before, after=after, locale=locale)
    parts[_ZIP] = comparison_zip(parts)
    with written_together(out) as place:
        return [put(place, out, name, part) for name, part in parts.items()]


def comparison_zip(parts: Mapping[str, bytes]) -> bytes:
    """`comparison_parts` as one zip; the same content gives the same bytes."""
    return zipped(parts)


def comparison_parts(
    found: Comparison, *, before: str, after: str, locale: str
) -> dict[str, bytes]:
    """The content of `COMPARISON_FILES` by name, but for the zip; parameters as there."""
    content = {
        "before": before,
        "after": after,
        "kinds": KINDS,
        "layers": {
            key: {
                "share_before": kinds["correction"]["share_before"],
                "share_middle": kinds["real"]["share_before"],
                "share_after": kinds["real"]["share_after"],
                "kind": {
                    kind: {**figures, "groups": _groups(found, key, kind)}
                    for kind, figures in kinds.items()
                },
            }
            for key, kinds in found.figures.items()
        },
        "layers_only_before": found.only_before,
        "layers_only_after": found.only_after,
    }
    text = json.dumps(plain(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    tables = (found.units, found.points, found.sites)
    ground = comparison_ground(found, cache=default_cache())
    page = render_comparison(found, locale=locale, ground=ground)
    words = words_for(locale)
    # Not `before` and `after`: the command gives folders there.
    names = state_names(found.before, found.after, words)
    book = comparison_workbook(found, words, before=names[0], after=names[1])
    contents = (*map(csv_bytes, tables), text.encode(), page.encode(), book)
    return dict(zip((*CHANGE_FILES, _MAP, _BOOK), contents, strict=True))


def _groups(found: Comparison, key: str, kind: str) -> list[dict[str, Any]]:
    """Rows of `Comparison.groups`, without the layer and the kind."""
    rows = found.groups[(found.groups["layer"] == key) & (found.groups["kind"] == kind)]
    return [
        {str(name): value for name, value in row.items()}
        for row in rows.drop(columns=["layer", "kind"]).to_dict("records")
    ]
