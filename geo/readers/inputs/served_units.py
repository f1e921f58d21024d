"""The ids of units in a cell of the column `serves`."""

from __future__ import annotations

import re

__all__ = ["named_units"]

# As offices separate them: full-width, half-width and the enumeration comma.
_SEPARATORS = re.compile(r"[;；,，、]")


def named_units(cell: str) -> list[str]:
    """The ids in one cell of the column `serves`.

    >>> named_units("420111001；420111002、 420111003,")
    ['420111001', '420111002', '420111003']
    """
    return [name for name in (part.strip() for part in _SEPARATORS.split(cell)) if name]
