"""The changes of a scenario: `scenarios/NAME.toml` as frozen, checked parameters.

What a change needs of the study (a layer, a site, a road with that id) is checked when the scenario
is applied (`geo.scenarios.apply`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.roads.highways import DRIVE_CLASSES
from geo.study.model import ProfileName
from geo.study.problems import problem, unknown

__all__ = [
    "DOES",
    "AddRoad",
    "AddSite",
    "Change",
    "CloseRoad",
    "CloseSite",
    "Demand",
    "Limit",
    "MoveSite",
    "OpenRoad",
    "Scenario",
    "SlowRoad",
    "Speed",
    "read_changes",
    "scenario_file",
]

Kind = Literal["real", "correction"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=False)]
Vertex = Annotated[tuple[Longitude, Latitude], Field(strict=False)]


def _as_text(value: Any) -> Any:
    """An id that TOML holds as a number, such as an OSM way's, as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, pattern=r"^[^\x00-\x1f]+$")]


class _Change(BaseModel):
    """A change; `kind` says what it counts as in a comparison, where the middle state does not."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Kind | None = None


class AddSite(_Change):
    """A new site of a layer. It serves the unit in which it stands where a layer assigns sites.

    `phase` says when it is planned, 1 for the near and 2 for the long term; it changes no result.
    """

    do: Literal["add_site"]
    layer: str
    lon: Longitude
    lat: Latitude
    id: Id | None = None
    name: str = ""
    capacity: Annotated[float | None, Field(ge=0, allow_inf_nan=False, strict=False)] = None
    phase: Annotated[int | None, Field(ge=1, le=2)] = None


class MoveSite(_Change):
    """A site of a layer at another place."""

    do: Literal["move_site"]
    layer: str
    id: Id
    lon: Longitude
    lat: Latitude


class CloseSite(_Change):
    """A site of a layer that closes."""

    do: Literal["close_site"]
    layer: str
    id: Id


class AddRoad(_Change):
    """A new road or path along the vertices of `line`."""

    do: Literal["add_road"]
    line: Annotated[tuple[Vertex, ...], Field(min_length=2, strict=False)]
    road: Id | None = None
    highway: str = "unclassified"
    kmh: Positive | None = None

    @field_validator("highway")
    @classmethod
    def _known_class(cls, name: str) -> str:
        if name not in ROAD_CLASSES:
            raise ValueError("road_class_unknown")
        return name


class _RoadChange(_Change):
    road: Id
    profile: ProfileName | None = None


class OpenRoad(_RoadChange):
    """A road that opens to a profile, or to all."""

    do: Literal["open_road"]


class CloseRoad(_RoadChange):
    """A road that closes to a profile, or to all."""

    do: Literal["close_road"]


class SlowRoad(_RoadChange):
    """A road on which nobody travels faster than `kmh`; walkers are not sped up by it."""

    do: Literal["slow_road"]
    kmh: Positive


class Limit(_Change):
    """Another limit of a layer, in its own unit: minutes or metres."""

    do: Literal["limit"]
    layer: str
    value: Positive


class Speed(_Change):
    """Another speed of a profile, named by itself or by a layer that uses it.

    `kmh` is the new speed; `factor` multiplies the speed, or those of all classes for drive.
    """

    do: Literal["speed"]
    profile: ProfileName | None = None
    layer: str | None = None
    kmh: Positive | None = None
    factor: Positive | None = None

    @model_validator(mode="after")
    def _one_profile_one_speed(self) -> Speed:
        if (self.profile is None) == (self.layer is None):
            raise ValueError("change_profile")
        if (self.kmh is None) == (self.factor is None):
            raise ValueError("change_speed")
        return self


class Demand(_Change):
    """Weights and bands times `factor`, or another demand file of the study's folder."""

    do: Literal["demand"]
    factor: Positive | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Demand:
        if (self.factor is None) == (self.path is None):
            raise ValueError("change_demand")
        return self


Change = (
    AddSite
    | MoveSite
    | CloseSite
    | AddRoad
    | OpenRoad
    | CloseRoad
    | SlowRoad
    | Limit
    | Speed
    | Demand
)
_CLASSES: dict[str, type[_Change]] = {
    get_args(kind.model_fields["do"].annotation)[0]: kind for kind in get_args(Change)
}
DOES = tuple(_CLASSES)
# The classes of a new road: those of cars, and those of walkers and cycles only.
ROAD_CLASSES = (*sorted(DRIVE_CLASSES), "footway", "path", "pedestrian", "steps", "cycleway")
_KEYS = ("changes", "note")


@dataclass(frozen=True)
class Scenario:
    """A named list of changes.

    Attributes
    ----------
    name : str
        The name of its file without ``.toml``.
    note : str
        What people say of it.
    changes : tuple of Change
        They apply one after the other.
    """

    name: str
    note: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def file(self) -> str:
        """Its file in the study's folder, for messages."""
        return scenario_file(self.name)


def scenario_file(name: str) -> str:
    """The file of a scenario in its study's folder."""
    return f"scenarios/{name}.toml"


def read_changes(content: bytes, name: str) -> Scenario:
    """Check the content of a scenario's file; all problems are found in one pass.

    Raises
    ------
    StudyError
        Each problem names the file, the number of the change from 1, and the key.
    """
    file = scenario_file(name)
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file=file) from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError("toml_broken", file=file, reason=str(error)) from error
    except RecursionError as error:
        raise StudyError("nested_deep", file=file) from error
    problems = [_here(unknown(key, key, _KEYS), file) for key in raw if key not in _KEYS]
    note, rows = raw.get("note", ""), raw.get("changes", [])
    if not isinstance(note, str):
        problems.append(_wrong(file, "note", note, "string"))
    if not isinstance(rows, list):
        problems.append(_wrong(file, "changes", rows, "[[changes]]"))
        rows = []
    changes = []
    for number, row in enumerate(rows, start=1):
        found = _change(row, f"changes[{number}]", file)
        if isinstance(found, list):
            problems += found
        else:
            changes.append(found)
    if problems:
        raise StudyError.of(problems)
    return Scenario(name, note, tuple(changes))


def _change(row: Any, where: str, file: str) -> Any:
    """One change, or the list of its problems."""
    if not isinstance(row, dict):
        return [_wrong(file, where, row, "[[changes]]")]
    do = row.get("do")
    if do is None:
        return [StudyError("key_missing", file=file, field=f"{where}.do")]
    if not isinstance(do, str) or do not in _CLASSES:
        return [_wrong(file, f"{where}.do", do, ", ".join(DOES))]
    kind = _CLASSES[do]
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        return [_here(problem(item, kind), file, where) for item in error.errors()]


def _here(error: StudyError, file: str, where: str = "") -> StudyError:
    """The same problem, in this file and change."""
    field = ".".join(part for part in (where, str(error.params["field"])) if part)
    return StudyError(error.code, **{**error.params, "file": file, "field": field})


def _wrong(file: str, field: str, value: object, expected: str) -> StudyError:
    return StudyError(
        "value_wrong", file=file, field=field, value=one_line(value), expected=expected
    )
