"""Presets: programmes and services that a layer can name instead of describing them.

``<key>.toml`` is one preset, ``bundles/<key>.toml`` a list of presets that are added together. A
preset holds its ``[title]`` and one sentence ``[about]`` in both languages, and optionally

- ``order``, the place in lists, and ``symbol``, a shape of the maps;
- ``[tags]``: an object of OpenStreetMap that carries any of them is a site;
- ``[defaults]``: keys of a layer, used where the layer does not give them;
- ``demand_bands``: names of the band that counts, where the demand has one of them;
- ``[indicator]``, the source of the limit, with its ``[denominator]``;
- ``[[columns]]`` of the list that an office fills in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from geo.study.indicator import Indicator
from geo.study.languages import LOCALES, Text

__all__ = ["Bundle", "Composite", "Preset", "PresetColumn", "bundles", "presets"]

_FOLDER: Traversable = files(__name__)
_KEYS = {
    "order", "title", "about", "symbol", "tags", "defaults", "demand_bands", "indicator",
    "denominator", "columns",
}  # fmt: skip
_COLUMN_KEYS = {"key", "header", "example", "note", "values", "free", "required"}
_BUNDLE_KEYS = {"order", "title", "about", "presets", "composites"}


@dataclass(frozen=True)
class PresetColumn:
    """A column of a preset's list, besides id, name and coordinates.

    Attributes
    ----------
    key : str
        The key of a layer that names the column; empty for one that is not computed with.
    header, example, note : Text
        The header in each language, an example, and what is to be filled in.
    values : tuple of Text
        What a drop-down list offers.
    free : bool
        Whether other values may be typed.
    required : bool
        Whether the layer cannot be computed without it.
    """

    key: str
    header: Text
    example: Text = ""
    note: Text = ""
    values: tuple[Text, ...] = ()
    free: bool = False
    required: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """The header in every language, that of the first language first."""
        if isinstance(self.header, str):
            return (self.header,)
        return tuple(self.header[locale] for locale in LOCALES if locale in self.header)


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes
    ----------
    key : str
        The name of its file.
    title, about : Text
        What it is called, and one sentence on what it measures.
    tags : mapping of OSM key to values
        An object that carries any of these tags is a site; empty where no tag fits.
    defaults : mapping
        Keys of a layer and their values; what the layer itself says has precedence.
    demand_bands : tuple of str
        The first of these that is a band of the demand counts; without one, everybody does.
    indicator : Indicator, optional
    denominator : Text
        What the indicator's own share is a share of, where a definition was found.
    columns : tuple of PresetColumn
    symbol : str
        A shape of `layers.style.symbols`; empty for the next free one.
    """

    key: str
    tags: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, Any]
    title: Text = ""
    about: Text = ""
    demand_bands: tuple[str, ...] = ()
    indicator: Indicator | None = None
    denominator: Text = ""
    columns: tuple[PresetColumn, ...] = field(default=())
    symbol: str = ""

    @property
    def rule(self) -> str:
        """The rule of its layers."""
        return str(self.defaults.get("rule", "reach"))

    @property
    def has_limit(self) -> bool:
        """Whether it names a limit; otherwise the office gives one."""
        return "minutes" in self.defaults or "metres" in self.defaults


@dataclass(frozen=True)
class Composite:
    """Services of which it is counted how many a point reaches.

    Attributes
    ----------
    title : Text
    services : tuple of tuple of str
        The presets of each service; it is reached when a layer of any of them covers the point.
    """

    title: Text
    services: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bundle:
    """Presets that are added to a study with one choice.

    Attributes
    ----------
    key : str
        The name of its file.
    title, about : Text
    presets : tuple of str
        Keys of presets.
    composites : tuple of Composite
    """

    key: str
    title: Text
    about: Text
    presets: tuple[str, ...]
    composites: tuple[Composite, ...] = ()


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by key, in the order of their lists."""
    found = []
    for file in _FOLDER.iterdir():
        if file.name.endswith(".toml"):
            content = _content(file, _KEYS)
            preset = _preset(file.name.removesuffix(".toml"), content)
            found.append((content.get("order", 0), preset.key, preset))
    return MappingProxyType({key: preset for _, key, preset in sorted(found, key=lambda i: i[:2])})


@cache
def bundles() -> Mapping[str, Bundle]:
    """All bundles by key, in the order of their lists."""
    found = []
    folder = _FOLDER / "bundles"
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.endswith(".toml"):
            content = _content(file, _BUNDLE_KEYS)
            key = file.name.removesuffix(".toml")
            bundle = _bundle(key, content)
            found.append((content.get("order", 0), key, bundle))
    return MappingProxyType({key: bundle for _, key, bundle in sorted(found, key=lambda i: i[:2])})


def _content(file: Traversable, known: set[str]) -> dict[str, Any]:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    if not content.keys() <= known:
        raise ValueError(f"{file.name}: {sorted(content.keys() - known)}")
    for name in ("title", "about", "denominator"):
        if name in content and not isinstance(content[name], dict):
            raise ValueError(f"{file.name}: {name} needs both languages")
    return content


def _bundle(key: str, content: Mapping[str, Any]) -> Bundle:
    composites = tuple(
        Composite(item["title"], tuple(tuple(service) for service in item["services"]))
        for item in content.get("composites", ())
    )
    return Bundle(key, content["title"], content["about"], tuple(content["presets"]), composites)


def _preset(key: str, content: Mapping[str, Any]) -> Preset:
    columns = content.get("columns", [])
    for column in columns:
        if not column.keys() <= _COLUMN_KEYS:
            raise ValueError(f"{key}.toml: {sorted(column.keys() - _COLUMN_KEYS)}")
    indicator = content.get("indicator")
    return Preset(
        key,
        MappingProxyType({name: tuple(values) for name, values in content.get("tags", {}).items()}),
        MappingProxyType(content.get("defaults", {})),
        content.get("title", ""),
        content.get("about", ""),
        tuple(content.get("demand_bands", ())),
        None if indicator is None else Indicator.model_validate(indicator),
        content.get("denominator", ""),
        tuple(
            PresetColumn(**{"key": "", **column, "values": tuple(column.get("values", ()))})
            for column in columns
        ),
        content.get("symbol", ""),
    )
