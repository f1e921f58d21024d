"""Reading study.toml, with all problems found in one pass."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from geo.base.errors import StudyError
from geo.roads.highways import DRIVE_CLASSES
from geo.study.model import Study
from geo.study.problems import problem, unknown, wrong
from geo.study.rules import rule_problems

__all__ = ["DRAFT_TOML", "load_study"]

# A study that still lacks inputs (`geo.workspace.draft`).
DRAFT_TOML = "draft.toml"


def load_study(folder: Path | str) -> Study:
    """Read and check ``study.toml`` in `folder`.

    Raises
    ------
    StudyError
        The first problem; the further ones are in its `others`.

    Examples
    --------
    >>> import geo
    >>> study = geo.load_study("mystudy")
    >>> [(layer.key, layer.profile) for layer in study.layers]
    [('station', 'walk'), ('station_ebike', 'ebike'), ('parking', 'walk')]
    """
    folder = Path(folder)
    path = folder / "study.toml"
    if not path.is_file():
        unfinished = (folder / DRAFT_TOML).is_file()
        raise StudyError("study_unfinished" if unfinished else "no_study", file=str(path))
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file="study.toml") from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError("toml_broken", file="study.toml", reason=str(error)) from error
    except RecursionError as error:
        raise StudyError("nested_deep", file="study.toml") from error
    if "folder" in raw:
        raise StudyError("unknown_key_alone", file="study.toml", field="folder")
    try:
        study = Study.model_validate({**raw, "folder": folder})
    except ValidationError as error:
        # Pydantic also calls a list whose only item is wrong "too short"; that is left out.
        found = [e for e in error.errors() if not (e["type"] == "too_short" and e["input"])]
        raise StudyError.of([problem(item, Study) for item in found]) from error
    problems = _cross_checks(study)
    if problems:
        raise StudyError.of(problems)
    return study


def _cross_checks(study: Study) -> list[StudyError]:
    """Problems between sections: repeated keys, unknown bands, limits over the horizon."""
    problems = []
    seen: set[str] = set()
    for number, layer in enumerate(study.layers, start=1):
        where = f"layers[{number}]"
        if layer.key in seen:
            problems.append(wrong("layer_twice", f"{where}.key", value=layer.key))
        seen.add(layer.key)
        problems += rule_problems(layer, where)
        if layer.demand is not None and layer.demand not in study.demand.bands:
            known = ", ".join(study.demand.bands) or "-"
            problems.append(
                wrong("band_unknown", f"{where}.demand", value=layer.demand, known=known)
            )
        # Bands of a layer with a limit in metres are metres, too.
        longest = max([layer.limit.value, *layer.bands])
        if not layer.limit.in_metres and longest > study.network.horizon_minutes:
            problems.append(
                wrong(
                    "limit_over_horizon",
                    f"{where}.minutes",
                    value=longest,
                    horizon=study.network.horizon_minutes,
                )
            )
    for name, profile in study.profiles.items():
        if profile.speeds and name != "drive":
            problems.append(wrong("speeds_only_drive", f"profiles.{name}.speeds"))
        if profile.kmh is not None and name == "drive":
            problems.append(wrong("drive_has_speeds", f"profiles.{name}.kmh"))
        problems.extend(
            wrong("value_wrong", f"profiles.{name}.speeds.{key}", value=speed, expected="> 0")
            for key, speed in profile.speeds.items()
            if not (np.isfinite(speed) and speed > 0)
        )
        problems.extend(
            unknown(f"profiles.{name}.speeds.{key}", key, sorted(DRIVE_CLASSES))
            for key in profile.speeds
            if key not in DRIVE_CLASSES
        )
    return problems
