"""sensitivity.csv and sensitivity.json: the share under each changed assumption, and its range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geo.base.files import put, written_together
from geo.base.messages import plain
from geo.coverage.summary import SCHEMA_VERSION
from geo.sensitivity.result import Sensitivity
from geo.study.model import Study
from layers.export.csv import csv_bytes
from layers.export.difference import zipped

__all__ = ["SENSITIVITY_FILES", "sensitivity_parts", "sensitivity_zip", "write_sensitivity"]

SENSITIVITY_FILES = ("sensitivity.csv", "sensitivity.json")


def write_sensitivity(found: Sensitivity, study: Study, out: Path) -> list[Path]:
    """Write `SENSITIVITY_FILES` into `out`, both or none.

    Raises
    ------
    OutputError
        A file cannot be written; the error names it.
    """
    with written_together(out) as place:
        parts = sensitivity_parts(found, study)
        return [put(place, out, name, part) for name, part in parts.items()]


def sensitivity_parts(found: Sensitivity, study: Study) -> dict[str, bytes]:
    """The content of `SENSITIVITY_FILES` by name."""
    curves = {
        key: {
            "unit": layer.curve.unit,
            "x": layer.curve.x.round(6).tolist(),
            "low": layer.curve.low.tolist(),
            "high": layer.curve.high.tolist(),
        }
        for key, layer in found.layers.items()
    }
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "study": study.study.name,
        "analysis_id": found.analysis_id,
        "draws": found.draws,
        "seed": found.seed,
        "inputs": found.inputs,
        "omitted": list(found.omitted),
        "layers": found.ranges(),
        "curves": curves,
    }
    text = json.dumps(plain(content), ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    contents = (csv_bytes(found.rows), f"{text}\n".encode())
    return dict(zip(SENSITIVITY_FILES, contents, strict=True))


def sensitivity_zip(found: Sensitivity, study: Study) -> bytes:
    """`SENSITIVITY_FILES` as one zip; the same content gives the same bytes."""
    return zipped(sensitivity_parts(found, study))
