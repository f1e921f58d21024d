"""The study: `study.toml` as frozen, checked parameters (the input contract).

Unknown keys are errors that name the nearest known key; a key that the contract holds but that is
not built yet is refused in one line. Paths are relative to the study's folder and may not leave it,
links included.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geo.access import DRIVE_CLASSES
from geo.errors import StudyError

__all__ = [
    "LOCALES",
    "DemandInput",
    "Layer",
    "NetworkInput",
    "ProfileInput",
    "Study",
    "StudyInfo",
    "Text",
    "UnitsInput",
    "load_study",
]

LOCALES = ("zh-CN", "en")
ProfileName = Literal["walk", "walk_senior", "cycle", "ebike", "drive"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
# A text for people: the same in both languages, or one for each.
Text = str | dict[Literal["zh-CN", "en"], str]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# A TOML list; strictness would refuse it inside of a table.
Strings = Annotated[tuple[str, ...], Field(strict=False)]

# In the contract, not built yet: refused by name instead of being called unknown.
_NOT_BUILT = {("units", "seats"), ("units", "within")}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class StudyInfo(_Section):
    """``[study]``: what the study is called and how it is shown."""

    name: Text
    locale: Literal["zh-CN", "en"] = "zh-CN"
    map_approval_number: str = ""
    sources: tuple[Text, ...] = Field(default=(), strict=False)


class UnitsInput(_Section):
    """``[units]``: the finest level of administrative areas, parents by column, finest first."""

    path: str
    id: str = "id"
    name: str = "name"
    level: str = "unit"
    parents: tuple[str, ...] = Field(default=(), strict=False)
    datum: Datum = "wgs84"
    approximate: Text | None = None


class DemandInput(_Section):
    """``[demand]``: where people are."""

    path: str
    id: str = "id"
    name: str = "name"
    lon: str = "lon"
    lat: str = "lat"
    weight: str | None = None
    weight_unit: Literal["人", "户", "个"] | None = None
    bands: dict[str, str] = Field(default_factory=dict)
    group: str | None = None
    class_: str | None = Field(default=None, alias="class")
    datum: Datum = "wgs84"

    @property
    def unit_word(self) -> str:
        """The weight's unit: as given, else 人 with a weight column and 个 without."""
        return self.weight_unit or ("人" if self.weight else "个")


class NetworkInput(_Section):
    """``[network]``: the roads."""

    path: str
    max_access_m: Positive = Field(default=500.0, strict=False)
    horizon_minutes: Positive = Field(default=120.0, strict=False)
    overrides: str | None = None
    datum: Datum = "wgs84"
    note: Text | None = None


class ProfileInput(_Section):
    """``[profiles.<name>]``: other speeds than the defaults."""

    kmh: Positive | None = Field(default=None, strict=False)
    speeds: dict[str, float] = Field(default_factory=dict)


class Layer(_Section):
    """``[[layers]]``: the sites of one service with one rule."""

    key: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    service: str = ""
    title: Text = ""
    path: str | None = None
    osm: dict[str, Strings] | None = None
    sites: Literal["none"] | None = None
    id: str = "id"
    name: str = "name"
    lon: str = "lon"
    lat: str = "lat"
    profile: ProfileName = "walk"
    minutes: Positive | None = Field(default=None, strict=False)
    metres: Positive | None = Field(default=None, strict=False)
    bands: tuple[Positive, ...] = Field(default=(), strict=False)
    direction: Literal["to", "from"] = "to"
    demand: str | None = None
    only: dict[str, Strings] = Field(default_factory=dict)
    capacity: str | None = None
    datum: Datum = "wgs84"
    buffer_m: Positive = Field(default=50.0, strict=False)
    proxy: Text | None = None

    @model_validator(mode="after")
    def _one_source_one_limit(self) -> Layer:
        if sum(value is not None for value in (self.path, self.osm, self.sites)) != 1:
            raise ValueError("layer_source")
        if (self.minutes is None) == (self.metres is None):
            raise ValueError("layer_limit")
        return self

    @property
    def limit_ms(self) -> int | None:
        """The limit in whole milliseconds, None for a limit in metres."""
        return None if self.minutes is None else int(np.floor(self.minutes * 60_000))

    @property
    def service_key(self) -> str:
        """Layers with the same service are shown together; a layer alone is its own service."""
        return self.service or self.key


class Study(_Section):
    """A whole study: parameters as in study.toml, and the folder that holds its files."""

    study: StudyInfo
    units: UnitsInput
    demand: DemandInput
    network: NetworkInput
    profiles: dict[ProfileName, ProfileInput] = Field(default_factory=dict)
    layers: tuple[Layer, ...] = Field(min_length=1, strict=False)
    folder: Path = Field(exclude=True)

    def file(self, relative: str, field: str = "path") -> Path:
        """The full path of a file of the study.

        Raises
        ------
        StudyError
            The file is missing (``file_missing``) or outside the folder (``path_outside``).
        """
        root = self.folder.resolve()
        value = _short(relative)
        try:
            path = (root / relative).resolve()
            exists = path.is_file()
        except (OSError, RuntimeError, ValueError) as error:
            # A name too long, a ring of links, a NUL.
            raise StudyError("file_missing", file="study.toml", field=field, value=value) from error
        if not path.is_relative_to(root):
            raise StudyError("path_outside", file="study.toml", field=field, value=value)
        if not exists:
            raise StudyError("file_missing", file="study.toml", field=field, value=value)
        return path

    def layer(self, key: str) -> Layer:
        """The layer with this key.

        Raises
        ------
        StudyError
            There is none (``layer_unknown``, with the known keys).
        """
        for layer in self.layers:
            if layer.key == key:
                return layer
        known = ", ".join(layer.key for layer in self.layers)
        raise StudyError("layer_unknown", value=key, known=known)

    def parameters(self) -> dict[str, Any]:
        """All parameters, defaults written out, as plain JSON types (for summary.json)."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def load_study(folder: Path | str) -> Study:
    """Read and check ``study.toml`` in `folder`.

    Raises
    ------
    StudyError
        With one problem a line in the error and its `others`.
    """
    folder = Path(folder)
    path = folder / "study.toml"
    if not path.is_file():
        raise StudyError("no_study", file=str(path))
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyError("toml_not_utf8", file="study.toml") from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError("toml_broken", file="study.toml", reason=str(error)) from error
    if "folder" in raw:
        raise StudyError("unknown_key_alone", file="study.toml", field="folder")
    try:
        study = Study.model_validate({**raw, "folder": folder})
    except ValidationError as error:
        # A list whose only item is wrong is "too short" to pydantic besides; that helps nobody.
        found = [e for e in error.errors() if not (e["type"] == "too_short" and e["input"])]
        raise StudyError.of([_problem(item, raw) for item in found]) from error
    problems = _cross_checks(study)
    if problems:
        raise StudyError.of(problems)
    return study


def _cross_checks(study: Study) -> list[StudyError]:
    """What one section alone cannot know: double keys, unknown bands, limits over the horizon."""
    problems = []
    seen: set[str] = set()
    for number, layer in enumerate(study.layers, start=1):
        where = f"layers[{number}]"
        if layer.key in seen:
            problems.append(_wrong("layer_twice", f"{where}.key", value=layer.key))
        seen.add(layer.key)
        if layer.demand is not None and layer.demand not in study.demand.bands:
            known = ", ".join(study.demand.bands) or "-"
            problems.append(
                _wrong("band_unknown", f"{where}.demand", value=layer.demand, known=known)
            )
        longest = max([layer.minutes or 0.0, *layer.bands])
        # Bands of a layer with a limit in metres are metres, too.
        if layer.minutes is not None and longest > study.network.horizon_minutes:
            problems.append(
                _wrong(
                    "limit_over_horizon",
                    f"{where}.minutes",
                    value=longest,
                    horizon=study.network.horizon_minutes,
                )
            )
    for name, profile in study.profiles.items():
        if profile.speeds and name != "drive":
            problems.append(_wrong("speeds_only_drive", f"profiles.{name}.speeds"))
        if profile.kmh is not None and name == "drive":
            problems.append(_wrong("drive_has_speeds", f"profiles.{name}.kmh"))
        problems.extend(
            _wrong("value_wrong", f"profiles.{name}.speeds.{key}", value=speed, expected="> 0")
            for key, speed in profile.speeds.items()
            if not (np.isfinite(speed) and speed > 0)
        )
        problems.extend(
            _unknown(f"profiles.{name}.speeds.{key}", key, sorted(DRIVE_CLASSES))
            for key in profile.speeds
            if key not in DRIVE_CLASSES
        )
    return problems


def _wrong(code: str, field: str, **params: Any) -> StudyError:
    return StudyError(code, file="study.toml", field=field, **params)


def _problem(item: Any, raw: dict[str, Any]) -> StudyError:
    """One pydantic finding as one of ours."""
    location = tuple(part for part in item["loc"])
    field = _dotted(location)
    kind = item["type"]
    if kind == "extra_forbidden":
        plain = tuple(str(part) for part in location if not isinstance(part, int))
        if plain in _NOT_BUILT:
            return _wrong("not_built", field)
        return _unknown(field, plain[-1], _known_keys(location[:-1]))
    if kind in ("missing", "too_short"):
        return _wrong("key_missing", field)
    if kind == "value_error":
        return _wrong(str(item["ctx"]["error"]), field)
    return _wrong("value_wrong", field, value=_short(item.get("input")), expected=_expected(item))


def _unknown(field: str, key: str, known: Collection[str]) -> StudyError:
    """An unknown key, with the nearest known one where there is one."""
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.4)
    if not nearest:
        return _wrong("unknown_key_alone", field)
    return _wrong("unknown_key", field, nearest=nearest[0])


def _short(value: Any, longest: int = 80) -> str:
    """A value for a message: on one line (TOML has texts of several) and not endless."""
    text = " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _expected(item: Any) -> str:
    """What pydantic wanted, in symbols both languages read: a list of values, a bound, a type."""
    context = item.get("ctx", {})
    if "expected" in context:
        return str(context["expected"])
    if "gt" in context:
        return f"> {context['gt']:g}"
    return str(context.get("pattern") or item["type"].removesuffix("_type"))


def _dotted(location: tuple[Any, ...]) -> str:
    """``('layers', 0, 'minutes')`` as a user counts: ``layers[1].minutes``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif not str(part).startswith(("dict[", "literal[", "str")):  # a union's branch
            text += f".{part}" if text else str(part)
    return text


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    """The keys that are known where `location` points."""
    model: Any = Study
    for part in location:
        if isinstance(part, int):
            continue
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {f.alias or name: f.annotation for name, f in model.model_fields.items()}
            model = _section_of(fields.get(str(part)))
    if isinstance(model, type) and issubclass(model, BaseModel):
        names = [f.alias or name for name, f in model.model_fields.items()]
        return [name for name in names if name != "folder"]
    return []


def _section_of(annotation: Any) -> Any:
    """The section class inside ``tuple[Layer, ...]``, ``dict[str, ProfileInput]`` and the like."""
    if get_origin(annotation) in (tuple, dict, Union, UnionType):
        for inner in get_args(annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                return inner
    return annotation
