"""Characters that nobody sees and that make two equal texts differ."""

from __future__ import annotations

import re

from geo.base.quality_log import QualityLog

__all__ = ["visible", "without_invisible"]

# Zero-width spaces and joiners, soft hyphen, byte order marks, and the marks of writing direction.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)


def visible(text: str) -> str:
    """The text without its invisible characters.

    >>> visible("\\u200b114.3\\ufeff")
    '114.3'
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def without_invisible(text: str, file: str, quality: QualityLog) -> str:
    """The text of a file without its invisible characters, which are counted in one finding."""
    if text.isascii():
        return text
    kept, count = _INVISIBLE.subn("", text)
    if count:
        quality.add("info", "invisible_removed", file=file, action="repaired", value=count)
    return kept
