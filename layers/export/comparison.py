"""The files of a comparison of two states: units, points and sites that differ, and figures."""

from __future__ import annotations

import json
from pathlib import Path

from geo.base.files import put, written_together
from geo.base.messages import plain
from geo.scenarios.compare import KINDS, Comparison
from layers.export.csv import csv_bytes
from layers.export.difference import CHANGE_FILES

__all__ = ["write_comparison"]


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
