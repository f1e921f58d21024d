"""The files of a question about sites: points gained and lost, and the shares of units after it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from geo.base.files import put, written_together
from geo.questions.difference import Difference
from layers.export.csv import csv_bytes

__all__ = ["CHANGE_FILES", "write_change"]

CHANGE_FILES = ("change_units.csv", "change_points.csv", "change_sites.csv", "change.json")


def write_change(change: Difference, out: Path, *, question: dict[str, Any]) -> list[Path]:
    """Write `CHANGE_FILES` into `out`, all together or none.

    Parameters
    ----------
    question : dict
        The question as plain JSON values: layer, limits, places, closed sites.
    """
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
    parts = (csv_bytes(change.units), csv_bytes(points), csv_bytes(change.added), text.encode())
    with written_together(out) as place:
        return [put(place, out, name, part) for name, part in zip(CHANGE_FILES, parts, strict=True)]


def _json(value: float) -> float | None:
    return None if math.isnan(value) else value
