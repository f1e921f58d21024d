"""What a study still holds of the sample that it was copied from, and how it goes.

As long as one of units, demand and roads is the sample's, its lists may be of use: somebody adds
his canteens to the sample's city. Once all three are the office's own, nothing of the sample fits.
"""

from __future__ import annotations

import filecmp
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from geo.study.keys import FILE, keys_of
from geo.study.load import read_study
from geo.study.model import Layer

__all__ = ["SampleParts", "drop_sample_parts", "find_sample_parts", "without_header"]

_INPUTS = ("units", "demand", "network")
_FACTS = ("name", "place", "office", "as_of", "map_approval_number")


@dataclass(frozen=True)
class SampleParts:
    """What is the sample's.

    Attributes
    ----------
    inputs : tuple of str
        Of ``units``, ``demand`` and ``network``.
    layers : tuple of str
        Keys of the layers whose sites are the sample's.
    """

    inputs: tuple[str, ...]
    layers: tuple[str, ...]


def find_sample_parts(raw: Mapping[str, Any], folder: Path, sample: Path) -> SampleParts:
    """Compare the files that study.toml (`raw`) names with those of the sample, byte by byte."""
    files = set(read_study(sample).files)

    def is_sample(section: Mapping[str, Any]) -> bool:
        path = section.get("path")
        if path not in files or not (folder / path).is_file():
            return False
        return folder == sample or filecmp.cmp(folder / path, sample / path, shallow=False)

    inputs = tuple(name for name in _INPUTS if is_sample(raw[name]))
    return SampleParts(inputs, tuple(str(i["key"]) for i in raw["layers"] if is_sample(i)))


def drop_sample_parts(document: Any, folder: Path, sample: Path) -> tuple[str, ...]:
    """Take what is the sample's out of a tomlkit document whose units, demand and roads are not.

    Its layers go; where there is no other layer they stay without sites. Title, place, date and
    sources go where they are the sample's.

    Returns
    -------
    tuple of str
        Keys of the layers that went or lost their sites.
    """
    found = find_sample_parts(document, folder, sample)
    if found.inputs:
        return ()
    layers = document["layers"]
    others = len(found.layers) < len(layers)
    for at in reversed(range(len(layers))):
        section = layers[at]
        if str(section["key"]) not in found.layers:
            continue
        if others:
            del layers[at]
            continue
        for key in keys_of(Layer, FILE):
            section.pop(key, None)
        section["sites"] = "none"
    _drop_facts(document["study"], folder, sample)
    return found.layers


def _drop_facts(info: Any, folder: Path, sample: Path) -> None:
    theirs = tomllib.loads((sample / "study.toml").read_text(encoding="utf-8"))["study"]
    for key in _FACTS:
        if info.get(key) and info[key] == theirs.get(key):
            del info[key]
    info.setdefault("name", folder.name)
    known: Sequence[Any] = read_study(sample).study.sources
    kept = [source for source in info.get("sources", ()) if source not in known]
    if len(kept) < len(info.get("sources", ())):
        del info["sources"]
        if kept:
            info["sources"] = kept


def without_header(text: str, sample: Path) -> str:
    """The text of a study.toml without the comment that the sample's begins with."""
    own = _header((sample / "study.toml").read_text(encoding="utf-8"))
    lines = text.splitlines(keepends=True)
    if not own or [line.rstrip() for line in lines[: len(own)]] != own:
        return text
    return tomlkit.dumps(tomlkit.parse("".join(lines[len(own) :]).lstrip("\r\n")))


def _header(text: str) -> list[str]:
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        found.append(line.rstrip())
    return found
