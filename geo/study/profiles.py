"""The profiles of a study: other speeds of the built-in ones, and profiles of its own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from pydantic import Field

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.roads.highways import CLASSES, DRIVE_CLASSES
from geo.study.languages import Text
from geo.study.problems import unknown, wrong
from geo.study.section import Positive, Section, Strings

__all__ = ["BUILT_IN", "ProfileInput", "ProfileName", "profile_names", "profile_problems"]

ProfileName = Literal["walk", "walk_senior", "cycle", "ebike", "drive"]
BUILT_IN: tuple[ProfileName, ...] = get_args(ProfileName)
# Names of profiles are parts of names of files.
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,40}$")


class ProfileInput(Section):
    """``[profiles.<name>]``: other speeds than the defaults, or a profile of the study's own.

    None stands for a key that is not given: it must not change the hash of the parameters.
    """

    base: ProfileName | None = None
    title: Text | None = None
    avoid: Strings | None = None
    kmh: Positive | None = Field(default=None, strict=False)
    speeds: dict[str, float] = Field(default_factory=dict)


def profile_names(profiles: Mapping[str, ProfileInput]) -> tuple[str, ...]:
    """All profiles that a layer may name: the built-in ones, then the study's own."""
    return (*BUILT_IN, *(name for name in profiles if name not in BUILT_IN))


def profile_problems(profiles: Mapping[str, ProfileInput]) -> list[StudyError]:
    """What is wrong in ``[profiles]``.

    Returns
    -------
    list of StudyError
        ``value_wrong`` (also for a profile that is neither built in nor has a base),
        ``profile_name_wrong``, ``profile_built_in`` (a base, title or avoid of a built-in profile),
        ``speeds_only_drive``, ``drive_has_speeds``, ``unknown_key``.
    """
    problems = []
    for name, profile in profiles.items():
        where = f"profiles.{one_line(name)}"
        if name in BUILT_IN:
            own = sorted({"base", "title", "avoid"} & profile.model_fields_set)
            problems += [wrong("profile_built_in", f"{where}.{key}") for key in own]
        elif not _NAME.match(name):
            problems.append(wrong("profile_name_wrong", where))
        elif profile.base is None:
            known = f"{', '.join(BUILT_IN)}, base = …"
            problems.append(wrong("value_wrong", where, value=one_line(name), expected=known))
            continue
        mode = profile.base or name
        if profile.speeds and mode != "drive":
            problems.append(wrong("speeds_only_drive", f"{where}.speeds"))
        if profile.kmh is not None and mode == "drive":
            problems.append(wrong("drive_has_speeds", f"{where}.kmh"))
        problems += [
            wrong("value_wrong", f"{where}.speeds.{key}", value=speed, expected="> 0")
            for key, speed in profile.speeds.items()
            if not (np.isfinite(speed) and speed > 0)
        ]
        problems += [
            unknown(f"{where}.speeds.{key}", key, sorted(DRIVE_CLASSES))
            for key in profile.speeds
            if key not in DRIVE_CLASSES
        ]
        problems += [
            wrong(
                "value_wrong",
                f"{where}.avoid",
                value=one_line(key),
                expected=(difflib.get_close_matches(key, CLASSES, n=1, cutoff=0.0) or ["-"])[0],
            )
            for key in profile.avoid or ()
            if key not in CLASSES
        ]
    return problems
