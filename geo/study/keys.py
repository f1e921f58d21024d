"""What each key of a section of study.toml belongs to: its file, the rule of a layer, or neither.

When a file takes the place of another, or a layer gets another rule, the keys of the old one go.
The model marks its fields, so that a new key cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

__all__ = ["FILE", "OTHER", "RULE", "KeyGroup", "keys_of"]


@dataclass(frozen=True)
class KeyGroup:
    """A mark of a model's field (in ``Annotated``) or of a whole section (``key_group``)."""

    name: Literal["file", "rule", "other"]


# Says something of the file that the section names, and nothing of one that replaces it.
FILE = KeyGroup("file")
# A layer's rule: how people travel, how far, who counts, and what the layer is called.
RULE = KeyGroup("rule")
# Holds whatever file and rule there are.
OTHER = KeyGroup("other")


def keys_of(section: type[BaseModel], group: KeyGroup) -> tuple[str, ...]:
    """The keys of a section that belong to a group, as study.toml writes them.

    Raises
    ------
    TypeError
        A field of the section is in no group.
    """
    found = []
    for name, field in section.model_fields.items():
        marks = [item for item in field.metadata if isinstance(item, KeyGroup)]
        mark = marks[0] if marks else getattr(section, "key_group", None)
        if mark is None:
            raise TypeError(f"{section.__name__}.{name} is in no group of keys")
        if mark == group:
            found.append(field.alias or name)
    return tuple(found)
