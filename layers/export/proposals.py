"""The files of `quarterhour site`: proposals, points out of reach, curve, and the change."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from geo.base.files import put, written_together
from geo.base.messages import plain
from geo.questions.siting.proposals import Proposals
from layers.export.csv import csv_bytes
from layers.export.difference import CHANGE_FILES, change_parts, zipped

__all__ = [
    "SITING_FILES",
    "asked_in_words",
    "siting_parts",
    "siting_zip",
    "write_proposals",
    "write_unreachable",
]

_ALWAYS = (
    "proposals.csv", "proposals.geojson", "siting.json", "newly_covered.csv", "unreachable.csv",
)  # fmt: skip
SITING_FILES = (*_ALWAYS, "curve.csv", *CHANGE_FILES)


def write_proposals(proposals: Proposals, out: Path, *, question: dict[str, Any]) -> list[Path]:
    """Write `SITING_FILES` into `out`, all together or none; curve.csv only with a curve.

    Parameters
    ----------
    question : dict
        For change.json, as plain JSON values.
    """
    parts = siting_parts(proposals, question=question)
    with written_together(out) as place:
        return [put(place, out, name, part) for name, part in parts.items()]


def siting_parts(proposals: Proposals, *, question: dict[str, Any]) -> dict[str, bytes]:
    """The content of `SITING_FILES` by name; `question` as in `write_proposals`."""
    summary = {name: _plain(value) for name, value in proposals.summary.items()}
    text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    parts = dict(
        zip(
            _ALWAYS,
            (
                csv_bytes(proposals.table),
                _geojson(proposals.table),
                text.encode(),
                csv_bytes(proposals.newly),
                csv_bytes(proposals.unreachable),
            ),
            strict=True,
        )
    )
    if proposals.curve is not None:
        parts["curve.csv"] = csv_bytes(proposals.curve)
    return parts | change_parts(proposals.change, question=question)


def siting_zip(proposals: Proposals, *, question: dict[str, Any]) -> bytes:
    """The files of `write_proposals` as one zip; the same content gives the same bytes."""
    return zipped(siting_parts(proposals, question=question))


def asked_in_words(found: Proposals, study_name: str) -> dict[str, Any]:
    """The question of proposals for change.json."""
    parameters = found.summary["parameters"]
    unit = "minutes" if "minutes" in parameters else "metres"
    value = parameters[unit]
    return {
        "study": study_name,
        "layer": found.summary["layer"],
        f"{unit}_before": value,
        f"{unit}_after": value,
        "added": [
            [lon, lat] for lon, lat in zip(found.table["lon"], found.table["lat"], strict=True)
        ],
        "closed": [*found.summary["closed"], *found.summary["moved"]],
    }


def write_unreachable(unreachable: pd.DataFrame, out: Path) -> Path:
    """Write unreachable.csv alone, for a target that cannot be reached."""
    with written_together(out) as place:
        return put(place, out, "unreachable.csv", csv_bytes(unreachable))


def _plain(value: Any) -> Any:
    """A value that JSON can hold: NaN becomes null."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    value = plain(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _geojson(table: pd.DataFrame) -> bytes:
    """The proposals as points."""
    features = []
    for row in table.to_dict("records"):
        properties = {str(name): _plain(value) for name, value in row.items()}
        point = {"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]}
        feature = {"type": "Feature", "properties": properties, "geometry": point}
        features.append(json.dumps(feature, ensure_ascii=False, allow_nan=False))
    body = ",\n".join(features)
    text = f'{{"type": "FeatureCollection", "name": "proposals", "features": [\n{body}\n]}}\n'
    return text.encode()
