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

from geo.base.files import ZIP_EPOCH, put, written_together
from geo.base.messages import plain
from geo.questions.difference import Difference
from geo.scenarios.compare import KINDS, Comparison
from layers.export.csv import csv_bytes

__all__ = ["CHANGE_FILES", "change_parts", "change_zip", "write_change", "write_comparison"]

CHANGE_FILES = ("change_units.csv", "change_points.csv", "change_sites.csv", "change.json")


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
    parts = change_parts(change, question=question)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, **(others or {})}.items():
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


def write_comparison(found: Comparison, out: Path, *, before: str, after: str) -> list[Path]:
    """Write `CHANGE_FILES` into `out`, all together or none.

    Parameters
    ----------
    before, after : str
        What the two states are called.
    """
    content = {
        "before": before,
        "after": after,
        "kinds": KINDS,
        "layers": {
            key: {
                "share_before": kinds["correction"]["share_before"],
                "share_middle": kinds["real"]["share_before"],
                "share_after": kinds["real"]["share_after"],
                "kind": kinds,
            }
            for key, kinds in found.figures.items()
        },
        "layers_only_before": found.only_before,
        "layers_only_after": found.only_after,
    }
    text = json.dumps(plain(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    tables = (found.units, found.points, found.sites)
    parts = (*map(csv_bytes, tables), text.encode())
    with written_together(out) as place:
        return [put(place, out, name, part) for name, part in zip(CHANGE_FILES, parts, strict=True)]
