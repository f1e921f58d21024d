"""Values that users wrote, brought into a form that messages and JSON can hold."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from geo.base.file_names import TURNING

__all__ = ["one_line", "plain"]


def one_line(value: object, longest: int = 80) -> str:
    """A value as text on one line, with at most `longest` characters.

    Signs that turn the order of the text around are left out: they would reach into the message.
    """
    text = " ".join(str(value).translate(TURNING).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def plain(value: Any) -> Any:
    """`value` in JSON's types: NaN and NA become null, numpy's numbers Python's, keys text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(inner) for inner in value]
    # Not imported here, since it takes most of the time in which a command starts.
    pandas = sys.modules.get("pandas")
    if value is None or (pandas is not None and (value is pandas.NA or value is pandas.NaT)):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return str(value)
