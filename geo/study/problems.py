"""Pydantic's findings on study.toml as errors of this project."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from geo.base.errors import StudyError
from geo.base.messages import one_line

__all__ = ["problem", "unknown", "unknown_preset", "wrong"]

_PRESET = "preset_unknown"


def wrong(code: str, field: str, **params: Any) -> StudyError:
    """An error in study.toml."""
    return StudyError(code, file="study.toml", field=field, **params)


def problem(item: Any, model: type[BaseModel], file: str = "study.toml") -> StudyError:
    """One finding of pydantic on `model` as a `StudyError` of `file`."""
    found = _problem(item, model)
    return StudyError(found.code, **{**found.params, "file": file})


def _problem(item: Any, model: type[BaseModel]) -> StudyError:
    location = tuple(part for part in item["loc"])
    field = _dotted(location)
    kind = item["type"]
    if kind == "extra_forbidden":
        plain = tuple(str(part) for part in location if not isinstance(part, int))
        return unknown(field, plain[-1], _known_keys(location[:-1], model))
    if kind in ("missing", "too_short"):
        return wrong("key_missing", field)
    if kind == "value_error":
        return wrong(str(item["ctx"]["error"]), field)
    if kind == _PRESET:
        return wrong("preset_unknown", field, value=one_line(item["input"]), **item["ctx"])
    return wrong("value_wrong", field, value=one_line(item.get("input")), expected=_expected(item))


def unknown(field: str, key: str, known: Collection[str]) -> StudyError:
    """An unknown key, with the nearest known one where there is one."""
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.4)
    if not nearest:
        return wrong("unknown_key_alone", field)
    return wrong("unknown_key", field, nearest=nearest[0])


def unknown_preset(name: str, known: Collection[str]) -> PydanticCustomError:
    """What a validator raises for a preset that does not exist, with the nearest known one."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    context = {"nearest": nearest[0] if nearest else "-", "known": ", ".join(known)}
    return PydanticCustomError(_PRESET, "unknown preset", context)


def _expected(item: Any) -> str:
    """What pydantic expected, in symbols of both languages: a list of values, a bound, a type."""
    context = item.get("ctx", {})
    if "expected" in context:
        return str(context["expected"])
    if "gt" in context:
        return f"> {context['gt']:g}"
    return str(context.get("pattern") or item["type"].removesuffix("_type"))


def _dotted(location: tuple[Any, ...]) -> str:
    """``('layers', 0, 'minutes')`` as ``layers[1].minutes``, counted from 1."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif not str(part).startswith(("dict[", "literal[", "str")):  # a branch of a union
            text += f".{part}" if text else str(part)
    return text


def _known_keys(location: tuple[Any, ...], root: type[BaseModel]) -> list[str]:
    """The known keys of the section at `location`."""
    model: Any = root
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
