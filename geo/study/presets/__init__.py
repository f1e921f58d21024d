"""Presets: services that a layer can name instead of describing them, one TOML file each.

``<key>.toml`` holds ``[tags]`` (an object of OpenStreetMap that carries any of them is a site),
optionally ``[defaults]`` (keys of a layer, used where the layer does not give them) and ``order``
(the place in lists). The titles are in the wording catalogues (``preset.<key>``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

__all__ = ["Preset", "presets"]

_FOLDER: Traversable = files(__name__)
_KEYS = {"order", "tags", "defaults"}


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes
    ----------
    key : str
        The name of its file.
    tags : mapping of OSM key to values
        An object that carries any of these tags is a site.
    defaults : mapping
        Keys of a layer and their values; what the layer itself says has precedence.
    """

    key: str
    tags: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, Any]


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by key, in the order of their lists."""
    found = []
    for file in _FOLDER.iterdir():
        if not file.name.endswith(".toml"):
            continue
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        if not content.keys() <= _KEYS:
            raise ValueError(f"{file.name}: {sorted(content.keys() - _KEYS)}")
        key = file.name.removesuffix(".toml")
        tags = {name: tuple(values) for name, values in content["tags"].items()}
        preset = Preset(key, MappingProxyType(tags), MappingProxyType(content.get("defaults", {})))
        found.append((content.get("order", 0), key, preset))
    return MappingProxyType({key: preset for _, key, preset in sorted(found, key=lambda i: i[:2])})
