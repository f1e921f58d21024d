"""Reading study.toml, with all problems found in one pass."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geo.base.access.guard import demand, unit_ids
from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.study.model import Study
from geo.study.problems import problem, wrong
from geo.study.profiles import profile_names, profile_problems
from geo.study.rules import rule_problems

__all__ = ["DRAFT_TOML", "load_study", "read_study"]

# A study that still lacks inputs (`geo.workspace.draft`).
DRAFT_TOML = "draft.toml"


def load_study(folder: Path | str) -> Study:
    """Read and check ``study.toml`` in `folder`.

    Where whoever acts may see some units only, these are the study's `within`, and its inputs are
    restricted to them wherever they are read.

    Raises
    ------
    StudyError
        The first problem; the further ones are in its `others`.
    AccessError
        Whoever acts may not open it (`geo.base.access.guard`).

    Examples
    --------
    >>> import geo
    >>> study = geo.load_study("mystudy")
    >>> [(layer.key, layer.profile) for layer in study.layers]
    [('station', 'walk'), ('station_ebike', 'ebike'), ('parking', 'walk')]
    """
    demand("open", Path(folder))
    study = read_study(Path(folder))
    within = unit_ids(Path(folder))
    return study if within is None else study.model_copy(update={"within": within})


def read_study(folder: Path) -> Study:
    """As `load_study`, of a folder that the program itself has made or chosen, for example a copy.

    Raises
    ------
    StudyError
    """
    path = folder / "study.toml"
    if not path.is_file():
        unfinished = (folder / DRAFT_TOML).is_file()
        raise StudyError("study_unfinished" if unfinished else "no_study", file=str(path))
    try:
        raw = deepcopy(_read_toml(path.read_bytes()))
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file="study.toml") from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError("toml_broken", file="study.toml", reason=str(error)) from error
    except RecursionError as error:
        raise StudyError("nested_deep", file="study.toml") from error
    for name in ("folder", "within"):
        if name in raw:
            raise StudyError("unknown_key_alone", file="study.toml", field=name)
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


# Pages read the study several times in a run, and every session does.
@lru_cache(maxsize=32)
def _read_toml(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def _cross_checks(study: Study) -> list[StudyError]:
    """Problems between sections: repeated keys, unknown bands, limits over the horizon."""
    problems = []
    seen: set[str] = set()
    for number, layer in enumerate(study.layers, start=1):
        where = f"layers[{number}]"
        if layer.key in seen:
            problems.append(wrong("layer_twice", f"{where}.key", value=layer.key))
        seen.add(layer.key)
        levels = (study.units.level, *study.units.parents)
        problems += rule_problems(layer, where, levels)
        if layer.profile not in (names := profile_names(study.profiles)):
            listed = " or ".join((", ".join(map(repr, names[:-1])), repr(names[-1])))
            value = one_line(layer.profile)
            problems.append(wrong("value_wrong", f"{where}.profile", value=value, expected=listed))
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
    problems += profile_problems(study.profiles)
    return problems
